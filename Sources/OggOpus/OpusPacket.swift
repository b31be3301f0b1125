/// What the framing of an Opus packet says, without decoding it (RFC 6716 section 3).
enum OpusPacket {
    /// The rules of RFC 6716 section 3.4 by their number, and one for packets of several streams.
    enum Rule: String, Error {
        case r1 = "R1", r2 = "R2", r3 = "R3", r4 = "R4", r5 = "R5", r6 = "R6", r7 = "R7"
        /// RFC 7845 §5.1.1: the streams of one packet have the same duration, and none is missing.
        case streams = "the rule of equal streams"
    }

    /// The longest frame in bytes (RFC 6716 section 3.2.1).
    static let longestFrame = 1275
    /// The longest packet in samples at 48 kHz: 120 ms.
    static let longestPacket = 5760

    /// Samples at 48 kHz of one frame, by the five bits of configuration (RFC 6716 section 3.1, table 2).
    static func frameSamples(toc: UInt8) -> Int {
        let configuration = toc >> 3
        switch configuration {
        case 0..<12: return configuration & 3 == 3 ? 2880 : 480 << Int(configuration & 3)
        case 12..<16: return 480 << Int(configuration & 1)
        default: return 120 << Int(configuration & 3)
        }
    }

    /// The duration of a packet of `streams` streams, in samples at 48 kHz.
    @inline(__always)
    static func samples(of packet: UnsafeRawBufferPointer, streams: Int) throws(Rule) -> Int {
        if streams == 1, packet.count > 0, packet.count <= longestFrame + 1, packet[0] & 3 == 0 {
            // Code 0: one frame fills the packet. Nearly all packets of nearly all encoders.
            return frameSamples(toc: packet[0])
        }
        return try samplesOfStreams(packet, streams: streams)
    }

    private static func samplesOfStreams(_ packet: UnsafeRawBufferPointer, streams: Int) throws(Rule) -> Int {
        var rest = packet
        var samples: Int?
        for stream in 0..<streams {
            // RFC 7845 §3: all but the last stream use the self-delimiting framing of RFC 6716 appendix B.
            if stream > 0, rest.isEmpty { throw .streams }
            var framing = Framing(bytes: rest, isSelfDelimited: stream < streams - 1)
            let duration = try framing.parse()
            guard samples == nil || samples == duration else { throw .streams }
            samples = duration
            rest = UnsafeRawBufferPointer(rebasing: rest[framing.position...])
        }
        return samples ?? 0
    }

    /// The framing of one stream's part of a packet.
    private struct Framing {
        let bytes: UnsafeRawBufferPointer
        let isSelfDelimited: Bool
        /// What has been read; after parsing, the end of this part.
        var position = 0

        init(bytes: UnsafeRawBufferPointer, isSelfDelimited: Bool) {
            self.bytes = bytes
            self.isSelfDelimited = isSelfDelimited
        }

        var remaining: Int { bytes.count - position }

        mutating func byte(orBreaking rule: Rule) throws(Rule) -> Int {
            guard remaining > 0 else { throw rule }
            defer { position += 1 }
            return Int(bytes[position])
        }

        /// A frame length of one or two bytes (RFC 6716 section 3.2.1): at most 1275.
        mutating func length(orBreaking rule: Rule) throws(Rule) -> Int {
            let first = try byte(orBreaking: rule)
            guard first >= 252 else { return first }
            return try byte(orBreaking: rule) * 4 + first
        }

        /// Passes over `count` bytes.
        mutating func pass(_ count: Int, orBreaking rule: Rule) throws(Rule) {
            guard count <= remaining else { throw rule }
            position += count
        }

        /// The duration in samples at 48 kHz.
        mutating func parse() throws(Rule) -> Int {
            let toc = try byte(orBreaking: .r1)
            let frame = OpusPacket.frameSamples(toc: UInt8(toc))
            switch toc & 3 {
            case 0:
                try lastFrame(orBreaking: .r2)
                return frame
            case 1:
                try equalFrames(2, padding: 0, orBreaking: .r3)
                return 2 * frame
            case 2:
                let first = try length(orBreaking: .r4)
                if isSelfDelimited {
                    let second = try length(orBreaking: .r4)
                    try pass(first + second, orBreaking: .r4)
                } else {
                    try pass(first, orBreaking: .r4)
                    try lastFrame(orBreaking: .r2)
                }
                return 2 * frame
            default:
                return try manyFrames(of: frame)
            }
        }

        /// A frame whose length is what remains, or told where the framing is self-delimiting.
        private mutating func lastFrame(orBreaking rule: Rule) throws(Rule) {
            let count = isSelfDelimited ? try length(orBreaking: rule) : remaining
            guard count <= OpusPacket.longestFrame else { throw .r2 }
            try pass(count, orBreaking: rule)
        }

        /// `count` frames of the same length, then `padding` bytes.
        private mutating func equalFrames(_ count: Int, padding: Int, orBreaking rule: Rule) throws(Rule) {
            let each: Int
            if isSelfDelimited {
                each = try length(orBreaking: rule)
            } else {
                let room = remaining - padding
                guard room >= 0, room % count == 0 else { throw rule }
                each = room / count
            }
            guard each <= OpusPacket.longestFrame else { throw .r2 }
            try pass(each * count + padding, orBreaking: rule)
        }

        /// Code 3 (RFC 6716 section 3.2.5).
        private mutating func manyFrames(of frame: Int) throws(Rule) -> Int {
            // The rules of constant and variable rate say the same of these two bytes; R6 names the case.
            let frameCount = try byte(orBreaking: .r6)
            let isVariable = frameCount & 0x80 != 0
            let rule: Rule = isVariable ? .r7 : .r6
            let count = frameCount & 0x3F
            guard count >= 1, count * frame <= OpusPacket.longestPacket else { throw .r5 }
            var padding = 0
            if frameCount & 0x40 != 0 {
                var more = 255
                while more == 255 {
                    more = try byte(orBreaking: rule)
                    // Bounded by the packet's length: 254 for each byte read.
                    padding += more == 255 ? 254 : more
                }
            }
            guard padding <= remaining else { throw rule }
            guard isVariable else {
                try equalFrames(count, padding: padding, orBreaking: rule)
                return count * frame
            }
            var told = 0
            for _ in 0..<(isSelfDelimited ? count : count - 1) {
                told += try length(orBreaking: rule)
            }
            if isSelfDelimited {
                try pass(told + padding, orBreaking: rule)
            } else {
                let last = remaining - padding - told
                guard last >= 0 else { throw rule }
                guard last <= OpusPacket.longestFrame else { throw .r2 }
                position = bytes.count
            }
            return count * frame
        }
    }
}
