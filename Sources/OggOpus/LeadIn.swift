/// The packets before a moment: as many as a decoder needs to settle (RFC 7845 section 4.6: 80 ms).
struct LeadIn {
    struct Packet {
        let bytes: [UInt8]
        let duration: Int
    }

    /// Samples at 48 kHz that have to be decoded before what is heard is right.
    static let samplesWanted = 3840
    /// Packets of a stream that no encoder makes can be large; what is kept of them is not.
    private static let longest = 1 << 20

    private(set) var packets: [Packet] = []
    /// The duration of all of them.
    private(set) var samples = 0
    private var length = 0

    /// Whether a decoder that begins with them has settled at their end.
    var isEnough: Bool { samples >= Self.samplesWanted }

    /// Adds the packet that follows, and forgets those that are no longer needed.
    mutating func add(_ bytes: UnsafeRawBufferPointer, duration: Int) {
        packets.append(Packet(bytes: Array(bytes), duration: duration))
        samples += duration
        length += bytes.count
        while let first = packets.first, packets.count > 1,
            samples - first.duration >= Self.samplesWanted || length > Self.longest
        {
            packets.removeFirst()
            samples -= first.duration
            length -= first.bytes.count
        }
    }
}
