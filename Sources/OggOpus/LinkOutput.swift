/// Decodes the packets of one link and places their samples.
final class LinkOutput {
    private let decoder: PacketDecoder
    private let decodedChannels: Int
    private let channels: Int
    private let sampleRate: Int64
    private let preSkip: Int64
    /// Frames passed on so far.
    private var emitted: Int64 = 0
    /// What one packet decodes to: 120 ms at most.
    private var decoded: [Int16]
    private var mixed: [Int16] = []

    /// The largest packet that is decoded, in bytes (RFC 7845 section 6).
    static func packetLimit(_ head: OpusHead) -> Int {
        min(61_440 * head.streams, StreamValidator.Limits().packetBytes)
    }

    init(head: OpusHead, sampleRate: Int, channels: Int) throws(OggOpusError) {
        decoder = try PacketDecoder(head, sampleRate: sampleRate)
        decodedChannels = head.channels
        self.channels = channels
        self.sampleRate = Int64(sampleRate)
        preSkip = Int64(head.preSkip)
        decoded = [Int16](repeating: 0, count: OpusPacket.longestPacket * sampleRate / 48_000 * head.channels)
    }

    /// Frames that have to be passed on when the link's timeline has come to `position`, rounded up.
    private func due(_ position: Int64) -> Int64 {
        let played = max(0, position.saturatingAdd(-preSkip))
        // In two parts, so that no position is too large.
        return played / 48_000 * sampleRate + (played % 48_000 * sampleRate + 47_999) / 48_000
    }

    /// Passes on silence up to `position`.
    func silence(until position: Int64, into sink: Decoder.Sink) {
        var missing = due(position) - emitted
        guard missing > 0 else { return }
        let piece = [Int16](repeating: 0, count: 4096 * channels)
        while missing > 0 {
            let count = min(missing, 4096)
            piece.withUnsafeBufferPointer { sink(UnsafeBufferPointer(rebasing: $0[..<(Int(count) * channels)])) }
            emitted += count
            missing -= count
        }
    }

    /// Decodes a packet of `duration` samples at 48 kHz that begins at `start` of the link's timeline, and passes on
    /// what of it lies before `end`.
    func play(
        _ packet: UnsafeRawBufferPointer,
        start: Int64,
        duration: Int,
        end: Int64,
        into sink: Decoder.Sink
    ) {
        let frames = duration * Int(sampleRate) / 48_000
        guard decoded.withUnsafeMutableBufferPointer({ decoder.decode(packet, frames: frames, into: $0) }) else {
            return silence(until: end, into: sink)
        }
        // RFC 7845 §4.2: of the packet in which the pre-skip ends, only what comes after it is played. What is due at
        // the packet's untrimmed end, less than its length, is what comes after.
        let heard = due(start.saturatingAdd(Int64(duration))) - due(start)
        let skipped = frames - Int(min(heard, Int64(frames)))
        let wanted = min(due(end) - emitted, Int64(frames - skipped))
        guard wanted > 0 else { return }
        pass(on: skipped..<skipped + Int(wanted), to: sink)
        emitted += wanted
    }

    private func pass(on range: Range<Int>, to sink: Decoder.Sink) {
        decoded.withUnsafeBufferPointer { decoded in
            let samples = UnsafeBufferPointer(
                rebasing: decoded[range.lowerBound * decodedChannels..<range.upperBound * decodedChannels]
            )
            guard channels != decodedChannels else { return sink(samples) }
            // One channel is played on all; anything else is mixed to one first.
            mixed.removeAll(keepingCapacity: true)
            for start in stride(from: 0, to: samples.count, by: decodedChannels) {
                var sum = 0
                for channel in start..<start + decodedChannels { sum += Int(samples[channel]) }
                mixed.append(contentsOf: repeatElement(Int16(clamping: sum / decodedChannels), count: channels))
            }
            mixed.withUnsafeBufferPointer { sink($0) }
        }
    }
}
