internal import CLibOpus

/// Makes an Ogg Opus stream of PCM, as it arrives (RFC 7845): pages of about a second, exact to the sample at the end.
public final class Encoder {
    /// What to make.
    public struct Configuration: Sendable, Equatable {
        /// The rate of the samples, in Hz, 8,000 to 192,000. 8, 12, 16, 24 and 48 kHz are encoded as they are, others
        /// are resampled to 48 kHz.
        public var sampleRate: Int
        /// 1 or 2.
        public var channels: Int
        /// Bits per second, 6,000 to 510,000; nil is 24,000 for each channel.
        public var bitrate: Int?
        /// The comment header; without a vendor, libopus's name is set.
        public var tags: Tags
        /// The serial number of the logical stream; nil is a random one.
        public var serial: UInt32?

        /// A configuration for `sampleRate` and `channels`.
        public init(
            sampleRate: Int = 48_000,
            channels: Int = 1,
            bitrate: Int? = nil,
            tags: Tags = Tags(),
            serial: UInt32? = nil
        ) {
            self.sampleRate = sampleRate
            self.channels = channels
            self.bitrate = bitrate
            self.tags = tags
            self.serial = serial
        }
    }

    /// The longest packet of one stream of 20 ms: one frame and its table of contents.
    private static let packetCapacity = 1276
    /// A page for each second of 20 ms packets.
    private static let packetsPerPage = 50
    /// The longest gap at once, in seconds: readers believe no longer one.
    private static let longestGap = StreamValidator.Limits().longestGap

    private let channels: Int
    private let sampleRate: Int
    private let encoder: OpaquePointer
    private let writer: PageWriter
    private let resampler: Resampler?
    /// Samples at 48 kHz for each sample encoded.
    private let scale: Int
    private let preSkip: Int
    /// Samples of one channel in 20 ms at the encoder's rate.
    private let frameSize: Int
    /// Interleaved input that does not fill a sample of every channel yet.
    private var partial: [Float] = []
    /// Interleaved samples that await encoding.
    private var queue: [Float] = []
    private var framesQueued = 0
    /// Samples of one channel that were taken or skipped, at the rate of the input.
    private var framesIn = 0
    /// Samples at 48 kHz that gaps have added to the granule position.
    private var jumped = 0
    private var packets = 0
    /// The header pages, until they are handed out.
    private var headers: [UInt8] = []
    private var packet = [UInt8](repeating: 0, count: Encoder.packetCapacity)
    private var hasFinished = false

    /// - Throws: `unsupported-configuration`; `malformed-tags` or `tags-too-large`.
    public init(configuration: Configuration) throws(OggOpusError) {
        let channels = configuration.channels
        let sampleRate = configuration.sampleRate
        let bitrate = configuration.bitrate ?? 24_000 * max(0, min(channels, 2))
        func require(_ isSupported: Bool, _ reason: String) throws(OggOpusError) {
            guard isSupported else { throw OggOpusError(.unsupportedConfiguration, reason) }
        }
        try require((1...2).contains(channels), "\(channels) channels; 1 or 2 can be encoded")
        try require((8_000...192_000).contains(sampleRate), "\(sampleRate) Hz; 8,000 to 192,000 can be encoded")
        try require((6_000...510_000).contains(bitrate), "\(bitrate) bit/s; 6,000 to 510,000 can be encoded")
        let isNative = [8_000, 12_000, 16_000, 24_000, 48_000].contains(sampleRate)
        let rate = isNative ? sampleRate : 48_000
        resampler = isNative ? nil : try Resampler(from: sampleRate, to: rate, channels: channels)
        writer = try PageWriter(serial: configuration.serial ?? .random(in: .min ... .max))
        let vendor = String(cString: opus_get_version_string())
        let tags = try configuration.tags.packet(vendor: vendor)
        var status: Int32 = 0
        guard let encoder = opus_encoder_create(Int32(rate), Int32(channels), OPUS_APPLICATION_VOIP, &status) else {
            throw OggOpusError(.library, "libopus cannot make an encoder (\(status))")
        }
        self.encoder = encoder
        self.channels = channels
        self.sampleRate = sampleRate
        scale = 48_000 / rate
        frameSize = rate / 50
        var lookahead: Int32 = 0
        guard opus_encoder_set(encoder, OPUS_SET_BITRATE_REQUEST, Int32(bitrate)) == OPUS_OK,
            // What opusenc takes unless it is told otherwise; libopus by itself takes 9.
            opus_encoder_set(encoder, OPUS_SET_COMPLEXITY_REQUEST, 10) == OPUS_OK,
            opus_encoder_get(encoder, OPUS_GET_LOOKAHEAD_REQUEST, &lookahead) == OPUS_OK
        else {
            // The initializer has not set everything, so there is no deinit to do this.
            opus_encoder_destroy(encoder)
            throw OggOpusError(.library, "libopus refuses \(bitrate) bit/s")
        }
        // RFC 7845 §5.1: the pre-skip is counted at 48 kHz.
        preSkip = Int(lookahead) * scale
        let head = OpusHead(channels: channels, preSkip: preSkip, inputSampleRate: UInt32(sampleRate))
        try add(head.packet)
        try add(tags)
    }

