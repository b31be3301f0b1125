package import ArchiveCore
import Foundation
package import Vault

/// One page of a list: from where on, how many, and the cursor to the page behind it.
///
/// A cursor is sealed and bound to its list, its query and its caller (DESIGN.md invariant 4).
package struct PageRequest<Query: Codable & Equatable & Sendable, ID: Codable & Sendable>: Sendable {
    /// A place in the order of the list.
    package struct Place: Codable, Sendable {
        package var position: String
        package var id: ID

        package init(position: String, id: ID) {
            self.position = position
            self.id = id
        }
    }

    /// Rows of the longest page.
    private static var maximumLimit: Int { 500 }

    private struct Cursor: Codable {
        var list: String
        var query: Query
        var place: Place
    }

    /// The place behind which it begins; nil for the beginning.
    package let after: Place?
    private let limit: Int
    private let list: String
    private let query: Query
    private let caller: String
    private let seal: SecretSeal

    /// The page of `list` that answers `query` behind `cursor`.
    ///
    /// - Throws: `bad-request` for a limit that is none, and a cursor that is of something else.
    package init(
        _ list: String,
        _ query: Query,
        limit: Int,
        cursor: String?,
        by caller: Caller,
        under seal: SecretSeal
    ) throws(ArchiveError) {
        guard (1...Self.maximumLimit).contains(limit) else {
            throw ArchiveError(.badRequest, "limit must be 1 to \(Self.maximumLimit)")
        }
        self.limit = limit
        self.list = list
        self.query = query
        self.caller = caller.principal.id.description
        self.seal = seal
        guard let cursor else {
            after = nil
            return
        }
        guard let sealed = Base32.decode(cursor),
            let opened = try? seal.open(Data(sealed), context: self.caller),
            let found = try? CanonicalJSON.decode(Cursor.self, from: opened), found.list == list, found.query == query
        else { throw ArchiveError(.badRequest, "this cursor is not of this query") }
        after = found.place
    }

    /// How many rows to read: one more than asked for tells whether there is a next page.
    package var count: Int { limit + 1 }

    /// The rows of this page, of those that were read, and the cursor to what follows; nil at the end.
    package func cut<Row>(_ rows: [Row], place: (Row) -> Place) throws -> (rows: [Row], next: String?) {
        let page = Array(rows.prefix(limit))
        guard rows.count > page.count, let last = page.last else { return (page, nil) }
        let cursor = Cursor(list: list, query: query, place: place(last))
        return (page, Base32.encode(try seal.seal(CanonicalJSON.encode(cursor), context: caller)))
    }
}
