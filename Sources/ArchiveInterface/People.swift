public import ArchiveCore
public import Foundation

/// Who is to be added.
public struct NewPrincipal: Codable, Sendable {
    /// What people call it.
    public var name: String
    /// Its role, for good.
    public var role: Role
    /// What it may know; the lowest level where absent.
    public var clearance: Label?
    /// Its unit; the policy's only one where absent.
    public var unit: String?
    /// The natural person or machine, by any id the institution uses; the name where absent.
    public var person: String?
    /// Whether it is known that this person has principals already.
    public var samePerson: Bool?
    /// The least label of what it sends.
    public var floor: Label?
    /// From when it counts: `YYYY-MM-DD` of the archive's zone, or an RFC 3339 time.
    public var starts: String?
    /// Until when it counts: the same; a date is its last day.
    public var ends: String?
    /// The user of the host that the same person is.
    public var hostUser: UInt32?
    /// The certificates of another CA that are its own; it needs no invite then.
    public var external: ExternalName?

    /// A request with these fields.
    public init(
        name: String,
        role: Role,
        clearance: Label?,
        unit: String?,
        person: String?,
        samePerson: Bool? = nil,
        floor: Label?,
        starts: String? = nil,
        ends: String? = nil,
        hostUser: UInt32? = nil,
        external: ExternalName? = nil
    ) {
        self.name = name
        self.role = role
        self.clearance = clearance
        self.unit = unit
        self.person = person
        self.samePerson = samePerson
        self.floor = floor
        self.starts = starts
        self.ends = ends
        self.hostUser = hostUser
        self.external = external
    }
}

/// Whose certificates of another CA are meant.
public struct ExternalName: Codable, Sendable, Hashable {
    /// The CA, as `authorities` of risalah.yaml calls it.
    public var issuer: String
    /// `subject:CN=…,O=…` as RFC 4514 spells a name, or `email:…`, `dns:…`, `uri:…` of the subject's other names; the
    /// certificate must have exactly that.
    public var name: String

    /// This name of this CA.
    public init(issuer: String, name: String) {
        self.issuer = issuer
        self.name = name
    }
}

/// A principal that was added, and what enrols it once.
public struct Invitation: Codable, Sendable {
    /// The principal.
    public var principal: PrincipalID
    /// The invite, one line.
    public var invite: String
    /// When the invite ends.
    public var expires: Date
    /// Whether a second person has to confirm it before the invite counts.
    public var needsConfirmation: Bool

    /// An invitation with these fields.
    public init(principal: PrincipalID, invite: String, expires: Date, needsConfirmation: Bool) {
        self.needsConfirmation = needsConfirmation
        self.principal = principal
        self.invite = invite
        self.expires = expires
    }
}

/// A principal that was added and needs no invite.
public struct AddedPrincipal: Codable, Sendable {
    /// The principal.
    public var principal: PrincipalID
    /// Whether a second person has to confirm it before it can enrol.
    public var needsConfirmation: Bool

    /// An answer with these fields.
    public init(principal: PrincipalID, needsConfirmation: Bool) {
        self.principal = principal
        self.needsConfirmation = needsConfirmation
    }
}

/// What of a principal is to change; what is absent stays. Its role never changes.
public struct PrincipalChange: Codable, Sendable {
    /// What takes a value away.
    public static let none = "none"

    /// The principal.
    public var principal: PrincipalID
    /// What people call it.
    public var name: String?
    /// What it may know.
    public var clearance: Label?
    /// Its unit.
    public var unit: String?
    /// The least label of what it sends, or `none`.
    public var floor: String?
    /// From when it counts, or `none`; as in ``NewPrincipal/starts``.
    public var starts: String?
    /// Until when it counts, or `none`; as in ``NewPrincipal/ends``.
    public var ends: String?
    /// The number of the user of the host that the same person is, or `none`.
    public var hostUser: String?

    /// A change of `principal` that changes nothing yet.
    public init(_ principal: PrincipalID) { self.principal = principal }

    /// Whether it changes what the principal is given, and not only how it is called.
    public var changesGrant: Bool {
        clearance != nil || unit != nil || floor != nil || starts != nil || ends != nil
    }
}

/// What became of a change or of its confirmation.
public struct GrantOutcome: Codable, Sendable {
    /// The principal.
    public var principal: PrincipalID
    /// What counts now.
    public var grant: Grant
    /// What waits for a second person.
    public var waiting: WaitingGrant?
    /// Accesses that were closed, because the grant no longer covers them.
    public var closed: [AccessID]

    /// An outcome with these fields.
    public init(principal: PrincipalID, grant: Grant, waiting: WaitingGrant?, closed: [AccessID]) {
        self.principal = principal
        self.grant = grant
        self.waiting = waiting
        self.closed = closed
    }
}

