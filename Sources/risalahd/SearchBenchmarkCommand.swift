internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArchiveServer
internal import ArgumentParser
internal import CommandShell
internal import Foundation

extension BenchmarkCommand {
    /// `benchmark search`: searches with snippets, over HTTP.
    struct Search: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "search",
            abstract: localized(
                "Searches of two words with snippets, over TLS, one after the other.",
                id: "Pencarian dua kata dengan cuplikan, melalui TLS, satu per satu."
            ),
            discussion: localized(
                "An archive is made in TMPDIR for it, with as many transcripts, and removed again.",
                id: "Arsip dengan transkrip sebanyak itu dibuat di TMPDIR untuk itu, lalu dihapus."
            )
        )

        @Option(help: ArgumentHelp(localized("How many it has.", id: "Banyaknya rekaman."), valueName: "n"))
        var recordings = 1000

        @Option(help: ArgumentHelp(localized("Words of each.", id: "Kata setiap rekaman."), valueName: "n"))
        var words = 8000

        @Option(help: ArgumentHelp(localized("How many searches.", id: "Banyaknya pencarian."), valueName: "n"))
        var searches = 500

        @Flag(help: ArgumentHelp(localized("The result as JSON.", id: "Hasil sebagai JSON.")))
        var json = false

        private struct Report: Encodable {
            var recordings: Int
            var words: Int
            var searches: Int
            /// Recordings that were found, and places that were shown of them.
            var found: Int
            var hits: Int
            /// Milliseconds.
            var p50: Double
            var p95: Double
            var longest: Double
        }

        func validate() throws {
            guard (1...100_000).contains(recordings) else { throw ValidationError("--recordings is 1 to 100000") }
            guard (1...1_000_000).contains(words) else { throw ValidationError("--words is 1 to 1000000") }
            guard (1...100_000).contains(searches) else { throw ValidationError("--searches is 1 to 100000") }
        }

        func run() async throws {
            let filling = SearchFilling(recordings: recordings, words: words)
            let archive = try await ThrowawayArchive(for: .archivist) { try await filling.fill($0) }
            let report: Report
            do {
                report = try await measure(archive)
            } catch {
                try? await archive.remove()
                throw error
            }
            try await archive.remove()
            guard !json else { return try Console.print(json: report) }
            func time(_ value: Double) -> String { String(format: "%.1f ms", value) }
            for line in TextTable.fields([
                (localized("recordings", id: "rekaman"), "\(report.recordings) × \(report.words)"),
                (localized("searches", id: "pencarian"), String(report.searches)),
                (localized("found, places", id: "ditemukan, tempat"), "\(report.found), \(report.hits)"),
                ("p50", time(report.p50)), ("p95", time(report.p95)),
                (localized("longest", id: "terlama"), time(report.longest)),
            ]) { try Console.print(line) }
        }

        private func measure(_ archive: ThrowawayArchive) async throws -> Report {
            let home = try await archive.enrol()
            let identities = try home.identities()
            return try await ArchiveClient.connected(to: home, retries: RetryPolicy()) { client in
                var (times, found, hits): ([Double], Int, Int) = ([], 0, 0)
                for number in 0..<searches {
                    let body = SearchBody(query: SearchFilling.query(number))
                    let begin = ContinuousClock.now
                    let page = try await client.search(body, opening: identities)
                    times.append((ContinuousClock.now - begin) / .milliseconds(1))
                    found += page.results.count
                    hits += page.results.reduce(0) { $0 + $1.hits.count }
                }
                times.sort()
                return Report(
                    recordings: recordings,
                    words: words,
                    searches: searches,
                    found: found,
                    hits: hits,
                    p50: times[times.count / 2],
                    p95: times[times.count * 95 / 100],
                    longest: times[times.count - 1]
                )
            }
        }
    }
}
