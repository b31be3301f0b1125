internal import ArchiveCore
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Where an upload stands at the archive.
package struct UploadStanding: Sendable {
    /// Bytes that are durable there.
    package let offset: Int64
    /// What it has become.
    package let receipt: UploadReceipt?
}

/// The single requests of tus 1.0, each tried once: when one is to be repeated is its sender's to know.
extension ArchiveClient {
    /// Creation: the URL of a new upload; without a length that is said later (creation-defer-length).
    package func beginUpload(length: Int64?, metadata: RecordingMetadata) async throws -> String {
        var request = tusRequest(.POST, server.url("/v1/uploads"))
        if let length {
            request.headers.add(name: "Upload-Length", value: String(length))
        } else {
            request.headers.add(name: "Upload-Defer-Length", value: "1")
        }
        request.headers.add(name: "Upload-Metadata", value: try metadata.uploadMetadata())
        let response = try await transport.send(request)
        guard response.status == .created else { throw await transport.problem(of: response) }
        guard let location = response.headers.first(name: "Location") else {
            throw ArchiveError(.badRequest, "the archive made an upload and did not say where")
        }
        return try server.url(following: location)
    }

    /// HEAD: how far the archive is.
    package func standing(of url: String) async throws -> UploadStanding {
        try await standing(after: tusRequest(.HEAD, url))
    }

    /// PATCH: appends `chunks` at the beginning of their range; `length` says how long the whole is, where that is
    /// known only now.
    func append(_ chunks: FileChunks, to url: String, length: Int64?) async throws -> UploadStanding {
        var request = appending(at: chunks.range.lowerBound, to: url, length: length)
        request.body = .stream(chunks, length: .known(chunks.range.upperBound - chunks.range.lowerBound))
        return try await standing(after: request)
    }

    /// PATCH: appends `bytes` at `offset`.
    package func append(
        _ bytes: [UInt8],
        at offset: Int64,
        to url: String,
        length: Int64?
    ) async throws -> UploadStanding {
        var request = appending(at: offset, to: url, length: length)
        request.body = .bytes(ByteBuffer(bytes: bytes))
        return try await standing(after: request)
    }

    /// DELETE: the archive forgets what came of an unfinished upload.
    func endUpload(_ url: String) async throws {
        let response = try await transport.send(tusRequest(.DELETE, url))
        guard response.status == .noContent else { throw await transport.problem(of: response) }
    }

    private func appending(at offset: Int64, to url: String, length: Int64?) -> HTTPClientRequest {
        var request = tusRequest(.PATCH, url)
        request.headers.add(name: "Upload-Offset", value: String(offset))
        request.headers.add(name: "Content-Type", value: "application/offset+octet-stream")
        if let length { request.headers.add(name: "Upload-Length", value: String(length)) }
        return request
    }

    private func standing(after request: HTTPClientRequest) async throws -> UploadStanding {
        let response = try await transport.send(request)
        guard response.status == .ok || response.status == .noContent else {
            throw await transport.problem(of: response)
        }
        // Else the connection is not free for the next request.
        _ = try await transport.wholeBody(of: response, url: request.url)
        guard let offset = response.headers.first(name: "Upload-Offset").flatMap({ Int64($0) }) else {
            throw ArchiveError(.badRequest, "the archive does not say where the upload stands")
        }
        return UploadStanding(offset: offset, receipt: try UploadReceipt(response.headers))
    }

    func tusRequest(_ method: HTTPMethod, _ url: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(method, url)
        request.headers.add(name: "Tus-Resumable", value: "1.0.0")
        return request
    }
}
