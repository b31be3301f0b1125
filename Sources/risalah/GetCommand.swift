internal import Age
internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah get`: opens an access, fetches the recording, and opens it with the person's own key.
struct GetCommand: AsyncParsableCommand {
    private static let longestPurpose = 1 << 16

    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: localized("Open a recording and fetch it.", id: "Buka rekaman dan ambil."),
        discussion: localized(
            "The access is written to the log of the archive before anything is sent. Where others have to agree first, it "
                + "ends with 75 and says who; the same command, with the same purpose, opens it when they have.",
            id: "Akses dicatat dalam log arsip sebelum apa pun dikirim. Bila orang lain harus setuju dahulu, perintah "
                + "berakhir dengan 75 dan menyebut siapa; perintah yang sama, dengan tujuan yang sama, membukanya setelah itu."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            localized(
                "File or folder to write to; - is stdout. ID.opus in the current folder without it.",
                id: "Berkas atau folder tujuan; - adalah stdout. Tanpa ini: ID.opus di folder ini."
            ),
            valueName: "file"
        )
    )
    var output: String?

    @Option(help: ArgumentHelp(localized("Why; some levels demand it.", id: "Tujuan; beberapa tingkat memintanya.")))
    var purpose: String?

    @Option(
        help: ArgumentHelp(
            localized("A file with the purpose; - is stdin.", id: "Berkas berisi tujuan; - adalah stdin."),
            valueName: "file"
        )
    )
    var purposeFile: String?

    @Flag(help: ArgumentHelp(localized("Keep it sealed, as an age file.", id: "Biarkan tersegel, sebagai berkas age.")))
    var sealed = false

    @Option(help: ArgumentHelp(localized("For which of your keys.", id: "Untuk kunci Anda yang mana.")))
    var recipient = RecipientKind.x25519

    @OptionGroup var common: CommonOptions

    private struct Result: Encodable {
        var access: AccessID
        var bytes: Int64
        var expires: Date
        var path: String?
        var recording: RecordingID
        var sealed: Bool
    }

    func validate() throws {
        guard purpose == nil || purposeFile == nil else {
            throw ValidationError("Give either '--purpose' or '--purpose-file'.")
        }
        guard output != "-" || !Console.outputIsTerminal else {
            throw ValidationError("Stdout is a terminal, and this is binary: give '--output' a file.")
        }
    }

    func run() async throws {
        let home = try common.clientHome()
        let identities = sealed ? [] : try home.identities()
        // Opened before the access: a folder that cannot be written must not cost an entry in the log.
        let destination = try output == "-" ? nil : OutputFile(path: output ?? ".", name: defaultName)
        let purpose = try purposeText()
        let result = try await common.connected(to: home) { client in
            let access = try await client.openAccess(to: id, purpose: purpose, recipient: recipient)
            guard let links = access.links else { throw try waiting(for: access) }
            let line = ProgressLine(localized("fetching", id: "mengambil"), quiet: common.json)
            defer { line.end() }
            var bytes: Int64 = 0
            func deliver(_ plaintext: UnsafeRawBufferPointer) throws {
                try destination?.write(plaintext)
                if destination == nil { try Console.write(plaintext) }
                bytes += Int64(plaintext.count)
            }
            if sealed {
                _ = try await client.fetch(links.sealed, progress: line.progress, into: deliver)
            } else {
                var opener = RecordingOpener(identities: identities)
                _ = try await client.fetch(links.sealed, progress: line.progress) { ciphertext in
                    try opener.update(ciphertext, into: deliver)
                }
                try opener.finish(into: deliver)
            }
            try Task.checkCancellation()
            try destination?.commit()
            return Result(
                access: access.id,
                bytes: bytes,
                expires: access.expires,
                path: destination?.path,
                recording: id,
                sealed: sealed
            )
        }
        try report(result)
    }

    /// Says who has to agree first; the same command opens it then.
    private func waiting(for access: AccessReport) throws -> Finished {
        if common.json {
            try Console.print(json: access)
        } else {
            let persons = access.awaited?.persons ?? 1
            let role = access.awaited?.role.rawValue ?? ""
            Console.note(
                "risalah: "
                    + localized(
                        "request \(access.id) waits for \(persons) of role \(role) to agree, until "
                            + "\(Timestamp.text(access.expires)); then the same command opens it",
                        id: "permintaan \(access.id) menunggu persetujuan \(persons) orang berperan \(role), sampai "
                            + "\(Timestamp.text(access.expires)); sesudah itu perintah yang sama membukanya"
                    )
            )
        }
        return Finished(status: .waiting)
    }

    private var defaultName: String { sealed ? "\(id).opus.age" : "\(id).opus" }

    private func purposeText() throws -> String? {
        guard let purposeFile else { return purpose }
        let bytes = try InputFile(path: purposeFile).contents(limit: Self.longestPurpose)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ArchiveError(.badMetadata, "the purpose in \(purposeFile) is not UTF-8")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func report(_ result: Result) throws {
        let text: String
        if common.json {
            text = String(decoding: try CanonicalJSON.encode(result), as: UTF8.self)
        } else {
            text = TextTable.fields([
                (localized("file", id: "berkas"), result.path),
                (localized("bytes", id: "bita"), String(result.bytes)),
                (localized("access", id: "akses"), result.access.description),
                (localized("expires", id: "berlaku sampai"), Timestamp.text(result.expires)),
            ]).joined(separator: "\n")
        }
        // With the recording itself on stdout, what is said of it goes to stderr.
        if result.path == nil { Console.note(text) } else { try Console.print(text) }
    }
}
