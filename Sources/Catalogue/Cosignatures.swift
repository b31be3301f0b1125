import DurableSQLite
import GRDB

/// A checkpoint with one witness's cosignature.
public struct CosignedRow: Sendable {
    /// The number of entries.
    public let size: Int
    /// The vkey of the witness.
    public let witness: String
    /// The checkpoint, the log's signature and the cosignature.
    public let note: String

    /// A row of these fields.
    public init(size: Int, witness: String, note: String) {
        self.size = size
        self.witness = witness
        self.note = note
    }
}

extension CatalogueReader {
    /// Every cosigned checkpoint that is kept, the smallest first.
    public func cosigned() throws -> [CosignedRow] {
        try Row.fetchAll(database, sql: "SELECT size, witness, note FROM cosigned ORDER BY size, witness")
            .map { CosignedRow(size: $0["size"], witness: $0["witness"], note: $0["note"]) }
    }
}

extension CatalogueWriter {
    /// Keeps a cosigned checkpoint, and no other that is smaller and has no more cosignatures.
    public func keep(_ row: CosignedRow) throws {
        try database.executeCached(
            sql: """
                INSERT INTO cosigned (size, witness, note) VALUES (?, ?, ?)
                ON CONFLICT (size, witness) DO UPDATE SET note = excluded.note
                """,
            arguments: [row.size, row.witness, row.note]
        )
        try database.executeCached(
            sql: """
                WITH counted AS (SELECT size, count(*) AS number FROM cosigned GROUP BY size)
                DELETE FROM cosigned WHERE size IN (
                    SELECT one.size FROM counted AS one
                    JOIN counted AS other ON other.size > one.size AND other.number >= one.number
                )
                """
        )
    }

    /// Forgets what a witness cosigned that is asked no more, or what is of another log.
    public func forget(_ row: CosignedRow) throws {
        try database.executeCached(
            sql: "DELETE FROM cosigned WHERE size = ? AND witness = ?",
            arguments: [row.size, row.witness]
        )
    }
}
