internal import ArchiveCore
internal import ArchiveServer
internal import ArgumentParser
internal import CommandShell
internal import Foundation
internal import Synchronization

extension BenchmarkCommand {
    /// `benchmark decisions`: durable decisions of an archive that is made for it and removed again.
    struct Decisions: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "decisions",
            abstract: localized(
                "Accesses decided in a second: decision, quota and entry, durable.",
                id: "Akses yang diputuskan per detik: keputusan, kuota dan catatan, tersimpan."
            ),
            discussion: localized(
                "An archive is made in TMPDIR for it, in this process, and removed again: let TMPDIR be a folder of the "
                    + "disk that is to be measured.",
                id: "Arsip dibuat di TMPDIR untuk itu, dalam proses ini, lalu dihapus: arahkan TMPDIR ke diska yang "
                    + "hendak diukur."
            )
        )

        @Option(
            help: ArgumentHelp(
                localized("How many ask at the same time.", id: "Berapa yang meminta bersamaan."),
                valueName: "n"
            )
        )
        var callers = 64

        @Option(help: ArgumentHelp(localized("For how long, in seconds.", id: "Lamanya, dalam detik."), valueName: "s"))
        var seconds = 10

        @Flag(help: ArgumentHelp(localized("The result as JSON.", id: "Hasil sebagai JSON.")))
        var json = false

        func validate() throws {
            guard (1...10_000).contains(callers) else { throw ValidationError("--callers is 1 to 10000") }
            guard (1...600).contains(seconds) else { throw ValidationError("--seconds is 1 to 600") }
        }

        func run() async throws {
            let interruption = Interruption()
            let failure = Mutex<(any Error)?>(nil)
            _ = await interruption.run {
                do { try await measure() } catch { failure.withLock { $0 = error } }
                return 0
            }
            if let error = failure.withLock({ $0 }) { throw error }
        }

        private func measure() async throws {
            let report = try await DecisionBenchmark(callers: callers, seconds: Double(seconds)).run()
            guard !json else { return try Console.print(json: report) }
            func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
            for line in TextTable.fields([
                (localized("callers", id: "peminta"), String(report.callers)),
                (localized("decisions", id: "keputusan"), String(report.decisions)),
                (localized("per second", id: "per detik"), number(report.perSecond, 0)),
                ("p50", "\(number(report.p50, 2)) ms"),
                ("p99", "\(number(report.p99, 2)) ms"),
                (localized("longest", id: "terlama"), "\(number(report.longest, 2)) ms"),
            ]) { try Console.print(line) }
        }
    }
}
