public import Age
internal import ArchiveCore
internal import OggOpus

/// Opens what is left of a damaged recording for its person as it streams by: the pages that are whole, as a stream that
/// players take.
public struct RecordingSalvager {
    private var key: ReceivedFileKey
    private var payload: PayloadSalvager?
    private let salvager = PageSalvager()
    /// Chunks of 64 KiB that did not open.
    public private(set) var lostChunks = 0

    /// Chunks that came, good or bad.
    public var chunks: Int { payload?.chunkCount ?? 0 }
    /// Whether the headers of the stream were lost and others stand in their place.
    public var hasMadeUpHeaders: Bool { salvager.hasMadeUpHeaders }

    /// A salvager with the person's `identities`.
    public init(identities: [Identity]) { key = ReceivedFileKey(identities: identities) }

    /// Takes the next bytes of the file and hands the pages that they complete to `sink`.
    ///
    /// - Throws: `wrong-recipient` where no identity opens the header; what `sink` throws.
    public mutating func update(
        _ bytes: UnsafeRawBufferPointer,
        into sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        do {
            var rest = bytes
            if payload == nil {
                guard let fileKey = try key.open(&rest) else { return }
                payload = PayloadSalvager(fileKey: fileKey)
            }
            let salvager = salvager
            var more = 0
            try payload?.update(rest) { try Self.take($0, &more, salvager, into: sink) }
            lostChunks += more
        } catch let error as AgeError {
            throw error.ofReceivedFile
        }
    }

    /// Says that the file has ended, and hands out its last pages.
    ///
    /// - Throws: `bad-recording` where nothing of it can be heard; as ``update(_:into:)`` else.
    public mutating func finish(into sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        do {
            try key.finish()
            let salvager = salvager
            var more = 0
            try payload?.finish { try Self.take($0, &more, salvager, into: sink) }
            lostChunks += more
        } catch let error as AgeError {
            throw error.ofReceivedFile
        }
        guard salvager.pages > 0 else {
            throw ArchiveError(
                .badRecording,
                "nothing of the recording is left: none of its \(chunks) chunks holds a whole page",
                hint: "have it restored from a backup"
            )
        }
    }

    private static func take(
        _ piece: PayloadSalvager.Piece,
        _ lost: inout Int,
        _ salvager: PageSalvager,
        into sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        switch piece {
        case .chunk(let plaintext): try salvager.update(plaintext, into: sink)
        case .lost:
            lost += 1
            salvager.gap()
        }
    }
}
