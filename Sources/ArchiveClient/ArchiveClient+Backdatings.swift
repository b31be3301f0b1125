public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import NIOHTTP1

extension ArchiveClient {
    /// `POST /v1/backdatings`: asks that the time of recordings count from when they began.
    public func askBackdating(_ body: BackdatingBody) async throws -> AskedBackdating {
        let request = try HTTPClientRequest(.POST, server.url("/v1/backdatings"), json: body)
        return try await transport.answer(AskedBackdating.self, to: request, expecting: 201)
    }

    /// `GET /v1/backdatings`: a page of requests; `limit` is 1 to 500.
    public func backdatings(
        _ list: RequestList,
        limit: Int? = nil,
        cursor: String? = nil
    ) async throws -> BackdatingPage {
        let pages = [limit.map { (name: "limit", value: String($0)) }, cursor.map { (name: "cursor", value: $0) }]
        return try await get(
            BackdatingPage.self,
            "/v1/backdatings",
            query: [(name: "list", value: list.rawValue)] + pages.compactMap(\.self)
        )
    }

    /// `POST /v1/backdatings/{id}/approval`: grants it, as far as the caller sees its recordings.
    public func grant(_ id: BackdatingID) async throws -> BackdatingReport {
        let request = HTTPClientRequest(.POST, server.url("/v1/backdatings/\(id)/approval"))
        return try await transport.answer(BackdatingReport.self, to: request, expecting: 200)
    }

    /// `POST /v1/backdatings/{id}/refusal`: refuses it, for a reason that who asked is told.
    public func refuse(_ id: BackdatingID, because reason: String) async throws -> BackdatingReport {
        let body = RefusalBody(reason: reason)
        let request = try HTTPClientRequest(.POST, server.url("/v1/backdatings/\(id)/refusal"), json: body)
        return try await transport.answer(BackdatingReport.self, to: request, expecting: 200)
    }
}
