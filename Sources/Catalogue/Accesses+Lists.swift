public import ArchiveCore
public import Foundation
import GRDB

extension CatalogueReader {
    /// Up to `limit` open accesses of anybody, by id, after `id` where one is given.
    public func openAccesses(after id: AccessID?, limit: Int) throws -> [AccessID] {
        try String.fetchAll(
            database,
            sql: "SELECT id FROM access WHERE state = 'open' AND id > ? ORDER BY id LIMIT ?",
            arguments: [id?.description ?? "", limit]
        ).compactMap(AccessID.init)
    }

    /// How many accesses of `principal` were opened after `time`, whether or not they are open still; counted up to
    /// `limit`.
    public func accessCount(of principal: PrincipalID, openedAfter time: Date, limit: Int) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT count(*) FROM
                        (SELECT 1 FROM access WHERE principal = ? AND opened > ? LIMIT ?)
                    """
            ),
            arguments: [principal.description, Timestamp.text(time), limit]
        ) ?? 0
    }
}
