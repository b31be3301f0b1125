public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import NIOHTTP1

extension ArchiveClient {
    /// `GET /v1/recordings/{id}/decision`: what the policy would answer the caller who asked to do `action`.
    public func decision(on id: RecordingID, action: String) async throws -> DecisionReport {
        let url = server.url("/v1/recordings/\(id)/decision", query: [(name: "action", value: action)])
        return try await transport.answer(DecisionReport.self, to: HTTPClientRequest(.GET, url), expecting: 200)
    }
}
