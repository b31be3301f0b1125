import Foundation
import TestSupport
import Testing

@Suite("Benchmarks measure what they say")
struct BenchmarkTests {
    /// A benchmark that has to end well.
    ///
    /// - Returns: what it reports.
    private func report(_ arguments: String...) throws -> [String: Any] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try benchmark(arguments + ["--json"], environment: ["TMPDIR": folder.path])
        try #require(outcome.status == 0, "\(outcome.errorText)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        return try #require(JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
    }

    private func benchmark(_ arguments: [String], environment: [String: String] = [:]) throws -> Program.Outcome {
        try Program.run(
            LiveArchive.programs.appending(path: "risalahd").path,
            ["benchmark"] + arguments,
            environment: environment.merging(["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]) { $1 }
        )
    }

    @Test func `live streams become recordings, and nothing is left of them`() throws {
        let report = try report("streams", "--count", "3", "--seconds", "11")
        #expect(report["streams"] as? Int == 3 && report["seconds"] as? Int == 11)
        #expect(report["stored"] as? Int == 3 && report["failures"] as? Int == 0)
        // An acknowledgement covers what five seconds have brought.
        let worst = try #require(report["worstLag"] as? Double)
        #expect(worst >= 5 && (worst > 10) == (report["late"] as? Int != 0))
        #expect(report["cpuPerStreamMinute"] as? Double ?? 0 > 0)
        let memory = (report["memory"] as? Int ?? 0, report["memoryAtRest"] as? Int ?? .max)
        #expect(memory.0 >= memory.1)
    }

    @Test func `what cannot be measured`() throws {
        #expect(try benchmark(["streams"]).status == 64)
        #expect(try benchmark(["streams", "--count", "0"]).status == 64)
        #expect(try benchmark(["streams", "--count", "5", "--seconds", "5"]).status == 64)
    }

    @Test func `an archive with many recordings, and nothing is left of it`() throws {
        let report = try report("holdings", "--recordings", "300", "--destroyed", "120")
        #expect(report["recordings"] as? Int == 300 && report["destroyed"] as? Int == 120)
        for name in ["opening", "checking", "dating", "destroying"] { #expect(report[name] as? Double ?? 0 > 0) }
    }

    @Test func `durable decisions are counted, and nothing is left of them`() throws {
        let report = try report("decisions", "--callers", "8", "--seconds", "1")
        #expect(report["callers"] as? Int == 8 && report["decisions"] as? Int ?? 0 >= 8)
        let times = try ["p50", "p99", "longest"].map { try #require(report[$0] as? Double) }
        #expect(times.sorted() == times && times[0] > 0)
        #expect(try benchmark(["decisions", "--callers", "0"]).status == 64)
    }
}
