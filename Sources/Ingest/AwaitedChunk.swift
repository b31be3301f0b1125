import Age
import ArchiveCore
import BlobStore
import Foundation

/// The bytes of one request until their checksum is seen: they do not count before, and are forgotten if it is another.
///
/// What belongs to the header stays in memory, for a header rests nowhere but in the vault; the payload lies in a file of
/// its own beside the upload's, so that memory does not depend on how much one request brings.
final class AwaitedChunk {
    private let key: BlobKey
    private let blobs: any BlobStore
    private let writer: any BlobWriter
    private var function: ChecksumFunction
    /// Cuts off the rest of the header; nil where it has come before.
    private var cutter: HeaderCutter?
    private var head: [UInt8] = []
    /// Set where the header breaks its grammar: whether that is the sender's fault or the network's, the checksum tells.
    private var isMalformed = false

    init(
        of upload: UploadID,
        request: Int,
        after cutter: HeaderCutter?,
        algorithm: Checksum.Algorithm,
        in blobs: any BlobStore
    ) throws {
        key = .awaiting(upload, request: request)
        self.blobs = blobs
        self.cutter = cutter
        function = ChecksumFunction(algorithm)
        try blobs.remove(key)
        writer = try blobs.append(to: key)
    }

    deinit {
        // What cannot be removed now is at the next start.
        try? blobs.remove(key)
    }

    /// Bytes so far that are kept.
    private(set) var length = 0

    /// Takes bytes as they arrive.
    func take(_ bytes: UnsafeRawBufferPointer) throws {
        function.update(bytes)
        length += bytes.count
        guard !isMalformed else { return }
        var rest = bytes
        if cutter != nil, cutter?.header == nil {
            do {
                let count = try cutter?.consume(bytes) ?? 0
                head.append(contentsOf: bytes.prefix(count))
                rest = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(count))
            } catch {
                // As far as the limit of a header: enough for whoever gets it to find the same fault.
                head.append(contentsOf: bytes.prefix(Header.defaultLimits.maximumLength))
                isMalformed = true
                return
            }
        }
        if !rest.isEmpty { try writer.append(rest) }
    }

    /// Gives the bytes to `body` in their order, if they are what `checksum` says.
    ///
    /// - Throws: `checksum-mismatch` where they are not.
    func deliver(_ checksum: Checksum, to body: ([UInt8]) async throws -> Void) async throws {
        guard function.digest == checksum.digest else {
            throw ArchiveError(
                .checksumMismatch,
                "the \(length) bytes do not have the \(checksum.algorithm.rawValue) that Upload-Checksum says",
                hint: "send them again from the same offset"
            )
        }
        if !head.isEmpty { try await body(head) }
        guard writer.length > 0 else { return }
        guard let reader = try blobs.read(key) else {
            throw ArchiveError(.storage, "bytes that await their checksum are gone")
        }
        var offset = 0
        while offset < reader.length {
            let block = try [UInt8](unsafeUninitializedCapacity: Self.blockLength) { buffer, count in
                count = try reader.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            }
            guard !block.isEmpty else { throw ArchiveError(.storage, "bytes that await their checksum are gone") }
            try await body(block)
            offset += block.count
        }
    }

    private static let blockLength = 256 << 10
}
