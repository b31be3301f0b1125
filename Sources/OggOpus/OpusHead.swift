/// The identification header of a link (RFC 7845 section 5.1).
struct OpusHead: Equatable {
    var version: UInt8 = 1
    let channels: Int
    /// Samples at 48 kHz to drop from the start of what is decoded.
    let preSkip: Int
    let inputSampleRate: UInt32
    /// The gain to apply when playing, in 1/256 dB.
    var outputGain: Int16 = 0
    var mappingFamily: UInt8 = 0
    /// How many Opus streams each packet holds.
    var streams: Int
    /// How many of them, the first ones, are stereo.
    var coupled: Int
    /// For each channel, the decoded channel that it plays; 255 is silence.
    var mapping: [UInt8]
    /// Bytes after the header's end, which version 1 does not have.
    var excess = 0

    /// A header of mapping family 0: mono or stereo.
    init(channels: Int, preSkip: Int, inputSampleRate: UInt32) {
        self.channels = channels
        self.preSkip = preSkip
        self.inputSampleRate = inputSampleRate
        streams = 1
        coupled = channels - 1
        mapping = [UInt8](0..<UInt8(clamping: channels))
    }

    /// Whether `packet` claims to be an identification header.
    static func claims(_ packet: UnsafeRawBufferPointer) -> Bool {
        var cursor = ByteCursor(packet)
        return cursor.skip("OpusHead")
    }

    /// Parses a packet.
    ///
    /// - Throws: `not-opus`, `malformed-head`, `head-version` or `mapping-family`, at `offset`.
    init(packet: UnsafeRawBufferPointer, at offset: Int64) throws(OggOpusError) {
        var cursor = ByteCursor(packet)
        guard cursor.skip("OpusHead") else {
            throw OggOpusError(.notOpus, "the first packet is not an Opus identification header", at: offset)
        }
        guard let version = cursor.integer(UInt8.self) else {
            throw OggOpusError(.malformedHead, "the identification header ends after its name", at: offset)
        }
        // RFC 7845 §5.1: versions up to 15 are compatible.
        guard version <= 15 else {
            throw OggOpusError(.headVersion, "version \(version) of the identification header", at: offset)
        }
        guard let channels = cursor.integer(UInt8.self), let preSkip = cursor.integer(UInt16.self),
            let rate = cursor.integer(UInt32.self), let gain = cursor.integer(Int16.self),
            let family = cursor.integer(UInt8.self)
        else {
            throw OggOpusError(.malformedHead, "the identification header has \(packet.count) bytes", at: offset)
        }
        guard [0, 1, 255].contains(family) else {
            throw OggOpusError(.mappingFamily, "channel mapping family \(family)", at: offset)
        }
        let most = family == 0 ? 2 : family == 1 ? 8 : 255
        guard channels >= 1, channels <= most else {
            throw OggOpusError(.malformedHead, "\(channels) channels in mapping family \(family)", at: offset)
        }
        self.init(channels: Int(channels), preSkip: Int(preSkip), inputSampleRate: rate)
        self.version = version
        outputGain = gain
        mappingFamily = family
        if family != 0 {
            try readMapping(&cursor, at: offset)
        }
        excess = cursor.remaining
    }

    /// Reads the channel mapping table (RFC 7845 section 5.1.1).
    private mutating func readMapping(_ cursor: inout ByteCursor, at offset: Int64) throws(OggOpusError) {
        guard let streams = cursor.integer(UInt8.self), let coupled = cursor.integer(UInt8.self),
            let mapping = cursor.take(channels)
        else {
            throw OggOpusError(.malformedHead, "the channel mapping table is cut off", at: offset)
        }
        let decoded = Int(streams) + Int(coupled)
        guard streams >= 1, coupled <= streams, decoded <= 255, mapping.allSatisfy({ $0 == 255 || $0 < decoded }) else {
            throw OggOpusError(
                .malformedHead,
                "a channel mapping of \(streams) streams, \(coupled) coupled, contradicts itself",
                at: offset
            )
        }
        self.streams = Int(streams)
        self.coupled = Int(coupled)
        self.mapping = Array(mapping)
    }

    /// The packet of a header of mapping family 0.
    var packet: [UInt8] {
        var packet = Array("OpusHead".utf8)
        packet.append(version)
        packet.append(UInt8(clamping: channels))
        packet.append(littleEndian: UInt16(clamping: preSkip))
        packet.append(littleEndian: inputSampleRate)
        packet.append(littleEndian: outputGain)
        packet.append(0)
        return packet
    }
}
