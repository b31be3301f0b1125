public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import NIOHTTP1

extension ArchiveClient {
    /// `POST /v1/holds`: forbids destroying recordings.
    public func hold(_ body: HoldsBody) async throws -> PlacedHolds {
        let request = try HTTPClientRequest(.POST, server.url("/v1/holds"), json: body)
        return try await transport.answer(PlacedHolds.self, to: request, expecting: 201)
    }

    /// `GET /v1/recordings/{id}/holds`: the holds on a recording, the newest first.
    public func holds(on id: RecordingID) async throws -> [HoldReport] {
        let request = HTTPClientRequest(.GET, server.url("/v1/recordings/\(id)/holds"))
        return try await transport.answer(HoldList.self, to: request, expecting: 200).holds
    }

    /// `POST /v1/holds/{id}/release`: takes a hold off.
    public func release(_ id: HoldID, because reason: String) async throws -> ReleasedHold {
        let url = server.url("/v1/holds/\(id)/release")
        let request = try HTTPClientRequest(.POST, url, json: RefusalBody(reason: reason))
        return try await transport.answer(ReleasedHold.self, to: request, expecting: 200)
    }
}
