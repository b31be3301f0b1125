public import ArchiveCore
public import Foundation
import GRDB

/// A row of the log.
public struct EntryRow: Sendable {
    /// Place in the log, from 0.
    public let seq: Int
    /// The leaf's bytes: the truth.
    public let leaf: Data
    /// The hash under which the leaf went into the tree.
    public let hash: Data
    /// The index columns as the database has them.
    public let columns: EntryColumns
    /// The sealed texts that are still there.
    public let texts: [SealedEntry.Text]

    /// What ``init(_:texts:)`` reads, in its order.
    static let selection = "seq, leaf, hash, time, actor, action, object, decision"

    init(_ row: Row, texts: [SealedEntry.Text]) {
        seq = row[0]
        leaf = row[1]
        hash = row[2]
        columns = EntryColumns(time: row[3], actor: row[4], action: row[5], object: row[6], decision: row[7])
        self.texts = texts
    }
}

/// What of an entry stands in columns too.
public struct EntryColumns: Sendable, Hashable {
    /// When.
    public let time: String
    /// Who.
    public let actor: String
    /// What was done or asked for.
    public let action: String
    /// On what.
    public let object: String?
    /// Whether it was done.
    public let decision: String

    init(time: String, actor: String, action: String, object: String?, decision: String) {
        self.time = time
        self.actor = actor
        self.action = action
        self.object = object
        self.decision = decision
    }

    /// What they should be.
    public init(_ entry: LogEntry) {
        self.init(
            time: Timestamp.text(entry.time),
            actor: entry.actor,
            action: entry.action,
            object: entry.object,
            decision: entry.decision.rawValue
        )
    }
}

extension SealedEntry.Text {
    /// The columns `seq field commitment sealed`.
    init(_ row: Row) { self.init(field: row[1], commitment: row[2], sealed: row[3]) }
}
