public import ArchiveCore
public import struct Foundation.Date

/// `GET /v1/recordings/{id}/decision`: what the policy would answer.
public struct DecisionReport: Codable, Sendable {
    /// The three answers.
    public enum Answer: String, Codable, Sendable, CaseIterable {
        /// Yes.
        case allow
        /// Not before others have agreed.
        case wait
        /// No.
        case refuse
    }

    /// Why not, or why not yet.
    public struct Reason: Codable, Sendable {
        /// Its stable name, like `quota-spent`.
        public var code: String
        /// The same for a person.
        public var text: String

        /// A reason with these fields.
        public init(code: String, text: String) {
            self.code = code
            self.text = text
        }
    }

    /// What the recording's level demands of whoever opens it.
    public struct Conditions: Codable, Sendable {
        /// Whether a purpose has to be stated.
        public var purpose: Bool
        /// Whether it leaves sealed only.
        public var sealedOnly: Bool
        /// How many other persons must agree.
        public var approvals: Int
        /// In which role.
        public var approvalsBy: String?
        /// How many witnesses must cosign the entry of the opening before anything leaves; absent where none.
        public var cosignatures: Int?
        /// How long an access counts, ISO 8601.
        public var accessLifetime: String
        /// For which keys: `any` or `hybrid`.
        public var recipients: String

        /// Conditions with these fields.
        public init(
            purpose: Bool,
            sealedOnly: Bool,
            approvals: Int,
            approvalsBy: String?,
            cosignatures: Int? = nil,
            accessLifetime: String,
            recipients: String
        ) {
            self.purpose = purpose
            self.sealedOnly = sealedOnly
            self.approvals = approvals
            self.approvalsBy = approvalsBy
            self.cosignatures = cosignatures
            self.accessLifetime = accessLifetime
            self.recipients = recipients
        }
    }

    /// How far a quota is used.
    public struct Quota: Codable, Sendable {
        /// `hour` (the last 60 minutes) or `day` (the last 24 hours).
        public var window: String
        /// Accesses opened in it.
        public var spent: Int
        /// How many there may be.
        public var limit: Int

        /// A quota with these fields.
        public init(window: String, spent: Int, limit: Int) {
            self.window = window
            self.spent = spent
            self.limit = limit
        }
    }

    /// The recording.
    public var recording: RecordingID
    /// What was asked about, in the policy's word.
    public var action: String
    /// The answer.
    public var decision: Answer
    /// Why; empty where it is allowed.
    public var reasons: [Reason]
    /// What can be done about it, where something can.
    public var hint: String?
    /// For `open`: what the level demands.
    public var conditions: Conditions?
    /// For `open`: how far the caller's quotas are used.
    public var quotas: [Quota]
    /// When the time of the one who asks is over, where it has an end: no access of theirs lasts longer.
    public var ends: Date?

    /// A report with these fields.
    public init(
        recording: RecordingID,
        action: String,
        decision: Answer,
        reasons: [Reason],
        hint: String?,
        conditions: Conditions?,
        quotas: [Quota],
        ends: Date? = nil
    ) {
        self.ends = ends
        self.recording = recording
        self.action = action
        self.decision = decision
        self.reasons = reasons
        self.hint = hint
        self.conditions = conditions
        self.quotas = quotas
    }
}
