public import ArchiveCore
public import Foundation

/// What `risalahd` asks of a running service over its Unix socket, or does itself where none is running.
public enum AdministrationRequest: Codable, Sendable {
    /// Adds a principal and makes its invite.
    case addPrincipal(NewPrincipal)
    /// Confirms a principal that somebody else added.
    case confirmPrincipal(PrincipalID)
    /// Lists principals.
    case listPrincipals
    /// Closes a principal for good.
    case disablePrincipal(PrincipalID)
    /// Rebuilds the tree from the entries.
    case verifyLog
    /// Puts what is due, and needs nobody's approval, on a list.
    case proposeDestruction
    /// Destroys what lists hold whose cooling is over.
    case runDestruction
    /// Lists what could not become recordings.
    case listQuarantine
    /// Tries once more to make a recording of one of them.
    case releaseQuarantined(QuarantineRelease)
    /// Destroys one of them before its time there is over.
    case dropQuarantined(UploadID)
    /// How the service is.
    case status
}

/// The answer to an ``AdministrationRequest``.
public enum AdministrationResponse: Codable, Sendable {
    /// To `addPrincipal`.
    case invited(Invitation)
    /// To `listPrincipals`.
    case principals([PrincipalReport])
    /// To `confirmPrincipal`, `disablePrincipal` and `dropQuarantined`.
    case done
    /// To `verifyLog`.
    case verified(LogVerification)
    /// To `proposeDestruction` and `runDestruction`.
    case destruction(DestructionReport)
    /// To `listQuarantine`.
    case quarantine([QuarantineReport])
    /// To `releaseQuarantined`.
    case released(StoredRecording)
    /// To `status`.
    case status(StatusReport)
}

/// Who is to be added.
public struct NewPrincipal: Codable, Sendable {
    /// What people call it.
    public var name: String
    /// Its role.
    public var role: Role
    /// What it may know; the lowest level where absent.
    public var clearance: Label?
    /// Its unit; the policy's only one where absent.
    public var unit: String?
    /// The natural person or machine, by any id the institution uses; the name where absent.
    public var person: String?
    /// The least label of what it sends.
    public var floor: Label?

    /// A request with these fields.
    public init(name: String, role: Role, clearance: Label?, unit: String?, person: String?, floor: Label?) {
        self.name = name
        self.role = role
        self.clearance = clearance
        self.unit = unit
        self.person = person
        self.floor = floor
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

/// A principal as an administrator sees it.
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
    /// Whether it counts.
    public var state: PrincipalState

    /// A report with these fields.
    public init(
        principal: PrincipalID,
        name: String,
        role: Role,
        clearance: Label,
        unit: String,
        state: PrincipalState
    ) {
        self.principal = principal
        self.name = name
        self.role = role
        self.clearance = clearance
        self.unit = unit
        self.state = state
    }
}

/// What a proposal or a run did.
public struct DestructionReport: Codable, Sendable {
    /// One recording on a list.
    public struct Item: Codable, Sendable {
        /// The recording.
        public var recording: RecordingID
        /// Its list.
        public var list: ListID
        /// Its series.
        public var series: String
        /// When its time was over.
        public var due: Date
        /// From when it can be destroyed.
        public var executable: Date
        /// `proposed`, `destroyed` or `skipped`.
        public var outcome: String
        /// Why, where it was skipped.
        public var reason: String?

        /// An item with these fields.
        public init(
            recording: RecordingID,
            list: ListID,
            series: String,
            due: Date,
            executable: Date,
            outcome: String,
            reason: String?
        ) {
            self.recording = recording
            self.list = list
            self.series = series
            self.due = due
            self.executable = executable
            self.outcome = outcome
            self.reason = reason
        }
    }

    /// What was proposed or handled.
    public var items: [Item]

    /// A report with these items.
    public init(items: [Item]) { self.items = items }
}

/// How a service is.
public struct StatusReport: Codable, Sendable {
    /// The archive's name.
    public var name: String
    /// The address it serves, where it does.
    public var address: String?
    /// Recordings in the archive.
    public var recordings: Int
    /// Bytes of their payloads.
    public var bytes: Int
    /// Uploads on their way.
    public var uploads: Int
    /// Announced meetings whose time is over without a recording.
    public var missing: Int
    /// Entries in the log.
    public var entries: Int
    /// Whether it runs without a second person for grants.
    public var solo: Bool

    /// A report with these fields.
    public init(
        name: String,
        address: String?,
        recordings: Int,
        bytes: Int,
        uploads: Int,
        missing: Int = 0,
        entries: Int,
        solo: Bool
    ) {
        self.name = name
        self.address = address
        self.recordings = recordings
        self.bytes = bytes
        self.uploads = uploads
        self.missing = missing
        self.entries = entries
        self.solo = solo
    }
}
