internal import CLibOpus

/// libopus's decoder for the packets of one link.
///
/// Nearly every recording is one stream of one or two channels, and `opus_decode` decodes it. `opus_multistream_decode` of
/// libopus 1.3 asks the processor for its features (CPUID) eight times a packet; in a virtual machine each of those goes to the
/// hypervisor, and together they took 71 % of the time.
final class PacketDecoder {
    private enum Library {
        case single(OpaquePointer)
        case multistream(OpaquePointer)
    }

    private let library: Library

    /// A decoder of the streams that `head` describes, to `sampleRate`, with its output gain (RFC 7845 section 5.1: players
    /// apply it). All 16 bits of that are in libopus's range.
    init(_ head: OpusHead, sampleRate: Int) throws(OggOpusError) {
        var status: Int32 = 0
        let (rate, gain) = (Int32(sampleRate), Int32(head.outputGain))
        if head.isSingle {
            guard let decoder = opus_decoder_create(rate, Int32(head.channels), &status) else {
                throw OggOpusError(.library, "libopus cannot make a decoder (\(status))")
            }
            _ = opus_decoder_set(decoder, OPUS_SET_GAIN_REQUEST, gain)
            library = .single(decoder)
        } else {
            guard
                let decoder = opus_multistream_decoder_create(
                    rate,
                    Int32(head.channels),
                    Int32(head.streams),
                    Int32(head.coupled),
                    head.mapping,
                    &status
                )
            else { throw OggOpusError(.library, "libopus cannot make a decoder (\(status))") }
            _ = opus_multistream_decoder_set(decoder, OPUS_SET_GAIN_REQUEST, gain)
            library = .multistream(decoder)
        }
    }

    deinit {
        switch library {
        case .single(let decoder): opus_decoder_destroy(decoder)
        case .multistream(let decoder): opus_multistream_decoder_destroy(decoder)
        }
    }

    /// Decodes a packet of `frames` frames into `output`; whether that is what it holds.
    func decode(_ packet: UnsafeRawBufferPointer, frames: Int, into output: UnsafeMutableBufferPointer<Int16>) -> Bool {
        guard let place = output.baseAddress, let bytes = packet.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return false }
        let (count, most) = (Int32(packet.count), Int32(frames))
        switch library {
        case .single(let decoder): return Int(opus_decode(decoder, bytes, count, place, most, 0)) == frames
        case .multistream(let decoder):
            return Int(opus_multistream_decode(decoder, bytes, count, place, most, 0)) == frames
        }
    }
}

extension OpusHead {
    /// Whether a packet is one stream whose channels play as they are, as in mapping family 0.
    fileprivate var isSingle: Bool {
        streams == 1 && channels == coupled + 1 && mapping.elementsEqual(0..<UInt8(clamping: channels))
    }
}
