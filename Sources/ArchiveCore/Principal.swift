public import struct Foundation.Date

/// What a principal is for; each has exactly one (DESIGN.md section 1).
public enum Role: String, Sendable, Codable, CaseIterable {
    /// Sends recordings, reads nothing back.
    case recorder
    /// Finds, listens, describes, within clearance.
    case archivist
    /// Labels, holds, approves.
    case recordsManager = "records-manager"
    /// Reads and verifies the log.
    case auditor
    /// Takes transcription jobs.
    case transcriber
    /// Runs the host.
    case administrator
}

/// Whether a principal counts.
public enum PrincipalState: String, Sendable, Codable, CaseIterable {
    /// Added; waits for a second person to confirm it.
    case unconfirmed
    /// Waits for its first enrolment.
    case invited
    /// Holds a certificate.
    case active
    /// Closed for good.
    case disabled
    /// Its time has not begun. Never kept: found whenever it is asked (``Validity``).
    case notYetValid = "not-yet-valid"
    /// Its time is over. Never kept: found whenever it is asked (``Validity``).
    case expired
}

/// One role held by one natural person or one machine, as decisions see it: no names.
public struct Principal: Sendable, Hashable {
    /// The id that entries carry.
    public let id: PrincipalID
    /// The one role.
    public let role: Role
    /// What it may know.
    public let clearance: Label
    /// The unit it belongs to.
    public let unit: String
    /// Whether it counts.
    public let state: PrincipalState
    /// The least label of what it sends (DESIGN.md invariant 10), where one was given.
    public let floor: Label?
    /// When its time is over, where it has an end: nothing that it opens lasts longer.
    public let ends: Date?

    /// A principal of these properties.
    public init(
        id: PrincipalID,
        role: Role,
        clearance: Label,
        unit: String,
        state: PrincipalState,
        floor: Label? = nil,
        ends: Date? = nil
    ) {
        self.ends = ends
        self.id = id
        self.role = role
        self.clearance = clearance
        self.unit = unit
        self.state = state
        self.floor = floor
    }
}

/// Who acts in an entry: a principal by certificate, a user of the host, or the service itself.
public struct Actor: Sendable, Hashable {
    /// `principal id`, `uid:0` or `service`.
    public let name: String
    /// The role as the entry states it.
    public let role: String
    /// The certificate's SHA-256 in hex, where one was shown.
    public let certificate: String?

    private init(name: String, role: String, certificate: String?) {
        self.name = name
        self.role = role
        self.certificate = certificate
    }

    /// A principal that showed the certificate with this SHA-256 (hex).
    public static func principal(_ principal: Principal, certificate: String) -> Actor {
        Actor(name: principal.id.description, role: principal.role.rawValue, certificate: certificate)
    }

    /// A user of the host, by the kernel's word.
    public static func hostUser(_ uid: UInt32) -> Actor {
        Actor(name: "uid:\(uid)", role: Role.administrator.rawValue, certificate: nil)
    }

    /// The service acting by its own rules.
    public static let service = Actor(name: "service", role: "service", certificate: nil)

    /// Somebody without a certificate, who may only enrol.
    public static let anonymous = Actor(name: "anonymous", role: "anonymous", certificate: nil)
}
