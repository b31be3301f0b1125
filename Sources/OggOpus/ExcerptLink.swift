/// Writes one link of an ``Excerpt``: headers, packets with their place in time, gaps as missing pages.
///
/// Positions are granule positions of the new link: samples at 48 kHz from its first packet on. A link of which nothing
/// would be heard is not written at all: its pages wait until the pre-skip is over, for 1.4 s at most.
final class ExcerptLink {
    /// A page for each second, as ``Encoder`` makes them; fewer samples where they take many bytes.
    private static let samplesPerPage: Int64 = 48_000
    private static let bytesPerPage = 32_768
    /// The duration of ``filler``: 20 ms.
    private static let fillerSamples: Int64 = 960

    private let writer: PageWriter
    private let preSkip: Int64
    /// The pages that wait.
    private var pages: [UInt8] = []
    /// Whether anything is written that is heard.
    private var isHeard = false
    /// A packet of silence.
    private let filler: [UInt8]
    /// The last packet waits until it is known whether it ends the link.
    private var held: [UInt8]?
    /// Where the last packet ends.
    private(set) var position: Int64 = 0
    /// The granule position at which the page that is being filled begins.
    private var granuleOfPage: Int64 = 0
    private var samplesOnPage: Int64 = 0
    private var bytesOnPage = 0
    private var isAfterGap = false

    /// A link like the one whose header packets are given, of which `preSkip` samples are not played.
    init(
        head: OpusHead,
        headPacket: [UInt8],
        tags: [UInt8],
        preSkip: Int,
        serial: UInt32
    ) throws(OggOpusError) {
        writer = try PageWriter(serial: serial)
        self.preSkip = Int64(preSkip)
        filler = Self.filler(head)
        var packet = headPacket
        // RFC 7845 §5.1: the pre-skip follows magic, version and channels. All else stays, whatever it says.
        packet[10] = UInt8(truncatingIfNeeded: preSkip)
        packet[11] = UInt8(truncatingIfNeeded: preSkip >> 8)
        for header in [packet, tags] {
            try write(header, granule: 0)
            writer.flush(into: &pages)
        }
        samplesOnPage = 0
        bytesOnPage = 0
    }

    /// Twenty milliseconds of silence, of as many streams as a packet has (RFC 7845 section 3).
    private static func filler(_ head: OpusHead) -> [UInt8] {
        (0..<head.streams).flatMap { stream -> [UInt8] in
            // RFC 6716 section 3.1: CELT, full band, 20 ms, one frame; and whether it is stereo.
            let toc: UInt8 = 0xF8 | (stream < head.coupled ? 0x04 : 0)
            // Section 4.3: the first symbol of the frame says that it is silent.
            let frame: [UInt8] = [0xFF, 0xFE]
            // All but the last say their length.
            return [toc] + (stream < head.streams - 1 ? [UInt8(frame.count)] : []) + frame
        }
    }

    /// Adds a packet of `duration` that begins at `start`, where the one before ends or later.
    func add(
        _ packet: UnsafeRawBufferPointer,
        start: Int64,
        duration: Int,
        into output: inout [UInt8]
    ) throws(OggOpusError) {
        try release()
        if start > position { beginGap(until: start) }
        held = Array(packet)
        position += Int64(duration)
        if isHeard { drain(into: &output) }
    }

    /// Ends the link at `end`, within the last packet or after it; whether anything is written of it.
    func finish(at end: Int64, into output: inout [UInt8]) throws(OggOpusError) -> Bool {
        if end > position {
            try release()
            // What is missing at the end needs a packet that says so: RFC 7845 §4.4 knows no end without one.
            if end - position > Self.fillerSamples {
                beginGap(until: end - Self.fillerSamples)
            }
            held = filler
            position += Self.fillerSamples
        }
        // On the page of a gap the granule position cannot tell its length from what is trimmed (§4.4): there the last
        // packet is played whole.
        try release(granule: isAfterGap ? position : end, isEOS: true)
        writer.flush(into: &pages)
        if isHeard { drain(into: &output) }
        return isHeard
    }

    private func drain(into output: inout [UInt8]) {
        output += pages
        pages.removeAll(keepingCapacity: true)
    }

    private func beginGap(until start: Int64) {
        flush()
        writer.losePage()
        position = start
        granuleOfPage = start
        isAfterGap = true
    }

    private func release(granule: Int64? = nil, isEOS: Bool = false) throws(OggOpusError) {
        guard let held else { return }
        self.held = nil
        let granule = granule ?? position
        try write(held, granule: granule, isEOS: isEOS)
        if granule > preSkip { isHeard = true }
        let isFull = samplesOnPage >= Self.samplesPerPage || bytesOnPage >= Self.bytesPerPage
        // On a page of its own, so that a gap and the trimming of the last page are rarely on one.
        if !isEOS, isFull || isAfterGap { flush() }
    }

    private func write(_ packet: [UInt8], granule: Int64, isEOS: Bool = false) throws(OggOpusError) {
        try packet.withUnsafeBufferPointer { bytes throws(OggOpusError) in
            try writer.add(bytes, granule: granule, isEOS: isEOS)
        }
        samplesOnPage = granule - granuleOfPage
        bytesOnPage += packet.count
    }

    private func flush() {
        writer.flush(into: &pages)
        granuleOfPage = position
        samplesOnPage = 0
        bytesOnPage = 0
        isAfterGap = false
    }
}
