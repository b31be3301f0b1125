/// A part of a recording as an Ogg Opus stream of its own: re-muxed, not re-encoded (RFC 7845).
///
/// It begins and ends at the sample that was asked for: 80 ms of packets stand before what is played and are its
/// pre-skip, and the last page is trimmed. Granule positions count from zero; headers are the source's but for the
/// pre-skip; chained links stay links; what is missing in the source is missing, in its place, in the excerpt.
///
/// The stream is made piece by piece, out of reads that follow its length and not the source's. The same arguments make
/// the same bytes.
public final class Excerpt {
    /// Fills as much of a buffer as the source has from an offset; returns how much.
    public typealias Reading = (_ buffer: UnsafeMutableRawBufferPointer, _ offset: Int64) throws -> Int

    /// Bytes read at once.
    private static let pieceSize = 8192

    private let index: TimeIndex
    private let reading: Reading
    private let serial: UInt32
    /// The part, in samples at 48 kHz from the beginning of the recording.
    private let start: Int64
    private let end: Int64
    /// Nothing from here on is needed; the end of the source, or of what the index says.
    private let bound: Int64
    private let isBoundByIndex: Bool
    /// The link in which it begins.
    private let firstLink: TimeIndex.Entry

    private let walk: PacketWalk
    /// The next byte to read.
    private var offset: Int64
    private var buffer = [UInt8](repeating: 0, count: Excerpt.pieceSize)
    private var output: [UInt8] = []
    private var hasEnded = false

    /// The link of the source that is walked through.
    private var head: OpusHead?
    private var headPacket: [UInt8] = []
    private var tags: [UInt8] = []
    /// Where it begins, as ``start`` is counted.
    private var base: Int64
    /// How far its time has come, pre-skip included.
    private var time: Int64 = 0
    private var leadIn = LeadIn()
    /// The entry of the index from which it is read; nil where it is read from its beginning.
    private var entry: Int?
    /// Whether no entry of the index lies early enough.
    private var isReadingWhole = false

    /// What is written of it: nil before it is known where it begins.
    private var link: ExcerptLink?
    /// What positions of the source's link are less in the written one.
    private var shift: Int64 = 0
    private var linksWritten: UInt32 = 0

    /// The excerpt of a stream from one moment to another.
    ///
    /// - Parameters:
    ///   - index: what a ``StreamValidator`` made of the same stream.
    ///   - length: bytes of the stream.
    ///   - from: seconds from its beginning, 0 or more.
    ///   - to: seconds from its beginning, more than `from`; what is beyond the stream's end is its end.
    ///   - serial: the serial number of the first link; those that follow count on.
    ///   - reading: reads the stream.
    /// - Throws: `empty-range` where the range is none.
    public init(
        of index: TimeIndex,
        length: Int64,
        from: Double,
        to: Double,
        serial: UInt32,
        reading: @escaping Reading
    ) throws(OggOpusError) {
        guard from >= 0, to > from, let first = index.links.first else {
            throw OggOpusError(.emptyRange, "from \(from) s to \(to) s there is nothing")
        }
        self.index = index
        self.reading = reading
        self.serial = serial
        let start = Self.samples(from)
        let end = max(Self.samples(to), start + 1)
        self.start = start
        self.end = end
        let before = TimeIndex.count(of: index.links) { $0.position <= start }
        firstLink = before > 0 ? index.links[before - 1] : first
        let needed = TimeIndex.count(of: index.entries) { $0.position < end }
        isBoundByIndex = needed < index.entries.count
        bound = isBoundByIndex ? index.entries[needed].offset : length
        base = firstLink.position
        offset = firstLink.offset
        walk = PacketWalk(offset: firstLink.offset)
    }

    private static func samples(_ seconds: Double) -> Int64 {
        // A thousand years, so that sums of it stay in range.
        Int64((min(seconds, 3.2e10) * 48_000).rounded())
    }

    /// The next bytes of the excerpt, some pages at most; nil after its end.
    ///
    /// - Throws: what the reading throws; `empty-range` where the stream ends before the range begins; `index-mismatch`.
    public func next() throws -> [UInt8]? {
        while output.isEmpty {
            guard !hasEnded else { return nil }
            try step()
        }
        defer { output.removeAll(keepingCapacity: true) }
        return output
    }