    deinit {
        opus_encoder_destroy(encoder)
    }

    /// Encodes interleaved samples from -1 to 1; what is beyond is clipped, what is not a number is silence.
    ///
    /// - Returns: the bytes of the stream that are complete; often none, about once a second some.
    /// - Throws: `finished` after ``finish()``.
    public func encode(_ samples: UnsafeBufferPointer<Float>) throws(OggOpusError) -> [UInt8] {
        var output: [UInt8] = []
        try encode(samples, into: &output)
        return output
    }

    /// Encodes interleaved 16-bit samples.
    ///
    /// - Returns: the bytes of the stream that are complete; often none, about once a second some.
    /// - Throws: `finished` after ``finish()``.
    public func encode(_ samples: UnsafeBufferPointer<Int16>) throws(OggOpusError) -> [UInt8] {
        var output: [UInt8] = []
        try encode(samples, into: &output)
        return output
    }

    /// Encodes as ``encode(_:)-(UnsafeBufferPointer<Float>)`` does, appending to `output`.
    public func encode(_ samples: UnsafeBufferPointer<Float>, into output: inout [UInt8]) throws(OggOpusError) {
        try take(samples, into: &output) { $0.isNaN ? 0 : max(-1, min(1, $0)) }
    }

    /// Encodes as ``encode(_:)-(UnsafeBufferPointer<Int16>)`` does, appending to `output`.
    public func encode(_ samples: UnsafeBufferPointer<Int16>, into output: inout [UInt8]) throws(OggOpusError) {
        try take(samples, into: &output) { Float($0) / 32_768 }
    }

    /// Samples that should be in the stream and are not.
    public struct Gap: Sendable, Equatable {
        /// Where it begins, in samples at 48 kHz from the beginning of the recording.
        public let start: Int
        /// How many samples at 48 kHz are missing, as ``StreamValidator`` counts them.
        public let length: Int
    }

    /// Leaves out `samples` of each channel, at the rate of the input, which were lost: what follows keeps its place in
    /// time, and whoever reads the stream sees what is missing.
    ///
    /// RFC 7845 §4.1 lets no page's granule position grow by more than its own packets. So the stream is made what
    /// RFC 3533 §6 says of one that lost a page: its number is left out, and the audio goes on after the time that was
    /// on it. A packet of silence stands on either side, which flushes the encoder's delay and keeps clicks out.
    ///
    /// - Parameter samples: at most 86,400 s; more is taken for that.
    /// - Returns: the gap; nil where it is so short that it was filled with silence.
    /// - Throws: `finished` after ``finish()``.
    public func skip(samples: Int, into output: inout [UInt8]) throws(OggOpusError) -> Gap? {
        guard !hasFinished else { throw OggOpusError(.finished, "the stream has been ended") }
        if let resampler {
            let before = queue.count
            resampler.finish(into: &queue)
            resampler.reset()
            framesQueued += (queue.count - before) / channels
        }
        framesIn += max(0, min(samples, Self.longestGap * sampleRate))
        takeHeaders(into: &output)
        try encodeFullFrames(last: nil, into: &output)
        // From where the audio ends to where it goes on, by the count of the input: roundings do not add up.
        let position = framesQueued * scale + jumped
        let gap = (framesIn * 48_000 + sampleRate - 1) / sampleRate - position
        let queued = queue.count / channels
        // As many whole packets as push out what the encoder holds back.
        let filled = (queued + preSkip / scale + frameSize - 1) / frameSize * frameSize - queued
        let jump = gap - (filled + frameSize) * scale
        guard jump > 0 else {
            addSilence(max(0, gap) / scale)
            try encodeFullFrames(last: nil, into: &output)
            return nil
        }
        addSilence(filled)
        try encodeFullFrames(last: nil, into: &output)
        writer.flush(into: &output)
        writer.losePage()
        jumped += jump
        addSilence(frameSize)
        try encodeFullFrames(last: nil, into: &output)
        // On a page of its own, so that a gap and the trimming of the last page are never on one (§4.4).
        writer.flush(into: &output)
        return Gap(start: position + filled * scale, length: jump)
    }

