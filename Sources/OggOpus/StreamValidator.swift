/// Reads an Ogg Opus stream as it arrives and says what it is, what is odd about it and where its seconds lie.
///
/// Memory depends neither on the stream's length nor on how it is cut into chunks, and any chunking gives the same
/// result. What cannot be a recording is refused with an ``OggOpusError``; everything else that is odd is a ``Finding``:
/// DESIGN.md invariant 12, nothing is lost silently.
public final class StreamValidator {
    /// What a stream may ask for.
    public struct Limits: Sendable, Equatable {
        /// Bytes of all comment headers together.
        public var tagBytes = 1 << 20
        /// Chained links.
        public var links = 4096
        /// Bytes of one audio packet, however many streams it has; for each stream at most 61,440 (RFC 7845 section 6).
        public var packetBytes = 1 << 20
        /// Entries of the time index.
        public var indexEntries = 32_768
        /// Seconds by which a granule position may jump and still be believed.
        public var longestGap = 86_400
        /// Bytes that may be looked at again because of false page headers, on top of four times the stream.
        public var rescannedBytes: Int64 = 64 << 20

        /// The documented defaults.
        public init() {}
    }

    let limits: Limits
    let reader = PageReader()
    let assembler = PacketAssembler()
    var findings = Findings()
    var index: TimeIndex
    var link: LinkState?
    var links: [LinkFacts] = []
    var serials: Set<UInt32> = []
    var damage = DamageTracker()
    var tagBytesLeft: Int
    var pages = 0
    var packets = 0
    var audioBytes: Int64 = 0
    /// Samples at 48 kHz of the links that have ended.
    var samplesOfEndedLinks: Int64 = 0
    /// Samples at 48 kHz that are missing.
    var missingSamples: Int64 = 0
    private var failure: OggOpusError?

    /// Bytes consumed so far.
    public private(set) var bytesSoFar: Int64 = 0

    /// The duration in seconds of what has been consumed so far.
    public var durationSoFar: Double {
        Double(samplesOfEndedLinks.saturatingAdd(link?.samples ?? 0)) / 48_000
    }

    /// The comments of the first link, once they have come whole.
    public var tagsSoFar: Tags? { links.first?.tags ?? link?.tags }

    /// A validator for one stream.
    public init(limits: Limits = Limits()) {
        self.limits = limits
        index = TimeIndex(capacity: limits.indexEntries)
        tagBytesLeft = limits.tagBytes
    }

    /// Takes the next bytes of the plaintext, as many as there are.
    ///
    /// - Throws: the reason to refuse the stream, as soon as it is known; the same again at every later call.
    public func consume(_ bytes: UnsafeRawBufferPointer) throws(OggOpusError) {
        try unlessFailed { () throws(OggOpusError) in
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(PageReader.pieceSize)
                rest = rest.dropFirst(piece.count)
                bytesSoFar += Int64(piece.count)
                try reader.feed(UnsafeRawBufferPointer(rebasing: piece))
                try takePages()
            }
        }
    }

    /// Ends the stream.
    ///
    /// - Throws: the reason to refuse the stream; `finished` where it was ended before.
    public func finish() throws(OggOpusError) -> ValidatedStream {
        try unlessFailed { () throws(OggOpusError) in
            guard bytesSoFar > 0 else { throw OggOpusError(.empty, "no bytes at all", at: 0) }
            while let skip = reader.giveUp() {
                try takeSkip(skip, isCutOff: true)
                try takePages()
            }
            damage.endJunk(into: &findings, code: .trailingBytes)
            guard link != nil else { throw OggOpusError(.notOgg, "no Ogg page in \(bytesSoFar) bytes", at: 0) }
            try endLink(at: bytesSoFar, isLast: true)
            guard packets > 0 else { throw OggOpusError(.noAudio, "headers, but no audio packet", at: bytesSoFar) }
        }
        failure = OggOpusError(.finished, "the stream has been ended")
        return ValidatedStream(
            facts: facts,
            findings: findings,
            index: index,
            loss: Double(missingSamples) / 48_000
        )
    }

    private func unlessFailed(_ body: () throws(OggOpusError) -> Void) throws(OggOpusError) {
        if let failure { throw failure }
        do {
            try body()
        } catch {
            failure = error
            throw error
        }
    }

    private var facts: StreamFacts {
        let duration = Double(samplesOfEndedLinks) / 48_000
        let bitrate = duration > 0 ? Double(audioBytes) * 8 / duration : 0
        return StreamFacts(
            links: links,
            duration: duration,
            channels: links.first?.channels ?? 0,
            pages: pages,
            packets: packets,
            bitrate: Int(exactly: bitrate.rounded()) ?? .max,
            bytes: bytesSoFar
        )
    }

    private func takePages() throws(OggOpusError) {
        while true {
            switch reader.next() {
            case .page(let page): try take(page)
            case .skipped(let skip): try takeSkip(skip, isCutOff: false)
            case .starved: return
            }
        }
    }

    private func take(_ page: Page) throws(OggOpusError) {
        pages += 1
        damage.endJunk(into: &findings, code: .junkBytes)
        guard page.version == 0 else {
            // RFC 3533 §6: the version is 0.
            guard link != nil else {
                throw OggOpusError(.notOgg, "an Ogg page of version \(page.version)", at: page.offset)
            }
            findings.add(.pageVersion, at: page.offset, "a page of version \(page.version)")
            return
        }
        if page.isBOS {
            try takeBOS(page)
        } else if link == nil {
            throw OggOpusError(.missingBOS, "the first page does not begin a logical stream", at: page.offset)
        } else if page.serial != link?.serial {
            findings.add(.foreignStream, at: page.offset, "a page of the logical stream \(page.serial)")
        } else {
            try takeContinuation(page)
        }
    }

    private func takeSkip(_ skip: PageReader.Skip, isCutOff: Bool) throws(OggOpusError) {
        guard link != nil else {
            // The first byte must be a page's: anything before it is not ours to interpret.
            if skip.announced == nil {
                throw OggOpusError(.notOgg, "the stream does not begin with an Ogg page", at: skip.offset)
            }
            throw OggOpusError(
                isCutOff ? .notOgg : .malformedHead,
                isCutOff ? "the first page is cut off" : "the first page has a wrong checksum",
                at: skip.offset
            )
        }
        damage.note(skip, isCutOff: isCutOff, findings: &findings)
        guard damage.rescanned <= limits.rescannedBytes.saturatingAdd(4 * reader.offset) else {
            throw OggOpusError(.tooDamaged, "false page headers all over", at: skip.offset)
        }
    }
}
