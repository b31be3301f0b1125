/// Makes PCM of an Ogg Opus stream as it arrives.
///
/// It keeps to the time of ``StreamValidator``: what is missing becomes silence, so that the n-th sample of the output
/// lies at n / sampleRate of the recording's duration. Pre-skip and end trimming are applied (RFC 7845 sections 4.2 and
/// 4.4), chained links follow one another without a gap.
public final class Decoder {
    /// What to make of a stream.
    public struct Configuration: Sendable, Equatable {
        /// The rate of the output in Hz: 8,000, 12,000, 16,000, 24,000 or 48,000.
        public var sampleRate: Int
        /// Whether to mix all channels into one. Otherwise there are as many as the first link has.
        public var mixesToMono: Bool

        /// A configuration for `sampleRate`.
        public init(sampleRate: Int = 48_000, mixesToMono: Bool = false) {
            self.sampleRate = sampleRate
            self.mixesToMono = mixesToMono
        }
    }

    /// Takes interleaved samples, whole frames of all channels; they are good during the call only.
    public typealias Sink = (UnsafeBufferPointer<Int16>) -> Void

    private let configuration: Configuration
    private let longestGap: Int64
    private let reader = PageReader()
    private let assembler = PacketAssembler()
    private var link: LinkState?
    private var output: LinkOutput?
    private var failure: OggOpusError?

    /// Channels of the output; nil before the first header has been read.
    public private(set) var channels: Int?

    /// - Throws: `unsupported-configuration` for another sample rate.
    public init(configuration: Configuration = Configuration()) throws(OggOpusError) {
        guard [8_000, 12_000, 16_000, 24_000, 48_000].contains(configuration.sampleRate) else {
            throw OggOpusError(.unsupportedConfiguration, "libopus does not decode to \(configuration.sampleRate) Hz")
        }
        self.configuration = configuration
        longestGap = Int64(StreamValidator.Limits().longestGap) * 48_000
    }

    /// Takes the next bytes, any number, and passes on what they complete.
    ///
    /// - Throws: where the stream is not Ogg Opus at all; the same again at every later call. Damage in a stream is
    ///   not an error: its samples are silence.
    public func decode(_ bytes: UnsafeRawBufferPointer, into sink: Sink) throws(OggOpusError) {
        if let failure { throw failure }
        do {
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(PageReader.pieceSize)
                rest = rest.dropFirst(piece.count)
                try reader.feed(UnsafeRawBufferPointer(rebasing: piece))
                try takePages(into: sink)
            }
        } catch {
            failure = error
            throw error
        }
    }

    /// Ends the stream, and passes on what is left.
    ///
    /// - Throws: `empty`, `not-ogg` or `no-audio` where there was no stream; `finished` where it was ended before.
    public func finish(into sink: Sink) throws(OggOpusError) {
        if let failure { throw failure }
        failure = OggOpusError(.finished, "the stream has been ended")
        while reader.giveUp() != nil {
            try takePages(into: sink)
        }
        guard reader.offset > 0 else { throw OggOpusError(.empty, "no bytes at all", at: 0) }
        guard link != nil else { throw OggOpusError(.notOgg, "no Ogg page in \(reader.offset) bytes", at: 0) }
        guard output != nil else { throw OggOpusError(.noAudio, "no audio packet", at: reader.offset) }
    }

    private func takePages(into sink: Sink) throws(OggOpusError) {
        while true {
            switch reader.next() {
            case .page(let page) where page.version == 0: try take(page, into: sink)
            case .page: continue
            case .skipped(let skip):
                guard link != nil else {
                    throw OggOpusError(.notOgg, "the stream does not begin with an Ogg page", at: skip.offset)
                }
            case .starved: return
            }
        }
    }

    private func take(_ page: Page, into sink: Sink) throws(OggOpusError) {
        if page.isBOS {
            // A stream that begins beside the first, or of another codec, is not the recording.
            if let link, !link.hasFollowers || !OpusHead.claims(page.body) { return }
            let head = try readHead(page)
            link = LinkState(
                serial: page.serial,
                head: head,
                startOffset: page.offset,
                nextSequence: page.sequence &+ 1,
                lastChecksum: page.checksum,
                timeline: LinkTimeline(longestGap: longestGap)
            )
            output = nil
            channels = channels ?? (configuration.mixesToMono ? 1 : head.channels)
            return
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
        if output == nil {
            try passTags(page, into: sink)
        } else {
            if isAfterHole { assembler.reset() }
            let agrees = assembler.take(page, limit: LinkOutput.packetLimit(current.head))
            play(assembler.packets[...], of: page, expectsGap: isAfterHole || !agrees, into: sink)
        }
    }

    private func readHead(_ page: Page) throws(OggOpusError) -> OpusHead {
        assembler.reset()
        _ = assembler.take(page, limit: PageReader.pieceSize)
        guard let packet = assembler.packets.first, !packet.isTooLarge else {
            throw OggOpusError(.malformedHead, "the identification header does not end on its page", at: page.offset)
        }
        let head = try OpusHead(packet: packet.bytes, at: page.offset)
        assembler.reset()
        return head
    }

    /// Passes over the comment header: only where it ends matters here.
    private func passTags(_ page: Page, into sink: Sink) throws(OggOpusError) {
        guard let head = link?.head, let channels else { return }
        _ = assembler.take(page, limit: LinkOutput.packetLimit(head))
        guard !assembler.packets.isEmpty else { return }
        output = try LinkOutput(head: head, sampleRate: configuration.sampleRate, channels: channels)
        if assembler.packets.count > 1 {
            play(assembler.packets.dropFirst(), of: page, expectsGap: false, into: sink)
        }
    }

    private func play(
        _ packets: ArraySlice<PacketAssembler.Packet>,
        of page: Page,
        expectsGap: Bool,
        into sink: Sink
    ) {
        guard let streams = link?.head.streams, let output else { return }
        guard !packets.isEmpty || page.lacing.isEmpty && page.isEOS && page.granule != nil else { return }
        var durations: [Int] = []
        durations.reserveCapacity(packets.count)
        for packet in packets {
            // A packet that breaks the rules has no samples; the granule position tells how long it should have been.
            durations.append((try? OpusPacket.samples(of: packet.bytes, streams: streams)) ?? 0)
        }
        let samples = Int64(durations.reduce(0, +))
        let isIncomplete = expectsGap || durations.contains(0)
        guard
            let placement = link?.timeline.place(
                samples: samples,
                mark: page.granule,
                isEOS: page.isEOS,
                expectsGap: isIncomplete
            ),
            let end = link?.timeline.position
        else { return }
        output.silence(until: placement.start, into: sink)
        var position = placement.start
        for (packet, duration) in zip(packets, durations) where duration > 0 {
            let next = position.saturatingAdd(Int64(duration))
            output.play(packet.bytes, start: position, duration: duration, end: min(next, end), into: sink)
            position = next
        }
    }
}
