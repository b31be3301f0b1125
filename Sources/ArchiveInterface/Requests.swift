public import ArchiveCore
public import Foundation

/// Which list of requests `GET /v1/accesses?list=` gives.
public enum RequestList: String, Codable, Sendable, CaseIterable {
    /// The caller's own, in any state, the newest first.
    case own
    /// Those that wait for the caller to decide, the oldest first.
    case awaiting
}

/// A request to open a recording, as the one who made it and those who decide it see it.
public struct RequestReport: Codable, Sendable {
    /// The access.
    public var id: AccessID
    /// Where it stands.
    public var state: AccessState
    /// What is to be opened.
    public var recording: RecordingID
    /// What that is called; null where it is no longer there.
    @ExplicitNull public var title: String?
    /// Its level.
    @ExplicitNull public var level: Level?
    /// Its compartments.
    public var compartments: [String]
    /// Its unit.
    @ExplicitNull public var unit: String?
    /// Who asked.
    public var principal: PrincipalID
    /// The name of who asked, for those who decide.
    @ExplicitNull public var name: String?
    /// What for.
    @ExplicitNull public var purpose: String?
    /// For which key.
    public var recipient: RecipientKind
    /// Where the part begins that is to be opened, in seconds; null, as ``to`` is, for the whole.
    @ExplicitNull public var from: Double?
    /// Where that part ends.
    @ExplicitNull public var to: Double?
    /// When it was asked for.
    public var asked: Date
    /// When it opened.
    @ExplicitNull public var opened: Date?
    /// When it closes by itself, or the request lapses.
    public var expires: Date
    /// Why it was refused.
    @ExplicitNull public var refusal: String?
    /// How many persons have to agree.
    public var needed: Int
    /// How many have.
    public var given: Int
    /// In which role; null where nobody has to.
    @ExplicitNull public var role: Role?
    /// Where the log has the opening, for who asked, where it is open; absent from lists.
    public var receipt: AccessReceipt?

    /// A report with these fields.
    public init(
        id: AccessID,
        state: AccessState,
        recording: RecordingID,
        title: String?,
        label: Label?,
        unit: String?,
        principal: PrincipalID,
        name: String?,
        purpose: String?,
        recipient: RecipientKind,
        from: Double?,
        to: Double?,
        asked: Date,
        opened: Date?,
        expires: Date,
        refusal: String?,
        needed: Int,
        given: Int,
        role: Role?
    ) {
        self.id = id
        self.state = state
        self.recording = recording
        self.title = title
        level = label?.level
        compartments = label?.compartments ?? []
        self.unit = unit
        self.principal = principal
        self.name = name
        self.purpose = purpose
        self.recipient = recipient
        self.from = from
        self.to = to
        self.asked = asked
        self.opened = opened
        self.expires = expires
        self.refusal = refusal
        self.needed = needed
        self.given = given
        self.role = role
    }
}

/// A page of `GET /v1/accesses`.
public struct RequestPage: Codable, Sendable {
    /// The requests.
    public var requests: [RequestReport]
    /// Hand it back as `cursor` for what follows; absent at the end.
    public var next: String?

    /// A page with these fields.
    public init(requests: [RequestReport], next: String?) {
        self.requests = requests
        self.next = next
    }
}

/// The answer to `POST /v1/accesses/{id}/approval` and `…/refusal`.
public struct RequestDecision: Codable, Sendable {
    /// The access.
    public var id: AccessID
    /// Where it stands now.
    public var state: AccessState
    /// How many more persons have to agree.
    public var missing: Int

    /// A decision with these fields.
    public init(id: AccessID, state: AccessState, missing: Int) {
        self.id = id
        self.state = state
        self.missing = missing
    }
}

/// `POST /v1/accesses/{id}/refusal`.
public struct RefusalBody: Codable, Sendable {
    /// Why; the one who asked is told.
    public var reason: String

    /// A refusal for this reason.
    public init(reason: String) { self.reason = reason }
}

/// `POST /v1/delegations`: lets another decide in the caller's stead.
public struct DelegationBody: Codable, Sendable {
    /// Who.
    public var delegate: PrincipalID
    /// From when.
    public var starts: Date
    /// Until when.
    public var ends: Date

    /// A delegation with these fields.
    public init(delegate: PrincipalID, starts: Date, ends: Date) {
        self.delegate = delegate
        self.starts = starts
        self.ends = ends
    }
}

/// Somebody who decides in another's stead.
public struct DelegationReport: Codable, Sendable {
    /// The delegation.
    public var id: DelegationID
    /// Who is stood in for.
    public var principal: PrincipalID
    /// Who stands in.
    public var delegate: PrincipalID
    /// From when.
    public var starts: Date
    /// Until when.
    public var ends: Date

    /// A report with these fields.
    public init(id: DelegationID, principal: PrincipalID, delegate: PrincipalID, starts: Date, ends: Date) {
        self.id = id
        self.principal = principal
        self.delegate = delegate
        self.starts = starts
        self.ends = ends
    }
}

/// `GET /v1/delegations`: those by and to the caller that have not ended.
public struct DelegationList: Codable, Sendable {
    /// The delegations.
    public var delegations: [DelegationReport]

    /// A list of these.
    public init(delegations: [DelegationReport]) { self.delegations = delegations }
}
