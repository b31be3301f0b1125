internal import ArchiveCore
internal import ArchiveInterface
internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOFoundationCompat
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// HTTP/1.1 with this project's errors: what the archive refuses comes back as the ``ArchiveError`` of its problem
/// document, what does not reach it as `unreachable`, and a cancelled task as `CancellationError`.
struct Transport: Sendable {
    /// The most bytes of an answer that is read whole: a page of 500 recordings with long descriptions fits.
    private static let maximumAnswer = 32 << 20
    /// The most bytes of a problem document.
    private static let maximumProblem = 1 << 16
    /// How long a connection may be without a byte either way; what is interrupted by that is taken up again.
    private static let patience = TimeAmount.seconds(120)

    private let client: HTTPClient

    /// A transport over `security`, or one without TLS, for a Unix socket.
    init(security: TLSConfiguration?) {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: security,
            // A certificate is shown to the one address that was enrolled with, and to no other.
            redirectConfiguration: .disallow,
            // On the host's own socket an answer may be long in coming: destroying and verifying take their time.
            timeout: security == nil
                ? .init(connect: .seconds(15))
                : .init(connect: .seconds(15), read: Self.patience, write: Self.patience),
            proxy: nil,
            ignoreUncleanSSLShutdown: false,
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Ends all connections.
    func close() async {
        // It fails only when called twice, and then everything is closed.
        try? await client.shutdown()
    }

    /// Sends `request` and gives back status and head; the body is still to be read, without a limit on its time.
    func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        do {
            return try await client.execute(request, deadline: .distantFuture)
        } catch {
            throw Self.failure(error, reaching: request.url)
        }
    }

    /// Sends `request` and decodes the answer, whose status has to be one of `expected`.
    func answer<Value: Decodable>(_ type: Value.Type, to request: HTTPClientRequest, expecting expected: Int...)
        async throws -> Value
    {
        let response = try await send(request)
        guard expected.contains(Int(response.status.code)) else { throw await problem(of: response) }
        let data = try await wholeBody(of: response, url: request.url)
        do {
            return try CanonicalJSON.decode(Value.self, from: data)
        } catch {
            throw ArchiveError(
                .unexpected,
                "the archive's answer is no \(Value.self)",
                hint: "this program and the archive may be of different versions"
            )
        }
    }

    /// The body of `response`, which is not large.
    func wholeBody(of response: HTTPClientResponse, url: String) async throws -> Data {
        do {
            return Data(buffer: try await response.body.collect(upTo: Self.maximumAnswer))
        } catch {
            throw Self.failure(error, reaching: url)
        }
    }

    /// The error that `response`, which is no success, speaks of; without a problem document, as after HEAD and from
    /// other programs on the way, the one that its status stands for.
    func problem(of response: HTTPClientResponse) async -> ArchiveError {
        if let body = try? await response.body.collect(upTo: Self.maximumProblem),
            let problem = try? CanonicalJSON.decode(Problem.self, from: Data(buffer: body))
        {
            return problem.error
        }
        return Self.error(ofStatus: Int(response.status.code))
    }

    /// What `status` says where nothing else does (Docs/http.md, Errors).
    static func error(ofStatus status: Int) -> ArchiveError {
        let code: ArchiveError.Code =
            switch status {
            case 401: .unauthenticated
            case 403: .refused
            case 404: .notFound
            case 409: .conflict
            case 410: .gone
            case 413: .tooLarge
            case 415: .unsupportedMedia
            case 416: .badRange
            case 422: .badRecording
            case 429: .quotaSpent
            case 507: .exhausted
            case 400..<500: .badRequest
            default: .unexpected
            }
        return ArchiveError(code, "the archive answered with status \(status)")
    }

    /// `error` of the HTTP client in this project's words.
    static func failure(_ error: any Error, reaching url: String) -> any Error {
        if let known = error as? ArchiveError { return known }
        if error is CancellationError || (error as? HTTPClientError) == .cancelled { return CancellationError() }
        let place = URLComponents(string: url).flatMap { parts in
            parts.host.map { host in parts.port.map { "\(host):\($0)" } ?? host }
        }
        let peer = place?.removingPercentEncoding ?? "the archive"
        switch TLSRefusal(error) {
        case .ours(let reason):
            return ArchiveError(
                .unauthenticated,
                "\(peer) does not take this machine's certificate: \(reason)",
                hint:
                    "is this the archive that you enrolled with? Else ask for a new invite and enrol into another --home"
            )
        case .theirs:
            return ArchiveError(
                .unreachable,
                "\(peer) shows no certificate of the CA in your invite, so nothing was sent",
                hint: "this is not the archive that you enrolled with, or somebody stands in between"
            )
        case nil: return ArchiveError(.unreachable, "cannot reach \(peer): \(reason(of: error))")
        }
    }

    private static func reason(of error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return reason(of: first.error) }
            return error.dnsAError ?? error.dnsAAAAError == nil ? "no address" : "the name cannot be resolved"
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        case let error as HTTPClientError: return error.shortDescription
        case let error as NIOSSLError:
            if case .handshakeFailed = error { return "the TLS handshake failed: \(error)" }
            return "\(error)"
        default: return "\(error)"
        }
    }
}

extension HTTPClientRequest {
    /// A request for `url` without a body.
    init(_ method: HTTPMethod, _ url: String) {
        self.init(url: url)
        self.method = method
        headers.add(name: "User-Agent", value: "risalah")
    }

    /// A request for `url` with `value` as JSON.
    init(_ method: HTTPMethod, _ url: String, json value: some Encodable) throws {
        self.init(method, url)
        headers.add(name: "Content-Type", value: "application/json")
        body = .bytes(ByteBuffer(data: try CanonicalJSON.encode(value)))
    }
}
