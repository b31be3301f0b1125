public import ArchiveCore
public import Foundation

/// Where a recording stands.
public enum RecordingState: String, Codable, Sendable, CaseIterable {
    /// Still coming.
    case receiving
    /// Whole and in the archive.
    case stored
    /// In the archive as far as it came.
    case incomplete
    /// Its keys are being destroyed.
    case destroying
    /// Gone; what is left is the tombstone.
    case destroyed
    /// Another archive has it; what is left is the tombstone.
    case transferred
}

/// What is odd in a stream.
public struct FindingReport: Codable, Sendable, Equatable {
    /// Stable name, like `crc-failure`.
    public var code: String
    /// Byte offset in the Ogg stream.
    public var offset: Int64
    /// What was seen.
    public var message: String

    /// A finding with these fields.
    public init(code: String, offset: Int64, message: String) {
        self.code = code
        self.offset = offset
        self.message = message
    }
}

/// The receipt of a recording that has been taken in: `PUT /v1/recordings`.
public struct StoredRecording: Codable, Sendable {
    /// The recording.
    public var id: RecordingID
    /// Where it stands.
    public var state: RecordingState
    /// Seconds.
    public var duration: Double
    /// Seconds that should be there and are not.
    public var loss: Double
    /// What is odd in it.
    public var findings: [FindingReport]

    /// A receipt with these fields.
    public init(id: RecordingID, state: RecordingState, duration: Double, loss: Double, findings: [FindingReport]) {
        self.id = id
        self.state = state
        self.duration = duration
        self.loss = loss
        self.findings = findings
    }
}

/// When a recording goes, and by which rule.
public struct RetentionReport: Codable, Sendable, Equatable {
    /// When its time is over.
    public var due: Date
    /// `destroy`, `review` or `permanent`.
    public var then: String
    /// The rule in words: series and durations.
    public var rule: String

    /// A report with these fields.
    public init(due: Date, then: String, rule: String) {
        self.due = due
        self.then = then
        self.rule = rule
    }
}

/// A recording as those see it who may: `GET /v1/recordings/{id}`, and the items of the list.
public struct RecordingReport: Codable, Sendable {
    /// The recording.
    public var id: RecordingID
    /// Where it stands.
    public var state: RecordingState
    /// Its level.
    public var level: Level
    /// Its compartments.
    public var compartments: [String]
    /// The unit it belongs to.
    public var unit: String
    /// The code of its series.
    public var series: String
    /// What it is called.
    public var title: String
    /// The event it belongs to.
    @ExplicitNull public var meeting: String?
    /// Who spoke or was there.
    public var participants: [String]
    /// What else is known of it.
    @ExplicitNull public var description: String?
    /// When the sender says that it began.
    @ExplicitNull public var started: Date?
    /// When the archive had it whole.
    public var received: Date
    /// Seconds.
    public var duration: Double
    /// Seconds of it that can be heard.
    public var captured: Double
    /// Seconds that should be there and are not: within it, and after its end where it has none.
    public var loss: Double
    /// What is odd in it.
    public var findings: [FindingReport]
    /// Of its first stream.
    public var channels: Int
    /// Bits a second.
    public var bitrate: Int
    /// Bytes of the payload as it rests.
    public var size: Int
    /// SHA-256 of the payload, hex.
    public var digest: String
    /// When it goes.
    public var retention: RetentionReport
    /// How long its meeting was announced to last, in seconds.
    @ExplicitNull public var expected: Double?
    /// How many seconds after the announced time it began.
    @ExplicitNull public var late: Double?
    /// Which revision of its description this is.
    public var revision: Int
    /// Whether people have to agree to its destruction, whatever its series says.
    public var needsApproval: Bool
    /// How many holds are in force on it; null where that is not the caller's to know.
    @ExplicitNull public var holds: Int?
    /// What it was made of, by the word of who sent it.
    @ExplicitNull public var source: OriginalSource?
    /// What belongs to it beside its sound, in the order in which it came; absent in lists.
    public var attachments: [AttachmentReport]?

    /// A report with these fields.
    public init(
        id: RecordingID,
        state: RecordingState,
        label: Label,
        unit: String,
        series: String,
        title: String,
        meeting: String?,
        participants: [String],
        description: String?,
        started: Date?,
        received: Date,
        duration: Double,
        captured: Double,
        loss: Double,
        findings: [FindingReport],
        channels: Int,
        bitrate: Int,
        size: Int,
        digest: String,
        retention: RetentionReport,
        expected: Double? = nil,
        late: Double? = nil,
        revision: Int = 1,
        needsApproval: Bool = false,
        holds: Int? = nil,
        source: OriginalSource? = nil
    ) {
        self.id = id
        self.state = state
        level = label.level
        compartments = label.compartments
        self.unit = unit
        self.series = series
        self.title = title
        self.meeting = meeting
        self.participants = participants
        self.description = description
        self.started = started
        self.received = received
        self.duration = duration
        self.captured = captured
        self.loss = loss
        self.findings = findings
        self.channels = channels
        self.bitrate = bitrate
        self.size = size
        self.digest = digest
        self.retention = retention
        self.expected = expected
        self.late = late
        self.revision = revision
        self.needsApproval = needsApproval
        self.holds = holds
        self.source = source
    }
}

/// A page of `GET /v1/recordings`, newest first.
public struct RecordingPage: Codable, Sendable {
    /// The recordings.
    public var recordings: [RecordingReport]
    /// Hand it back as `cursor` for what follows; absent at the end.
    public var next: String?

    /// A page with these fields.
    public init(recordings: [RecordingReport], next: String?) {
        self.recordings = recordings
        self.next = next
    }
}
