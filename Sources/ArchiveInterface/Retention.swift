public import ArchiveCore
public import Foundation

/// A recording whose time is over, or will be: an item of `GET /v1/retention/due`.
public struct DueReport: Codable, Sendable {
    /// The recording.
    public var recording: RecordingID
    /// What it is called.
    public var title: String
    /// Its level.
    public var level: Level
    /// Its compartments.
    public var compartments: [String]
    /// The unit it belongs to.
    public var unit: String
    /// The code of its series.
    public var series: String
    /// When the archive had it whole.
    public var received: Date
    /// When its time is over.
    public var due: Date
    /// The rule in words.
    public var rule: String
    /// What becomes of it then, as far as is known today: `destroy`, `review`, `transfer`, `keep` or `skip`.
    public var plan: String
    /// What is in the way, of `skip`: `held`, `listed` or `no-series`.
    public var reason: String?
    /// The list that it stands on.
    public var list: ListID?
    /// Whether people have to agree to its destruction, whatever its series says.
    public var needsApproval: Bool

    /// A report with these fields.
    public init(
        recording: RecordingID,
        title: String,
        label: Label,
        unit: String,
        series: String,
        received: Date,
        due: Date,
        rule: String,
        plan: String,
        reason: String?,
        list: ListID?,
        needsApproval: Bool
    ) {
        self.recording = recording
        self.title = title
        level = label.level
        compartments = label.compartments
        self.unit = unit
        self.series = series
        self.received = received
        self.due = due
        self.rule = rule
        self.plan = plan
        self.reason = reason
        self.list = list
        self.needsApproval = needsApproval
    }
}

/// A page of `GET /v1/retention/due`.
public struct DuePage: Codable, Sendable {
    /// The longest due first.
    public var recordings: [DueReport]
    /// The time that they are due by: hand it back as `until`, with `cursor`, for what follows.
    public var until: Date
    /// Hand it back as `cursor` for what follows; absent at the end.
    public var next: String?

    /// A page with these fields.
    public init(recordings: [DueReport], until: Date, next: String?) {
        self.recordings = recordings
        self.until = until
        self.next = next
    }
}

/// By which rule a recording is kept, until when, and why: `GET /v1/recordings/{id}/retention`.
public struct RetentionExplanation: Codable, Sendable {
    /// The recording.
    public var recording: RecordingID
    /// `stored`, `incomplete`, `destroying`, `destroyed` or `transferred`.
    public var state: RecordingState
    /// The code of its series.
    public var series: String
    /// The rule in words; absent where the schedule does not have the series.
    public var rule: String?
    /// When the archive had it whole.
    public var received: Date
    /// From when its time counts.
    public var counted: Date
    /// When its active time is over.
    public var activeUntil: Date?
    /// When its time is over by the rule alone.
    public var reckoned: Date?
    /// Before when its time is not over, whatever the rule says.
    public var extendedUntil: Date?
    /// When its time is over.
    public var due: Date
    /// Whether it was made permanent.
    public var permanent: Bool
    /// Whether people have to agree to its destruction, whatever its series says.
    public var needsApproval: Bool
    /// What becomes of it now: `keep`, `skip`, `destroy`, `review` or `transfer`.
    public var plan: String
    /// What is in the way, of `skip`.
    public var reason: String?
    /// How many holds are in force on it; absent where that is not the caller's to know.
    public var holds: Int?
    /// The list that it stands on.
    public var list: ListID?
    /// From when that is executed.
    public var executable: Date?

    /// An explanation with these fields.
    public init(
        recording: RecordingID,
        state: RecordingState,
        series: String,
        received: Date,
        counted: Date,
        due: Date,
        permanent: Bool,
        needsApproval: Bool,
        plan: String
    ) {
        self.recording = recording
        self.state = state
        self.series = series
        self.received = received
        self.counted = counted
        self.due = due
        self.permanent = permanent
        self.needsApproval = needsApproval
        self.plan = plan
    }
}

/// `POST /v1/recordings/{id}/retention`: decides over the time of one recording.
public struct ReviewBody: Codable, Sendable {
    /// `extend`, `permanent` or `back-date`.
    public var decision: String
    /// Until when it is kept at least, of `extend`.
    public var until: Date?
    /// From when its time counts, of `back-date`.
    public var from: Date?
    /// Why.
    public var reason: String

    /// A body with these fields.
    public init(decision: String, until: Date? = nil, from: Date? = nil, reason: String) {
        self.decision = decision
        self.until = until
        self.from = from
        self.reason = reason
    }
}
