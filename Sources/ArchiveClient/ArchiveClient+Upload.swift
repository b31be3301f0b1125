internal import ArchiveCore
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

extension ArchiveClient {
    /// Sends `recording` by tus 1.0 and returns the archive's receipt.
    ///
    /// After a dropped connection, a 409 or a 5xx it asks where the archive stands and goes on from there: an offset
    /// that the archive names is durable (DESIGN.md invariant 1), so nothing is sent twice and nothing left out.
    ///
    /// - Throws: what the archive refuses it for; `unreachable` where the attempts were spent.
    public func upload(
        _ recording: SealedRecording,
        metadata: RecordingMetadata,
        progress: TransferProgress? = nil
    ) async throws -> UploadReceipt {
        let url = try await createUpload(length: recording.length, metadata: metadata)
        var offset: Int64 = 0
        var interruptions = 0
        while true {
            do {
                return try await send(recording, from: offset, to: url, progress: progress)
            } catch let error as ArchiveError where error.isPassing {
                interruptions += 1
                try await retries.pause(after: interruptions, of: error)
            }
            let status = try await standing(of: url, interruptions: &interruptions)
            if let receipt = status.receipt { return receipt }
            guard (0...recording.length).contains(status.offset), status.offset >= offset else {
                throw ArchiveError(.wrongOffset, "the archive lost bytes: it stands at \(status.offset)")
            }
            if status.offset > offset { interruptions = 0 }
            offset = status.offset
        }
    }

    /// tus 1.0, Creation: the URL of a new upload of `length` bytes.
    private func createUpload(length: Int64, metadata: RecordingMetadata) async throws -> String {
        var request = tusRequest(.POST, server.url("/v1/uploads"))
        request.headers.add(name: "Upload-Length", value: String(length))
        request.headers.add(name: "Upload-Metadata", value: try metadata.uploadMetadata())
        var interruptions = 0
        while true {
            do {
                let response = try await transport.send(request)
                guard response.status == .created else { throw await transport.problem(of: response) }
                guard let location = response.headers.first(name: "Location") else {
                    throw ArchiveError(.badRequest, "the archive made an upload and did not say where")
                }
                return try server.url(following: location)
            } catch let error as ArchiveError where error.isPassing {
                // An upload that was made, and whose answer was lost, expires by itself.
                interruptions += 1
                try await retries.pause(after: interruptions, of: error)
            }
        }
    }

    /// Sends everything from `offset` in one PATCH; also nothing at all, which asks for the outcome once more.
    private func send(
        _ recording: SealedRecording,
        from offset: Int64,
        to url: String,
        progress: TransferProgress?
    ) async throws -> UploadReceipt {
        var request = tusRequest(.PATCH, url)
        request.headers.add(name: "Upload-Offset", value: String(offset))
        request.headers.add(name: "Content-Type", value: "application/offset+octet-stream")
        let chunks = FileChunks(file: recording.file, range: offset..<recording.length, progress: progress)
        request.body = .stream(chunks, length: .known(recording.length - offset))
        let response = try await transport.send(request)
        guard response.status == .noContent else { throw await transport.problem(of: response) }
        guard let receipt = try UploadReceipt(response.headers) else {
            throw ArchiveError(.wrongOffset, "the archive took the bytes and did not say what became of them")
        }
        return receipt
    }

    private struct Place {
        var offset: Int64
        var receipt: UploadReceipt?
    }

    /// HEAD: how far the archive is, asked until it answers or the attempts are spent.
    private func standing(of url: String, interruptions: inout Int) async throws -> Place {
        while true {
            do {
                let response = try await transport.send(tusRequest(.HEAD, url))
                guard response.status == .ok || response.status == .noContent else {
                    throw await transport.problem(of: response)
                }
                guard let offset = response.headers.first(name: "Upload-Offset").flatMap({ Int64($0) }) else {
                    throw ArchiveError(.badRequest, "the archive does not say where the upload stands")
                }
                return Place(offset: offset, receipt: try UploadReceipt(response.headers))
            } catch let error as ArchiveError where error.isPassing {
                interruptions += 1
                try await retries.pause(after: interruptions, of: error)
            }
        }
    }

    func tusRequest(_ method: HTTPMethod, _ url: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(method, url)
        request.headers.add(name: "Tus-Resumable", value: "1.0.0")
        return request
    }
}

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
