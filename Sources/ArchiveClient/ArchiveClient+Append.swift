internal import ArchiveCore
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// One request each, as whoever paces a stream sends them: nothing is repeated here, since when to do so is the sender's
/// to know.
extension ArchiveClient {
    /// Where an upload stands.
    package struct Standing: Sendable {
        /// Bytes that are durable.
        package let offset: Int64
        /// What it has become.
        package let receipt: UploadReceipt?
    }

    /// tus 1.0, creation-defer-length: the URL of a new upload whose length comes with its end.
    package func beginUpload(_ metadata: RecordingMetadata) async throws -> String {
        var request = tusRequest(.POST, server.url("/v1/uploads"))
        request.headers.add(name: "Upload-Defer-Length", value: "1")
        request.headers.add(name: "Upload-Metadata", value: try metadata.uploadMetadata())
        let response = try await transport.send(request)
        guard response.status == .created else { throw await transport.problem(of: response) }
        guard let location = response.headers.first(name: "Location") else {
            throw ArchiveError(.badRequest, "the archive made an upload and did not say where")
        }
        return try server.url(following: location)
    }

    /// Appends `bytes` at `offset`.
    ///
    /// - Parameter total: bytes of the whole, where these are the last.
    package func append(_ bytes: [UInt8], at offset: Int64, to url: String, total: Int64?) async throws -> Standing {
        var request = tusRequest(.PATCH, url)
        request.headers.add(name: "Upload-Offset", value: String(offset))
        request.headers.add(name: "Content-Type", value: "application/offset+octet-stream")
        if let total { request.headers.add(name: "Upload-Length", value: String(total)) }
        request.body = .bytes(ByteBuffer(bytes: bytes))
        return try await standing(after: request)
    }

    /// Where an upload stands now.
    package func standing(of url: String) async throws -> Standing {
        try await standing(after: tusRequest(.HEAD, url))
    }

    private func standing(after request: HTTPClientRequest) async throws -> Standing {
        let response = try await transport.send(request)
        guard response.status == .ok || response.status == .noContent else {
            throw await transport.problem(of: response)
        }
        // Else the connection is not free for the next request.
        _ = try await transport.wholeBody(of: response, url: request.url)
        guard let offset = response.headers.first(name: "Upload-Offset").flatMap({ Int64($0) }) else {
            throw ArchiveError(.badRequest, "the archive does not say where the upload stands")
        }
        return Standing(offset: offset, receipt: try UploadReceipt(response.headers))
    }
}
