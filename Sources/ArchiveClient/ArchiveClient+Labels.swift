public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import NIOHTTP1

extension ArchiveClient {
    /// `POST /v1/recordings/{id}/label`: gives a recording another label; pending where a second person has to agree.
    public func relabel(_ id: RecordingID, _ body: LabelBody) async throws -> LabelAnswer {
        let request = try HTTPClientRequest(.POST, server.url("/v1/recordings/\(id)/label"), json: body)
        return try await transport.answer(LabelAnswer.self, to: request, expecting: 200, 202)
    }

    /// `GET /v1/relabellings`: a page of changes of labels; `limit` is 1 to 500.
    public func relabellings(
        _ list: RequestList,
        limit: Int? = nil,
        cursor: String? = nil
    ) async throws -> RelabellingPage {
        var query = [(name: "list", value: list.rawValue)]
        if let limit { query.append(("limit", String(limit))) }
        if let cursor { query.append(("cursor", cursor)) }
        let request = HTTPClientRequest(.GET, server.url("/v1/relabellings", query: query))
        return try await transport.answer(RelabellingPage.self, to: request, expecting: 200)
    }

    /// `POST /v1/relabellings/{id}/approval`: agrees to a change of label that another person asked for.
    public func approve(_ id: RelabellingID) async throws -> RelabellingDecision {
        let request = HTTPClientRequest(.POST, server.url("/v1/relabellings/\(id)/approval"))
        return try await transport.answer(RelabellingDecision.self, to: request, expecting: 200)
    }

    /// `POST /v1/relabellings/{id}/refusal`: refuses it, for a reason that they are told.
    public func refuse(_ id: RelabellingID, because reason: String) async throws -> RelabellingDecision {
        let url = server.url("/v1/relabellings/\(id)/refusal")
        let request = try HTTPClientRequest(.POST, url, json: RefusalBody(reason: reason))
        return try await transport.answer(RelabellingDecision.self, to: request, expecting: 200)
    }

    /// `DELETE /v1/relabellings/{id}`: withdraws a change that the caller asked for.
    public func withdraw(_ id: RelabellingID) async throws {
        let response = try await transport.send(HTTPClientRequest(.DELETE, server.url("/v1/relabellings/\(id)")))
        guard response.status == .noContent else { throw await transport.problem(of: response) }
    }
}
