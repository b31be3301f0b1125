internal import ArchiveClient
internal import ArchiveCore
internal import ArgumentParser

/// Why something is done, as every command that asks takes it.
struct ReasonOptions: ParsableArguments {
    private static let longest = 1 << 16

    @Option(help: ArgumentHelp(localized("Why; - reads it from stdin.", id: "Alasan; - membaca dari stdin.")))
    var reason: String

    /// The reason, from stdin where it is `-`.
    func text() throws -> String { try Self.read(reason) }

    /// `text`, or what stdin says where it is `-`.
    static func read(_ text: String) throws -> String {
        guard text == "-" else { return text }
        return String(decoding: try InputFile(path: "-").contents(limit: longest), as: UTF8.self)
    }
}
