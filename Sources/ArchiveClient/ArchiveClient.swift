public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
public import Foundation
internal import NIOHTTP1

/// The HTTP interface of an archive (Docs/http.md) from the other side, as one enrolled principal.
///
/// Everything throws ``ArchiveError``: what the archive's problem documents say, `unreachable` where no answer came;
/// and `CancellationError` in a cancelled task. Call ``close()`` at the end, or use ``connected(to:retries:notRenewed:_:)``.
public struct ArchiveClient: Sendable {
    let server: ServerAddress
    let retries: RetryPolicy
    let line: Line

    /// The transport with the newest certificate.
    var transport: Transport { line.transport }

    /// A client with `credentials`; nothing is sent yet.
    public init(_ credentials: Credentials, retries: RetryPolicy = RetryPolicy()) throws(ArchiveError) {
        server = credentials.server
        line = try Line(credentials)
        self.retries = retries
    }

    /// A client for the enrolment in `home`, whose certificate is renewed first where that is due.
    ///
    /// - Parameter notRenewed: told why it was not renewed although it was due; it still counts.
    /// - Throws: `unauthenticated` where the certificate's time is over and it cannot be renewed.
    public static func connect(
        to home: ClientHome,
        retries: RetryPolicy = RetryPolicy(),
        notRenewed: (@Sendable (ArchiveError) -> Void)? = nil
    ) async throws -> ArchiveClient {
        let credentials = try Credentials(home: home, allowingExpired: true)
        let client = try ArchiveClient(credentials, retries: retries)
        do {
            try await client.renewIfDue()
            return client
        } catch let error as ArchiveError where !credentials.hasExpired(at: Date()) {
            notRenewed?(error)
            return client
        } catch {
            await client.close()
            guard let refusal = error as? ArchiveError, refusal.code == .unauthenticated else { throw error }
            try credentials.requireCurrent()
            throw refusal
        }
    }

    /// Runs `body` with a client as ``connect(to:retries:notRenewed:)`` makes it, and closes it.
    public static func connected<Value>(
        to home: ClientHome,
        retries: RetryPolicy = RetryPolicy(),
        notRenewed: (@Sendable (ArchiveError) -> Void)? = nil,
        _ body: (ArchiveClient) async throws -> Value
    ) async throws -> Value {
        let client = try await connect(to: home, retries: retries, notRenewed: notRenewed)
        do {
            let value = try await body(client)
            await client.close()
            return value
        } catch {
            await client.close()
            throw error
        }
    }

    /// Ends all connections.
    public func close() async { await line.close() }

    /// `GET /v1/whoami`: the caller.
    public func whoAmI() async throws -> WhoAmI {
        let me = try await get(WhoAmI.self, "/v1/whoami")
        // Where that cannot be kept, it is said again the next time.
        if let notice = me.authorities { try? await learn(notice) }
        return me
    }

    /// `GET /v1/recipients`: to whom recordings of each level are sealed, lowest level first.
    public func recipients() async throws -> Recipients {
        try await get(Recipients.self, "/v1/recipients")
    }

    /// `GET /v1/recordings`: a page, newest first; `limit` is 1 to 500.
    public func recordings(_ filter: RecordingFilter, limit: Int? = nil, cursor: String? = nil)
        async throws -> RecordingPage
    {
        var query = filter.query
        if let limit { query.append(("limit", String(limit))) }
        if let cursor { query.append(("cursor", cursor)) }
        return try await get(RecordingPage.self, "/v1/recordings", query: query)
    }

    /// `GET /v1/receiving`: what is coming in, for those who are cleared for everything; nothing for others.
    public func receiving() async throws -> [ReceivingReport] {
        try await get(ReceivingList.self, "/v1/receiving").receiving
    }

    /// `GET /v1/recordings/{id}`.
    public func recording(_ id: RecordingID) async throws -> RecordingReport {
        try await get(RecordingReport.self, "/v1/recordings/\(id)")
    }

    /// `POST /v1/recordings/{id}/accesses`: asks to open a recording, for the caller's own key; pending
    /// where others have to agree first.
    ///
    /// - Parameters:
    ///   - from: where the part begins that is wanted, in seconds; nil, as `to` is, for the whole.
    ///   - to: where that part ends.
    public func openAccess(
        to id: RecordingID,
        purpose: String? = nil,
        recipient: RecipientKind? = nil,
        from: Double? = nil,
        to end: Double? = nil
    ) async throws -> AccessReport {
        let body = AccessBody(purpose: purpose, recipient: recipient, from: from, to: end)
        let request = try HTTPClientRequest(.POST, server.url("/v1/recordings/\(id)/accesses"), json: body)
        return try await transport.answer(AccessReport.self, to: request, expecting: 201, 202)
    }

    /// `DELETE /v1/accesses/{id}`: closes an access.
    public func closeAccess(_ id: AccessID) async throws {
        let response = try await transport.send(HTTPClientRequest(.DELETE, server.url("/v1/accesses/\(id)")))
        guard response.status == .noContent else { throw await transport.problem(of: response) }
    }

    /// `GET /v1/audit/checkpoint`: the newest C2SP checkpoint, as its bytes were signed.
    public func checkpoint() async throws -> Data {
        let request = HTTPClientRequest(.GET, server.url("/v1/audit/checkpoint"))
        let response = try await transport.send(request)
        guard response.status == .ok else { throw await transport.problem(of: response) }
        return try await transport.wholeBody(of: response, url: request.url)
    }

    /// `GET /v1/audit/verification`: the archive's own verdict on its log, computed now.
    public func verification() async throws -> LogVerification {
        try await get(LogVerification.self, "/v1/audit/verification")
    }

    func get<Value: Decodable>(
        _ type: Value.Type,
        _ path: String,
        query: [(name: String, value: String)] = []
    ) async throws -> Value {
        let request = HTTPClientRequest(.GET, server.url(path, query: query))
        return try await transport.answer(type, to: request, expecting: 200)
    }
}
