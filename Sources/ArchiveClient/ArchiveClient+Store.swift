internal import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import NIOHTTP1

extension ArchiveClient {
    /// `PUT /v1/recordings`: sends `recording` in one shot. What is interrupted has to be sent again from its
    /// beginning; ``upload(_:metadata:progress:)`` is the way for anything long.
    public func store(
        _ recording: SealedRecording,
        metadata: RecordingMetadata,
        progress: TransferProgress? = nil
    ) async throws -> StoredRecording {
        var request = HTTPClientRequest(.PUT, server.url("/v1/recordings", query: metadata.query))
        request.headers.add(name: "Content-Type", value: "application/age")
        let chunks = FileChunks(file: recording.file, range: 0..<recording.length, progress: progress)
        request.body = .stream(chunks, length: .known(recording.length))
        return try await transport.answer(StoredRecording.self, to: request, expecting: 201)
    }
}