    private func step() throws {
        guard offset < bound else { return try finish() }
        let wanted = Int(min(Int64(buffer.count), bound - offset))
        let read = try buffer.withUnsafeMutableBytes { buffer in
            try reading(UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), offset)
        }
        guard read > 0, read <= wanted else {
            throw OggOpusError(.indexMismatch, "the stream has \(offset) bytes, its index says more", at: offset)
        }
        // Before the walk, which may go on elsewhere.
        offset += Int64(read)
        try buffer.withUnsafeBytes { buffer in
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<read])
            try walk.take(bytes) { step throws(OggOpusError) in try take(step) }
        }
    }

    private func finish() throws(OggOpusError) {
        try walk.finish { step throws(OggOpusError) in try take(step) }
        // It may have had to begin earlier.
        guard offset >= bound else { return }
        // An end that the index promises may lie in a gap, behind the last packet that was read.
        if !hasEnded { try endLink(at: isBoundByIndex ? upper : min(upper, time)) }
        hasEnded = true
        guard linksWritten > 0 else {
            throw OggOpusError(.emptyRange, "the stream has no audio from \(Double(start) / 48_000) s on")
        }
    }

    // MARK: The source

    /// Where in the present link's time the excerpt begins, and where it ends.
    private var lower: Int64 { start - base + preSkip }
    private var upper: Int64 { end - base + preSkip }
    private var preSkip: Int64 { Int64(head?.preSkip ?? 0) }
    /// Whether it has the present link from that one's first packet on.
    private var hasBeginning: Bool { start <= base }

    private func take(_ step: PacketWalk.Step) throws(OggOpusError) {
        guard !hasEnded else { return }
        switch step {
        case .link(let head, let packet): try begin(head, packet)
        case .tags(let packet): try takeTags(packet)
        case .time(let position): time = max(time, position)
        case .packet(let bytes, let start, let duration, let end):
            time = max(time, end)
            try take(bytes, start: start, duration: duration, end: end)
        }
    }

    private func begin(_ head: OpusHead, _ packet: UnsafeRawBufferPointer) throws(OggOpusError) {
        if self.head != nil {
            try endLink(at: min(upper, time))
            base += max(0, time - preSkip)
            guard base < end else { return hasEnded = true }
        }
        self.head = head
        headPacket = Array(packet)
        tags = []
        time = 0
        leadIn = LeadIn()
        entry = nil
    }

    private func takeTags(_ packet: UnsafeRawBufferPointer) throws(OggOpusError) {
        guard !packet.isEmpty else {
            throw OggOpusError(.tagsTooLarge, "the comment header is too large", at: walk.offset)
        }
        tags = Array(packet)
        guard base == firstLink.position, !hasBeginning, !isReadingWhole else { return }
        let wanted = start - Int64(LeadIn.samplesWanted)
        let before = TimeIndex.count(of: index.entries) { $0.position <= wanted }
        resume(at: before - 1)
    }

    /// Goes on at an entry of the index, where that belongs to the present link and its place is known; else the link is
    /// read from where the walk is.
    private func resume(at number: Int) {
        guard index.entries.indices.contains(number) else { return }
        let place = index.entries[number]
        // Of a page at the link's very beginning the index does not say how much of it is pre-skip.
        guard place.offset > firstLink.offset, place.position > firstLink.position else { return }
        entry = number
        offset = place.offset
        time = place.position - base + preSkip
        leadIn = LeadIn()
        walk.resume(at: place.offset, position: time)
    }

    /// Begins to read earlier: between the entry and the start so much is missing that no decoder would settle.
    private func stepBack(from number: Int) {
        let before = entry
        resume(at: number - 1)
        guard entry == before else { return }
        isReadingWhole = true
        entry = nil
        head = nil
        offset = firstLink.offset
        walk.restart(at: firstLink.offset)
    }

    private func take(
        _ bytes: UnsafeRawBufferPointer,
        start: Int64,
        duration: Int,
        end: Int64
    ) throws(OggOpusError) {
        // Of a page that is trimmed there may be packets that nobody hears.
        guard end > start else { return }
        guard start < upper else {
            try endLink(at: upper)
            return hasEnded = true
        }
        if link == nil {
            if !hasBeginning, end <= lower { return leadIn.add(bytes, duration: duration) }
            if !hasBeginning, !leadIn.isEnough, let entry { return stepBack(from: entry) }
            try beginLink(before: start)
        } else if let link, start - shift < link.position {
            // What was trimmed in the middle of a link is left out: only another link can go on from there.
            try endLink(at: start)
            try write(preSkip: 0, shift: start)
        }
        try link?.add(bytes, start: start - shift, duration: duration, into: &output)
        if end >= upper {
            try endLink(at: upper)
            hasEnded = true
        }
    }

    // MARK: The excerpt

    /// Begins to write the present link, whose first packet to be heard begins at `position`.
    private func beginLink(before position: Int64) throws(OggOpusError) {
        guard !hasBeginning else { return try write(preSkip: preSkip, shift: 0) }
        // What is missing among the packets before the start is not heard, and left out; the rest of what is missing
        // at the start stays.
        let shift = min(position, lower) - Int64(leadIn.samples)
        try write(preSkip: lower - shift, shift: shift)
        var place: Int64 = 0
        for packet in leadIn.packets {
            try packet.bytes.withUnsafeBufferPointer { bytes throws(OggOpusError) in
                let bytes = UnsafeRawBufferPointer(bytes)
                try link?.add(bytes, start: place, duration: packet.duration, into: &output)
            }
            place += Int64(packet.duration)
        }
        leadIn = LeadIn()
    }

    private func write(preSkip: Int64, shift: Int64) throws(OggOpusError) {
        guard let head else { return }
        self.shift = shift
        link = try ExcerptLink(
            head: head,
            headPacket: headPacket,
            tags: tags,
            preSkip: Int(preSkip),
            serial: serial &+ linksWritten
        )
    }

    /// Ends what is written of the present link at `position` of the source's; writes one that is nothing but missing,
    /// and nothing for one of which nothing would be heard.
    private func endLink(at position: Int64) throws(OggOpusError) {
        if link == nil {
            guard !tags.isEmpty, position > lower, position > preSkip else { return }
            try beginLink(before: position)
        }
        if try link?.finish(at: position - shift, into: &output) == true { linksWritten += 1 }
        link = nil
    }
}
