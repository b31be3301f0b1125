public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A change of a principal's grant that waits for a second person; until then the old grant counts.
public struct GrantChange: Sendable {
    /// Whose.
    public let principal: PrincipalID
    /// What it is to be.
    public let grant: Grant
    /// The actor who asked for it: somebody else confirms it.
    public let askedBy: String
    /// The person that this actor was known to be when it asked.
    public let askedByPerson: Data?
    /// When.
    public let asked: Date

    /// A change of these parts.
    public init(
        principal: PrincipalID,
        grant: Grant,
        askedBy: String,
        askedByPerson: Data? = nil,
        asked: Date
    ) {
        self.principal = principal
        self.grant = grant
        self.askedBy = askedBy
        self.askedByPerson = askedByPerson
        self.asked = asked
    }
}

extension CatalogueReader {
    /// The change of a principal's grant that waits.
    public func grantChange(of principal: PrincipalID) throws -> GrantChange? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM grant_change WHERE principal = ?"),
            arguments: [principal.description]
        ).map { row in
            GrantChange(
                principal: principal,
                grant: Grant(
                    clearance: try row.value("clearance", Label.init(parsing:)),
                    unit: row["unit"],
                    floor: (row["floor"] as String?).flatMap(Label.init(parsing:)),
                    validity: Validity(starts: try row.optionalDate("starts"), ends: try row.optionalDate("ends"))
                ),
                askedBy: row["asked_by"],
                askedByPerson: row["asked_by_person"],
                asked: try row.date("asked")
            )
        }
    }

    /// How many accesses of a principal were delivered, in any form, since it was added.
    public func deliveredAccesses(of principal: PrincipalID) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(
                sql:
                    "SELECT count(*) FROM access WHERE principal = ? AND (delivered_sealed = 1 OR delivered_opened = 1)"
            ),
            arguments: [principal.description]
        ) ?? 0
    }
}

extension CatalogueWriter {
    /// Sets what a principal is given. A stream in progress that rests on it looks again.
    public func setGrant(_ grant: Grant, of principal: PrincipalID) throws {
        try database.executeCached(
            sql: "UPDATE principal SET clearance = ?, unit = ?, floor = ?, starts = ?, ends = ? WHERE id = ?",
            arguments: [
                grant.clearance.description, grant.unit, grant.floor?.description,
                grant.validity.starts.map(Timestamp.text), grant.validity.ends.map(Timestamp.text),
                principal.description,
            ]
        )
        pending.revokes = true
    }

    /// Keeps a change until it is confirmed, in place of one that waited.
    public func setGrantChange(_ change: GrantChange) throws {
        try removeGrantChange(of: change.principal)
        let (grant, validity) = (change.grant, change.grant.validity)
        try database.executeCached(
            sql: """
                INSERT INTO grant_change (principal, clearance, unit, floor, starts, ends, asked_by, asked_by_person,
                    asked)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                change.principal.description, grant.clearance.description, grant.unit, grant.floor?.description,
                validity.starts.map(Timestamp.text), validity.ends.map(Timestamp.text), change.askedBy,
                change.askedByPerson, Timestamp.text(change.asked),
            ]
        )
    }

    /// Forgets a change that waited; whether there was one.
    @discardableResult
    public func removeGrantChange(of principal: PrincipalID) throws -> Bool {
        try database.executeCached(
            sql: "DELETE FROM grant_change WHERE principal = ?",
            arguments: [principal.description]
        )
        return database.changesCount == 1
    }
}
