public import ArchiveConfiguration
public import ArchiveCore

/// What the policy says of one level.
public struct LevelRules: Sendable, Hashable {
    /// For which recipients recordings are sealed, on the way in and on the way out.
    public enum Recipients: String, Sendable, CaseIterable {
        /// X25519 or hybrid.
        case any
        /// `mlkem768x25519` only.
        case hybrid
    }

    /// What the blind index holds of a recording.
    public enum Indexing: String, Sendable, CaseIterable {
        /// Its describing fields and its transcript.
        case full
        /// Nothing: it can be listed, not searched.
        case none
    }

    /// Who has to agree to an access.
    public struct Approvals: Sendable, Hashable {
        /// How many persons other than the one who asks.
        public let count: Int
        /// In which role; given wherever `count` is not zero.
        public let role: Role?
    }

    /// The level.
    public let level: Level
    /// Whether recordings and transcripts come and go sealed only.
    public let sealedOnly: Bool
    /// Whether opening needs a purpose.
    public let purposeRequired: Bool
    /// Who has to agree to an access.
    public let approvals: Approvals
    /// How many witnesses have to cosign the entry of an access before anything is released.
    public let cosignatures: Int
    /// How long an access can be used; without years and months.
    public let accessLifetime: CalendarDuration
    /// For which recipients recordings are sealed.
    public let recipients: Recipients
    /// What the blind index holds.
    public let index: Indexing

    /// Whether recordings of this level are in the blind index.
    public var isIndexed: Bool { index == .full }
}
