public import ArchiveCore

/// What a log did that an honest one does not do.
public struct LogFault: ArchiveErrorConvertible, Sendable, Hashable, CustomStringConvertible {
    /// What it did; stable across releases, the last part of the name of a folder of evidence.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// It shows fewer entries than it has shown before.
        case rolledBack = "rolled-back"
        /// It has two histories: entries that were there are others now.
        case forked
        /// An entry that it gives out is not the one that it signed for.
        case edited
        /// It does not give out all the entries that it signed for.
        case truncated
        /// Its checkpoint is not signed by the key of the log, or is no checkpoint.
        case unsigned
        /// Its checkpoint is that of another log.
        case otherOrigin = "other-origin"
        /// What it says of a restart under another origin does not hold up.
        case restart
        /// A receipt that it gave does not fit it.
        case receipt
    }

    /// What it did.
    public let kind: Kind
    /// The same for a person: what and where, one line.
    public let message: String
    /// The entry, where it is one.
    public let entry: Int?
    /// How many first entries the log and the copy have in common, where they have two histories and it could be found out.
    public internal(set) var kept: Int?
    /// The folder in which both sides of the contradiction are kept; nil before they are.
    public internal(set) var evidence: String?

    init(_ kind: Kind, _ message: String, entry: Int? = nil) {
        self.kind = kind
        self.message = message
        self.entry = entry
    }

    /// The fault as commands end with it: `log-mismatch`, exit 67.
    public var error: ArchiveError {
        ArchiveError(
            .logMismatch,
            "\(kind.rawValue): \(message)",
            hint: evidence.map { "both sides are kept in \($0); show them to whoever answers for the archive" }
        )
    }

    /// Kind and message.
    public var description: String { "\(kind.rawValue): \(message)" }
}
