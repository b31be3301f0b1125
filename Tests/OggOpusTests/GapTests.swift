import Foundation
import OggOpus
import TestSupport
import Testing

/// What an encoder leaves out is counted as loss, in its place, by whoever reads the stream.
@Suite struct GapTests {
    private struct Made {
        var bytes: [UInt8] = []
        var gaps: [Encoder.Gap] = []
    }

    /// Encodes runs of a tone with gaps between them; lengths are samples of one channel.
    private func make(_ runs: [Int], gaps: [Int], rate: Int, channels: Int = 1) throws -> Made {
        let encoder = try Encoder(configuration: .init(sampleRate: rate, channels: channels, bitrate: 64_000))
        var made = Made()
        for (index, run) in runs.enumerated() {
            let samples = tone(440, rate: rate, count: run).flatMap { Array(repeating: $0, count: channels) }
            try samples.withUnsafeBufferPointer { try encoder.encode($0, into: &made.bytes) }
            guard index < gaps.count else { continue }
            if let gap = try encoder.skip(samples: gaps[index], into: &made.bytes) { made.gaps.append(gap) }
        }
        try encoder.finish(into: &made.bytes)
        return made
    }

    @Test(arguments: [8_000, 16_000, 44_100, 48_000], [1, 2])
    func aGapIsLossOfItsLengthInItsPlace(rate: Int, channels: Int) throws {
        let runs = [rate * 2 + 17, rate * 3 + 5, rate]
        let gaps = [rate * 5 + 11, rate * 90]
        let made = try make(runs, gaps: gaps, rate: rate, channels: channels)
        let stream = try validate(made.bytes)
        #expect(stream.findings.totals == [.pageHole: 2, .gap: 2], "\(stream.findings.kept)")
        let holes = stream.findings.kept.filter { $0.code == .pageHole }
        #expect(holes.count == 2 && holes.allSatisfy { $0.message.contains("samples") })
        #expect(holes.first?.message.hasSuffix("with \(made.gaps[0].length) samples") == true)
        #expect(stream.loss == Double(made.gaps.reduce(0) { $0 + $1.length }) / 48_000)
        // Silence of at most three packets stands on its edges, and belongs to no loss.
        for (gap, asked) in zip(made.gaps, gaps) {
            let whole = asked * 48_000 / rate
            #expect(gap.length <= whole && gap.length >= whole - 3 * 960)
        }
        // To the sample, as long as everything together.
        let total = (runs.reduce(0, +) + gaps.reduce(0, +)) * 48_000
        #expect(stream.facts.links[0].samples == Int64((total + rate - 1) / rate))
        // Any cutting into pieces gives the same.
        #expect(try validate(made.bytes, chunk: 997) == stream)
        // What is decoded lies where it was: tone, silence, tone.
        let samples = try decode(made.bytes, mono: true)
        #expect(samples.count == stream.facts.links[0].samples)
        func level(_ from: Double, _ seconds: Double) -> Double {
            let part = samples[Int(from * 48_000)..<Int((from + seconds) * 48_000)]
            return (part.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(part.count)).squareRoot()
        }
        #expect(level(0.5, 1.4) > 5_000 && level(2.2, 4.6) < 100 && level(7.1, 2.8) > 5_000)
        #expect(level(10.2, 89) < 100 && level(100.1, 0.9) > 5_000)
    }

    @Test func gapsAtEitherEnd() throws {
        let rate = 48_000
        let last = try make([rate], gaps: [4 * rate], rate: rate)
        let stream = try validate(last.bytes)
        #expect(stream.findings.totals == [.pageHole: 1, .gap: 1] && stream.facts.duration == 5)
        #expect(stream.loss == Double(last.gaps[0].length) / 48_000 && stream.loss > 3.9)
        #expect(try decode(last.bytes).count == 5 * rate)
        let first = try make([0, rate], gaps: [4 * rate], rate: rate)
        let begun = try validate(first.bytes)
        #expect(begun.findings.totals == [.pageHole: 1, .gap: 1] && begun.facts.duration == 5)
        #expect(begun.loss == Double(first.gaps[0].length) / 48_000 && begun.loss > 3.9)
        #expect(try decode(first.bytes).count == 5 * rate)
    }

    @Test func aGapTooShortToNameIsSilence() throws {
        for gap in [0, 1, 480, 960, 1_800] {
            let made = try make([48_000, 48_000], gaps: [gap], rate: 48_000)
            let stream = try validate(made.bytes)
            #expect(made.gaps.isEmpty && stream.findings.isEmpty && stream.loss == 0)
            #expect(stream.facts.links[0].samples == Int64(96_000 + gap))
        }
    }

    @Test func gapsDoNotDrift() throws {
        // 44.1 kHz does not divide: what is rounded at one gap is made good at the next.
        let made = try make([Int](repeating: 4_001, count: 60), gaps: [Int](repeating: 44_101, count: 60), rate: 44_100)
        let stream = try validate(made.bytes)
        #expect(stream.findings.totals == [.pageHole: 60, .gap: 60])
        #expect(stream.facts.links[0].samples == Int64(((4_001 + 44_101) * 60 * 48_000 + 44_099) / 44_100))
    }

    @Test func aGapLongerThanADayIsTakenForOne() throws {
        let made = try make([16_000, 16_000], gaps: [.max], rate: 16_000)
        let stream = try validate(made.bytes)
        #expect(stream.facts.duration == 86_402 && made.gaps.count == 1)
        #expect(stream.loss > 86_399 && stream.loss < 86_400)
        #expect(throws: OggOpusError.self) {
            let encoder = try Encoder(configuration: .init())
            var output = try encoder.finish()
            _ = try encoder.skip(samples: 1, into: &output)
        }
    }

    @Test func otherProgramsPlayOverAGap() throws {
        let scratch = try Scratch()
        let made = try make([48_000 * 3, 48_000 * 3], gaps: [48_000 * 10], rate: 48_000)
        let path = try scratch.write(made.bytes, "gap.opus")
        let info = try Program.run("opusinfo", [path])
        // It says what the gap is, and is right about the time.
        #expect(info.text.contains("Playback length: 0m:16.0"), "\(info.text)")
        #expect(info.text.contains("Indicates missing data") && !info.text.contains("ERROR"), "\(info.text)")
        let probe = try Program.run(
            "ffprobe",
            ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path]
        )
        let seconds = try #require(Double(probe.text.split(separator: "\n").first ?? ""))
        #expect(abs(seconds - 16) < 0.02)
        let decoded = try Program.run("opusdec", ["--quiet", path, scratch.path("gap.wav")])
        #expect(decoded.status == 0, "\(decoded.errorText)")
    }
}
