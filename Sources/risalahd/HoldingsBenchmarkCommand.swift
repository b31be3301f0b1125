internal import ArchiveCore
internal import ArchiveServer
internal import ArgumentParser
internal import CommandShell
internal import Foundation

extension BenchmarkCommand {
    /// `benchmark holdings`: many recordings in an archive that is made for it and removed again.
    struct Holdings: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "holdings",
            abstract: localized(
                "Opening, checking, dating and destroying with many recordings.",
                id: "Membuka, memeriksa, menanggali dan memusnahkan dengan banyak rekaman."
            )
        )

        @Option(
            help: ArgumentHelp(localized("How many it has.", id: "Banyaknya rekaman."), valueName: "n")
        )
        var recordings = 1_000_000

        @Option(
            help: ArgumentHelp(localized("How many of them are destroyed.", id: "Yang dimusnahkan."), valueName: "n")
        )
        var destroyed = 10_000

        @Flag(help: ArgumentHelp(localized("The result as JSON.", id: "Hasil sebagai JSON.")))
        var json = false

        func validate() throws {
            guard (100...10_000_000).contains(recordings) else {
                throw ValidationError("--recordings is 100 to 10000000")
            }
            // As many as one list takes.
            guard (1...min(10_000, recordings)).contains(destroyed) else {
                throw ValidationError("--destroyed is 1 to 10000, and no more than there are")
            }
        }

        func run() async throws {
            let report = try await HoldingsBenchmark(recordings: recordings, destroyed: destroyed).run()
            guard !json else { return try Console.print(json: report) }
            func time(_ seconds: Double) -> String { String(format: "%.2f s", seconds) }
            for line in TextTable.fields([
                (
                    localized("recordings", id: "rekaman"),
                    "\(report.recordings), \(report.payload) B + \(report.facts) B"
                ),
                (localized("making them", id: "membuatnya"), time(report.filling)),
                (localized("opening the archive", id: "membuka arsip"), time(report.opening)),
                (localized("checking it", id: "memeriksanya"), time(report.checking)),
                (
                    localized("destroying \(report.destroyed)", id: "memusnahkan \(report.destroyed)"),
                    time(report.destroying)
                ),
                (localized("dating them anew", id: "menanggalinya ulang"), time(report.dating)),
            ]) { try Console.print(line) }
        }
    }
}
