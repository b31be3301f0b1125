/// What is known of one chained link of a recording.
public struct LinkFacts: Sendable, Equatable, Codable {
    /// Channels, 1 to 255.
    public let channels: Int
    /// The channel mapping family: 0, 1 or 255 (RFC 7845 section 5.1.1).
    public let mappingFamily: Int
    /// Samples at 48 kHz to drop from the start of what is decoded.
    public let preSkip: Int
    /// The gain to apply when playing, in 1/256 dB.
    public let outputGain: Int
    /// The rate of what was encoded, in Hz; 0 where it is not told. Not the rate to decode at.
    public let inputSampleRate: Int
    /// The serial number of the logical stream.
    public let serial: UInt32
    /// The duration in samples at 48 kHz, by granule positions, without the pre-skip and what is trimmed at the end.
    public let samples: Int64
    /// The comment header.
    public let tags: Tags
    /// The first byte of the link's first page, counted from the start of the stream.
    public let startOffset: Int64

    /// The duration in seconds.
    public var duration: Double { Double(samples) / 48_000 }
}
