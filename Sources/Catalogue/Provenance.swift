import DurableSQLite
public import Foundation
import GRDB

extension CatalogueReader {
    /// Up to `limit` leaves of entries about `object`, with one of these actions, that were done; in the order of the log.
    ///
    /// - Parameter seq: only entries with a greater number.
    public func leaves(
        on object: String,
        actions: [String],
        after seq: Int,
        limit: Int
    ) throws -> [(seq: Int, leaf: Data)] {
        try SQLRequest<Row>(
            literal: """
                SELECT seq, leaf FROM entry
                WHERE object = \(object) AND seq > \(seq) AND decision = 'allow' AND action IN \(actions)
                ORDER BY seq LIMIT \(limit)
                """
        ).fetchAll(database).map { ($0[0], $0[1]) }
    }
}
