import Foundation

/// Bytes that inflate to many.
enum Bomb {
    /// A zlib stream (RFC 1950, 1951) of 64 MiB of zeros: one block of a zero, and of copies of the last 258 bytes, each of
    /// which takes 13 bits. It has no checksum, which would be looked at after all of it only.
    static var zeros: Data {
        var stream = BitStream()
        // The last block, with fixed codes.
        stream.put(1, 1)
        stream.put(1, 2)
        // The literal 0 is 00110000, from the most significant bit on.
        stream.put(0b0000_1100, 8)
        for _ in 0..<(64 << 20) / 258 {
            // The length 258 is 11000101 with no further bits, the distance 1 is 00000.
            stream.put(0b1010_0011, 8)
            stream.put(0, 5)
        }
        stream.put(0, 15)
        return Data([0x78, 0x9C] + stream.bytes)
    }
}

/// Bytes that are filled from the least significant bit on, as RFC 1951 has them.
private struct BitStream {
    private(set) var bytes: [UInt8] = []
    private var bits: UInt8 = 0
    private var count: UInt8 = 0

    mutating func put(_ value: UInt8, _ width: UInt8) {
        for place in 0..<width {
            bits |= (place < 8 ? value >> place & 1 : 0) << count
            count += 1
            if count == 8 {
                bytes.append(bits)
                (bits, count) = (0, 0)
            }
        }
    }
}
