public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

extension CatalogueReader {
    /// Up to `limit` open accesses of anybody, by id, after `id` where one is given.
    public func openAccesses(after id: AccessID?, limit: Int) throws -> [AccessID] {
        try String.fetchAll(
            database.cachedStatement(sql: "SELECT id FROM access WHERE state = 'open' AND id > ? ORDER BY id LIMIT ?"),
            arguments: [id?.description ?? "", limit]
        ).compactMap(AccessID.init)
    }

    /// How many accesses of `principal` were opened after `early`, and of them after `late`, whether or not they are open
    /// still; counted up to `limit`.
    public func accessCounts(
        of principal: PrincipalID,
        openedAfter early: Date,
        andAfter late: Date,
        limit: Int
    ) throws -> (early: Int, late: Int) {
        let row = try database.cachedRow(
            sql: """
                SELECT count(*), count(*) FILTER (WHERE opened > ?) FROM
                    (SELECT opened FROM access WHERE principal = ? AND opened > ? ORDER BY opened DESC LIMIT ?)
                """,
            arguments: [Timestamp.text(late), principal.description, Timestamp.text(early), limit]
        )
        return row.map { ($0[0], $0[1]) } ?? (0, 0)
    }
}
