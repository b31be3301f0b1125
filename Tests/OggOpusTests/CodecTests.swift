import Foundation
import OggOpus
import Testing
import TestSupport

/// The encoder and the decoder, with each other and with other programs.
@Suite struct CodecTests {
    /// The part of `samples` that a sine of `frequency` explains, in dB over what it does not.
    static func signalToNoise(_ samples: [Double], frequency: Double, rate: Int) -> Double {
        // Least squares: sine and cosine are not orthogonal over a part of a period.
        var (ss, cc, sc, xs, xc) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for (index, sample) in samples.enumerated() {
            let phase = 2 * .pi * frequency * Double(index) / Double(rate)
            ss += sin(phase) * sin(phase)
            cc += cos(phase) * cos(phase)
            sc += sin(phase) * cos(phase)
            xs += sample * sin(phase)
            xc += sample * cos(phase)
        }
        let determinant = ss * cc - sc * sc
        let a = (xs * cc - xc * sc) / determinant
        let b = (xc * ss - xs * sc) / determinant
        var (signal, noise) = (0.0, 0.0)
        for (index, sample) in samples.enumerated() {
            let phase = 2 * .pi * frequency * Double(index) / Double(rate)
            let model = a * sin(phase) + b * cos(phase)
            signal += model * model
            noise += (sample - model) * (sample - model)
        }
        return 10 * log10(signal / max(noise, 1e-30))
    }

    @Test(arguments: [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000])
    func everyRateComesBackExactly(rate: Int) throws {
        for count in [0, 1, rate / 50, rate, rate * 3 + 77] {
            let bytes = try encode(tone(440, rate: rate, count: count), .init(sampleRate: rate))
            let stream = try validate(bytes)
            #expect(stream.findings.isEmpty, "\(rate) Hz, \(count) samples: \(stream.findings.kept)")
            let expected = (count * 48_000 + rate - 1) / rate
            #expect(stream.facts.links[0].samples == Int64(expected), "\(rate) Hz, \(count) samples")
            #expect(stream.facts.links[0].inputSampleRate == rate)
            let samples = try decode(bytes)
            #expect(samples.count == expected)
            guard count > rate else { continue }
            let middle = samples[12_000..<60_000].map { Double($0) / 32_768 }
            // 24 kbit/s and a telephone's band are enough for this.
            #expect(Self.signalToNoise(middle, frequency: 440, rate: 48_000) > 15, "\(rate) Hz")
        }
    }

    /// What comes out lies where it went in: the pre-skip takes the encoder's delay out.
    @Test func theEncodersDelayIsTakenOut() throws {
        let rate = 48_000
        var input = [Float](repeating: 0, count: 2 * rate)
        for index in 0..<4800 { input[rate / 2 + index] = Float.random(in: -0.5...0.5) }
        let output = try decode(try encode(input, .init(bitrate: 128_000)))
        #expect(output.count == input.count)
        let best = (-300...300).max { one, other in
            func match(_ shift: Int) -> Double {
                (rate / 2..<rate / 2 + 4800).reduce(0) { $0 + Double(input[$1]) * Double(output[$1 + shift]) }
            }
            return match(one) < match(other)
        }
        #expect(best == 0)
    }

    @Test func stereoAndMono() throws {
        let left = tone(440, rate: 48_000, count: 96_000)
        let right = tone(660, rate: 48_000, count: 96_000)
        let both = zip(left, right).flatMap { [$0, $1] }
        let bytes = try encode(both, .init(channels: 2, bitrate: 128_000))
        #expect(try validate(bytes).facts.channels == 2)
        let samples = try decode(bytes).map { Double($0) / 32_768 }
        #expect(samples.count == both.count)
        let middle = Array(24_000..<72_000)
        #expect(Self.signalToNoise(middle.map { samples[2 * $0] }, frequency: 440, rate: 48_000) > 20)
        #expect(Self.signalToNoise(middle.map { samples[2 * $0 + 1] }, frequency: 660, rate: 48_000) > 20)
        let mono = try decode(bytes, mono: true)
        #expect(mono.count == 96_000)
        #expect(abs(Int(mono[30_000]) - Int((samples[60_000] + samples[60_001]) / 2 * 32_768)) <= 1)
    }

    @Test func integersAndFloatsAreTheSame() throws {
        let samples = tone(300, rate: 16_000, count: 20_000).map { Int16($0 * 32_767) }
        let encoder = try Encoder(configuration: .init(sampleRate: 16_000, serial: 5))
        let one = try samples.withUnsafeBufferPointer { try encoder.encode($0) } + encoder.finish()
        let other = try encode(samples.map { Float($0) / 32_768 }, .init(sampleRate: 16_000, serial: 5))
        #expect(one == other)
        #expect(throws: OggOpusError.self) { try encoder.finish() }
    }

    @Test func otherProgramsReadWhatIsEncoded() throws {
        let scratch = try Scratch()
        let tags = Tags(comments: [
            .init(name: "TITLE", value: "Rapat kerja"), .init(name: "PERFORMER", value: "Ketua"),
        ])
        for (rate, channels) in [(48_000, 1), (44_100, 2), (16_000, 1), (8_000, 2)] {
            let count = rate * 5 + 123
            let samples = tone(500, rate: rate, count: count).flatMap { Array(repeating: $0, count: channels) }
            let path = try scratch.write(
                try encode(samples, .init(sampleRate: rate, channels: channels, tags: tags)),
                "made.opus"
            )
            let info = try Program.run("opusinfo", [path])
            #expect(info.status == 0)
            #expect(!info.text.contains("WARNING") && !info.text.contains("ERROR"), "\(info.text)")
            #expect(info.text.contains("TITLE=Rapat kerja") && info.text.contains("PERFORMER=Ketua"))
            #expect(info.text.contains("Channels: \(channels)\n"))
            #expect(info.text.contains("Playback length: 0m:05.0"))
            let probe = try Program.run(
                "ffprobe",
                ["-v", "error", "-show_entries", "stream=channels:format=duration", "-of", "csv=p=0", path]
            )
            let lines = probe.text.split(separator: "\n").map(String.init)
            #expect(lines.first == "\(channels)")
            let seconds = try #require(lines.last.flatMap(Double.init))
            // ffprobe counts the pre-skip in.
            let preSkip = Double(try validate(try scratch.read("made.opus")).facts.links[0].preSkip) / 48_000
            #expect(abs(seconds - preSkip - Double(count) / Double(rate)) < 0.001, "\(rate) Hz: \(seconds)")
        }
    }

