internal import CLibOgg

/// One Ogg page whose checksum is right (RFC 3533 section 6).
///
/// It looks into memory of the ``PageReader`` it came from, and is good until that reader's next call.
struct Page {
    /// Where it begins in the stream.
    let offset: Int64
    /// Lengths of the segments.
    let lacing: UnsafeRawBufferPointer
    let body: UnsafeRawBufferPointer
    /// Everything before ``body``.
    let header: UnsafeRawBufferPointer

    init(_ page: ogg_page, at offset: Int64) {
        self.offset = offset
        header = UnsafeRawBufferPointer(start: page.header, count: page.header_len)
        lacing = UnsafeRawBufferPointer(rebasing: header[27...])
        body = UnsafeRawBufferPointer(start: page.body, count: page.body_len)
    }

    var version: UInt8 { header[4] }
    /// The first packet on the page began on an earlier one.
    var isContinued: Bool { header[5] & 1 != 0 }
    /// Begins a logical stream.
    var isBOS: Bool { header[5] & 2 != 0 }
    /// Ends a logical stream.
    var isEOS: Bool { header[5] & 4 != 0 }
    /// The position at the end of the last packet that ends here; nil where the page says that none does.
    var granule: Int64? {
        let value = Int64(littleEndian: header.loadUnaligned(fromByteOffset: 6, as: Int64.self))
        return value == -1 ? nil : value
    }
    var serial: UInt32 { UInt32(littleEndian: header.loadUnaligned(fromByteOffset: 14, as: UInt32.self)) }
    var sequence: UInt32 { UInt32(littleEndian: header.loadUnaligned(fromByteOffset: 18, as: UInt32.self)) }
    var checksum: UInt32 { UInt32(littleEndian: header.loadUnaligned(fromByteOffset: 22, as: UInt32.self)) }
}
