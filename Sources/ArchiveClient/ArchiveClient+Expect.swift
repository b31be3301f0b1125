public import ArchiveInterface
internal import ArchiveCore
internal import AsyncHTTPClient
public import struct Foundation.Date
internal import NIOHTTP1

extension ArchiveClient {
    /// `POST /v1/expectations`: announces a meeting.
    public func announce(_ body: ExpectationBody) async throws -> ExpectationReport {
        let request = try HTTPClientRequest(.POST, server.url("/v1/expectations"), json: body)
        return try await transport.answer(ExpectationReport.self, to: request, expecting: 201)
    }

    /// `GET /v1/expectations?missing=true`: a page of announced meetings whose time is over without a recording, the
    /// latest first; `limit` is 1 to 500.
    public func missingMeetings(
        since: Date? = nil,
        until: Date? = nil,
        limit: Int? = nil,
        cursor: String? = nil
    ) async throws -> ExpectationPage {
        var query = [("missing", "true")]
        if let since { query.append(("since", Timestamp.text(since))) }
        if let until { query.append(("until", Timestamp.text(until))) }
        if let limit { query.append(("limit", String(limit))) }
        if let cursor { query.append(("cursor", cursor)) }
        let url = server.url("/v1/expectations", query: query.map { (name: $0.0, value: $0.1) })
        return try await transport.answer(ExpectationPage.self, to: HTTPClientRequest(.GET, url), expecting: 200)
    }
}
