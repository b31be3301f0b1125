/// A stretch of a recording in which somebody speaks: what an engine is given, and nothing else.
public struct SpeechPiece: Sendable, Equatable {
    /// Samples per second; there is no other rate here, for engines are trained at this one.
    public static let sampleRate = 16_000

    /// Seconds from the beginning of the recording to the first sample.
    public let start: Double
    /// Mono, at ``sampleRate``.
    public let samples: [Int16]
    /// Where in the piece a voice was heard, in seconds from its first sample, in order. What lies between is pauses and
    /// padding.
    public let voiced: [Range<Double>]

    /// A piece that begins `start` seconds into its recording.
    public init(start: Double, samples: [Int16], voiced: [Range<Double>]) {
        self.start = start
        self.samples = samples
        self.voiced = voiced
    }

    /// How long it is, in seconds.
    public var duration: Double { Double(samples.count) / Double(Self.sampleRate) }

    /// What part of `range`, in seconds from the first sample, had a voice in it: 0 to 1. For a range without length, 1
    /// where it lies in a voice.
    public func voicedShare(of range: Range<Double>) -> Double {
        guard !range.isEmpty else { return voiced.contains { $0.contains(range.lowerBound) } ? 1 : 0 }
        let heard = voiced.reduce(0) { sum, voice in
            let common = voice.clamped(to: range)
            return sum + common.upperBound - common.lowerBound
        }
        return heard / (range.upperBound - range.lowerBound)
    }
}
