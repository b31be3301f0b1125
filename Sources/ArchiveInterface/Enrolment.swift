public import ArchiveCore
public import Foundation

/// A one-time invite: what lets a person's machine trust this archive and the archive trust that machine once.
///
/// It carries the CA certificate, so that nothing has to be trusted on first use.
public struct Invite: Sendable, Equatable {
    private static let prefix = "risalah-invite-1."
    private static let maximumLength = 8192

    /// The principal that it enrols.
    public let principal: PrincipalID
    /// 32 bytes that the archive knows only by their digest.
    public let secret: SecretBytes
    /// The CA certificate, DER.
    public let authority: [UInt8]

    /// An invite of these parts.
    public init(principal: PrincipalID, secret: SecretBytes, authority: [UInt8]) {
        self.principal = principal
        self.secret = secret
        self.authority = authority
    }

    private struct Contents: Codable {
        var principal: PrincipalID
        var secret: Data
        var authority: Data
    }

    /// Reads what ``text`` wrote; `bad-invite` for anything else.
    public init(parsing text: String) throws(ArchiveError) {
        let malformed = ArchiveError(
            .badInvite,
            "this is not an invite of Risalah",
            hint: "copy the whole line that begins with \(Self.prefix)"
        )
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard trimmed.hasPrefix(Self.prefix), trimmed.utf8.count <= Self.maximumLength else { throw malformed }
        let base64 = String(trimmed.dropFirst(Self.prefix.count)).replacing("-", with: "+").replacing("_", with: "/")
        let padded = base64 + String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: padded),
            let contents = try? CanonicalJSON.decode(Contents.self, from: data), contents.secret.count == 32
        else { throw malformed }
        principal = contents.principal
        secret = SecretBytes(contents.secret)
        authority = Array(contents.authority)
    }

    /// One line: a prefix with the version, and base64url of the parts.
    public var text: String {
        let contents = Contents(
            principal: principal,
            secret: Data(secret.exposedBytes),
            authority: Data(authority)
        )
        // Three plain fields always encode.
        let data = (try? CanonicalJSON.encode(contents)) ?? Data()
        let base64 = data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=",
            with: ""
        )
        return Self.prefix + base64
    }
}

/// `POST /v1/enrolments`, the only request that needs no certificate.
public struct EnrolmentRequest: Codable, Sendable {
    /// The principal that the invite names.
    public var principal: PrincipalID
    /// The invite's secret, base64.
    public var secret: Data
    /// A PKCS#10 request, PEM; only its key and the proof that the sender holds it count.
    public var csr: String
    /// The age recipient `age1…` of the person's machine.
    public var x25519: String
    /// The age recipient `age1pq1…` of the person's machine.
    public var hybrid: String
    /// Whether somebody will be asked for a passphrase whenever the key is used: refused for machines.
    public var asksPassphrase: Bool?

    /// A request with these fields.
    public init(
        principal: PrincipalID,
        secret: Data,
        csr: String,
        x25519: String,
        hybrid: String,
        asksPassphrase: Bool? = nil
    ) {
        self.asksPassphrase = asksPassphrase
        self.principal = principal
        self.secret = secret
        self.csr = csr
        self.x25519 = x25519
        self.hybrid = hybrid
    }
}

/// `POST /v1/certificates`: a new certificate for whoever has one.
public struct RenewalRequest: Codable, Sendable {
    /// A PKCS#10 request, PEM; only its key and the proof that the sender holds it count.
    public var csr: String
    /// The age recipient `age1…` of the caller's machine.
    public var x25519: String
    /// The age recipient `age1pq1…` of the caller's machine.
    public var hybrid: String

    /// A request with these fields.
    public init(csr: String, x25519: String, hybrid: String) {
        self.csr = csr
        self.x25519 = x25519
        self.hybrid = hybrid
    }
}

/// What an archive's server is to be trusted under.
public struct AuthorityNotice: Codable, Sendable, Equatable {
    /// Certificates of the CAs, PEM; the one that issues now comes first.
    public var certificates: [String]
    /// The one that issues now, as one before it has signed it, PEM: for who knows only that one.
    public var introductions: [String]

