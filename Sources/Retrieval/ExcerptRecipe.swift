import ArchiveCore
import Crypto
import Foundation
import OggOpus

/// All that makes the plaintext of an excerpt: the same bytes each time.
///
/// The payload never changes once it is committed, every chunk of it is authenticated, and the serial number is the
/// access's: nothing else goes in.
struct ExcerptRecipe: Sendable {
    let payload: OpenedPayload
    let index: TimeIndex
    let span: ExcerptSpan
    let access: AccessID

    /// The excerpt, from its beginning.
    func begin() throws -> Excerpt {
        let window = ChunkWindow(payload)
        // The first four of 16 random bytes.
        let serial = (Base32.decode(access.description) ?? []).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return try Excerpt(
            of: index,
            length: Int64(payload.length),
            from: span.fromSeconds,
            to: span.toSeconds,
            serial: serial
        ) { buffer, offset in
            try window.read(into: buffer, at: Int(offset))
        }
    }

    /// Makes all of it once, to know how long it is and what it is.
    func plan() throws -> ExcerptPlan {
        do {
            let excerpt = try begin()
            var (length, digest) = (0, SHA256())
            while let piece = try excerpt.next() {
                length += piece.count
                digest.update(data: piece)
            }
            return ExcerptPlan(length: length, digest: Data(digest.finalize()))
        } catch let error as OggOpusError {
            throw Self.archiveError(error)
        }
    }

    static func archiveError(_ error: OggOpusError) -> ArchiveError {
        guard error.code == .emptyRange else {
            return ArchiveError(.storage, "an excerpt cannot be made: \(error.message)", offset: error.offset)
        }
        return ArchiveError(.badRequest, "an excerpt cannot be made: \(error.message)")
    }
}

/// What has to be known of an excerpt before its first byte leaves.
struct ExcerptPlan: Sendable, Equatable {
    /// Bytes of its plaintext.
    let length: Int
    /// SHA-256 of its plaintext.
    let digest: Data
}

/// The plaintext of a payload in small reads, of which each chunk is opened once as long as they go forward.
private final class ChunkWindow {
    private static let length = 65_536

    private let payload: OpenedPayload
    private var start = 0
    private var bytes: [UInt8] = []

    init(_ payload: OpenedPayload) { self.payload = payload }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
        guard offset < payload.length else { return 0 }
        if !(start..<start + bytes.count).contains(offset) {
            // Not what is there, if the chunk does not open.
            bytes = []
            start = offset / Self.length * Self.length
            bytes = try [UInt8](unsafeUninitializedCapacity: min(Self.length, payload.length - start)) {
                buffer,
                count in
                count = try payload.read(into: UnsafeMutableRawBufferPointer(buffer), at: start)
            }
        }
        let part = bytes[(offset - start)...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }
}
