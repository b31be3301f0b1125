import DurableSQLite
public import Foundation
import GRDB

extension CatalogueReader {
    /// The hashes of nodes of the log's tree as tiles have them: of leaves for level 0, of full tiles of the level below for
    /// the others; fewer where the log does not have them all.
    public func hashes(level: Int, _ nodes: Range<Int>) throws -> [Data] {
        var hashes: [Data] = []
        try forEachHash(level: level, nodes) { hashes.append(Data($0)) }
        return hashes
    }

    /// Gives `body` the same where SQLite has them: each is valid only until `body` returns.
    public func forEachHash(level: Int, _ nodes: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let statement = try database.cachedStatement(
            sql: level == 0
                ? "SELECT hash FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq"
                : "SELECT hash FROM tile_hash WHERE number >= ? AND number < ? AND level = ? ORDER BY number"
        )
        let bounds: StatementArguments = [nodes.lowerBound, nodes.upperBound]
        let rows = try Row.fetchCursor(statement, arguments: level == 0 ? bounds : bounds + [level])
        while try rows.next() != nil {
            if let hash = statement.bytes(at: 0) { try body(hash) }
        }
    }

    /// The leaves of these entries; fewer where the log does not have them all.
    public func leaves(_ seqs: Range<Int>) throws -> [Data] {
        try Data.fetchAll(
            database.cachedStatement(sql: "SELECT leaf FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq"),
            arguments: [seqs.lowerBound, seqs.upperBound]
        )
    }

    /// How many hashes of tiles there are above level 0.
    public func tileHashCount() throws -> Int {
        try Int.fetchOne(database.cachedStatement(sql: "SELECT count(*) FROM tile_hash")) ?? 0
    }
}
