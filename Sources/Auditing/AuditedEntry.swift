public import ArchiveCore

/// An entry of a log at its place, as somebody reads it who does not trust who keeps it.
public struct AuditedEntry: Sendable, Hashable {
    /// Place in the log, from 0.
    public let seq: Int
    /// The entry.
    public let entry: LogEntry

    /// The entry at `seq`.
    public init(seq: Int, entry: LogEntry) {
        self.seq = seq
        self.entry = entry
    }
}
