internal import CLibOgg

/// Lays packets of one logical stream into pages, through libogg.
final class PageWriter {
    private var stream = ogg_stream_state()
    private var packetNumber: Int64 = 0

    init(serial: UInt32) throws(OggOpusError) {
        guard ogg_stream_init(&stream, Int32(bitPattern: serial)) == 0 else {
            throw OggOpusError(.library, "libogg has no memory for a stream")
        }
    }

    deinit {
        ogg_stream_clear(&stream)
    }

    /// Adds a packet that ends at `granule`.
    func add(_ bytes: UnsafeBufferPointer<UInt8>, granule: Int64, isEOS: Bool = false) throws(OggOpusError) {
        var packet = ogg_packet()
        // ogg_stream_packetin copies; it does not write, whatever its type says.
        packet.packet = UnsafeMutablePointer(mutating: bytes.baseAddress)
        packet.bytes = bytes.count
        packet.b_o_s = packetNumber == 0 ? 1 : 0
        packet.e_o_s = isEOS ? 1 : 0
        packet.granulepos = granule
        packet.packetno = packetNumber
        guard ogg_stream_packetin(&stream, &packet) == 0 else {
            throw OggOpusError(.library, "libogg has no memory for a packet of \(bytes.count) bytes")
        }
        packetNumber += 1
    }

    /// Appends all packets added so far to `output`, as pages that end here.
    func flush(into output: inout [UInt8]) {
        var page = ogg_page()
        while ogg_stream_flush(&stream, &page) != 0 {
            output.append(contentsOf: UnsafeBufferPointer(start: page.header, count: page.header_len))
            output.append(contentsOf: UnsafeBufferPointer(start: page.body, count: page.body_len))
        }
    }

    /// Leaves out one page number, as a page would that was lost after it was written.
    func losePage() { stream.pageno += 1 }
}
