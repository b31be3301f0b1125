public import ArchiveCore

/// One line of `POST /v1/corrections`: a ``Correction`` with the recording that it is about.
public struct CorrectionLine: Codable, Sendable {
    /// The recording, as it was written: what is no id is answered as what is not there.
    public var recording: String
    /// What it should have been filed under.
    public var correction: Correction

    private enum CodingKeys: String, CodingKey { case recording }

    /// A line of these.
    public init(recording: String, correction: Correction) {
        self.recording = recording
        self.correction = correction
    }

    /// Reads one object that has all fields.
    public init(from decoder: any Decoder) throws {
        recording = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .recording)
        correction = try Correction(from: decoder)
    }

    /// Writes one object that has all fields.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(recording, forKey: .recording)
        try correction.encode(to: encoder)
    }
}

/// `POST /v1/corrections`: corrects recordings, all of them or none.
public struct CorrectionsBody: Codable, Sendable {
    /// The lines, up to 1,000.
    public var corrections: [CorrectionLine]
    /// Whether only to say what would be done.
    public var dryRun: Bool?

    /// A body with these fields.
    public init(corrections: [CorrectionLine], dryRun: Bool? = nil) {
        self.corrections = corrections
        self.dryRun = dryRun
    }
}

/// What a correction changed, or would, or why it cannot be made.
public struct CorrectionReport: Codable, Sendable {
    /// One value that differs afterwards.
    public struct Difference: Codable, Sendable, Equatable {
        /// `series`, `unit`, `start`, `meeting` or `due`.
        public var field: String
        /// What it was.
        @ExplicitNull public var before: String?
        /// What it is.
        @ExplicitNull public var after: String?

        /// A difference with these fields.
        public init(field: String, before: String?, after: String?) {
            self.field = field
            self.before = before
            self.after = after
        }

        /// Whether all fields are the same.
        public static func == (one: Self, other: Self) -> Bool {
            one.field == other.field && one.before == other.before && one.after == other.after
        }
    }

    /// What is wrong with a line.
    public struct Mistake: Codable, Sendable {
        /// The field; absent for the recording itself.
        public var field: String?
        /// The stable name, as in problem documents.
        public var code: ArchiveError.Code
        /// What is wrong.
        public var detail: String
        /// What to do about it.
        public var hint: String?

        /// A mistake with these fields.
        public init(field: String?, code: ArchiveError.Code, detail: String, hint: String?) {
            self.field = field
            self.code = code
            self.detail = detail
            self.hint = hint
        }

        /// As commands report it.
        public var error: ArchiveError { ArchiveError(code, detail, hint: hint) }
    }

    /// The recording as it was named.
    public var recording: String
    /// What differs; empty where all was so already, and where there is a mistake.
    public var changes: [Difference]
    /// Whether people have to agree to its destruction, whatever its series says; absent where there is a mistake.
    public var needsApproval: Bool?
    /// Why it cannot be made; absent where it can.
    public var mistake: Mistake?

    /// A report with these fields.
    public init(recording: String, changes: [Difference], needsApproval: Bool?, mistake: Mistake?) {
        self.recording = recording
        self.changes = changes
        self.needsApproval = needsApproval
        self.mistake = mistake
    }
}

/// The answer to a ``CorrectionsBody``.
public struct CorrectionsAnswer: Codable, Sendable {
    /// Whether it was done: not in a dry run, and not where a line has a mistake.
    public var done: Bool
    /// The lines in their order.
    public var corrections: [CorrectionReport]

    /// An answer with these fields.
    public init(done: Bool, corrections: [CorrectionReport]) {
        self.done = done
        self.corrections = corrections
    }
}
