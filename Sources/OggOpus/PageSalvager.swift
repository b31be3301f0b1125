/// Keeps the whole pages of a stream of which stretches are lost, and makes a stream of them that players take.
///
/// Pages go out as they came, so that a player knows from their sequence numbers where something is missing. A stream
/// whose headers are lost gets others, of two channels: what is then heard at the same place is right, what was tagged
/// is gone.
public final class PageSalvager {
    private var reader = PageReader()
    private var fed: Int64 = 0
    private var serial: UInt32?
    /// Pages that went out.
    public private(set) var pages = 0
    /// Whether headers had to be made up, because those of the stream were lost.
    public private(set) var hasMadeUpHeaders = false

    /// Nothing has come yet.
    public init() {}

    /// Takes bytes that follow those before, or what was lost, and hands the whole pages among them to `sink`.
    public func update(
        _ bytes: UnsafeRawBufferPointer,
        into sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var rest = bytes
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(PageReader.pieceSize))
            try reader.feed(piece)
            fed += Int64(piece.count)
            rest = UnsafeRawBufferPointer(rebasing: rest[piece.count...])
            try handOut(to: sink)
        }
    }

    /// Says that bytes are missing here: the page that was not whole never will be.
    public func gap() {
        reader = PageReader(offset: fed)
    }

    private func handOut(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        while true {
            switch reader.next() {
            case .starved: return
            case .skipped: continue
            case .page(let page):
                if page.isBOS {
                    serial = page.serial
                } else if serial != page.serial {
                    serial = page.serial
                    for bytes in try Self.headers(serial: page.serial) { try bytes.withUnsafeBytes(sink) }
                    hasMadeUpHeaders = true
                }
                try sink(page.header)
                try sink(page.body)
                pages += 1
            }
        }
    }

    /// RFC 7845 section 5: identification and comments, each on a page of its own.
    private static func headers(serial: UInt32) throws -> [[UInt8]] {
        let writer = try PageWriter(serial: serial)
        let head = OpusHead(channels: 2, preSkip: 0, inputSampleRate: 48_000)
        return try [head.packet, Tags().packet(vendor: "Risalah")].map { packet in
            var page: [UInt8] = []
            try packet.withUnsafeBufferPointer { (bytes) throws(OggOpusError) in try writer.add(bytes, granule: 0) }
            writer.flush(into: &page)
            return page
        }
    }
}
