public import Foundation
import GRDB

extension CatalogueReader {
    /// The leaf of the newest entry of `action` that was allowed; nil where there is none.
    public func lastLeaf(of action: String) throws -> Data? {
        try Data.fetchOne(
            database.cachedStatement(
                sql: "SELECT leaf FROM entry WHERE action = ? AND decision = 'allow' ORDER BY seq DESC LIMIT 1"
            ),
            arguments: [action]
        )
    }
}
