import Age
import ArchiveCore
import Foundation
import OggOpus

/// An excerpt on its way out, opened or sealed, readable at any offset: forward at the cost of what is read, backward
/// at the cost of all that comes before.
///
/// `@unchecked`: everything that changes is touched under the lock only. One delivery is read by one task at a time, so
/// nobody waits for it.
final class DeliveredExcerpt: @unchecked Sendable {
    /// What makes an age file of it.
    struct Envelope: Sendable {
        let header: [UInt8]
        let sealer: ChunkSealer
    }

    /// Bytes in all.
    let length: Int
    private let recipe: ExcerptRecipe
    private let plan: ExcerptPlan
    private let envelope: Envelope?

    private let lock = NSLock()
    private var excerpt: Excerpt?
    /// The piece of plaintext that was made last, and where it lies.
    private var piece: [UInt8] = []
    private var pieceStart = 0
    /// The chunk that was sealed last.
    private var sealed: (index: Int, bytes: [UInt8])?

    init(_ recipe: ExcerptRecipe, _ plan: ExcerptPlan, in envelope: Envelope?) {
        self.recipe = recipe
        self.plan = plan
        self.envelope = envelope
        length = envelope.map { $0.header.count + $0.sealer.layout.payloadLength } ?? plan.length
    }

    /// Fills as much of `buffer` as there is from `offset`; returns how much.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
        lock.lock()
        defer { lock.unlock() }
        do {
            guard let envelope else { return try plaintext(into: buffer, at: offset) }
            var filled = 0
            while filled < buffer.count, offset + filled < length {
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                filled += try part(of: envelope, into: rest, at: offset + filled)
            }
            return filled
        } catch let error as OggOpusError {
            throw ExcerptRecipe.archiveError(error)
        }
    }

    /// What lies at `offset` of the age file, to the end of header, nonce or chunk at most.
    private func part(
        of envelope: Envelope,
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: Int
    ) throws -> Int {
        func copy(_ bytes: [UInt8], from start: Int) -> Int {
            let part = bytes[start...].prefix(buffer.count)
            buffer.copyBytes(from: part)
            return part.count
        }
        guard offset >= envelope.header.count else { return copy(envelope.header, from: offset) }
        let place = offset - envelope.header.count
        guard place >= PayloadNonce.length else { return copy(envelope.sealer.nonce.bytes, from: place) }
        let chunk = envelope.sealer.layout.chunk(atPayloadOffset: place)
        let start = try envelope.sealer.layout.payloadRange(ofChunk: chunk).lowerBound
        return copy(try seal(chunk, envelope.sealer), from: place - start)
    }

    private func seal(_ chunk: Int, _ sealer: ChunkSealer) throws -> [UInt8] {
        if let sealed, sealed.index == chunk { return sealed.bytes }
        let range = try sealer.layout.plaintextRange(ofChunk: chunk)
        let plaintext = try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            count = try self.plaintext(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
        }
        var bytes: [UInt8] = []
        try plaintext.withUnsafeBytes { try sealer.seal(chunk: chunk, plaintext: $0, into: &bytes) }
        sealed = (chunk, bytes)
        return bytes
    }

    private func plaintext(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
        if excerpt == nil || offset < pieceStart {
            excerpt = try recipe.begin()
            (piece, pieceStart) = ([], 0)
        }
        var filled = 0
        let wanted = min(buffer.count, plan.length - offset)
        while filled < wanted {
            let place = offset + filled - pieceStart
            guard place >= piece.count else {
                let part = piece[place...].prefix(wanted - filled)
                UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyBytes(from: part)
                filled += part.count
                continue
            }
            guard let next = try excerpt?.next() else {
                throw ArchiveError(.storage, "an excerpt ended at \(pieceStart + piece.count) of \(plan.length) bytes")
            }
            pieceStart += piece.count
            piece = next
        }
        return filled
    }
}
