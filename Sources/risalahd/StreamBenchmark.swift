internal import Age
internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import Foundation
internal import Glibc
internal import OggOpus

/// One measurement: so many live recorders at once, from their first byte to their recordings.
struct StreamBenchmark {
    /// What every stream brings; each seals it under a key of its own.
    struct Recording: Sendable {
        let seconds: Int
        let opus: [UInt8]

        /// Noise at 32 kbit/s, which is as hard as speech and has no pauses.
        init(seconds: Int) throws {
            self.seconds = seconds
            let encoder = try Encoder(configuration: .init(sampleRate: 48_000, channels: 1, bitrate: 32_000))
            var opus: [UInt8] = []
            var state: UInt32 = 1
            for _ in 0..<seconds {
                let samples = (0..<48_000).map { _ -> Float in
                    state ^= state << 13
                    state ^= state >> 17
                    state ^= state << 5
                    return Float(state >> 8) / Float(1 << 24) - 0.5
                }
                opus += try samples.withUnsafeBufferPointer { try encoder.encode($0) }
            }
            self.opus = try opus + encoder.finish()
        }
    }

    private let count: Int
    private let recording: Recording

    /// `count` streams of `recording`.
    init(count: Int, of recording: Recording) {
        self.count = count
        self.recording = recording
    }

    /// Streams begin one after the other in this time, as meetings do not all begin in one second.
    private var ramp: Double { min(Double(recording.seconds) / 4, max(LiveStream.interval, Double(count) / 100)) }

    func run() async throws -> StreamReport {
        OpenFileLimit.raise()
        let archive = try await ThrowawayArchive()
        do {
            let report = try await measure(archive)
            try await archive.remove()
            return report
        } catch {
            try? await archive.remove()
            throw error
        }
    }

    private func measure(_ archive: ThrowawayArchive) async throws -> StreamReport {
        let home = try await archive.enrol()
        let credentials = try Credentials(home: home)
        let recipients = try await ArchiveClient.connected(to: home) { try await $0.recipients() }
        let recipient = try recipients.recipient(for: Level("biasa"))
        let rest = try archive.usage()
        let begin = ContinuousClock.now + .milliseconds(200)
        let (ramp, length) = (ramp, Double(recording.seconds))
        return try await withThrowingTaskGroup(of: LiveStream.Outcome?.self) { group in
            for number in 0..<count {
                let start = begin + .seconds(ramp * Double(number) / Double(count))
                group.addTask {
                    try await Task.sleep(until: start)
                    let feed = try SealedFeed(recording.opus, to: recipient)
                    return try await LiveStream(feed, seconds: length, number: number, from: start).run(credentials)
                }
            }
            // While every stream runs: after the last has begun, before the first ends.
            try await Task.sleep(until: begin + .seconds(ramp))
            let (first, firstOwn) = (try archive.usage(), ownCPU())
            try await Task.sleep(until: begin + .seconds(length))
            let (second, secondOwn) = (try archive.usage(), ownCPU())
            var outcomes: [LiveStream.Outcome] = []
            for try await outcome in group { if let outcome { outcomes.append(outcome) } }
            let minutes = Double(count) * (length - ramp) / 60
            let lags = outcomes.flatMap(\.lags).sorted()
            return StreamReport(
                streams: count,
                seconds: recording.seconds,
                late: outcomes.count { ($0.lags.max() ?? .infinity) > LiveStream.lateness || !$0.isStored },
                stored: outcomes.count(where: \.isStored),
                failures: outcomes.reduce(0) { $0 + $1.failures },
                worstLag: lags.last ?? 0,
                lag99: lags.isEmpty ? 0 : lags[lags.count * 99 / 100],
                cpuPerStreamMinute: (second.cpu - first.cpu) / minutes,
                clientCPUPerStreamMinute: (secondOwn - firstOwn) / minutes,
                memory: try archive.usage().peakMemory,
                memoryAtRest: rest.peakMemory
            )
        }
    }

    private func ownCPU() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
