internal import ArchiveCore
internal import CommandShell
internal import Foundation

/// What `benchmark streams` found at one number of streams.
struct StreamReport: Codable, Sendable {
    /// How many streams.
    var streams: Int
    /// How long each was, in seconds.
    var seconds: Int
    /// Streams of which at any time more than 10 s were not acknowledged.
    var late: Int
    /// Streams that became a recording at their end.
    var stored: Int
    /// Requests that failed and were made again.
    var failures: Int
    /// The longest that any stream was behind, in seconds: 5 of them are the interval.
    var worstLag: Double
    /// What 99 of 100 acknowledgements stayed below, in seconds.
    var lag99: Double
    /// CPU seconds of the service for a minute of one stream, while all ran.
    var cpuPerStreamMinute: Double
    /// CPU seconds of the recorders for the same.
    var clientCPUPerStreamMinute: Double
    /// The most memory that the service had, in bytes.
    var memory: Int
    /// What it had before the first stream, in bytes.
    var memoryAtRest: Int

    /// Bytes for each stream.
    var memoryPerStream: Double { Double(memory - memoryAtRest) / Double(streams) }

    private static let table = TextTable(
        [
            "STREAMS", "LATE", "STORED", "FAILED", "WORST LAG", "LAG 99%", "CPU S/STREAM-MIN", "(CLIENTS)", "MEMORY",
            "PER STREAM",
        ],
        minimum: [7, 5, 6, 6, 9, 8, 16, 9, 8, 10]
    )

    static var heading: String { table.heading }

    var line: String {
        func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
        return Self.table.line([
            String(streams), String(late), String(stored), String(failures), "\(number(worstLag, 2)) s",
            "\(number(lag99, 2)) s", number(cpuPerStreamMinute, 4), number(clientCPUPerStreamMinute, 4),
            "\(number(Double(memory) / 1e6, 0)) MB", "\(number(memoryPerStream / 1e3, 0)) kB",
        ])
    }

    /// What several together say.
    static func summary(of reports: [StreamReport]) -> [String] {
        var lines: [String] = []
        let ordered = reports.sorted { $0.streams < $1.streams }
        if let first = ordered.first, let last = ordered.last, last.streams > first.streams {
            let growth = Double(last.memory - first.memory) / Double(last.streams - first.streams)
            let cpu = last.cpuPerStreamMinute / first.cpuPerStreamMinute
            lines.append(
                localized(
                    "from \(first.streams) to \(last.streams): \(Int(growth / 1000)) kB more for each stream, "
                        + "\(String(format: "%.2f", cpu)) times the CPU for each",
                    id: "dari \(first.streams) ke \(last.streams): tambah \(Int(growth / 1000)) kB per aliran, "
                        + "CPU per aliran \(String(format: "%.2f", cpu)) kali"
                )
            )
        }
        let carried = ordered.prefix { $0.late == 0 }.last?.streams
        lines.append(
            carried.map { localized("without a late stream: \($0)", id: "tanpa aliran terlambat: \($0)") }
                ?? localized("late at every count", id: "terlambat pada setiap jumlah")
        )
        return lines
    }
}
