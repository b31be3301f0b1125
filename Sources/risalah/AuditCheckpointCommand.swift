internal import ArchiveClient
internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah audit checkpoint`: the newest signed head of the log, to be kept elsewhere.
struct AuditCheckpointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: localized(
            "The newest signed checkpoint; keep it elsewhere.",
            id: "Titik periksa bertanda tangan terbaru; simpan di tempat lain."
        )
    )

    @OptionGroup var common: CommonOptions

    private struct Result: Encodable { var checkpoint: String }

    func run() async throws {
        let note = try await common.connected { try await $0.checkpoint() }
        guard common.json else { return try note.withUnsafeBytes(Console.write) }
        try Console.print(json: Result(checkpoint: String(decoding: note, as: UTF8.self)))
    }
}
