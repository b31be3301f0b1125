internal import ArchiveCore
internal import ArchiveServer
internal import ArgumentParser
internal import CommandShell
internal import Foundation

extension BenchmarkCommand {
    /// `benchmark log`: a long log of an archive that is made for it and removed again.
    struct Log: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "log",
            abstract: localized(
                "Verifying, proving, reading and opening a long log.",
                id: "Memverifikasi, membuktikan, membaca dan membuka log yang panjang."
            )
        )

        @Option(
            help: ArgumentHelp(localized("How many entries it has.", id: "Banyaknya catatan."), valueName: "n")
        )
        var entries = 1_000_000

        @Flag(help: ArgumentHelp(localized("The result as JSON.", id: "Hasil sebagai JSON.")))
        var json = false

        func validate() throws {
            guard (1000...10_000_000).contains(entries) else { throw ValidationError("--entries is 1000 to 10000000") }
        }

        func run() async throws {
            let report = try await LogBenchmark(entries: entries).run()
            guard !json else { return try Console.print(json: report) }
            func time(_ seconds: Double) -> String {
                seconds < 1 ? String(format: "%.2f ms", seconds * 1000) : String(format: "%.2f s", seconds)
            }
            let ratio = String(format: "%.1f", report.verifying / report.hashing)
            for line in TextTable.fields([
                (localized("entries", id: "catatan"), "\(report.entries), \(report.bytes) B"),
                (localized("hashing them", id: "hash semuanya"), time(report.hashing)),
                (localized("verifying the log", id: "memverifikasi log"), "\(time(report.verifying)), \(ratio) ×"),
                (localized("proof of an entry", id: "bukti satu catatan"), time(report.proof)),
                (localized("newest 50 of a recording", id: "50 terbaru satu rekaman"), time(report.newest)),
                (localized("opening the archive", id: "membuka arsip"), time(report.opening)),
            ]) { try Console.print(line) }
        }
    }
}
