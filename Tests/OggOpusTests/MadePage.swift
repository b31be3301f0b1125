import Foundation

/// An Ogg page made by hand, for streams that no encoder writes. Its checksum does not come from libogg.
struct MadePage {
    var flags: UInt8 = 0
    var granule: Int64 = 0
    var serial: UInt32 = 7
    var sequence: UInt32 = 0
    var lacing: [UInt8] = []
    var body: [UInt8] = []
    var version: UInt8 = 0

    static let continued: UInt8 = 1
    static let bos: UInt8 = 2
    static let eos: UInt8 = 4

    /// A page of whole packets.
    init(_ packets: [[UInt8]] = [], flags: UInt8 = 0, granule: Int64 = 0, serial: UInt32 = 7, sequence: UInt32) {
        self.flags = flags
        self.granule = granule
        self.serial = serial
        self.sequence = sequence
        for packet in packets {
            lacing += [UInt8](repeating: 255, count: packet.count / 255) + [UInt8(packet.count % 255)]
            body += packet
        }
    }

    var bytes: [UInt8] {
        var page = Array("OggS".utf8) + [version, flags]
        func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { page += $0 } }
        append(granule)
        append(serial)
        append(sequence)
        append(UInt32(0))
        page.append(UInt8(lacing.count))
        page += lacing + body
        withUnsafeBytes(of: Self.checksum(page).littleEndian) { page.replaceSubrange(22..<26, with: $0) }
        return page
    }

    /// RFC 3533 section 6: polynomial 0x04c11db7, no reflection, no complement.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.reduce(UInt32(0)) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte) << 24) { value, _ in
                value & 0x8000_0000 != 0 ? value << 1 ^ 0x04c1_1db7 : value << 1
            }
        }
    }
}

/// A mono stream made by hand: headers, then audio pages of packets of 20 ms.
struct MadeStream {
    static let preSkip = 312
    /// A code 0 packet: 20 ms of CELT.
    static let packet: [UInt8] = [0xF8, 1, 2, 3]

    static func head(channels: UInt8 = 1, preSkip: Int = preSkip) -> [UInt8] {
        Array("OpusHead".utf8) + [1, channels, UInt8(preSkip & 255), UInt8(preSkip >> 8), 0x80, 0xBB, 0, 0, 0, 0, 0]
    }

    static func tags(_ comments: [String] = []) -> [UInt8] {
        func sized(_ text: String) -> [UInt8] {
            withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian) { Array($0) } + text.utf8
        }
        return Array("OpusTags".utf8) + sized("made")
            + withUnsafeBytes(of: UInt32(comments.count).littleEndian) { Array($0) } + comments.flatMap(sized)
    }

    static func headers(serial: UInt32 = 7, preSkip: Int = preSkip, channels: UInt8 = 1) -> [MadePage] {
        [
            MadePage([head(channels: channels, preSkip: preSkip)], flags: MadePage.bos, serial: serial, sequence: 0),
            MadePage([tags()], serial: serial, sequence: 1),
        ]
    }

    /// Headers and `seconds` pages of 50 packets; the last ends the stream.
    static func pages(seconds: Int, serial: UInt32 = 7) -> [MadePage] {
        headers(serial: serial)
            + (1...seconds).map { second in
                MadePage(
                    Array(repeating: packet, count: 50),
                    flags: second == seconds ? MadePage.eos : 0,
                    granule: Int64(second) * 48_000,
                    serial: serial,
                    sequence: UInt32(second) + 1
                )
            }
    }

    static func bytes(_ pages: [MadePage]) -> [UInt8] { pages.flatMap(\.bytes) }
}
