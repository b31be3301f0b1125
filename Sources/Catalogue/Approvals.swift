public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// One person's agreement to an access, as the catalogue keeps it.
public struct ApprovalRow: Sendable {
    /// The access.
    public let access: AccessID
    /// The principal who agreed.
    public let principal: PrincipalID
    /// Keyed digest of the person who agreed.
    public let person: Data
    /// The same of the person in whose stead that was; equal to ``person`` where it was in nobody's.
    public let voice: Data
    /// The role in which it was given.
    public let role: Role

    /// A row of these fields.
    public init(access: AccessID, principal: PrincipalID, person: Data, voice: Data, role: Role) {
        self.access = access
        self.principal = principal
        self.person = person
        self.voice = voice
        self.role = role
    }
}

/// Somebody who decides in an approver's stead for a time.
public struct DelegationRow: Sendable {
    /// The delegation.
    public let id: DelegationID
    /// Who is stood in for.
    public let principal: PrincipalID
    /// Who stands in.
    public let delegate: PrincipalID
    /// From when.
    public let starts: Date
    /// Until when.
    public let ends: Date

    /// A row of these fields.
    public init(id: DelegationID, principal: PrincipalID, delegate: PrincipalID, starts: Date, ends: Date) {
        self.id = id
        self.principal = principal
        self.delegate = delegate
        self.starts = starts
        self.ends = ends
    }
}

extension CatalogueReader {
    /// Who has agreed to an access, the earliest first.
    public func approvals(of access: AccessID) throws -> [ApprovalRow] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT * FROM approval WHERE access = ? ORDER BY given, person"),
            arguments: [access.description]
        ).map { row in
            ApprovalRow(
                access: access,
                principal: try row.value("principal", PrincipalID.init),
                person: row["person"],
                voice: row["voice"],
                role: try row.value("role", Role.init(rawValue:))
            )
        }
    }

    /// Accesses that are open or pending at `time` and to which a principal has agreed, the earliest agreement first.
    public func accesses(agreedToBy principal: PrincipalID, at time: Date) throws -> [AccessRow] {
        try accesses(
            """
            JOIN approval ON approval.access = access.id
            WHERE approval.principal = \(principal.description) AND access.state IN ('pending', 'open')
            AND access.expires > \(Timestamp.text(time)) ORDER BY approval.given, access.id
            """
        )
    }

    private func delegations(_ condition: SQL) throws -> [DelegationRow] {
        try SQLRequest<Row>(literal: "SELECT * FROM delegation WHERE \(condition) ORDER BY starts, id", cached: true)
            .fetchAll(database).map { row in
                DelegationRow(
                    id: try row.value("id", DelegationID.init),
                    principal: try row.value("principal", PrincipalID.init),
                    delegate: try row.value("delegate", PrincipalID.init),
                    starts: try row.date("starts"),
                    ends: try row.date("ends")
                )
            }
    }

    /// In whose stead `delegate` decides at `time`.
    public func delegations(to delegate: PrincipalID, at time: Date) throws -> [DelegationRow] {
        let now = Timestamp.text(time)
        return try delegations("delegate = \(delegate.description) AND starts <= \(now) AND ends > \(now)")
    }

    /// Delegations by or to a principal that have not ended at `time`.
    public func delegations(of principal: PrincipalID, at time: Date) throws -> [DelegationRow] {
        let id = principal.description
        return try delegations("(principal = \(id) OR delegate = \(id)) AND ends > \(Timestamp.text(time))")
    }

    /// The delegation with this id.
    public func delegation(_ id: DelegationID) throws -> DelegationRow? {
        try delegations("id = \(id.description)").first
    }
}

extension CatalogueWriter {
    /// Adds an approval.
    public func insert(_ row: ApprovalRow, at time: Date) throws {
        try database.executeCached(
            sql: "INSERT INTO approval (access, principal, person, voice, role, given) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                row.access.description, row.principal.description, row.person, row.voice, row.role.rawValue,
                Timestamp.text(time),
            ]
        )
    }

    /// Adds a delegation.
    public func insert(_ row: DelegationRow) throws {
        try database.executeCached(
            sql: "INSERT INTO delegation (id, principal, delegate, starts, ends) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                row.id.description, row.principal.description, row.delegate.description, Timestamp.text(row.starts),
                Timestamp.text(row.ends),
            ]
        )
    }

    /// Ends a delegation; of one that had not begun nothing is left.
    public func end(_ delegation: DelegationID, at time: Date) throws {
        let now = Timestamp.text(time)
        try database.executeCached(
            sql: "DELETE FROM delegation WHERE id = ? AND starts >= ?",
            arguments: [delegation.description, now]
        )
        try database.executeCached(
            sql: "UPDATE delegation SET ends = min(ends, ?) WHERE id = ?",
            arguments: [now, delegation.description]
        )
    }
}
