internal import ArchiveClient
internal import ArchiveCore
internal import ArgumentParser
internal import Foundation

/// Why something is opened, on the command line or in a file.
struct PurposeOptions: ParsableArguments {
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

    func validate() throws {
        guard purpose == nil || purposeFile == nil else {
            throw ValidationError("Give either '--purpose' or '--purpose-file'.")
        }
    }

    /// The purpose, from wherever it comes.
    func text() throws -> String? {
        guard let purposeFile else { return purpose }
        let bytes = try InputFile(path: purposeFile).contents(limit: Self.longestPurpose)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ArchiveError(.badMetadata, "the purpose in \(purposeFile) is not UTF-8")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
