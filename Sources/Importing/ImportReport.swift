public import ArchiveClient
public import ArchiveCore
public import ArchiveInterface

/// Why something was not taken, as `--json` has it.
public struct ImportReason: Sendable, Encodable, Equatable {
    /// The code of the error.
    public let code: String
    /// What is wrong.
    public let message: String
    /// What to do about it.
    public let hint: String?

    init(code: String, message: String, hint: String? = nil) {
        (self.code, self.message, self.hint) = (code, message, hint)
    }

    init(_ error: ArchiveError) {
        code = error.code.rawValue
        message = error.offset.map { "\(error.message) (byte \($0))" } ?? error.message
        hint = error.hint
    }
}

/// What became of one file, or would.
public struct ImportReport: Sendable, Encodable {
    /// What became of it.
    public enum Outcome: String, Sendable, Encodable {
        /// The archive has it.
        case stored
        /// It would be sent.
        case planned
        /// The archive had it already.
        case skipped
        /// It was not taken.
        case refused
    }

    /// What became of a transcript or an attachment, or would.
    public struct Companion: Sendable, Encodable, Equatable {
        /// Its file.
        public let path: String
        /// What became of it.
        public let outcome: Outcome
        /// Why not.
        public let reason: ImportReason?
    }

    /// The audio, as people call it.
    public let path: String
    /// What became of it.
    public let outcome: Outcome
    /// Whose layout it was found in.
    public var origin: ImportItem.Origin?
    /// The SHA-256 of the file.
    public var source: SourceDigest?
    /// Its bytes.
    public var bytes: Int?
    /// The recording.
    public var id: RecordingID?
    /// Where that stands.
    public var state: RecordingState?
    /// Seconds of it.
    public var duration: Double?
    /// Seconds that should be there and are not.
    public var loss: Double?
    /// What is odd in it.
    public var findings: [FindingCount]?
    /// What was said of it.
    public var metadata: RecordingMetadata?
    /// What became of its transcript.
    public var transcript: Companion?
    /// What became of what belongs to it beside its sound.
    public var attachments: [Companion]?
    /// The same again, which is not needed.
    public var alternatives: [String]?
    /// Why it was refused, or skipped.
    public var reason: ImportReason?
    /// The error that ``reason`` tells of.
    public private(set) var error: ArchiveError?

    private enum CodingKeys: String, CodingKey {
        case path, outcome, origin, source, bytes, id, state, duration, loss, findings, metadata, transcript,
            attachments
        case alternatives, reason
    }

    init(_ path: String, _ outcome: Outcome) {
        self.path = path
        self.outcome = outcome
    }

    /// A report of what was refused because of `error`.
    mutating func refuse(_ error: ArchiveError) {
        self.error = error
        reason = ImportReason(error)
    }
}

/// What became of all of it.
public struct ImportSummary: Sendable, Encodable, Equatable {
    /// Recordings that are there now, and were not.
    public internal(set) var stored = 0
    /// Recordings that would be.
    public internal(set) var planned = 0
    /// Files that were there already.
    public internal(set) var skipped = 0
    /// Files that were not taken.
    public internal(set) var refused = 0
    /// Transcripts that were taken.
    public internal(set) var transcripts = 0
    /// Transcripts that were not.
    public internal(set) var transcriptsRefused = 0
    /// Attachments that were taken.
    public internal(set) var attachments = 0
    /// Attachments that were not.
    public internal(set) var attachmentsRefused = 0
    /// Seconds of audio that were stored.
    public internal(set) var seconds: Double = 0
    /// Originals that can be deleted, where that was asked for.
    public private(set) var deletable: Int?
    /// Originals that must not be.
    public private(set) var undeletable: Int?
    /// Files that are no recordings, and belong to none.
    public internal(set) var others: Int

    /// Whether something was refused.
    public var hasRefusals: Bool { refused + transcriptsRefused + attachmentsRefused > 0 }
    /// Whether originals have to stay.
    public var hasUndeletable: Bool { undeletable ?? 0 > 0 }

    /// Notes which originals can be deleted.
    public mutating func note(_ originals: DeletableOriginals) {
        deletable = originals.deletable
        undeletable = originals.rows.count - originals.deletable
    }

    /// Nothing yet, besides `others` files that are no recordings.
    public init(others: Int) { self.others = others }

    /// Adds up two.
    public static func += (sum: inout ImportSummary, other: ImportSummary) {
        sum.stored += other.stored
        sum.planned += other.planned
        sum.skipped += other.skipped
        sum.refused += other.refused
        sum.transcripts += other.transcripts
        sum.transcriptsRefused += other.transcriptsRefused
        sum.attachments += other.attachments
        sum.attachmentsRefused += other.attachmentsRefused
        sum.seconds += other.seconds
        sum.others += other.others
    }

    mutating func count(_ report: ImportReport) {
        switch report.outcome {
        case .stored:
            stored += 1
            seconds += report.duration ?? 0
        case .planned: planned += 1
        case .skipped: skipped += 1
        case .refused: refused += 1
        }
        switch report.transcript?.outcome {
        case .stored?: transcripts += 1
        case .refused?: transcriptsRefused += 1
        case .planned?, .skipped?, nil: break
        }
        for attachment in report.attachments ?? [] {
            switch attachment.outcome {
            case .stored: attachments += 1
            case .refused: attachmentsRefused += 1
            case .planned, .skipped: break
            }
        }
    }
}
