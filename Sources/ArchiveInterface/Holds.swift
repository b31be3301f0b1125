public import ArchiveCore
public import Foundation

/// `POST /v1/recordings/{id}/holds`: forbids destroying a recording.
public struct HoldBody: Codable, Sendable {
    /// The matter that it is for.
    public var matter: String
    /// Why.
    public var reason: String

    /// A body with these fields.
    public init(matter: String, reason: String) {
        self.matter = matter
        self.reason = reason
    }
}

/// `POST /v1/holds`: forbids destroying many; either those that are named, or those that answer the other fields.
public struct HoldsBody: Codable, Sendable {
    /// These.
    public var recordings: [RecordingID]?
    /// Of this level.
    public var level: String?
    /// Of this unit.
    public var unit: String?
    /// Of this meeting.
    public var meeting: String?
    /// In this state: stored or incomplete.
    public var state: RecordingState?
    /// Not before.
    public var since: Date?
    /// Not after.
    public var until: Date?
    /// The matter that they are for.
    public var matter: String
    /// Why.
    public var reason: String

    /// A body with these fields.
    public init(
        recordings: [RecordingID]? = nil,
        level: String? = nil,
        unit: String? = nil,
        meeting: String? = nil,
        state: RecordingState? = nil,
        since: Date? = nil,
        until: Date? = nil,
        matter: String,
        reason: String
    ) {
        self.recordings = recordings
        self.level = level
        self.unit = unit
        self.meeting = meeting
        self.state = state
        self.since = since
        self.until = until
        self.matter = matter
        self.reason = reason
    }

    /// Whether it says which.
    public var isBounded: Bool {
        recordings != nil || level != nil || unit != nil || meeting != nil || state != nil || since != nil
            || until != nil
    }
}

/// The answer to what places holds.
public struct PlacedHolds: Codable, Sendable {
    /// One of them.
    public struct Item: Codable, Sendable {
        /// The hold.
        public var id: HoldID
        /// What it holds.
        public var recording: RecordingID

        /// An item with these fields.
        public init(id: HoldID, recording: RecordingID) {
            self.id = id
            self.recording = recording
        }
    }

    /// What those that were placed together have in common.
    public var batch: HoldBatchID
    /// One for each recording: of those that are there now, and of none that comes later.
    public var holds: [Item]

    /// An answer with these fields.
    public init(batch: HoldBatchID, holds: [Item]) {
        self.batch = batch
        self.holds = holds
    }
}

/// A hold on a recording.
public struct HoldReport: Codable, Sendable {
    /// The hold.
    public var id: HoldID
    /// What it holds.
    public var recording: RecordingID
    /// What those that were placed together have in common.
    public var batch: HoldBatchID
    /// The matter that it is for.
    public var matter: String
    /// Why it was placed.
    public var reason: String
    /// Who placed it.
    public var principal: PrincipalID
    /// What they are called.
    @ExplicitNull public var name: String?
    /// When.
    public var placed: Date
    /// When it was released; null while it holds.
    @ExplicitNull public var released: Date?
    /// Who released it.
    @ExplicitNull public var releasedBy: PrincipalID?
    /// What they are called.
    @ExplicitNull public var releasedByName: String?
    /// Why.
    @ExplicitNull public var releaseReason: String?

    /// A report with these fields.
    public init(
        id: HoldID,
        recording: RecordingID,
        batch: HoldBatchID,
        matter: String,
        reason: String,
        principal: PrincipalID,
        name: String?,
        placed: Date,
        released: Date?,
        releasedBy: PrincipalID?,
        releasedByName: String?,
        releaseReason: String?
    ) {
        self.id = id
        self.recording = recording
        self.batch = batch
        self.matter = matter
        self.reason = reason
        self.principal = principal
        self.name = name
        self.placed = placed
        self.released = released
        self.releasedBy = releasedBy
        self.releasedByName = releasedByName
        self.releaseReason = releaseReason
    }
}

/// `GET /v1/recordings/{id}/holds`.
public struct HoldList: Codable, Sendable {
    /// The newest first, released ones too.
    public var holds: [HoldReport]

    /// A list of these.
    public init(holds: [HoldReport]) { self.holds = holds }
}

/// The answer to `POST /v1/holds/{id}/release`.
public struct ReleasedHold: Codable, Sendable {
    /// The hold.
    public var id: HoldID
    /// What it held.
    public var recording: RecordingID

    /// An answer with these fields.
    public init(id: HoldID, recording: RecordingID) {
        self.id = id
        self.recording = recording
    }
}
