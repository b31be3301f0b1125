import AccessPolicy
import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import Ingest
import OggOpus
import Retention
import Retrieval

/// How many accesses an archive decides in a second: decision, quota, access and entry in one durable transaction.
///
/// An archive is made for it in the folder for temporary files, so what is measured is the disk of that folder.
public struct DecisionBenchmark: Sendable {
    /// What was found.
    public struct Report: Codable, Sendable {
        /// How many asked at the same time.
        public var callers: Int
        /// For how long, in seconds.
        public var seconds: Double
        /// Accesses that were opened, each with its entry durable.
        public var decisions: Int
        /// Of them in a second.
        public var perSecond: Double
        /// Milliseconds within which half of them were answered.
        public var p50: Double
        /// Milliseconds within which 99 of 100 were answered.
        public var p99: Double
        /// Milliseconds of the one that took longest.
        public var longest: Double
    }

    private let callers: Int
    private let seconds: Double

    /// `callers` who ask again as soon as they are answered, for `seconds`.
    public init(callers: Int, seconds: Double) {
        self.callers = callers
        self.seconds = seconds
    }

    /// Makes the archive, measures, and removes it.
    public func run() async throws -> Report {
        try await BenchmarkArchive.measuring { root in
            try Self.widenQuotas(StorageLayout(root: root))
            return try await BenchmarkArchive.opened(root) { archive in
                let report = try await measure(archive)
                // Every entry that was acknowledged is there, and the log is whole: else nothing was measured.
                guard try await archive.verification().whole else {
                    throw ArchiveError(.logMismatch, "the log of the benchmark does not verify")
                }
                return report
            }
        }
    }

    /// So wide that nobody comes to its end, and still counted at every decision.
    private static func widenQuotas(_ layout: StorageLayout) throws {
        let file = URL(filePath: layout.policy)
        try String(contentsOf: file, encoding: .utf8)
            .replacing(/accesses_per_(hour|day): \d+/) { "accesses_per_\($0.output.1): 1000000" }
            .write(to: file, atomically: true, encoding: .utf8)
    }

    private func measure(_ archive: Archive) async throws -> Report {
        var members: [Caller] = []
        for _ in 0..<callers { members.append(try await archive.addMember(.archivist)) }
        let recording = try await archive.storeSilence(by: members[0])
        // The first second fills caches and is not counted.
        _ = try await ask(archive, members, recording, for: min(1, seconds))
        let begin = ContinuousClock.now
        let times = try await ask(archive, members, recording, for: seconds).sorted()
        let elapsed = (ContinuousClock.now - begin) / .seconds(1)
        guard let longest = times.last else { throw ArchiveError(.unexpected, "nothing was decided") }
        return Report(
            callers: callers,
            seconds: elapsed,
            decisions: times.count,
            perSecond: Double(times.count) / elapsed,
            p50: times[times.count / 2] * 1000,
            p99: times[times.count * 99 / 100] * 1000,
            longest: longest * 1000
        )
    }

    /// The seconds that each answer took.
    private func ask(
        _ archive: Archive,
        _ members: [Caller],
        _ recording: RecordingID,
        for seconds: Double
    ) async throws -> [Double] {
        let end = ContinuousClock.now + .seconds(seconds)
        return try await withThrowingTaskGroup(of: [Double].self) { group in
            for member in members {
                group.addTask {
                    var times: [Double] = []
                    while ContinuousClock.now < end {
                        try Task.checkCancellation()
                        let begin = ContinuousClock.now
                        _ = try await archive.retrieval.open(recording, purpose: "benchmark", hybrid: false, by: member)
                        times.append((ContinuousClock.now - begin) / .seconds(1))
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}
