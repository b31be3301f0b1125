/// Walks through a stream as it arrives, and says of each packet where it lies in its link's time.
///
/// What is no page of the recording, comes twice or comes too late is passed over, as ``StreamValidator`` does with a
/// finding. Positions are samples at 48 kHz from the link's first one, pre-skip and gaps included.
final class PacketWalk {
    /// What comes next; bytes are good during the call only.
    enum Step {
        /// A link begins with this identification header.
        case link(OpusHead, packet: UnsafeRawBufferPointer)
        /// The link's comment header; empty where it is larger than what is taken.
        case tags(UnsafeRawBufferPointer)
        /// The link has come to `position`: what is not there before it is missing.
        case time(Int64)
        /// A packet. It is played up to `end` only, which is less than its duration where a page is trimmed.
        case packet(UnsafeRawBufferPointer, start: Int64, duration: Int, end: Int64)
    }

    /// Takes the steps in their order. It may call ``resume(at:position:)`` or ``restart(at:)``; then no more steps come
    /// from before.
    typealias Body = (Step) throws(OggOpusError) -> Void

    private let longestGap: Int64
    private let tagLimit = StreamValidator.Limits().tagBytes
    private var reader: PageReader
    private let assembler = PacketAssembler()
    private var link: LinkState?
    private var hasTags = false
    /// Where the page that is looked for lies, and where its audio begins.
    private var resumption: (offset: Int64, position: Int64)?

    /// A walk that begins at `offset` of the stream, where a link does.
    init(offset: Int64 = 0) {
        reader = PageReader(offset: offset)
        longestGap = Int64(StreamValidator.Limits().longestGap) * 48_000
    }

    /// The first byte that was not looked at to its end.
    var offset: Int64 { reader.offset }
    /// Whether any link has begun.
    var hasBegun: Bool { link != nil }

    /// Goes on at the page at `offset`, of the same link, whose audio begins at `position`; bytes from there come next.
    func resume(at offset: Int64, position: Int64) {
        reader = PageReader(offset: offset)
        resumption = (offset, position)
    }

    /// Begins anew at the link at `offset`; bytes from there come next.
    func restart(at offset: Int64) {
        reader = PageReader(offset: offset)
        resumption = nil
        link = nil
        hasTags = false
    }

    /// Takes the next bytes, any number.
    ///
    /// - Throws: where the stream is not Ogg Opus at all; what `body` throws.
    func take(_ bytes: UnsafeRawBufferPointer, _ body: Body) throws(OggOpusError) {
        let reader = reader
        var rest = bytes[...]
        while !rest.isEmpty, reader === self.reader {
            let piece = rest.prefix(PageReader.pieceSize)
            rest = rest.dropFirst(piece.count)
            try reader.feed(UnsafeRawBufferPointer(rebasing: piece))
            try takePages(body)
        }
    }

    /// Takes what is left when no more bytes come.
    func finish(_ body: Body) throws(OggOpusError) {
        let reader = reader
        while reader === self.reader, reader.giveUp() != nil { try takePages(body) }
    }

    private func takePages(_ body: Body) throws(OggOpusError) {
        // Pages look into the memory of the reader they came from: it is kept while one is used.
        let reader = reader
        while reader === self.reader {
            switch reader.next() {
            case .page(let page) where page.version == 0: try take(page, body)
            case .page: continue
            case .skipped(let skip):
                guard link != nil else {
                    throw OggOpusError(.notOgg, "the stream does not begin with an Ogg page", at: skip.offset)
                }
            case .starved: return
            }
        }
    }

