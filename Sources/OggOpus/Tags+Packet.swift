extension Tags {
    /// More comments than this in one header are refused: each costs more memory than it has bytes.
    static let maximumComments = 10_000

    /// Parses a comment header packet.
    ///
    /// - Throws: `malformed-tags` or `tags-too-large`, at `offset`.
    init(packet: UnsafeRawBufferPointer, at offset: Int64) throws(OggOpusError) {
        var cursor = ByteCursor(packet)
        func text() -> String? {
            guard let length = cursor.integer(UInt32.self), let bytes = cursor.take(Int(length)) else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
        guard cursor.skip("OpusTags") else {
            throw OggOpusError(.malformedTags, "the second packet is not a comment header", at: offset)
        }
        guard let vendor = text(), let count = cursor.integer(UInt32.self) else {
            throw OggOpusError(.malformedTags, "the vendor string is longer than the comment header", at: offset)
        }
        // Each comment takes at least the four bytes of its length.
        guard count <= cursor.remaining / 4 else {
            throw OggOpusError(.malformedTags, "the header has no room for \(count) comments", at: offset)
        }
        guard count <= Self.maximumComments else {
            throw OggOpusError(.tagsTooLarge, "\(count) comments", at: offset)
        }
        var comments: [Comment] = []
        comments.reserveCapacity(Int(count))
        for index in 0..<Int(count) {
            guard let comment = text() else {
                throw OggOpusError(.malformedTags, "comment \(index) is longer than the header", at: offset)
            }
            let parts = comment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            comments.append(
                parts.count == 2
                    ? Comment(name: String(parts[0]), value: String(parts[1])) : Comment(name: "", value: comment)
            )
        }
        // RFC 7845 §5.2: what follows the comments is padding, or binary data that may be ignored.
        self.init(vendor: vendor, comments: comments)
    }

    /// The comment header packet, with `vendor` where none is set.
    ///
    /// - Throws: `malformed-tags` for a name that a stream cannot carry; `tags-too-large`.
    func packet(vendor other: String) throws(OggOpusError) -> [UInt8] {
        var packet = Array("OpusTags".utf8)
        func append(_ text: String) {
            packet.append(littleEndian: UInt32(clamping: text.utf8.count))
            packet.append(contentsOf: text.utf8)
        }
        append(vendor.isEmpty ? other : vendor)
        packet.append(littleEndian: UInt32(clamping: comments.count))
        for comment in comments {
            // RFC 7845 §5.2: field names are 0x20 to 0x7D without `=`.
            guard !comment.name.isEmpty, comment.name.utf8.allSatisfy({ (0x20...0x7D).contains($0) && $0 != 0x3D })
            else {
                throw OggOpusError(.malformedTags, "\"\(comment.name)\" cannot be the name of a comment")
            }
            append("\(comment.name)=\(comment.value)")
        }
        let limit = StreamValidator.Limits().tagBytes
        guard packet.count <= limit, comments.count <= Self.maximumComments else {
            throw OggOpusError(.tagsTooLarge, "the comments take \(packet.count) bytes, the limit is \(limit)")
        }
        return packet
    }
}
