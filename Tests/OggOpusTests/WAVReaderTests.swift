import Foundation
import OggOpus
import Testing
import TestSupport

@Suite struct WAVReaderTests {
    private func read(_ data: Data, chunk: Int = 1 << 20) throws -> (samples: [Float], reader: WAVReader) {
        var reader = WAVReader()
        var samples: [Float] = []
        try inPieces(data, of: chunk) { samples += try reader.read($0) }
        try reader.finish()
        return (samples, reader)
    }

    private func code(_ data: Data) -> OggOpusError.Code? {
        do {
            _ = try read(data)
            return nil
        } catch {
            return (error as? OggOpusError)?.code
        }
    }

    static let samples = tone(440, rate: 44_100, count: 4410).map { Int16($0 * 32_767) }
    static let expected = samples.map { Float($0) / 32_768 }

    @Test func anyChunking() throws {
        let data = wave(Self.samples, rate: 44_100)
        for chunk in [1, 3, 13, 44, 4096] {
            let (samples, reader) = try read(data, chunk: chunk)
            #expect(samples == Self.expected)
            #expect(reader.format?.sample == .integer(bits: 16))
            #expect(reader.format?.sampleRate == 44_100)
            #expect(reader.format?.channels == 1)
            #expect(reader.missing == 0)
        }
    }

    @Test func formatsOfAnotherProgram() throws {
        let scratch = try Scratch()
        let input = try scratch.write(wave(Self.samples, rate: 44_100), "in.wav")
        for (codec, format) in [
            ("pcm_s16le", WAVReader.SampleFormat.integer(bits: 16)), ("pcm_s24le", .integer(bits: 24)),
            ("pcm_s32le", .integer(bits: 32)), ("pcm_f32le", .float),
        ] {
            // To a file with all sizes, and to a pipe without any; 24 bits are extensible.
            for (target, isPipe) in [(scratch.path("out.wav"), false), ("pipe:1", true)] {
                let run = try Program.run(
                    "ffmpeg",
                    ["-v", "error", "-i", input, "-c:a", codec, "-f", "wav", "-y", target]
                )
                #expect(run.status == 0, "\(run.errorText)")
                let (samples, reader) = try read(isPipe ? run.output : try scratch.read("out.wav"), chunk: 1001)
                #expect(reader.format?.sample == format)
                #expect(samples == Self.expected, "\(codec)")
                #expect(reader.missing == 0)
            }
        }
        let run = try Program.run(
            "ffmpeg",
            ["-v", "error", "-i", input, "-c:a", "pcm_s16le", "-rf64", "always", "-y", scratch.path("rf.wav")]
        )
        #expect(run.status == 0)
        let data = try scratch.read("rf.wav")
        #expect(data.starts(with: Data("RF64".utf8)))
        #expect(try read(data + Data("LIST".utf8) + Data([4, 0, 0, 0]) + Data("abcd".utf8)).samples == Self.expected)
    }

    @Test func unknownSizes() throws {
        for size: UInt32 in [0, .max, 0x7FFF_FFFF, 0x7FFF_F000] {
            var data = wave(Self.samples, rate: 44_100)
            withUnsafeBytes(of: size.littleEndian) { data.replaceSubrange(40..<44, with: $0) }
            let (samples, reader) = try read(data)
            #expect(samples == Self.expected)
            #expect(reader.missing == 0)
        }
        let (samples, reader) = try read(wave(Self.samples, rate: 44_100).dropLast(101))
        #expect(samples == Array(Self.expected.dropLast(51)))
        #expect(reader.missing == 51.0 / 44_100)
    }

    @Test func otherChunksArePassedOver() throws {
        let data = wave(Self.samples, rate: 44_100)
        let odd = Data("LIST".utf8) + Data([3, 0, 0, 0, 1, 2, 3, 0])
        let mixed = data[..<12] + odd + data[12..<36] + odd + data[36...] + odd
        for chunk in [1, 5, 100_000] {
            #expect(try read(Data(mixed), chunk: chunk).samples == Self.expected)
        }
    }

    @Test func whatIsRefused() {
        let data = wave(Self.samples, rate: 44_100)
        func with(_ byte: Int, _ value: UInt8) -> Data {
            var data = data
            data[byte] = value
            return data
        }
        #expect(code(Data()) == .malformedWave)
        #expect(code(Data("RIFF".utf8)) == .malformedWave)
        #expect(code(Data("OggS and more that is not WAVE".utf8)) == .malformedWave)
        #expect(code(data.prefix(40)) == .malformedWave)
        #expect(code(with(20, 6)) == .unsupportedWave)
        #expect(code(with(34, 8)) == .unsupportedWave)
        #expect(code(with(22, 0)) == .malformedWave)
        #expect(code(with(32, 3)) == .malformedWave)
        #expect(code(with(12, 0x78)) == .malformedWave)
        #expect(code(with(18, 1)) == .malformedWave)
    }
}
