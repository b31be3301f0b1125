internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah describe`: changes what describes a recording.
struct DescribeCommand: AsyncParsableCommand {
    private static let longestMetadata = 1 << 20

    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: localized("Change what describes a recording.", id: "Ubah keterangan sebuah rekaman."),
        discussion: localized(
            "What described it before is kept (risalah history). Ends with 75 where somebody else has changed it meanwhile.",
            id: "Keterangan sebelumnya disimpan (risalah history). Berakhir dengan 75 bila sudah diubah orang lain."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @Option(help: ArgumentHelp(localized("What it is called.", id: "Judulnya.")))
    var title: String?

    @Option(
        name: .customLong("participant"),
        help: ArgumentHelp(
            localized(
                "Who was there; may be repeated, and replaces all who were named.",
                id: "Peserta; boleh berulang, menggantikan semua yang disebut sebelumnya."
            )
        )
    )
    var participants: [String] = []

    @Option(
        help: ArgumentHelp(
            localized("What else is known of it; empty takes it away.", id: "Keterangan lain; kosong menghapusnya.")
        )
    )
    var description: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "A JSON object with title, participants, description, reason; - is stdin. Options win over it.",
                id: "Objek JSON dengan title, participants, description, reason; - adalah stdin. Opsi didahulukan."
            ),
            valueName: "file"
        )
    )
    var metadata: String?

    @Option(
        help: ArgumentHelp(
            localized("Go back to what this revision said.", id: "Kembali ke isi revisi ini."),
            valueName: "number"
        )
    )
    var revert: Int?

    @Option(
        help: ArgumentHelp(
            localized("Only if this is still the revision.", id: "Hanya jika revisinya masih ini."),
            valueName: "number"
        )
    )
    var revision: Int?

    @Option(help: ArgumentHelp(localized("Why.", id: "Alasan.")))
    var reason: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        let hasFields = title != nil || !participants.isEmpty || description != nil || metadata != nil
        guard hasFields != (revert != nil) else {
            throw ValidationError(
                "Give what is to change (--title, --participant, --description, --metadata), or --revert alone."
            )
        }
    }

    func run() async throws {
        var body = try body()
        let (before, after) = try await common.connected { client in
            // What is changed is what is there now, and not what another person makes of it in between.
            let before = try await client.recording(id).revision
            body.revision = body.revision ?? before
            return (before, try await client.describe(id, body))
        }
        if common.json { return try Console.print(json: after) }
        let word = localized("revision", id: "revisi")
        try Console.print("\(word) \(after.revision)")
        if before == after.revision {
            Console.note("risalah: \(localized("nothing changed", id: "tidak ada yang berubah"))")
        }
    }

    private func body() throws -> DescriptionBody {
        var body = DescriptionBody()
        if let metadata {
            let contents = try InputFile(path: metadata).contents(limit: Self.longestMetadata)
            do {
                body = try CanonicalJSON.decode(DescriptionBody.self, from: Data(contents))
            } catch {
                throw ArchiveError(
                    .badMetadata,
                    "\(metadata) is no JSON object with title, participants, description, reason"
                )
            }
        }
        body.title = title ?? body.title
        if !participants.isEmpty { body.participants = participants }
        if let description { body.description = description.isEmpty ? .remove : .set(description) }
        body.revert = revert ?? body.revert
        body.revision = revision ?? body.revision
        body.reason = reason ?? body.reason
        return body
    }
}
