import ArchiveCore
import DurableSQLite
import Foundation
import GRDB

/// An origin that the log was restarted under.
public struct LogOriginRow: Sendable, Hashable {
    /// The first entry under it.
    public let begins: Int
    /// Its name.
    public let origin: String
    /// The first signed note under it; where the key of the origin before was there, signed by that too.
    public let checkpoint: String
    /// The last signed note of the origin before, which the log was behind.
    public let superseded: String

    /// An origin with these columns.
    public init(begins: Int, origin: String, checkpoint: String, superseded: String) {
        self.begins = begins
        self.origin = origin
        self.checkpoint = checkpoint
        self.superseded = superseded
    }
}

extension CatalogueReader {
    /// The origins that the log was restarted under, oldest first.
    public func logOrigins() throws -> [LogOriginRow] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT begins, origin, checkpoint, superseded FROM log_origin ORDER BY begins"
            )
        )
        .map { LogOriginRow(begins: $0[0], origin: $0[1], checkpoint: $0[2], superseded: $0[3]) }
    }
}

extension CatalogueWriter {
    /// The signed head with the entries of this transaction so far.
    public func logCheckpoint() throws -> String? { try pending.tree?.checkpoint() }

    /// Has another tree, of the same leaves, take the place of the log's from this transaction on.
    public func changeLog(_ change: (any LogTree) throws -> any LogTree) throws {
        guard let tree = pending.tree else { throw ArchiveError(.unexpected, "the log was not started") }
        pending.tree = try change(tree)
    }

    /// Keeps an origin that begins in this transaction.
    public func insert(_ row: LogOriginRow) throws {
        try database.executeCached(
            sql: "INSERT INTO log_origin (begins, origin, checkpoint, superseded) VALUES (?, ?, ?, ?)",
            arguments: [row.begins, row.origin, row.checkpoint, row.superseded]
        )
    }
}
