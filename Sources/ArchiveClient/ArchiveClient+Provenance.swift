public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import NIOHTTP1

extension ArchiveClient {
    /// `GET /v1/recordings/{id}/provenance`: a page of what the log says became of a recording, in its order; `limit` is 1
    /// to 200.
    public func provenance(of id: RecordingID, after: Int? = nil, limit: Int? = nil) async throws -> ProvenancePage {
        var query: [(name: String, value: String)] = []
        if let after { query.append(("after", String(after))) }
        if let limit { query.append(("limit", String(limit))) }
        return try await get(ProvenancePage.self, "/v1/recordings/\(id)/provenance", query: query)
    }
}
