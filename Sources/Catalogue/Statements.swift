public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// What somebody said of a list, or decided about it.
public struct StatementRow: Sendable {
    /// What kind of statement.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Why the list was proposed.
        case proposal
        /// What the appraisal committee thinks of it.
        case opinion
        /// A letter of approval.
        case letter
        /// Somebody has seen the list and signs for it.
        case witness
        /// Items were taken off.
        case strike
        /// It was agreed to.
        case approval
        /// It was not agreed to.
        case refusal
        /// It was taken back.
        case cancellation
        /// Another archive has what stands on it.
        case record
    }

    /// The list.
    public let list: ListID
    /// From 1.
    public let number: Int
    /// What kind of statement it is.
    public let kind: Kind
    /// Who made it.
    public let principal: PrincipalID
    /// Keyed digest of that person.
    public let person: Data
    /// When.
    public let made: Date
    /// The digest of the list as it stood then.
    public let digest: Data
    /// What it says, sealed.
    public let sealed: Data
    /// Whether a scan came with it.
    public let hasScan: Bool

    /// A statement of these fields.
    public init(
        list: ListID,
        number: Int,
        kind: Kind,
        principal: PrincipalID,
        person: Data,
        made: Date,
        digest: Data,
        sealed: Data,
        hasScan: Bool
    ) {
        self.list = list
        self.number = number
        self.kind = kind
        self.principal = principal
        self.person = person
        self.made = made
        self.digest = digest
        self.sealed = sealed
        self.hasScan = hasScan
    }
}

extension CatalogueReader {
    /// Every statement on a list, the earliest first.
    public func statements(on list: ListID) throws -> [StatementRow] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT number, kind, principal, person, made, digest, sealed, scan IS NOT NULL AS has_scan
                    FROM list_statement WHERE list = ? ORDER BY number
                    """
            ),
            arguments: [list.description]
        ).map { row in
            StatementRow(
                list: list,
                number: row["number"],
                kind: try row.value("kind", StatementRow.Kind.init),
                principal: try row.value("principal", PrincipalID.init),
                person: row["person"],
                made: try row.date("made"),
                digest: row["digest"],
                sealed: row["sealed"],
                hasScan: row["has_scan"]
            )
        }
    }

    /// How many statements a list has.
    public func statementCount(on list: ListID) throws -> Int {
        let sql = "SELECT count(*) FROM list_statement WHERE list = ?"
        return try Int.fetchOne(database.cachedStatement(sql: sql), arguments: [list.description]) ?? 0
    }

    /// The sealed scan of a letter.
    public func scan(of number: Int, on list: ListID) throws -> Data? {
        try Data.fetchOne(
            database.cachedStatement(
                sql: "SELECT scan FROM list_statement WHERE list = ? AND number = ? AND scan IS NOT NULL"
            ),
            arguments: [list.description, number]
        )
    }
}

extension CatalogueWriter {
    /// Adds a statement, with its sealed scan where it has one.
    public func insert(_ row: StatementRow, scan: Data?) throws {
        try database.executeCached(
            sql: """
                INSERT INTO list_statement (list, number, kind, principal, person, made, digest, sealed, scan)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                row.list.description, row.number, row.kind.rawValue, row.principal.description, row.person,
                Timestamp.text(row.made), row.digest, row.sealed, scan,
            ]
        )
    }
}
