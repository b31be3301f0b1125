public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import NIOHTTP1

extension ArchiveClient {
    /// `PATCH /v1/recordings/{id}`: changes what describes a recording.
    ///
    /// - Throws: `stale` where ``DescriptionBody/revision`` is not the present one.
    public func describe(_ id: RecordingID, _ body: DescriptionBody) async throws -> RecordingReport {
        let request = try HTTPClientRequest(.PATCH, server.url("/v1/recordings/\(id)"), json: body)
        return try await transport.answer(RecordingReport.self, to: request, expecting: 200)
    }

    /// `GET /v1/recordings/{id}/revisions`: a page of what described a recording, the newest first; `limit` is 1 to 50.
    public func revisions(of id: RecordingID, before: Int? = nil, limit: Int? = nil) async throws -> RevisionPage {
        var query: [(name: String, value: String)] = []
        if let before { query.append(("before", String(before))) }
        if let limit { query.append(("limit", String(limit))) }
        let request = HTTPClientRequest(.GET, server.url("/v1/recordings/\(id)/revisions", query: query))
        return try await transport.answer(RevisionPage.self, to: request, expecting: 200)
    }
}
