public import ArchiveCore
public import struct Foundation.Date

/// What is left of a recording that is gone: `GET /v1/tombstones/{id}`.
public struct TombstoneReport: Codable, Sendable, Equatable {
    /// The recording.
    public var recording: RecordingID
    /// `destroyed` or `transferred`.
    public var state: RecordingState
    /// Its level.
    public var level: Level
    /// Its compartments.
    public var compartments: [String]
    /// The unit it belonged to.
    public var unit: String
    /// The code of its series.
    public var series: String
    /// When it was gone.
    public var gone: Date
    /// Under which rule.
    public var rule: String
    /// By which list.
    public var list: ListID
    /// The entry of the intent.
    public var entry: Int
    /// What it was called; absent where its series does not keep that, or not any more.
    public var title: String?
    /// Until when that is kept.
    public var titleUntil: Date?

    /// A report with these fields.
    public init(
        recording: RecordingID,
        state: RecordingState,
        label: Label,
        unit: String,
        series: String,
        gone: Date,
        rule: String,
        list: ListID,
        entry: Int,
        title: String?,
        titleUntil: Date?
    ) {
        self.recording = recording
        self.state = state
        level = label.level
        compartments = label.compartments
        self.unit = unit
        self.series = series
        self.gone = gone
        self.rule = rule
        self.list = list
        self.entry = entry
        self.title = title
        self.titleUntil = titleUntil
    }
}

/// A page of `GET /v1/tombstones`, the newest first.
public struct TombstonePage: Codable, Sendable {
    /// What is left.
    public var tombstones: [TombstoneReport]
    /// Hand it back as `cursor` for what follows; absent at the end.
    public var next: String?

    /// A page with these fields.
    public init(tombstones: [TombstoneReport], next: String?) {
        self.tombstones = tombstones
        self.next = next
    }
}
