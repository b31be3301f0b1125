public import ArchiveConfiguration
public import ArchiveCore

/// A class of recordings with one retention rule, *jenis arsip*.
public struct Series: Sendable, Hashable {
    /// What becomes of a recording whose time is over.
    public enum Fate: String, Sendable, Codable, CaseIterable {
        /// It is destroyed.
        case destroy
        /// People look at it and decide.
        case review
        /// It is handed to a permanent archive.
        case permanent
    }

    /// Whether people have to agree to its destruction.
    public enum Approval: String, Sendable, Codable, CaseIterable {
        /// They approve each list.
        case required
        /// Nobody is asked.
        case none
    }

    /// What is left of a recording that is gone, besides when, by which list and under which rule.
    public enum Tombstone: Sendable, Hashable {
        /// No word.
        case minimal
        /// Its title, sealed, for so long.
        case descriptive(keep: CalendarDuration)
    }

    /// What it is called, for people.
    public struct Name: Sendable, Hashable {
        /// In English.
        public let english: String
        /// In Indonesian.
        public let indonesian: String

        /// In the language of this process.
        public var localized: String { ArchiveCore.localized(english, id: indonesian) }
    }

    /// What senders, entries and commands call it.
    public let code: String
    /// What it is called, for people.
    public let name: Name
    /// How long it is in use.
    public let active: CalendarDuration
    /// How long it is kept after that.
    public let inactive: CalendarDuration
    /// What becomes of it then.
    public let then: Fate
    /// Whether people have to agree to its destruction.
    public let approval: Approval
    /// How many persons sign for a destruction.
    public let witnesses: Int
    /// How long a frozen destruction list waits.
    public let cooling: CalendarDuration
    /// Whether it holds no records in the sense of the archive law.
    public let nonrecord: Bool
    /// What is left of its recordings when they are gone.
    public let tombstone: Tombstone
    /// The roles that may file under it; without meaning for a series that needs approval, under which whoever may
    /// send may file.
    public let senders: Set<Role>

    /// Whether its recordings go without anybody being asked.
    public var isDestroyedWithoutApproval: Bool { then == .destroy && approval == .none }

    /// Whether a principal of `role` may file under it.
    public func accepts(_ role: Role) -> Bool { approval == .required || senders.contains(role) }

    /// The rule on one line, as reports, entries and tombstones state it: `rapat: P2Y + P8Y, then review`.
    public var rule: String { "\(code): \(active) + \(inactive), then \(then.rawValue)" }
}