    @Test func streamsOfOtherPrograms() throws {
        let scratch = try Scratch()
        let samples = tone(350, rate: 48_000, count: 48_000 * 12 + 345).map { Int16($0 * 32_767) }
        let input = try scratch.write(wave(samples, rate: 48_000), "in.wav")
        for options in [[], ["--bitrate", "96"], ["--framesize", "2.5"], ["--framesize", "60"], ["--hard-cbr"]] {
            let run = try Program.run("opusenc", ["--quiet"] + options + [input, scratch.path("out.opus")])
            #expect(run.status == 0, "\(run.errorText)")
            let stream = try validate(try scratch.read("out.opus"))
            #expect(stream.findings.isEmpty, "\(options): \(stream.findings.kept)")
            #expect(stream.facts.links[0].samples == Int64(samples.count), "\(options)")
        }
        for options in [["-b:a", "32k"], ["-b:a", "500k", "-ac", "2"], ["-ac", "6"], ["-page_duration", "20000"]] {
            let run = try Program.run(
                "ffmpeg",
                ["-v", "error", "-i", input, "-c:a", "libopus"] + options + ["-y", scratch.path("ff.opus")]
            )
            #expect(run.status == 0, "\(run.errorText)")
            let stream = try validate(try scratch.read("ff.opus"))
            #expect(stream.findings.isEmpty, "\(options): \(stream.findings.kept)")
            #expect(stream.facts.links[0].samples == Int64(samples.count), "\(options)")
        }
    }

    @Test func decodesAsOpusdecDoes() throws {
        let scratch = try Scratch()
        guard let good = try Samples.files("good") else { return }
        var compared = 0
        for file in good where !file.lastPathComponent.contains("WARN") && !file.lastPathComponent.contains("continued")
        {
            let run = try Program.run(
                "opusdec",
                ["--quiet", "--rate", "48000", "--no-dither", file.path, scratch.path("out.wav")]
            )
            #expect(run.status == 0, "\(run.errorText)")
            var reader = WAVReader()
            let reference = try scratch.read("out.wav").withUnsafeBytes { try reader.read($0) }
            let samples = try decode(try Data(contentsOf: file))
            #expect(samples.count == reference.count, "\(file.lastPathComponent)")
            let furthest = zip(samples, reference).map { abs(Float($0) - $1 * 32_768) }.max() ?? 0
            #expect(furthest <= 1, "\(file.lastPathComponent): \(furthest)")
            compared += 1
        }
        #expect(compared == 17)
    }

    @Test func everySampleDecodesToItsDuration() throws {
        var decoded = 0
        for folder in ["good", "bad", "chained", "multistream"] {
            guard let files = try Samples.files(folder) else { return }
            for file in files {
                let data = try Data(contentsOf: file)
                guard let stream = try? validate(data) else {
                    // The decoder, too, refuses all but two logical streams.
                    if !file.lastPathComponent.contains("multiplexed"), !file.lastPathComponent.contains("no_audio") {
                        #expect(throws: OggOpusError.self, "\(file.lastPathComponent)") { try decode(data) }
                    }
                    continue
                }
                decoded += 1
                let channels = stream.facts.channels
                let lengths = stream.facts.links.map(\.samples)
                #expect(try decode(data).count == Int(lengths.reduce(0, +)) * channels, "\(file.lastPathComponent)")
                let mono = try decode(data, rate: 16_000, mono: true)
                #expect(mono.count == Int(lengths.map { ($0 + 2) / 3 }.reduce(0, +)), "\(file.lastPathComponent)")
                #expect(try decode(data, rate: 16_000, mono: true, chunk: 997) == mono)
            }
        }
        // 21 good, 11 of the 23 bad, 3 chained, 3 of several streams.
        #expect(decoded == 38)
    }

    @Test func unusableConfigurationsAreRefused() {
        let wrong: [Encoder.Configuration] = [
            .init(channels: 0), .init(channels: 3), .init(sampleRate: 7_999), .init(sampleRate: 192_001),
            .init(bitrate: 5_999), .init(bitrate: 510_001), .init(sampleRate: .min), .init(channels: .max),
            .init(sampleRate: 191_999),
        ]
        for configuration in wrong {
            #expect(throws: OggOpusError.self) { try Encoder(configuration: configuration) }
        }
        #expect(throws: OggOpusError.self) {
            try Encoder(configuration: .init(tags: Tags(comments: [.init(name: "A=", value: "")])))
        }
        #expect(throws: OggOpusError.self) { try Decoder(configuration: .init(sampleRate: 44_100)) }
    }

    @Test func samplesThatAreNoNumbers() throws {
        let odd: [Float] = [.nan, .infinity, -.infinity, 1e30, -1e30, .leastNonzeroMagnitude]
        for rate in [48_000, 44_100] {
            let bytes = try encode(Array(repeatElement(odd, count: 5000).joined()), .init(sampleRate: rate))
            #expect(try validate(bytes).findings.isEmpty)
        }
    }
}
