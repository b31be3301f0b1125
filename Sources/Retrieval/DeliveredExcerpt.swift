import Age
import ArchiveCore
import Foundation
import OggOpus
import Synchronization

/// An excerpt on its way out, opened or sealed, readable at any offset: forward at the cost of what is read, backward
/// at the cost of all that comes before.
package final class DeliveredExcerpt: Sendable {
    /// What makes an age file of it.
    struct Envelope: Sendable {
        let header: [UInt8]
        let sealer: ChunkSealer
    }

    /// How far it was made.
    private struct Progress {
        var excerpt: Excerpt?
        /// The piece of plaintext that was made last, and where it lies.
        var piece: [UInt8] = []
        var pieceStart = 0
        /// The chunk that was sealed last.
        var sealed: (index: Int, bytes: [UInt8])?
    }

    /// Bytes in all.
    let length: Int
    private let recipe: ExcerptRecipe
    private let plan: ExcerptPlan
    private let envelope: Envelope?
    /// One delivery is read by one task at a time, so nobody waits for it.
    private let progress = Mutex(Progress())

    init(_ recipe: ExcerptRecipe, _ plan: ExcerptPlan, in envelope: Envelope?) {
        self.recipe = recipe
        self.plan = plan
        self.envelope = envelope
        length = envelope.map { $0.header.count + $0.sealer.layout.payloadLength } ?? plan.length
    }

    /// Fills as much of `buffer` as there is from `offset`; returns how much.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
        let wanted = min(buffer.count, length - offset)
        var filled = 0
        while filled < wanted {
            let place = offset + filled
            do {
                let part = try progress.withLock { try bytes(at: place, &$0) }.prefix(wanted - filled)
                UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyBytes(from: part)
                filled += part.count
            } catch let error as OggOpusError {
                throw ExcerptRecipe.archiveError(error)
            }
        }
        return max(0, filled)
    }

    /// What lies at `offset`: some of it, never nothing before the end.
    private func bytes(at offset: Int, _ progress: inout Progress) throws -> ArraySlice<UInt8> {
        guard let envelope else { return try plaintext(at: offset, &progress) }
        guard offset >= envelope.header.count else { return envelope.header[offset...] }
        let place = offset - envelope.header.count
        guard place >= PayloadNonce.length else { return envelope.sealer.nonce.bytes[place...] }
        let chunk = envelope.sealer.layout.chunk(atPayloadOffset: place)
        let start = try envelope.sealer.layout.payloadRange(ofChunk: chunk).lowerBound
        return try seal(chunk, envelope.sealer, &progress)[(place - start)...]
    }

    private func seal(_ chunk: Int, _ sealer: ChunkSealer, _ progress: inout Progress) throws -> [UInt8] {
        if let sealed = progress.sealed, sealed.index == chunk { return sealed.bytes }
        let range = try sealer.layout.plaintextRange(ofChunk: chunk)
        var chunkText: [UInt8] = []
        chunkText.reserveCapacity(range.count)
        while chunkText.count < range.count {
            let part = try plaintext(at: range.lowerBound + chunkText.count, &progress)
            chunkText += part.prefix(range.count - chunkText.count)
        }
        var bytes: [UInt8] = []
        try chunkText.withUnsafeBytes { try sealer.seal(chunk: chunk, plaintext: $0, into: &bytes) }
        progress.sealed = (chunk, bytes)
        return bytes
    }

    /// The rest of the piece that holds `offset`.
    private func plaintext(at offset: Int, _ progress: inout Progress) throws -> ArraySlice<UInt8> {
        if progress.excerpt == nil || offset < progress.pieceStart {
            progress.excerpt = try recipe.begin()
            (progress.piece, progress.pieceStart) = ([], 0)
        }
        while offset - progress.pieceStart >= progress.piece.count {
            guard let next = try progress.excerpt?.next() else {
                let end = progress.pieceStart + progress.piece.count
                throw ArchiveError(.storage, "an excerpt ended at \(end) of \(plan.length) bytes")
            }
            progress.pieceStart += progress.piece.count
            progress.piece = next
        }
        return progress.piece[(offset - progress.pieceStart)...]
    }
}
