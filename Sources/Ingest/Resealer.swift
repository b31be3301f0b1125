import Age
import ArchiveCore
import BlobStore
import Catalogue
import Crypto
import Foundation
import Inspection
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
    private let place: any InspectionPlace

    /// Seals again what lies in `blobs` of `upload`, which is `opened` and which nobody feeds; `place` opens it.
    init(upload: UploadID, opened: OpenedStream, blobs: any BlobStore, place: any InspectionPlace) {
        executor = QueueExecutor(label: "reseal \(upload)")
        self.upload = upload
        self.opened = opened
        self.blobs = blobs
        self.place = place
    }

    /// Writes the new payload under `key`, durably; of one that has its end after all, makes that durable as it is.
    ///
    /// - Parameters:
    ///   - expected: bytes of the sender's payload in all, where it has said so.
    ///   - reserve: bytes of the disk that have to stay free.
    /// - Returns: nil where no chunk authenticates.
    /// - Throws: `exhausted` where there is no room for it now; `bad-recording` where what authenticates is no Ogg Opus with audio; errors of the disk. Then nothing is left.
    func run(under key: FileKey, expected: Int?, reserve: Int) throws -> Ingest.EndedStream? {
        try blobs.remove(.resealed(upload))
        // It takes its place once more until the first goes. Postponed, it costs nobody else their place.
        let needed = reserve + (try blobs.length(of: .incoming(upload)) ?? 0)
        guard try blobs.available() >= needed else { throw Allowance.noRoom }
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
        let inspection = try place.begin(.reseal(opened.fileKey, under: key))
        var (digest, newDigest) = (SHA256(), SHA256())
        var output: [UInt8] = []
        func store() throws {
            try output.withUnsafeBytes { bytes in
                newDigest.update(bufferPointer: bytes)
                try writer.append(bytes)
            }
            output.removeAll(keepingCapacity: true)
        }
        try reader.forEachBlock(of: upload, upTo: reader.length) { block in
            digest.update(bufferPointer: block)
            try inspection.consume(block, into: &output)
            try store()
        }
        let result = try inspection.finish(into: &output)
        try store()
        guard let validated = result.validated, let nonce = result.nonce, let newNonce = result.newNonce else {
            return nil
        }
        let original = PayloadIdentity(digest: Data(digest.finalize()), nonce: nonce)
        // The end of what is sealed here is ours, not its sender's.
        if result.isWhole, opened.opened.headerLength > 0 {
            try blobs.remove(.resealed(upload))
            let kept = try blobs.append(to: .incoming(upload))
            try kept.rewrite(from: 0)
            try kept.sync()
            return Ingest.EndedStream(
                validated: validated,
                payload: original,
                nonce: try PayloadNonce(bytes: nonce),
                length: kept.length,
                cut: nil
            )
        }
        try writer.sync()
        let kept = try PayloadLayout(plaintextLength: result.authenticated).payloadLength
        return Ingest.EndedStream(
            validated: validated,
            payload: PayloadIdentity(digest: Data(newDigest.finalize()), nonce: newNonce),
            nonce: try PayloadNonce(bytes: newNonce),
            length: writer.length,
            cut: Self.cut(
                original,
                after: result.authenticated,
                missing: max(0, max(reader.length, expected ?? 0) - kept),
                bitrate: validated.facts.bitrate
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
