internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell
internal import Synchronization

/// `risalahd benchmark`: what this host can carry.
struct BenchmarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract: localized("What this host can carry.", id: "Kemampuan host ini."),
        subcommands: [Streams.self, Decisions.self, Log.self, Holdings.self, Search.self]
    )

    /// `benchmark streams`: live recorders against an archive that is made for it and removed again.
    struct Streams: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "streams",
            abstract: localized(
                "Live recorders at 32 kbit/s, against an archive that is made for it and removed again.",
                id: "Perekam langsung 32 kbit/s, terhadap arsip yang dibuat untuk itu lalu dihapus."
            ),
            discussion: localized(
                "Each recorder sends every 5 s what it has, over TLS, and waits until that is durable. A stream is late "
                    + "when at any time more than 10 s of it were not acknowledged. Recorders and archive share this host.",
                id:
                    "Setiap perekam mengirim tiap 5 detik melalui TLS dan menunggu sampai tersimpan. Aliran terlambat bila "
                    + "lebih dari 10 detik belum diakui. Perekam dan arsip berbagi host ini."
            )
        )

        @Option(
            help: ArgumentHelp(localized("How many; may be repeated.", id: "Berapa; boleh diulang."), valueName: "n")
        )
        var count: [Int] = []

        @Option(
            help: ArgumentHelp(
                localized("How long each stream is, in seconds.", id: "Panjang setiap aliran, dalam detik."),
                valueName: "s"
            )
        )
        var seconds = 180

        @Flag(
            help: ArgumentHelp(
                localized(
                    "Look for the largest number without a late stream, from the first count up.",
                    id: "Mencari jumlah terbesar tanpa aliran terlambat, mulai dari jumlah pertama."
                )
            )
        )
        var search = false

        @Flag(help: ArgumentHelp(localized("Results as JSON, a line for each count.", id: "Hasil sebagai JSON.")))
        var json = false

        func validate() throws {
            guard count.allSatisfy({ (1...20_000).contains($0) }) else {
                throw ValidationError("--count is 1 to 20000")
            }
            guard (6...3600).contains(seconds) else { throw ValidationError("--seconds is 6 to 3600") }
            guard search || !count.isEmpty else { throw ValidationError("--count or --search is needed") }
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
            let recording = try StreamBenchmark.Recording(seconds: seconds)
            if !json { try Console.print(StreamReport.heading) }
            var reports: [StreamReport] = []
            func measure(_ count: Int) async throws -> Bool {
                let report = try await StreamBenchmark(count: count, of: recording).run()
                try json ? Console.print(json: report) : Console.print(report.line)
                reports.append(report)
                return report.late == 0
            }
            if search {
                try await find(from: count.min() ?? 100, measure)
            } else {
                for count in count { _ = try await measure(count) }
            }
            guard !json else { return }
            for line in StreamReport.summary(of: reports) { try Console.print(line) }
        }

        /// Doubles until streams are late, then halves the distance until it is less than a tenth.
        private func find(from first: Int, _ carries: (Int) async throws -> Bool) async throws {
            var (good, bad) = (0, first)
            while bad <= 20_000, try await carries(bad) { (good, bad) = (bad, bad * 2) }
            while good > 0, bad - good > max(1, good / 10) {
                let middle = (good + bad) / 2
                if try await carries(middle) { good = middle } else { bad = middle }
            }
        }
    }
}
