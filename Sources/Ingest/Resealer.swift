import Age
import ArchiveCore
import BlobStore
import Catalogue
import Crypto
import Foundation
import OggOpus
import Vault

/// Seals what came of a payload without an end once more, under a new file key and nonce: its whole chunks, and its last
/// one where that is there (DESIGN.md section 5, STREAM discipline).
actor Resealer {
    /// What is known of a payload that was cut.
    struct Cut {
        /// The payload as its sender began it, with all the bytes that came.
        let original: PayloadIdentity
        /// Seconds, as far as bytes tell, that were on their way and are not kept.
        let loss: Double
        /// Says so to people.
        let finding: DescribingFields.Finding
    }

    private let executor: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let upload: UploadID
    private let opened: OpenedStream
    private let blobs: any BlobStore

    /// Seals again what lies in `blobs` of `upload`, which is `opened` and which nobody feeds.
    init(upload: UploadID, opened: OpenedStream, blobs: any BlobStore) {
        executor = QueueExecutor(label: "reseal \(upload)")
        self.upload = upload
        self.opened = opened
        self.blobs = blobs
    }

    /// Writes the new payload under `key`, durably; of one that has its end after all, makes that durable as it is.
    ///
    /// - Parameter expected: bytes of the sender's payload in all, where it has said so.
    /// - Returns: nil where no chunk authenticates.
    /// - Throws: `bad-recording` where what authenticates is no Ogg Opus with audio; errors of the disk. Then nothing is left.
    func run(under key: FileKey, expected: Int?) throws -> Ingest.EndedStream? {
        try blobs.remove(.resealed(upload))
        do {
            let stream = try seal(under: key, expected: expected)
            if stream == nil { try blobs.remove(.resealed(upload)) }
            return stream
        } catch {
            try? blobs.remove(.resealed(upload))
            throw error
        }
    }

    private func seal(under key: FileKey, expected: Int?) throws -> Ingest.EndedStream? {
        guard let reader = try blobs.read(.incoming(upload)) else { return nil }
        let writer = try blobs.append(to: .resealed(upload))
        let check = StreamCheck(sealingUnder: key)
        var decryptor = PayloadDecryptor(fileKey: opened.fileKey)
        var digest = SHA256()
        var hasEnded = false
        try reader.forEachBlock(of: upload, upTo: reader.length) { block in
            digest.update(bufferPointer: block)
            guard !hasEnded else { return }
            do {
                try decryptor.update(block) { try check.consume($0) { try writer.append($0) } }
            } catch is AgeError {
                // From here on nothing vouches for what stands there.
                hasEnded = true
            }
        }
        var isWhole = false
        if !hasEnded {
            do {
                try decryptor.finish { try check.consume($0) { try writer.append($0) } }
                // The end of what is sealed here is ours, not its sender's.
                isWhole = opened.opened.headerLength > 0
            } catch is AgeError {}
        }
        guard decryptor.plaintextLength > 0, let nonce = decryptor.nonce else { return nil }
        let outcome = try check.finish { try writer.append($0) }
        let original = PayloadIdentity(digest: Data(digest.finalize()), nonce: Data(nonce.bytes))
        if isWhole {
            try blobs.remove(.resealed(upload))
            let kept = try blobs.append(to: .incoming(upload))
            try kept.rewrite(from: 0)
            try kept.sync()
            return Ingest.EndedStream(
                validated: outcome.validated,
                payload: original,
                nonce: nonce,
                length: kept.length,
                cut: nil
            )
        }
        try writer.sync()
        let kept = try PayloadLayout(plaintextLength: decryptor.plaintextLength).payloadLength
        let missing = max(0, max(reader.length, expected ?? 0) - kept)
        return Ingest.EndedStream(
            validated: outcome.validated,
            payload: PayloadIdentity(digest: outcome.digest, nonce: Data(outcome.nonce.bytes)),
            nonce: outcome.nonce,
            length: writer.length,
            cut: Self.cut(
                original,
                after: decryptor.plaintextLength,
                missing: missing,
                bitrate: outcome.validated.facts.bitrate
            )
        )
    }

    private static func cut(_ original: PayloadIdentity, after kept: Int, missing: Int, bitrate: Int) -> Cut {
        let loss = bitrate > 0 ? Double(missing) * 8 / Double(bitrate) : 0
        let seconds = (loss * 10).rounded() / 10
        return Cut(
            original: original,
            loss: loss,
            finding: DescribingFields.Finding(
                code: "no-end",
                offset: Int64(kept),
                message: missing == 0
                    ? "the stream has no end; all of it that came was kept"
                    : "the stream has no end; about \(seconds) s (\(missing) bytes) after this were not kept"
            )
        )
    }
}

extension BlobReader {
    /// Hands the first `length` bytes to `body`, piece by piece.
    func forEachBlock(
        of upload: UploadID,
        upTo length: Int,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        while offset < length {
            let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, length - offset)])
            let count = try read(into: wanted, at: offset)
            guard count > 0 else { throw ArchiveError(.storage, "the payload of upload \(upload) ended early") }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += count
        }
    }
}
