import Age
import ArchiveCore
import ArchiveInterface
import Crypto
import Foundation
import NIOHTTP1
import OggOpus
import SwiftASN1
import Synchronization
import X509

/// An archive in memory that speaks Docs/http.md as far as clients see it, and misbehaves where a test asks for it.
///
/// It opens what it is sent with its level's identity, validates it, and mints headers for whoever enrolled, so that
/// a recording makes the whole way.
final class FakeArchive: TestService {
    /// How it misbehaves; each entry of a list is used up by one request.
    struct Faults: Sendable {
        /// Ends PATCH after so many bytes of its body, which are kept.
        var patchCuts: [Int] = []
        /// Takes PATCH and answers nothing.
        var lostPatchAnswers = 0
        /// Answers PATCH, having kept nothing, with this.
        var patchStatuses: [HTTPResponseStatus] = []
        /// Ends a download after so many bytes.
        var fetchDrops: [Int] = []
        /// Changes the ETag with every download.
        var changesTag = false
        /// Certifies this key instead of the one in the request.
        var certifiesOtherKey = false
        /// Certifies by this CA instead of its own.
        var otherAuthority: TestAuthority?
        /// Answers every request with this status, and no problem document.
        var status: HTTPResponseStatus?
        /// What `verification` says.
        var logIsWhole = true
        /// Answers an opening with the receipt of another.
        var receiptIsWrong = false
    }

    struct Upload: Sendable {
        var length: Int
        var metadata: [String: String]
        var bytes: [UInt8] = []
        var receipt: HTTPHeaders?
    }

    struct State: Sendable {
        var faults = Faults()
        var uploads: [String: Upload] = [:]
        var recordings: [RecordingID: (bytes: [UInt8], facts: StreamFacts, metadata: [String: String])] = [:]
        var recipients: [String: Recipient] = [:]
        var purposes: [String?] = []
        var files: [String: [UInt8]] = [:]
        var requests: [String] = []
        var tags = 0
    }

    static let level = Level("terbatas")
    static let secretLevel = Level("rahasia")

    let authority: TestAuthority
    let invite: Invite
    let identity = Identity.generateX25519()
    let hybrid: Identity
    let state = Mutex(State())

    init() throws {
        authority = try TestAuthority()
        hybrid = try Identity.generateHybrid()
        invite = Invite(principal: PrincipalID(), secret: SecretBytes(randomCount: 32), authority: try authority.der)
    }

    func cut(_ head: HTTPRequestHead) -> Int? {
        guard head.method == .PATCH else { return nil }
        return state.withLock { $0.faults.patchCuts.isEmpty ? nil : $0.faults.patchCuts.removeFirst() }
    }

    func answer(_ request: TestRequest) -> TestReply? {
        do {
            return try state.withLock { state in
                let range = request.headers.first(name: "Range").map { " \($0)" } ?? ""
                state.requests.append("\(request.method) \(request.path)\(range)")
                if let status = state.faults.status { return TestReply(status: status) }
                guard request.isEnrolled || request.path == "/v1/enrolments" else {
                    throw ArchiveError(.unauthenticated, "no certificate")
                }
                return try route(request, &state)
            }
        } catch {
            let error = error as? ArchiveError ?? ArchiveError(.unexpected, "\(error)")
            let status = Self.statuses[error.code] ?? 500
            let body = try? CanonicalJSON.encode(Problem(error, status: status))
            return TestReply(
                status: .init(statusCode: status),
                headers: ["Content-Type": Problem.mediaType],
                body: request.method == .HEAD ? [] : Array(body ?? Data())
            )
        }
    }

    private static let statuses: [ArchiveError.Code: Int] = [
        .unauthenticated: 401, .notFound: 404, .wrongOffset: 409, .badInvite: 400, .badRecording: 422, .badRange: 416,
        .wrongRecipient: 422,
    ]

    private func route(_ request: TestRequest, _ state: inout State) throws -> TestReply? {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.dropFirst().first ?? "") {
        case (.POST, "enrolments"): return try enrol(request, &state)
        case (.POST, "certificates"):
            let body = try CanonicalJSON.decode(RenewalRequest.self, from: Data(request.body))
            return try certify(body.csr, x25519: body.x25519, hybrid: body.hybrid, &state)
        case (.GET, "whoami"):
            return try json(
                WhoAmI(
                    principal: invite.principal,
                    name: "Perekam \u{1B}[31m1",
                    role: .archivist,
                    clearance: Label(Self.secretLevel),
                    unit: "pusat",
                    expires: Date(timeIntervalSince1970: 2_000_000_000),
                    solo: true,
                    waiting: 0
                )
            )
        case (.GET, "receiving"): return try json(ReceivingList(receiving: []))
        case (.GET, "recipients"):
            return try json(
                Recipients(levels: [
                    .init(
                        level: Self.level,
                        x25519: identity.recipient.description,
                        hybrid: hybrid.recipient.description,
                        sealedOnly: false
                    ),
                    .init(
                        level: Self.secretLevel,
                        x25519: nil,
                        hybrid: hybrid.recipient.description,
                        sealedOnly: true
                    ),
                ])
            )
        case (.POST, "uploads"): return try create(request, &state)
        case (.HEAD, "uploads"): return try head(parts.last ?? "", state)
        case (.PATCH, "uploads"): return try patch(parts.last ?? "", request, &state)
        case (.DELETE, "uploads"):
            state.uploads[parts.last ?? ""] = nil
            return TestReply(status: .noContent)
        case (.PUT, "recordings"): return try put(request, &state)
        case (.GET, "recordings") where parts.count == 2: return try list(request, state)
        case (.GET, "recordings"): return try json(try report(parts[2], state))
        case (.POST, "recordings"): return try open(parts[2], request, &state)
        case (.GET, "accesses"): return try fetch(request, &state)
        case (.DELETE, "accesses"): return TestReply(status: .noContent)
        case (.GET, "audit"): return try audit(request, state)
        default: throw ArchiveError.notFound
        }
    }

    func json(_ value: some Encodable, status: HTTPResponseStatus = .ok) throws -> TestReply {
        TestReply(status: status, body: Array(try CanonicalJSON.encode(value)))
    }

    private func enrol(_ request: TestRequest, _ state: inout State) throws -> TestReply {
        let body = try CanonicalJSON.decode(EnrolmentRequest.self, from: Data(request.body))
        guard body.principal == invite.principal, SecretBytes(body.secret) == invite.secret else {
            throw ArchiveError(.badInvite, "no such invite")
        }
        return try certify(body.csr, x25519: body.x25519, hybrid: body.hybrid, &state)
    }

    private func certify(_ csr: String, x25519: String, hybrid: String, _ state: inout State) throws -> TestReply {
        let csr = try CertificateSigningRequest(pemEncoded: csr)
        guard csr.publicKey.isValidSignature(csr.signature, for: csr) else {
            throw ArchiveError(.badRequest, "the request is not signed by its key")
        }
        let key =
            state.faults.certifiesOtherKey
            ? Certificate.PublicKey(P256.Signing.PrivateKey().publicKey) : csr.publicKey
        let leaf = try (state.faults.otherAuthority ?? authority).issue(key, name: "client")
        state.recipients["x25519"] = try Recipient(parsing: x25519)
        state.recipients["hybrid"] = try Recipient(parsing: hybrid)
        let answer = Enrolment(
            principal: invite.principal,
            role: .archivist,
            certificate: try leaf.serializeAsPEM().pemString,
            expires: leaf.notValidAfter
        )
        return try json(answer, status: .created)
    }
}
