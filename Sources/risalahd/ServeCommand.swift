internal import ArchiveCore
internal import ArchiveInterface
internal import ArchiveServer
internal import ArgumentParser
internal import CommandShell
internal import Logging

/// `risalahd serve`: serves until SIGTERM or SIGINT, drains, exits 0.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: localized("Serve the archive.", id: "Melayankan arsip.")
    )

    @OptionGroup var options: RootOptions

    func run() async throws {
        var logger = Logger(label: "risalahd") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        OpenFileLimit.raise()
        options.keepTemporaryFilesInStorage()
        let archive = try await Archive.open(root: options.root, keys: options.keys)
        for trouble in archive.troubles { Console.note("risalahd: \(trouble)") }
        do {
            try await ArchiveService(archive, logger: logger).run(reloaded: Self.note) { addresses in
                let health = addresses.health.map { ", health \($0)" } ?? ""
                Console.note("risalahd: ready, \(addresses.archive)\(health)")
            }
        } catch {
            try? archive.close()
            throw error
        }
        try archive.close()
    }

    /// Says what came of a SIGHUP.
    @Sendable private static func note(_ reload: RuleReload) {
        switch reload {
        case .loaded(let ended, let redated):
            let done = localized(
                "policy.yaml and retention.yaml loaded anew; accesses that ended: \(ended); recordings with another due date: \(redated)",
                id:
                    "policy.yaml dan retention.yaml dimuat ulang; akses yang berakhir: \(ended); rekaman dengan jatuh tempo lain: \(redated)"
            )
            Console.note("risalahd: \(done)")
        case .refused(let mistakes):
            for mistake in mistakes { Console.note("risalahd: \(mistake)") }
            let kept = localized("the rules in force stay", id: "aturan yang berlaku tetap")
            Console.note("risalahd: \(kept)")
        }
    }
}