/// A grant that waits for a second person.
public struct WaitingGrant: Codable, Sendable, Hashable {
    /// What is to be given.
    public var grant: Grant
    /// Whose certificates of another CA act as this principal, where it has such.
    public var external: ExternalName?
    /// Who asked for it: somebody else confirms it.
    public var askedBy: String
    /// When.
    public var asked: Date
    /// Names exactly this grant of this principal, with its name and all else that is shown of it: a confirmation that
    /// carries it confirms nothing else.
    public var digest: String

    /// A grant that waits, with these fields.
    public init(grant: Grant, external: ExternalName? = nil, askedBy: String, asked: Date, digest: String) {
        self.grant = grant
        self.external = external
        self.askedBy = askedBy
        self.asked = asked
        self.digest = digest
    }
}

/// A principal as an administrator sees it in a list.
public struct PrincipalReport: Codable, Sendable {
    /// The principal.
    public var principal: PrincipalID
    /// What people call it.
    public var name: String
    /// Its role.
    public var role: Role
    /// What it may know.
    public var clearance: Label
    /// Its unit.
    public var unit: String
    /// Whether it counts, now.
    public var state: PrincipalState
    /// When it counts.
    public var validity: Validity
    /// Whether a grant of it waits for a second person.
    public var waits: Bool

    /// A report with these fields.
    public init(
        principal: PrincipalID,
        name: String,
        role: Role,
        clearance: Label,
        unit: String,
        state: PrincipalState,
        validity: Validity = Validity(),
        waits: Bool = false
    ) {
        self.principal = principal
        self.name = name
        self.role = role
        self.clearance = clearance
        self.unit = unit
        self.state = state
        self.validity = validity
        self.waits = waits
    }
}

/// Somebody who acted, by the name in the log and, where there is one, by the name that people use.
public struct NamedActor: Codable, Sendable, Hashable {
    /// `uid:N` or the id of a principal.
    public var actor: String
    /// What people call it.
    public var name: String?

    /// This actor.
    public init(actor: String, name: String?) {
        self.actor = actor
        self.name = name
    }
}

/// All that is known of a principal.
public struct PrincipalDetail: Codable, Sendable {
    /// A certificate of it.
    public struct Certificate: Codable, Sendable {
        /// SHA-256 of the certificate, hex, as entries name it.
        public var certificate: String
        /// From when it counts.
        public var notBefore: Date
        /// Until when.
        public var notAfter: Date
        /// Since when it does not count, although its time is not over.
        public var revoked: Date?
        /// The CA that issued it; absent where that is the archive's own.
        public var issuer: String?

        /// A certificate with these fields.
        public init(certificate: String, notBefore: Date, notAfter: Date, revoked: Date?, issuer: String?) {
            self.certificate = certificate
            self.notBefore = notBefore
            self.notAfter = notAfter
            self.revoked = revoked
            self.issuer = issuer
        }
    }

    /// What a list says of it.
    public var summary: PrincipalReport
    /// The natural person or machine, as it was given.
    public var person: String
    /// Other principals of the same.
    public var alsoHolds: [PrincipalID]
    /// The user of the host that the same person is.
    public var hostUser: UInt32?
    /// The least label of what it sends.
    public var floor: Label?
    /// When it was added.
    public var added: Date
    /// Who added it.
    public var addedBy: NamedActor
    /// Who confirmed it, or its last change.
    public var confirmedBy: NamedActor?
    /// What waits for a second person.
    public var waiting: WaitingGrant?
    /// Its certificates, oldest first.
    public var certificates: [Certificate]
    /// The name that its certificates of another CA have.
    public var external: ExternalName?
    /// Until when an invite of it counts, where one does.
    public var inviteUntil: Date?
    /// When it last did something that is in the log.
    public var lastUse: Date?
    /// What it has under way.
    public var underWay: UnderWay

    /// A detail with these fields.
    public init(
        summary: PrincipalReport,
        person: String,
        alsoHolds: [PrincipalID],
        hostUser: UInt32?,
        floor: Label?,
        added: Date,
        addedBy: NamedActor,
        confirmedBy: NamedActor?,
        waiting: WaitingGrant?,
        certificates: [Certificate],
        external: ExternalName?,
        inviteUntil: Date?,
        lastUse: Date?,
        underWay: UnderWay
    ) {
        self.summary = summary
        self.person = person
        self.alsoHolds = alsoHolds
        self.hostUser = hostUser
        self.floor = floor
        self.added = added
        self.addedBy = addedBy
        self.confirmedBy = confirmedBy
        self.waiting = waiting
        self.certificates = certificates
        self.external = external
        self.inviteUntil = inviteUntil
        self.lastUse = lastUse
        self.underWay = underWay
    }
}
