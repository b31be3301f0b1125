public import ArchiveCore
import DurableSQLite
import GRDB

/// A row of the log where SQLite has it, for who goes through all of them: valid only as long as
/// ``CatalogueReader/forEachEntry(_:_:)`` shows it.
public struct StoredEntry {
    /// Place in the log, from 0.
    public let seq: Int
    /// The sealed texts that are still there.
    public let texts: [SealedEntry.Text]
    private let statement: Statement

    /// - Parameter statement: stands on a row of ``EntryRow/selection``.
    init(seq: Int, texts: [SealedEntry.Text], in statement: Statement) {
        self.seq = seq
        self.texts = texts
        self.statement = statement
    }

    /// The leaf's bytes: the truth.
    public var leaf: UnsafeRawBufferPointer { bytes(at: 1) ?? UnsafeRawBufferPointer(start: nil, count: 0) }
    /// The hash under which the leaf went into the tree.
    public var hash: UnsafeRawBufferPointer { bytes(at: 2) ?? UnsafeRawBufferPointer(start: nil, count: 0) }

    /// Whether the index columns are spelled as in `leaf`.
    public func hasColumns(of leaf: PlainLeaf) -> Bool {
        func agrees(_ column: Int, _ expected: UnsafeRawBufferPointer?) -> Bool {
            guard let found = bytes(at: column), let expected else {
                return bytes(at: column) == nil && expected == nil
            }
            return found.hasSameBytes(as: expected)
        }
        return agrees(3, leaf.time) && agrees(4, leaf.actor) && agrees(5, leaf.action) && agrees(6, leaf.object)
            && agrees(7, leaf.decision)
    }

    /// The first of the index columns that is not spelled as in `entry`; nil where all are.
    public func difference(from entry: LogEntry) -> String? {
        let expected = EntryColumns(entry)
        func differs(_ column: Int, _ expected: String?) -> Bool {
            guard let found = bytes(at: column), let expected else {
                return bytes(at: column) != nil || expected != nil
            }
            return !found.hasSameBytes(as: expected)
        }
        if differs(3, expected.time) { return "time" }
        if differs(4, expected.actor) { return "actor" }
        if differs(5, expected.action) { return "action" }
        if differs(6, expected.object) { return "object" }
        return differs(7, expected.decision) ? "decision" : nil
    }

    private func bytes(at column: Int) -> UnsafeRawBufferPointer? { statement.bytes(at: column) }
}
