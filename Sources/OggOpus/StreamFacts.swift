/// What is known of a recording's stream.
public struct StreamFacts: Sendable, Equatable, Codable {
    /// Its chained links, in order; at least one.
    public let links: [LinkFacts]
    /// The duration in seconds: the sum of the links, by granule positions.
    public let duration: Double
    /// Channels of the first link.
    public let channels: Int
    /// Pages with a right checksum, headers included.
    public let pages: Int
    /// Audio packets.
    public let packets: Int
    /// Bits of audio packets for each second of duration; 0 where the duration is 0.
    public let bitrate: Int
    /// The length of the stream in bytes.
    public let bytes: Int64
}
