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
    private let walk = PacketWalk()
    private var head: OpusHead?
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
    }

    /// Takes the next bytes, any number, and passes on what they complete.
    ///
    /// - Throws: where the stream is not Ogg Opus at all; the same again at every later call. Damage in a stream is
    ///   not an error: its samples are silence.
    public func decode(_ bytes: UnsafeRawBufferPointer, into sink: Sink) throws(OggOpusError) {
        if let failure { throw failure }
        do {
            try walk.take(bytes) { step throws(OggOpusError) in try take(step, into: sink) }
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
        try walk.finish { step throws(OggOpusError) in try take(step, into: sink) }
        guard walk.offset > 0 else { throw OggOpusError(.empty, "no bytes at all", at: 0) }
        guard walk.hasBegun else { throw OggOpusError(.notOgg, "no Ogg page in \(walk.offset) bytes", at: 0) }
        guard output != nil else { throw OggOpusError(.noAudio, "no audio packet", at: walk.offset) }
    }

    private func take(_ step: PacketWalk.Step, into sink: Sink) throws(OggOpusError) {
        switch step {
        case .link(let head, _):
            self.head = head
            output = nil
            channels = channels ?? (configuration.mixesToMono ? 1 : head.channels)
        case .tags:
            guard let head, let channels else { return }
            output = try LinkOutput(head: head, sampleRate: configuration.sampleRate, channels: channels)
        case .time(let position):
            output?.silence(until: position, into: sink)
        case .packet(let bytes, let start, let duration, let end):
            output?.play(bytes, start: start, duration: duration, end: end, into: sink)
        }
    }
}
