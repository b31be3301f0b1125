internal import Foundation

/// Changes the sample rate by a ratio of whole numbers: a polyphase filter, a sinc under a Kaiser window.
///
/// What libopus cannot take (44.1 kHz, above all) becomes 48 kHz. The stopband is 90 dB down; the delay is taken out, so
/// that the n-th output sample lies exactly at n ⋅ from / to.
final class Resampler {
    /// Output samples for every `inputStep` input samples, in lowest terms.
    private let outputStep: Int
    private let inputStep: Int
    private let channels: Int
    /// Filter taps on either side of an output sample.
    private let half: Int
    /// For each phase, 2 ⋅ half taps.
    private let taps: [Float]
    /// Interleaved input that is still needed; its first frame is input frame `firstFrame`.
    private var history: [Float]
    private var firstFrame: Int
    private var framesIn = 0
    private var framesOut = 0

    /// The most taps that are worth computing: 32 MiB of them.
    private static let maximumTaps = 8 << 20
    /// Zero crossings of the sinc on either side: with the window below, the transition is 6 % of the rate wide.
    private static let crossings = 48.0
    private static let transition = 0.0595
    private static let beta = 9.0

    /// - Throws: `unsupported-configuration` for a ratio that takes too large a filter.
    init(from: Int, to: Int, channels: Int) throws(OggOpusError) {
        var (divisor, rest) = (from, to)
        while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
        outputStep = to / divisor
        inputStep = from / divisor
        self.channels = channels
        // Going down, the filter has to keep out what the lower rate cannot hold.
        let scale = min(1, Double(to) / Double(from))
        half = Int((Self.crossings / scale).rounded(.up))
        guard outputStep * 2 * half <= Self.maximumTaps else {
            throw OggOpusError(.unsupportedConfiguration, "a sample rate of \(from) Hz")
        }
        taps = Self.filter(phases: outputStep, half: half, scale: scale)
        // Silence before the beginning.
        history = [Float](repeating: 0, count: (half - 1) * channels)
        firstFrame = 1 - half
    }

    private static func filter(phases: Int, half: Int, scale: Double) -> [Float] {
        // In cycles per input sample, doubled: 1 is the input's own Nyquist frequency.
        let cutoff = scale * (1 - transition)
        let edge = bessel(beta)
        var taps: [Float] = []
        taps.reserveCapacity(phases * 2 * half)
        for phase in 0..<phases {
            let fraction = Double(phase) / Double(phases)
            let values = (1 - half...half).map { tap in
                let distance = Double(tap) - fraction
                let inside = max(0, 1 - (distance / Double(half)) * (distance / Double(half)))
                let argument = Double.pi * cutoff * distance
                let sinc = argument == 0 ? 1 : sin(argument) / argument
                return sinc * bessel(beta * inside.squareRoot()) / edge
            }
            // Every phase passes a constant unchanged.
            let sum = values.reduce(0, +)
            taps.append(contentsOf: values.map { Float($0 / sum) })
        }
        return taps
    }

    /// The modified Bessel function of the first kind, order 0.
    private static func bessel(_ x: Double) -> Double {
        var term = 1.0
        var sum = 1.0
        var n = 1.0
        while term > sum * 1e-12 {
            term *= (x / (2 * n)) * (x / (2 * n))
            sum += term
            n += 1
        }
        return sum
    }

    /// Takes whole frames of interleaved samples and appends what they complete to `output`.
    func process(_ input: some Collection<Float>, into output: inout [Float]) {
        history.append(contentsOf: input)
        framesIn += input.count / channels
        produce(upTo: .max, into: &output)
    }

    /// Appends the rest: the output is as long as the input, rounded up to a sample.
    func finish(into output: inout [Float]) {
        history.append(contentsOf: repeatElement(0, count: (half + 1) * channels))
        let total = (framesIn * outputStep + inputStep - 1) / inputStep
        produce(upTo: total, into: &output)
    }

    /// Begins anew: silence before what comes next, and its first sample is sample 0.
    func reset() {
        history.removeAll(keepingCapacity: true)
        history.append(contentsOf: repeatElement(0, count: (half - 1) * channels))
        firstFrame = 1 - half
        framesIn = 0
        framesOut = 0
    }

    private func produce(upTo limit: Int, into output: inout [Float]) {
        let width = 2 * half
        let available = history.count / channels
        var start = 0
        while framesOut < limit {
            let place = framesOut * inputStep
            // The window begins half - 1 frames before the frame at or before the output sample.
            start = place / outputStep - (half - 1) - firstFrame
            guard start + width <= available else { break }
            let phase = place % outputStep * width
            taps.withUnsafeBufferPointer { taps in
                history.withUnsafeBufferPointer { history in
                    for channel in 0..<channels {
                        var sum: Float = 0
                        var at = start * channels + channel
                        for tap in 0..<width {
                            sum += taps[phase + tap] * history[at]
                            at += channels
                        }
                        output.append(sum)
                    }
                }
            }
            framesOut += 1
        }
        let drop = min(max(0, start), available)
        history.removeFirst(drop * channels)
        firstFrame += drop
    }
}
