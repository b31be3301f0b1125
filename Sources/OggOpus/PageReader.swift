internal import CLibOgg

/// Finds pages in bytes as they arrive, through libogg, and accounts for every byte that is not in one.
///
/// libogg passes over damage without a word; here each stretch of skipped bytes is reported, with what it looked like.
final class PageReader {
    /// What comes next in the stream.
    enum Step {
        case page(Page)
        case skipped(Skip)
        /// More bytes are needed.
        case starved
    }

    /// Bytes that belong to no page.
    struct Skip {
        let offset: Int64
        let count: Int
        /// Where they begin with a page header: the length of the page it announces.
        let announced: Int?
    }

    /// How many bytes ``feed(_:)`` takes at once. With a page of at most 65,307 bytes waiting, libogg's buffer
    /// stays below 256 KiB.
    static let pieceSize = 65_536

    private var sync = ogg_sync_state()
    private var raw = ogg_page()
    /// The offset of the first byte that was neither returned in a page nor skipped.
    private(set) var offset: Int64

    /// A reader of the bytes from `offset` of the stream on.
    init(offset: Int64 = 0) {
        self.offset = offset
        ogg_sync_init(&sync)
    }

    deinit {
        ogg_sync_clear(&sync)
    }

    /// Takes at most ``pieceSize`` bytes; pages returned before are no longer good.
    func feed(_ bytes: UnsafeRawBufferPointer) throws(OggOpusError) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        guard let buffer = ogg_sync_buffer(&sync, bytes.count) else {
            throw OggOpusError(.library, "libogg has no memory for \(bytes.count) bytes", at: offset)
        }
        UnsafeMutableRawPointer(buffer).copyMemory(from: source, byteCount: bytes.count)
        ogg_sync_wrote(&sync, bytes.count)
    }

    /// The next page or skipped stretch among the bytes fed so far.
    func next() -> Step {
        let start = Int(sync.returned)
        let result = ogg_sync_pageseek(&sync, &raw)
        if result > 0 {
            let page = Page(raw, at: offset)
            offset += Int64(result)
            return .page(page)
        }
        guard result < 0 else { return .starved }
        return .skipped(skip(from: start, count: -result))
    }

    /// When no more bytes will come: gives up the page that is not complete, and skips to where another may begin.
    /// Nil where nothing is left.
    func giveUp() -> Skip? {
        let start = Int(sync.returned)
        let rest = waiting(from: start)
        guard !rest.isEmpty else { return nil }
        let count = rest.dropFirst().firstIndex(of: UInt8(ascii: "O")) ?? rest.count
        // What ogg_sync_pageseek does when a checksum fails.
        sync.returned += Int32(count)
        sync.headerbytes = 0
        sync.bodybytes = 0
        return skip(from: start, count: count)
    }

    private func waiting(from start: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: sync.data.map { $0 + start }, count: Int(sync.fill) - start)
    }

    private func skip(from start: Int, count: Int) -> Skip {
        defer { offset += Int64(count) }
        return Skip(offset: offset, count: count, announced: Self.announcedLength(waiting(from: start)))
    }

    /// The length of the page that a header at the start of `bytes` announces.
    private static func announcedLength(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var cursor = ByteCursor(bytes)
        guard cursor.skip("OggS") else { return nil }
        guard bytes.count >= 27 else { return 27 }
        guard bytes[4] == 0 else { return nil }
        let segments = Int(bytes[26])
        guard bytes.count >= 27 + segments else { return 27 + segments }
        return bytes[27..<27 + segments].reduce(27 + segments) { $0 + Int($1) }
    }
}
