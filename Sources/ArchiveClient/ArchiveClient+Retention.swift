public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
public import struct Foundation.Date
internal import NIOHTTP1

extension ArchiveClient {
    /// `GET /v1/retention/due`: a page of recordings whose time will be over; `limit` is 1 to 500.
    ///
    /// - Parameters:
    ///   - within: an ISO 8601 duration from now, on the first page.
    ///   - until: what the first page said, on those behind it.
    public func due(
        within: String? = nil,
        until: Date? = nil,
        series: String? = nil,
        limit: Int? = nil,
        cursor: String? = nil
    ) async throws -> DuePage {
        var query: [(name: String, value: String)] = []
        if let until {
            query.append(("until", Timestamp.text(until)))
        } else if let within {
            query.append(("within", within))
        }
        if let series { query.append(("series", series)) }
        if let limit { query.append(("limit", String(limit))) }
        if let cursor { query.append(("cursor", cursor)) }
        let request = HTTPClientRequest(.GET, server.url("/v1/retention/due", query: query))
        return try await transport.answer(DuePage.self, to: request, expecting: 200)
    }

    /// `GET /v1/recordings/{id}/retention`: by which rule a recording is kept, until when and why.
    public func retention(of id: RecordingID) async throws -> RetentionExplanation {
        let request = HTTPClientRequest(.GET, server.url("/v1/recordings/\(id)/retention"))
        return try await transport.answer(RetentionExplanation.self, to: request, expecting: 200)
    }

    /// `POST /v1/recordings/{id}/retention`: decides over the time of one recording.
    public func review(_ id: RecordingID, _ body: ReviewBody) async throws -> RetentionExplanation {
        let request = try HTTPClientRequest(.POST, server.url("/v1/recordings/\(id)/retention"), json: body)
        return try await transport.answer(RetentionExplanation.self, to: request, expecting: 200)
    }

    /// `GET /v1/tombstones`: a page of what is left of recordings that are gone, the newest first; `limit` is 1 to 500.
    public func tombstones(limit: Int? = nil, cursor: String? = nil) async throws -> TombstonePage {
        var query: [(name: String, value: String)] = []
        if let limit { query.append(("limit", String(limit))) }
        if let cursor { query.append(("cursor", cursor)) }
        return try await get(TombstonePage.self, "/v1/tombstones", query: query)
    }

    /// `GET /v1/tombstones/{id}`: what is left of one.
    public func tombstone(of id: RecordingID) async throws -> TombstoneReport {
        try await get(TombstoneReport.self, "/v1/tombstones/\(id)")
    }
}