    private func addSilence(_ frames: Int) {
        queue.append(contentsOf: repeatElement(0, count: frames * channels))
        framesQueued += frames
    }

    /// Encodes what is left and ends the stream, exactly where the samples ended.
    ///
    /// - Returns: the last bytes of the stream.
    /// - Throws: `finished` where it was ended before.
    public func finish() throws(OggOpusError) -> [UInt8] {
        var output: [UInt8] = []
        try finish(into: &output)
        return output
    }

    /// Ends the stream as ``finish()`` does, appending to `output`.
    public func finish(into output: inout [UInt8]) throws(OggOpusError) {
        guard !hasFinished else { throw OggOpusError(.finished, "the stream has been ended") }
        if let resampler {
            let before = queue.count
            resampler.finish(into: &queue)
            framesQueued += (queue.count - before) / channels
        }
        hasFinished = true
        takeHeaders(into: &output)
        // RFC 7845 §4.4: the last granule position says where the audio ends; the packets reach at least that far.
        let end = preSkip + framesQueued * scale
        let needed = (end + 959) / 960
        try encodeFullFrames(last: nil, into: &output)
        queue.append(contentsOf: repeatElement(0, count: max(0, needed - packets) * frameSize * channels))
        try encodeFullFrames(last: (packet: needed, granule: end + jumped), into: &output)
        writer.flush(into: &output)
    }

    private func take<Sample>(
        _ samples: UnsafeBufferPointer<Sample>,
        into output: inout [UInt8],
        _ convert: (Sample) -> Float
    ) throws(OggOpusError) {
        guard !hasFinished else { throw OggOpusError(.finished, "the stream has been ended") }
        takeHeaders(into: &output)
        let before = queue.count
        if resampler == nil, partial.isEmpty, samples.count.isMultiple(of: channels) {
            queue.append(contentsOf: samples.lazy.map(convert))
            framesIn += samples.count / channels
        } else {
            partial.append(contentsOf: samples.lazy.map(convert))
            let whole = partial.count - partial.count % channels
            if let resampler {
                resampler.process(partial[..<whole], into: &queue)
            } else {
                queue.append(contentsOf: partial[..<whole])
            }
            framesIn += whole / channels
            partial.removeFirst(whole)
        }
        framesQueued += (queue.count - before) / channels
        try encodeFullFrames(last: nil, into: &output)
    }

    private func encodeFullFrames(
        last: (packet: Int, granule: Int)?,
        into output: inout [UInt8]
    ) throws(OggOpusError) {
        let length = frameSize * channels
        var start = 0
        while queue.count - start >= length {
            let written = queue.withUnsafeBufferPointer { queue in
                packet.withUnsafeMutableBufferPointer { packet -> Int32 in
                    guard let samples = queue.baseAddress, let bytes = packet.baseAddress else { return OPUS_BAD_ARG }
                    return opus_encode_float(encoder, samples + start, Int32(frameSize), bytes, Int32(packet.count))
                }
            }
            guard written > 0 else { throw OggOpusError(.library, "libopus cannot encode (\(written))") }
            start += length
            packets += 1
            let isLast = packets == last?.packet
            let granule = isLast ? last?.granule ?? 0 : packets * 960 + jumped
            try packet.withUnsafeBufferPointer { packet throws(OggOpusError) in
                let bytes = UnsafeBufferPointer(rebasing: packet[..<Int(written)])
                try writer.add(bytes, granule: Int64(granule), isEOS: isLast)
            }
            if packets % Self.packetsPerPage == 0 { writer.flush(into: &output) }
        }
        queue.removeFirst(start)
    }

    /// Adds a header packet, on pages of its own.
    private func add(_ header: [UInt8]) throws(OggOpusError) {
        try header.withUnsafeBufferPointer { header throws(OggOpusError) in
            try writer.add(header, granule: 0)
        }
        writer.flush(into: &headers)
    }

    private func takeHeaders(into output: inout [UInt8]) {
        guard !headers.isEmpty else { return }
        output += headers
        headers = []
    }
}
