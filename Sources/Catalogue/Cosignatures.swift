import DurableSQLite
import GRDB

/// A checkpoint with one witness's cosignature.
public struct CosignedRow: Sendable, Hashable {
    /// The name of the log that signed it.
    public let origin: String
    /// The number of entries.
    public let size: Int
    /// The vkey of the witness.
    public let witness: String
    /// The checkpoint, the log's signature and the cosignature.
    public let note: String

    /// A row of these fields.
    public init(origin: String, size: Int, witness: String, note: String) {
        self.origin = origin
        self.size = size
        self.witness = witness
        self.note = note
    }
}

extension CatalogueReader {
    /// Every cosigned checkpoint of an origin that is kept, the smallest first.
    public func cosigned(of origin: String) throws -> [CosignedRow] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT origin, size, witness, note FROM cosigned WHERE origin = ? ORDER BY size, witness"
            ),
            arguments: [origin]
        )
        .map { CosignedRow(origin: $0[0], size: $0[1], witness: $0[2], note: $0[3]) }
    }
}

extension CatalogueWriter {
    /// Keeps a cosigned checkpoint, and of smaller ones of its origin those that have more cosignatures, or are the newest of
    /// some witness.
    public func keep(_ row: CosignedRow) throws {
        try database.executeCached(
            sql: """
                INSERT INTO cosigned (origin, size, witness, note) VALUES (?, ?, ?, ?)
                ON CONFLICT (origin, size, witness) DO UPDATE SET note = excluded.note
                """,
            arguments: [row.origin, row.size, row.witness, row.note]
        )
        try database.executeCached(
            sql: """
                WITH own AS (SELECT size, witness FROM cosigned WHERE origin = ?1),
                    counted AS (SELECT size, count(*) AS number FROM own GROUP BY size)
                DELETE FROM cosigned WHERE origin = ?1
                    AND size NOT IN (SELECT max(size) FROM own GROUP BY witness)
                    AND size IN (
                        SELECT one.size FROM counted AS one
                        JOIN counted AS other ON other.size > one.size AND other.number >= one.number
                    )
                """,
            arguments: [row.origin]
        )
    }
}
