internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// What every command takes that asks to open a recording.
struct OpeningOptions: ParsableArguments {
    private static let longestPurpose = 1 << 16

    @Option(help: ArgumentHelp(localized("Why; some levels demand it.", id: "Tujuan; beberapa tingkat memintanya.")))
    var purpose: String?

    @Option(
        help: ArgumentHelp(
            localized("A file with the purpose; - is stdin.", id: "Berkas berisi tujuan; - adalah stdin."),
            valueName: "file"
        )
    )
    var purposeFile: String?

    @Option(help: ArgumentHelp(localized("For which of your keys.", id: "Untuk kunci Anda yang mana.")))
    var recipient = RecipientKind.x25519

    @OptionGroup var part: PartOptions

    func validate() throws {
        guard purpose == nil || purposeFile == nil else {
            throw ValidationError("Give either '--purpose' or '--purpose-file'.")
        }
    }

    /// The purpose, from wherever it comes.
    func purposeText() throws -> String? {
        guard let purposeFile else { return purpose }
        let bytes = try InputFile(path: purposeFile).contents(limit: Self.longestPurpose)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ArchiveError(.badMetadata, "the purpose in \(purposeFile) is not UTF-8")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Asks to open `recording`, or the part of it that the options name.
    func open(_ recording: RecordingID, purpose: String?, by client: ArchiveClient) async throws -> AccessReport {
        let (from, to) = try await part.seconds(of: recording, by: client)
        return try await client.openAccess(
            to: recording,
            purpose: purpose,
            recipient: recipient,
            from: from,
            to: to
        )
    }
}