    private func take(_ page: Page, _ body: Body) throws(OggOpusError) {
        if let resumption { return try take(page, at: resumption, body) }
        if page.isBOS {
            // A stream that begins beside the first, or of another codec, is not the recording.
            if let link, !link.hasFollowers || !OpusHead.claims(page.body) { return }
            return try begin(page, body)
        }
        guard let current = link else {
            throw OggOpusError(.missingBOS, "the first page does not begin a logical stream", at: page.offset)
        }
        guard page.serial == current.serial else { return }
        let isAfterHole: Bool
        switch current.order(of: page) {
        case .next: isAfterHole = false
        case .afterHole, .renumbered: isAfterHole = true
        case .duplicate, .late: return
        }
        link?.follow(page)
        guard hasTags else { return try takeTags(page, body) }
        if isAfterHole { assembler.reset() }
        let agrees = assembler.take(page, limit: LinkOutput.packetLimit(current.head))
        if isAfterHole || !agrees { link?.timeline.expectGap() }
        try pass(assembler.packets[...], of: page, body)
    }

    /// Takes the page at which the walk goes on.
    private func take(
        _ page: Page,
        at place: (offset: Int64, position: Int64),
        _ body: Body
    ) throws(OggOpusError) {
        guard let current = link, page.offset == place.offset, page.serial == current.serial, !page.isBOS,
            !page.isContinued, let mark = page.granule
        else {
            throw OggOpusError(.indexMismatch, "the time index does not belong to the stream", at: place.offset)
        }
        resumption = nil
        assembler.reset()
        link?.follow(page)
        _ = assembler.take(page, limit: LinkOutput.packetLimit(current.head))
        let samples = durations(assembler.packets[...]).reduce(0, +)
        // The page's own granule position says how those that follow are counted.
        link?.timeline = LinkTimeline(
            longestGap: longestGap,
            position: place.position,
            granule: mark.saturatingAdd(-Int64(samples))
        )
        try pass(assembler.packets[...], of: page, body)
    }

    private func begin(_ page: Page, _ body: Body) throws(OggOpusError) {
        assembler.reset()
        _ = assembler.take(page, limit: PageReader.pieceSize)
        guard let packet = assembler.packets.first, !packet.isTooLarge else {
            throw OggOpusError(.malformedHead, "the identification header does not end on its page", at: page.offset)
        }
        let head = try OpusHead(packet: packet.bytes, at: page.offset)
        link = LinkState(
            serial: page.serial,
            head: head,
            startOffset: page.offset,
            nextSequence: page.sequence &+ 1,
            lastChecksum: page.checksum,
            timeline: LinkTimeline(longestGap: longestGap)
        )
        hasTags = false
        try body(.link(head, packet: packet.bytes))
        assembler.reset()
    }

    private func takeTags(_ page: Page, _ body: Body) throws(OggOpusError) {
        let reader = reader
        _ = assembler.take(page, limit: tagLimit)
        guard let packet = assembler.packets.first else { return }
        hasTags = true
        try body(.tags(packet.bytes))
        guard reader === self.reader, assembler.packets.count > 1 else { return }
        try pass(assembler.packets.dropFirst(), of: page, body)
    }

    /// A packet that breaks the rules has no samples; the granule position tells how long it should have been.
    private func durations(_ packets: ArraySlice<PacketAssembler.Packet>) -> [Int] {
        guard let streams = link?.head.streams else { return [] }
        return packets.map { (try? OpusPacket.samples(of: $0.bytes, streams: streams)) ?? 0 }
    }

    private func pass(
        _ packets: ArraySlice<PacketAssembler.Packet>,
        of page: Page,
        _ body: Body
    ) throws(OggOpusError) {
        guard !packets.isEmpty || page.lacing.isEmpty && page.isEOS && page.granule != nil else { return }
        let reader = reader
        let durations = durations(packets)
        let samples = Int64(durations.reduce(0, +))
        if durations.contains(0) { link?.timeline.expectGap() }
        guard
            let placement = link?.timeline.place(samples: samples, mark: page.granule, isEOS: page.isEOS),
            let end = link?.timeline.position
        else { return }
        try body(.time(placement.start))
        var position = placement.start
        for (packet, duration) in zip(packets, durations) where duration > 0 {
            guard reader === self.reader else { return }
            let next = position.saturatingAdd(Int64(duration))
            try body(.packet(packet.bytes, start: position, duration: duration, end: min(next, end)))
            position = next
        }
    }
}
