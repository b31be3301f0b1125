public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A principal as an auditor's directory lists it.
public struct DirectoryRow: Sendable {
    /// The principal.
    public let principal: PrincipalRow
    /// The oldest principal of the same person, which may be itself.
    public let first: PrincipalID
    /// Every certificate that it ever had, oldest first.
    public internal(set) var credentials: [Credential]
}

extension CatalogueReader {
    /// Up to `limit` principals, oldest first, of those that come after `principal`; with the states that they are in at
    /// `now`. One query, however many there are.
    public func directory(after principal: PrincipalID?, limit: Int, at now: Date) throws -> [DirectoryRow] {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    WITH page AS (
                        SELECT * FROM principal
                        WHERE ?1 IS NULL OR (created, id) > (SELECT created, id FROM principal WHERE id = ?1)
                        ORDER BY created, id LIMIT ?2
                    )
                    SELECT page.*, credential.*, (
                        SELECT other.id FROM principal other WHERE other.person = page.person
                        ORDER BY other.created, other.id LIMIT 1
                    ) AS first
                    FROM page LEFT JOIN credential ON credential.principal = page.id
                    ORDER BY page.created, page.id, credential.not_before, credential.certificate
                    """
            ),
            arguments: [principal?.description, limit]
        )
        var found: [DirectoryRow] = []
        while let row = try rows.next() {
            let credentials = (row["certificate"] as String?) == nil ? [] : [try credential(row)]
            let person = try principalRow(row, at: now)
            if let last = found.last, last.principal.principal.id == person.principal.id {
                found[found.count - 1].credentials += credentials
            } else {
                found.append(
                    DirectoryRow(
                        principal: person,
                        first: try row.value("first", PrincipalID.init),
                        credentials: credentials
                    )
                )
            }
        }
        return found
    }
}
