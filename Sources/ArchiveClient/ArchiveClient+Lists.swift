public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import NIOHTTP1

/// Lists that go by one name.
public enum ListFamily: String, Sendable {
    /// What destroys: `/v1/destructions`.
    case destructions
    /// What hands over: `/v1/transfers`.
    case transfers
}

extension ArchiveClient {
    private func url(_ family: ListFamily, _ id: ListID? = nil, _ path: String = "") -> String {
        server.url("/v1/\(family.rawValue)" + (id.map { "/\($0)" } ?? "") + path)
    }

    /// `POST /v1/destructions`, `/v1/transfers`: proposes a list.
    public func propose(_ body: ListBody, _ family: ListFamily) async throws -> ListReport {
        let request = try HTTPClientRequest(.POST, url(family), json: body)
        return try await transport.answer(ListReport.self, to: request, expecting: 201)
    }

    /// `GET …`: a page of lists, the newest first; `limit` is 1 to 500.
    public func lists(
        _ family: ListFamily,
        state: ListState? = nil,
        limit: Int? = nil,
        cursor: String? = nil
    ) async throws -> ListPage {
        var query: [(name: String, value: String)] = []
        if let state { query.append(("state", state.rawValue)) }
        if let limit { query.append(("limit", String(limit))) }
        if let cursor { query.append(("cursor", cursor)) }
        let request = HTTPClientRequest(.GET, server.url("/v1/\(family.rawValue)", query: query))
        return try await transport.answer(ListPage.self, to: request, expecting: 200)
    }

    /// `GET …/{id}`: a list and all that was said of it.
    public func list(_ id: ListID, _ family: ListFamily) async throws -> ListReport {
        let request = HTTPClientRequest(.GET, url(family, id))
        return try await transport.answer(ListReport.self, to: request, expecting: 200)
    }

    /// `GET …/{id}/certificate`: what became of a list that has run to its end.
    public func certificate(of id: ListID, _ family: ListFamily) async throws -> SignedCertificate {
        let request = HTTPClientRequest(.GET, url(family, id, "/certificate"))
        return try await transport.answer(SignedCertificate.self, to: request, expecting: 200)
    }

    /// `GET …/{id}/items`: a page of what stands on a list; `limit` is 1 to 500.
    public func items(
        of id: ListID,
        _ family: ListFamily,
        limit: Int? = nil,
        cursor: String? = nil
    ) async throws -> ListItemPage {
        var query: [(name: String, value: String)] = []
        if let limit { query.append(("limit", String(limit))) }
        if let cursor { query.append(("cursor", cursor)) }
        let request = HTTPClientRequest(.GET, server.url("/v1/\(family.rawValue)/\(id)/items", query: query))
        return try await transport.answer(ListItemPage.self, to: request, expecting: 200)
    }

    /// `POST …/{id}/statements`: gives an opinion, adds a letter, or witnesses a list.
    public func state(_ body: StatementBody, on id: ListID, _ family: ListFamily) async throws -> StatementAnswer {
        let request = try HTTPClientRequest(.POST, url(family, id, "/statements"), json: body)
        return try await transport.answer(StatementAnswer.self, to: request, expecting: 201)
    }

    /// `POST …/{id}/strikes`: takes items off a proposal.
    public func strike(_ body: StrikeBody, off id: ListID, _ family: ListFamily) async throws -> ListReport {
        let request = try HTTPClientRequest(.POST, url(family, id, "/strikes"), json: body)
        return try await transport.answer(ListReport.self, to: request, expecting: 200)
    }

    /// `POST …/{id}/approval`: approves a proposal as it was seen.
    public func approve(_ body: ListApprovalBody, _ id: ListID, _ family: ListFamily) async throws -> ListReport {
        let request = try HTTPClientRequest(.POST, url(family, id, "/approval"), json: body)
        return try await transport.answer(ListReport.self, to: request, expecting: 200)
    }

    /// `POST …/{id}/refusal`: refuses a proposal.
    public func refuse(_ id: ListID, _ family: ListFamily, because reason: String) async throws -> ListReport {
        let request = try HTTPClientRequest(.POST, url(family, id, "/refusal"), json: RefusalBody(reason: reason))
        return try await transport.answer(ListReport.self, to: request, expecting: 200)
    }

    /// `POST …/{id}/cancellation`: takes a list back.
    public func cancel(_ id: ListID, _ family: ListFamily, because reason: String) async throws -> ListReport {
        let request = try HTTPClientRequest(.POST, url(family, id, "/cancellation"), json: RefusalBody(reason: reason))
        return try await transport.answer(ListReport.self, to: request, expecting: 200)
    }

    /// `POST /v1/transfers/{id}/record`: records that another archive has what stands on a list.
    public func record(_ body: TransferRecordBody, of id: ListID) async throws -> ListReport {
        let request = try HTTPClientRequest(.POST, url(.transfers, id, "/record"), json: body)
        return try await transport.answer(ListReport.self, to: request, expecting: 200)
    }
}
