public import ArchiveCore
public import ArchiveInterface
public import struct Foundation.Date

/// Which recordings to list; all where a field is nil.
public struct RecordingFilter: Sendable, Equatable {
    /// Of this level.
    public var level: Level?
    /// Of this unit.
    public var unit: String?
    /// Of this meeting.
    public var meeting: String?
    /// Made of the file with this digest.
    public var source: SourceDigest?
    /// In this state: stored or incomplete.
    public var state: RecordingState?
    /// Not before this time.
    public var since: Date?
    /// Not after this time.
    public var until: Date?

    /// A filter with these fields.
    public init(
        level: Level? = nil,
        unit: String? = nil,
        meeting: String? = nil,
        source: SourceDigest? = nil,
        state: RecordingState? = nil,
        since: Date? = nil,
        until: Date? = nil
    ) {
        self.level = level
        self.unit = unit
        self.meeting = meeting
        self.source = source
        self.state = state
        self.since = since
        self.until = until
    }

    var query: [(name: String, value: String)] {
        fields(
            ("level", level?.name),
            ("unit", unit),
            ("meeting", meeting),
            ("source", source?.description),
            ("state", state?.rawValue),
            ("since", since.map(Timestamp.text)),
            ("until", until.map(Timestamp.text))
        )
    }
}

private func fields(_ fields: (name: String, value: String?)...) -> [(name: String, value: String)] {
    fields.compactMap { field in field.value.map { (field.name, $0) } }
}
