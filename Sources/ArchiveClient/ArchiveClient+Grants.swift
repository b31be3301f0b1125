public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import NIOHTTP1

extension ArchiveClient {
    /// `GET /v1/grants`: what waits for a second person, and the caller may confirm.
    public func waitingGrants() async throws -> [WaitingGrants.Item] {
        let request = HTTPClientRequest(.GET, server.url("/v1/grants"))
        return try await transport.answer(WaitingGrants.self, to: request, expecting: 200).grants
    }

    /// `POST /v1/grants/{id}/confirmation`: is the second person for the grant of this digest.
    public func confirmGrant(of principal: PrincipalID, digest: String) async throws -> GrantOutcome {
        let request = try HTTPClientRequest(
            .POST,
            server.url("/v1/grants/\(principal)/confirmation"),
            json: ConfirmationRequest(digest: digest)
        )
        return try await transport.answer(GrantOutcome.self, to: request, expecting: 200)
    }
}
