internal import ArchiveCore
internal import NIOCore

/// A range of a file as a request's body, read only as fast as the connection takes it.
struct FileChunks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    private static let chunk: Int64 = 1 << 18

    let file: any OpenFile
    let range: Range<Int64>
    let progress: TransferProgress?

    struct AsyncIterator: AsyncIteratorProtocol {
        let chunks: FileChunks
        var offset: Int64

        mutating func next() async throws -> ByteBuffer? {
            chunks.progress?.report(offset, chunks.range.upperBound)
            guard offset < chunks.range.upperBound else { return nil }
            let count = Int(Swift.min(FileChunks.chunk, chunks.range.upperBound - offset))
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            let (file, start) = (chunks.file, Int(offset))
            let read = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
                try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]), at: start)
            }
            guard read == count else { throw ArchiveError(.inputOutput, "the spool ends at byte \(start + read)") }
            offset += Int64(read)
            return buffer
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(chunks: self, offset: range.lowerBound) }
}
