/// What is known of a recording and describes it: sealed under its own key wherever it rests (DESIGN.md invariant 5).
public struct DescribingFields: Codable, Sendable, Hashable {
    /// What is odd in a stream.
    public struct Finding: Codable, Sendable, Hashable {
        /// Stable name, like `crc-failure`.
        public let code: String
        /// Byte offset in the Ogg stream.
        public let offset: Int64
        /// What was seen.
        public let message: String

        /// A finding of these fields.
        public init(code: String, offset: Int64, message: String) {
            self.code = code
            self.offset = offset
            self.message = message
        }
    }

    /// What it is called.
    public var title: String
    /// The event it belongs to.
    public var meeting: String?
    /// Who spoke or was there.
    public var participants: [String]
    /// Who speaks, where it is the track of one person.
    public var speaker: String?
    /// What else is known.
    public var description: String?
    /// Seconds that can be heard.
    public var captured: Double
    /// Channels of the first stream.
    public var channels: Int
    /// Bits a second.
    public var bitrate: Int
    /// What is odd in it.
    public var findings: [Finding]
    /// What it was made of, where another service left that.
    public var source: OriginalSource?

    /// Fields with these values.
    public init(
        title: String,
        meeting: String?,
        participants: [String],
        speaker: String? = nil,
        description: String?,
        captured: Double,
        channels: Int,
        bitrate: Int,
        findings: [Finding],
        source: OriginalSource? = nil
    ) {
        self.title = title
        self.meeting = meeting
        self.participants = participants
        self.speaker = speaker
        self.description = description
        self.captured = captured
        self.channels = channels
        self.bitrate = bitrate
        self.findings = findings
        self.source = source
    }

    /// The name of the sealed field in the catalogue.
    public static let field = "describing"
    /// The name of the sealed time index in the catalogue.
    public static let timeIndexField = "time-index"
    /// What a title that outlasts its recording is sealed as, under the key of its tombstone.
    public static let tombstoneTitle = "title"
    /// What a revision of a transcript is sealed as, in its file.
    public static func transcript(_ revision: Int) -> String { "transcript \(revision)" }
    /// The vault's key that tags meetings.
    public static let meetingSecret = "meetings"
    /// The vault's key that tags what recordings were made of.
    public static let sourceSecret = "sources"
}
