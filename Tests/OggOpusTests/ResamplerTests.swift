import Testing

@testable import OggOpus

@Suite struct ResamplerTests {
    private func resample(_ samples: [Float], from: Int, to: Int = 48_000, piece: Int = 1000) throws -> [Float] {
        let resampler = try Resampler(from: from, to: to, channels: 1)
        var output: [Float] = []
        for start in stride(from: 0, to: samples.count, by: piece) {
            resampler.process(samples[start..<min(start + piece, samples.count)], into: &output)
        }
        resampler.finish(into: &output)
        return output
    }

    /// A tone stays that tone, at its place, 85 dB over everything else.
    @Test(arguments: [11_025, 22_050, 32_000, 44_100, 96_000, 176_400])
    func tonesStayTones(rate: Int) throws {
        for frequency in [100.0, 997, Double(min(rate, 48_000)) * 0.4] {
            let output = try resample(tone(frequency, rate: rate, count: rate), from: rate)
            #expect(output.count == 48_000)
            let middle = output[8_000..<40_000].map(Double.init)
            let quality = CodecTests.signalToNoise(middle, frequency: frequency, rate: 48_000)
            #expect(quality > 85, "\(rate) Hz, \(frequency) Hz: \(quality) dB")
            let expected = tone(frequency, rate: 48_000, count: 48_000)
            let furthest = zip(output[8_000..<40_000], expected[8_000..<40_000]).map { abs($0 - $1) }.max() ?? 1
            #expect(furthest < 0.001, "\(rate) Hz, \(frequency) Hz: \(furthest)")
        }
    }

    /// What 48 kHz cannot hold does not come back as something else.
    @Test func aliasesAreKeptOut() throws {
        let output = try resample(tone(30_000, rate: 96_000, count: 96_000), from: 96_000)
        #expect(output[8_000..<40_000].allSatisfy { abs($0) < 1e-4 })
    }

    @Test func piecesDoNotMatter() throws {
        let samples = tone(440, rate: 44_100, count: 10_000)
        let whole = try resample(samples, from: 44_100, piece: 100_000)
        for piece in [1, 7, 147, 4096] {
            #expect(try resample(samples, from: 44_100, piece: piece) == whole)
        }
    }
}