    /// A notice of these certificates.
    public init(certificates: [String], introductions: [String]) {
        self.certificates = certificates
        self.introductions = introductions
    }
}

/// The answer to an ``EnrolmentRequest`` and to a ``RenewalRequest``.
public struct Enrolment: Codable, Sendable {
    /// The principal enrolled.
    public var principal: PrincipalID
    /// Its role.
    public var role: Role
    /// The certificate, PEM.
    public var certificate: String
    /// When the certificate ends.
    public var expires: Date
    /// What the server is to be trusted under.
    public var authorities: AuthorityNotice?

    /// An answer with these fields.
    public init(
        principal: PrincipalID,
        role: Role,
        certificate: String,
        expires: Date,
        authorities: AuthorityNotice? = nil
    ) {
        self.authorities = authorities
        self.principal = principal
        self.role = role
        self.certificate = certificate
        self.expires = expires
    }
}

/// `GET /v1/whoami`.
public struct WhoAmI: Codable, Sendable {
    /// The caller.
    public var principal: PrincipalID
    /// The name it was added under.
    public var name: String
    /// Its role.
    public var role: Role
    /// What it may know.
    public var clearance: Label
    /// Its unit.
    public var unit: String
    /// When its certificate ends.
    public var expires: Date
    /// Whether this archive runs without a second person for grants, for evaluation only.
    public var solo: Bool
    /// How many requests wait for the caller to decide; counted up to a hundred.
    public var waiting: Int
    /// How many grants wait for the caller to confirm.
    public var grants: Int
    /// How many requests to back-date wait for the caller to decide; counted up to a hundred.
    public var backdatings: Int
    /// When the caller's own time is over, where it has an end.
    public var ends: Date?
    /// What the server is to be trusted under.
    public var authorities: AuthorityNotice?

    /// An answer with these fields.
    public init(
        principal: PrincipalID,
        name: String,
        role: Role,
        clearance: Label,
        unit: String,
        expires: Date,
        solo: Bool,
        waiting: Int,
        grants: Int = 0,
        backdatings: Int = 0,
        ends: Date? = nil,
        authorities: AuthorityNotice? = nil
    ) {
        self.authorities = authorities
        self.principal = principal
        self.name = name
        self.role = role
        self.clearance = clearance
        self.unit = unit
        self.expires = expires
        self.solo = solo
        self.waiting = waiting
        self.grants = grants
        self.backdatings = backdatings
        self.ends = ends
    }
}

/// `GET /v1/recipients`: to whom recordings of each level are sealed, lowest level first.
public struct Recipients: Codable, Sendable {
    /// One level.
    public struct Entry: Codable, Sendable {
        /// The level.
        public var level: Level
        /// The stock age recipient `age1…`; absent where the level demands hybrid ones.
        public var x25519: String?
        /// The post-quantum recipient `age1pq1…`.
        public var hybrid: String
        /// Whether this level takes and gives sealed recordings only.
        public var sealedOnly: Bool

        /// An entry with these fields.
        public init(level: Level, x25519: String?, hybrid: String, sealedOnly: Bool) {
            self.level = level
            self.x25519 = x25519
            self.hybrid = hybrid
            self.sealedOnly = sealedOnly
        }
    }

    /// The levels.
    public var levels: [Entry]

    /// An answer with these entries.
    public init(levels: [Entry]) { self.levels = levels }
}

/// `POST /v1/registrations`: what comes with a certificate of another CA.
public struct RegistrationRequest: Codable, Sendable {
    /// The age recipient `age1…` of the caller's machine.
    public var x25519: String
    /// The age recipient `age1pq1…` of the caller's machine.
    public var hybrid: String

    /// A request with these fields.
    public init(x25519: String, hybrid: String) {
        self.x25519 = x25519
        self.hybrid = hybrid
    }
}

/// The answer to a ``RegistrationRequest``.
public struct Registration: Codable, Sendable {
    /// The principal that the certificate is of.
    public var principal: PrincipalID
    /// Its role.
    public var role: Role
    /// When the certificate ends.
    public var expires: Date

    /// An answer with these fields.
    public init(principal: PrincipalID, role: Role, expires: Date) {
        self.principal = principal
        self.role = role
        self.expires = expires
    }
}
