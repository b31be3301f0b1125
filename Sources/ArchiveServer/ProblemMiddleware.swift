import ArchiveConfiguration
import ArchiveCore
import ArchiveInterface
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Answers every error with a problem document (RFC 9457), and sets the headers that every answer has.
struct ProblemMiddleware: RouterMiddleware {
    /// When it is worth asking again after `awaiting-witness`.
    private static let retrySeconds = 30

    func handle(
        _ request: Request,
        context: ArchiveContext,
        next: (Request, ArchiveContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = Self.response(to: error, request, context)
        }
        response.headers[.cacheControl] = response.headers[.cacheControl] ?? "no-store"
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }

    private static func response(to error: any Error, _ request: Request, _ context: ArchiveContext) -> Response {
        let problem = problem(error, request, context)
        let body = (try? CanonicalJSON.encode(problem)) ?? Data()
        var headers: HTTPFields = [.contentType: Problem.mediaType]
        if problem.code == .awaitingWitness { headers[.retryAfter] = String(retrySeconds) }
        if let offset = problem.offset, problem.code == .wrongOffset { headers[.uploadOffset] = String(offset) }
        return Response(
            status: .init(code: problem.status),
            headers: headers,
            // RFC 9110 §9.3.2: an answer to HEAD has no body.
            body: request.method == .head ? .init() : .init(byteBuffer: ByteBuffer(bytes: body))
        )
    }

    private static func problem(_ error: any Error, _ request: Request, _ context: ArchiveContext) -> Problem {
        switch error {
        case let error as ArchiveError:
            let status = error.code.httpStatus
            // That witnesses are late is nothing that is wrong in the archive.
            guard status >= 500, error.code != .awaitingWitness else { return Problem(error, status: status) }
            // Never the query: titles and meetings are in it (invariant 5).
            context.logger.error("\(request.method.rawValue) \(request.uri.path): \(error.message)")
            // Who runs the host may know its paths and its disk; who is on the network may not.
            guard context.isFromHost else { return Problem(error.code.internalError, status: status) }
            return Problem(error, status: status)
        case let error as HTTPError:
            let code: ArchiveError.Code =
                switch error.status.code {
                case 404, 405: .notFound
                case 413: .tooLarge
                default: .badRequest
                }
            let known = code == .notFound ? ArchiveError.notFound : ArchiveError(code, error.body ?? "bad request")
            return Problem(known, status: error.status.code == 405 ? 404 : Int(error.status.code))
        case is BrokenConnection:
            return Problem(ArchiveError(.truncated, "the connection broke before the end of the body"), status: 400)
        default:
            context.logger.error("\(request.method.rawValue) \(request.uri.path): \(String(reflecting: error))")
            return Problem(ArchiveError.Code.unexpected.internalError, status: 500)
        }
    }
}

extension ArchiveError.Code {
    /// What a peer on the network learns of a trouble of the host.
    fileprivate var internalError: ArchiveError {
        switch self {
        case .exhausted: ArchiveError(self, "the archive has no room for this now", hint: "try again later")
        default:
            ArchiveError(self, "this went wrong in the archive", hint: "its operator finds more in the service's log")
        }
    }

    /// The status of an answer with this code.
    var httpStatus: Int {
        switch self {
        case .badRequest, .unknownName, .badMetadata, .badInvite: 400
        case .unauthenticated: 401
        case .refused: 403
        case .notFound: 404
        case .conflict, .wrongOffset, .quarantined: 409
        case .gone: 410
        case .unsupportedVersion, .stale: 412
        case .tooLarge: 413
        case .unsupportedMedia: 415
        case .badRange: 416
        case .badEncryption, .wrongRecipient, .badRecording, .truncated: 422
        // tus 1.0, checksum extension.
        case .checksumMismatch: 460
        case .awaitingWitness: 503
        case .exhausted: 507
        case .quotaSpent: 429
        case .logMismatch, .configuration, .storage, .inputOutput, .unreachable, .unexpected: 500
        }
    }
}

extension HTTPField.Name {
    /// A static name is always a valid token.
    private static func make(_ name: String) -> HTTPField.Name { HTTPField.Name(name)! }

    static let uploadOffset = make("Upload-Offset")
    static let uploadLength = make("Upload-Length")
    static let uploadDeferLength = make("Upload-Defer-Length")
    static let uploadMetadata = make("Upload-Metadata")
    static let tusResumable = make("Tus-Resumable")
    static let tusVersion = make("Tus-Version")
    static let uploadExpires = make("Upload-Expires")
    static let tusExtension = make("Tus-Extension")
    static let tusMaxSize = make("Tus-Max-Size")
    static let uploadChecksum = make("Upload-Checksum")
    static let tusChecksumAlgorithm = make("Tus-Checksum-Algorithm")
    static let methodOverride = make("X-HTTP-Method-Override")
    static let archiveRecording = make("Archive-Recording")
    static let archiveState = make("Archive-State")
    static let archiveDuration = make("Archive-Duration")
    static let archiveLoss = make("Archive-Loss")
    static let archiveFindings = make("Archive-Findings")
}

extension Response {
    /// An answer of JSON.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: try CanonicalJSON.encode(value)))
        )
    }
}

extension Request {
    /// The longest body of JSON.
    static let jsonLimit = 64 << 10

    /// The body as JSON of `type`, of at most `limit` bytes; `bad-request` for anything else.
    func json<Value: Decodable>(_ type: Value.Type, limit: Int = Self.jsonLimit) async throws -> Value {
        let buffer: ByteBuffer
        do {
            buffer = try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw ArchiveError(.tooLarge, "the body has more than \(limit) bytes")
        }
        do {
            return try CanonicalJSON.decode(type, from: Data(buffer.readableBytesView))
        } catch {
            throw ArchiveError(.badRequest, "the body is not the JSON that is expected here", hint: "see Docs/http.md")
        }
    }
}
