internal import Foundation

/// How loud each of seven bands of the spectrum is, frame by frame: two band-pass filters of second order after each
/// other per band, an octave or less apart, where speech has its energy.
struct BandLevels {
    /// Samples of a frame: 20 ms.
    static let frameSize = SpeechPiece.sampleRate / 50
    /// The middle of each band, in Hz.
    static let centres: [Double] = [200, 350, 600, 1_000, 1_700, 2_900, 5_000]

    private var bands = Self.centres.map(Band.init)

    /// The mean power of each band in a frame, full scale being 1.
    mutating func powers(of frame: UnsafeBufferPointer<Int16>) -> [Double] {
        bands.indices.map { bands[$0].power(of: frame) }
    }
}

/// One band.
private struct Band {
    /// Centre over width.
    private static let quality = 1.6

    private let gain: Double
    private let feedback1: Double
    private let feedback2: Double
    private var first = (Double.zero, Double.zero)
    private var second = (Double.zero, Double.zero)

    /// The band-pass of 0 dB at its peak in R. Bristow-Johnson's cookbook for biquad filters.
    init(centre: Double) {
        let angle = 2 * Double.pi * centre / Double(SpeechPiece.sampleRate)
        let alpha = sin(angle) / (2 * Self.quality)
        gain = alpha / (1 + alpha)
        feedback1 = -2 * cos(angle) / (1 + alpha)
        feedback2 = (1 - alpha) / (1 + alpha)
    }

    mutating func power(of frame: UnsafeBufferPointer<Int16>) -> Double {
        var sum = 0.0
        for sample in frame {
            // Direct form II, transposed; the middle coefficient of the input is 0.
            let input = Double(sample) * (gain / 32_768)
            let middle = input + first.0
            first.0 = first.1 - feedback1 * middle
            first.1 = -input - feedback2 * middle
            let scaled = middle * gain
            let output = scaled + second.0
            second.0 = second.1 - feedback1 * output
            second.1 = -scaled - feedback2 * output
            sum += output * output
        }
        // After long silence the state would be numbers so small that the processor is slow with them.
        if abs(first.0) + abs(first.1) + abs(second.0) + abs(second.1) < 1e-30 { (first, second) = ((0, 0), (0, 0)) }
        return sum / Double(frame.count)
    }
}
