public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
public import struct Foundation.Date
internal import NIOHTTP1

extension ArchiveClient {
    /// `GET /v1/accesses`: a page of requests to open recordings; `limit` is 1 to 500.
    public func requests(_ list: RequestList, limit: Int? = nil, cursor: String? = nil) async throws -> RequestPage {
        var query = [(name: "list", value: list.rawValue)]
        if let limit { query.append(("limit", String(limit))) }
        if let cursor { query.append(("cursor", cursor)) }
        let request = HTTPClientRequest(.GET, server.url("/v1/accesses", query: query))
        return try await transport.answer(RequestPage.self, to: request, expecting: 200)
    }

    /// `POST /v1/accesses/{id}/approval`: agrees to another person's request.
    public func approve(_ id: AccessID) async throws -> RequestDecision {
        let request = HTTPClientRequest(.POST, server.url("/v1/accesses/\(id)/approval"))
        return try await transport.answer(RequestDecision.self, to: request, expecting: 200)
    }

    /// `POST /v1/accesses/{id}/refusal`: refuses another person's request, for a reason that they are told.
    public func refuse(_ id: AccessID, because reason: String) async throws -> RequestDecision {
        let url = server.url("/v1/accesses/\(id)/refusal")
        let request = try HTTPClientRequest(.POST, url, json: RefusalBody(reason: reason))
        return try await transport.answer(RequestDecision.self, to: request, expecting: 200)
    }

    /// `POST /v1/delegations`: lets another decide in the caller's stead.
    public func delegate(to delegate: PrincipalID, starts: Date, ends: Date) async throws -> DelegationReport {
        let body = DelegationBody(delegate: delegate, starts: starts, ends: ends)
        let request = try HTTPClientRequest(.POST, server.url("/v1/delegations"), json: body)
        return try await transport.answer(DelegationReport.self, to: request, expecting: 201)
    }

    /// `GET /v1/delegations`: those by and to the caller that have not ended.
    public func delegations() async throws -> [DelegationReport] {
        let request = HTTPClientRequest(.GET, server.url("/v1/delegations"))
        return try await transport.answer(DelegationList.self, to: request, expecting: 200).delegations
    }

    /// `DELETE /v1/delegations/{id}`: ends one that the caller made.
    public func endDelegation(_ id: DelegationID) async throws {
        let response = try await transport.send(HTTPClientRequest(.DELETE, server.url("/v1/delegations/\(id)")))
        guard response.status == .noContent else { throw await transport.problem(of: response) }
    }
}
