import Foundation
import OggOpus
import TestSupport
import Testing

/// The whole pages of a stream with holes are a stream that players take.
@Suite struct SalvageTests {
    private let stream: Data
    private let seconds = 20.0

    init() throws {
        let encoder = try Encoder(configuration: .init(bitrate: 128_000, tags: Tags()))
        var state: UInt32 = 77
        let samples = (0..<Int(seconds * 48_000)).map { _ -> Float in
            state ^= state << 13
            state ^= state >> 17
            state ^= state << 5
            return Float(state >> 8) / Float(1 << 24) - 0.5
        }
        stream = Data(try samples.withUnsafeBufferPointer { try encoder.encode($0) } + encoder.finish())
    }

    /// What comes of `stream` without the bytes of `holes`.
    private func salvage(without holes: [Range<Int>]) throws -> (stream: Data, hasMadeUpHeaders: Bool) {
        let salvager = PageSalvager()
        var output = Data()
        var position = 0
        for hole in holes + [stream.count..<stream.count] {
            let good = stream[position..<hole.lowerBound]
            try good.withUnsafeBytes { try salvager.update($0) { output.append(contentsOf: $0) } }
            if !hole.isEmpty { salvager.gap() }
            position = hole.upperBound
        }
        return (output, salvager.hasMadeUpHeaders)
    }

    @Test func aWholeStreamComesOutAsItIs() throws {
        let found = try salvage(without: [])
        #expect(found.stream == stream && !found.hasMadeUpHeaders)
    }

    /// `opusdec` and `ffmpeg` play what is left; our own validator says what is missing.
    @Test func ofAHoleInTheMiddleTheRestIsPlayed() throws {
        let hole = 100_000..<165_536
        let found = try salvage(without: [hole])
        #expect(found.stream.count < stream.count - hole.count && !found.hasMadeUpHeaders)
        let validated = try validate(found.stream)
        // 64 KiB of about 16 KB a second, and what shares a page with them.
        #expect(validated.loss > 3 && validated.loss < 7)
        try expectPlayed(found.stream, atLeast: seconds - 7)
    }

    @Test func whereTheHeadersAreLostOthersStandInTheirPlace() throws {
        let found = try salvage(without: [0..<65_536])
        #expect(found.hasMadeUpHeaders)
        try expectPlayed(found.stream, atLeast: seconds - 7)
    }

    @Test func ofAnythingElseNothingComes() throws {
        let salvager = PageSalvager()
        let noise = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }
        try noise.withUnsafeBytes { try salvager.update($0) { _ in Issue.record("a page of noise") } }
        #expect(salvager.pages == 0)
    }

    private func expectPlayed(_ bytes: Data, atLeast least: Double) throws {
        let scratch = try Scratch()
        let file = scratch.path("salvaged.opus")
        try bytes.write(to: URL(filePath: file))
        for (name, arguments) in [
            ("opusdec", ["--quiet", "--rate", "48000", file, scratch.path("opusdec.wav")]),
            ("ffmpeg", ["-v", "fatal", "-y", "-i", file, scratch.path("ffmpeg.wav")]),
        ] {
            let run = try Program.run(name, arguments)
            #expect(run.status == 0, "\(name): \(run.errorText)")
            let wave = try scratch.read("\(name).wav")
            // 16-bit samples at 48 kHz, in as many channels as the file says.
            let channels = wave.count > 23 ? Int(wave[22]) : 1
            #expect(Double(wave.count) / Double(2 * channels * 48_000) >= least, "\(name)")
        }
    }
}
