public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A principal as the catalogue keeps it.
public struct PrincipalRow: Sendable {
    /// What decisions need; its state is what it was found to be when it was read.
    public private(set) var principal: Principal
    /// Its state as it is kept: never `expired` nor `not-yet-valid`.
    public let state: PrincipalState
    /// When it counts.
    public let validity: Validity
    /// The actor who added it: somebody else confirms it.
    public let addedBy: String
    /// The person that this actor was known to be when it was added.
    public let addedByPerson: Data?
    /// The actor who confirmed it, or its last change.
    public let confirmedBy: String?
    /// The user of the host that the same person is, where that is known.
    public let hostUser: UInt32?
    /// The other of the two principals that an archive begins with, and that confirm each other.
    public let counterpart: PrincipalID?
    /// Keyed digest of the natural person or machine.
    public let person: Data
    /// When it was added.
    public let created: Date
    /// Name and person, sealed under the directory key.
    public let sealed: Data

    /// A row of these fields; `principal` has its state as it is kept.
    public init(
        principal: Principal,
        validity: Validity = Validity(),
        addedBy: String,
        addedByPerson: Data? = nil,
        confirmedBy: String? = nil,
        person: Data,
        hostUser: UInt32? = nil,
        counterpart: PrincipalID? = nil,
        created: Date,
        sealed: Data
    ) {
        self.principal = principal
        state = principal.state
        self.validity = validity
        self.addedBy = addedBy
        self.addedByPerson = addedByPerson
        self.confirmedBy = confirmedBy
        self.hostUser = hostUser
        self.counterpart = counterpart
        self.person = person
        self.created = created
        self.sealed = sealed
    }

    /// Whether name and person were erased.
    public var isErased: Bool { sealed.isEmpty }

    /// What it was given.
    public var grant: Grant {
        Grant(clearance: principal.clearance, unit: principal.unit, floor: principal.floor, validity: validity)
    }

    /// The same as it is at `now`.
    fileprivate init(_ row: PrincipalRow, at now: Date) {
        self = row
        principal = Principal(
            id: row.principal.id,
            role: row.principal.role,
            clearance: row.principal.clearance,
            unit: row.principal.unit,
            state: row.validity.state(row.state, at: now),
            floor: row.principal.floor,
            ends: row.validity.ends
        )
    }
}

extension Row {
    /// A column that holds an RFC 3339 text written by ``Timestamp``.
    func date(_ column: String) throws -> Date {
        guard let date = Timestamp.date(self[column]) else { throw malformed(column) }
        return date
    }

    /// Like ``date(_:)``, nil where the column is NULL.
    func optionalDate(_ column: String) throws -> Date? {
        guard (self[column] as String?) != nil else { return nil }
        return try date(column)
    }

    /// A column that holds what `parse` reads.
    func value<Value>(_ column: String, _ parse: (String) -> Value?) throws -> Value {
        guard let value = parse(self[column]) else { throw malformed(column) }
        return value
    }

    /// Like ``value(_:_:)``, nil where the column is NULL.
    func optionalValue<Value>(_ column: String, _ parse: (String) -> Value?) throws -> Value? {
        guard (self[column] as String?) != nil else { return nil }
        return try value(column, parse)
    }

    private func malformed(_ column: String) -> ArchiveError {
        ArchiveError(.storage, "column \(column) of the catalogue holds what was never written there")
    }
}

extension CatalogueReader {
    /// The principal of a row, with the state that it is in at `now`.
    func principalRow(_ row: Row, at now: Date) throws -> PrincipalRow { PrincipalRow(try principalRow(row), at: now) }

    private func principalRow(_ row: Row) throws -> PrincipalRow {
        let validity = Validity(starts: try row.optionalDate("starts"), ends: try row.optionalDate("ends"))
        return PrincipalRow(
            principal: Principal(
                id: try row.value("id", PrincipalID.init),
                role: try row.value("role", Role.init(rawValue:)),
                clearance: try row.value("clearance", Label.init(parsing:)),
                unit: row["unit"],
                state: try row.value("state", PrincipalState.init(rawValue:)),
                floor: (row["floor"] as String?).flatMap(Label.init(parsing:)),
                ends: validity.ends
            ),
            validity: validity,
            addedBy: row["added_by"],
            addedByPerson: row["added_by_person"],
            confirmedBy: row["confirmed_by"],
            person: row["person"],
            hostUser: row["host_user"],
            counterpart: (row["counterpart"] as String?).flatMap(PrincipalID.init),
            created: try row.date("created"),
            sealed: row["sealed"]
        )
    }

    /// The principal with this id, with the state that it is in at `now`: every question whether it counts depends on that.
    public func principal(_ id: PrincipalID, at now: Date) throws -> PrincipalRow? {
        try database.cachedRow(sql: "SELECT * FROM principal WHERE id = ?", arguments: [id.description])
            .map { PrincipalRow(try principalRow($0), at: now) }
    }

    /// Every principal, oldest first, with the state that it is in at `now`; as it is kept where there is no `now`.
    public func principals(at now: Date? = nil) throws -> [PrincipalRow] {
        try Row.fetchAll(database.cachedStatement(sql: "SELECT * FROM principal ORDER BY created, id")).map { row in
            let kept = try principalRow(row)
            return now.map { PrincipalRow(kept, at: $0) } ?? kept
        }
    }

    /// Every principal of a natural person or machine, oldest first; their states are those that are kept.
    public func principals(ofPerson person: Data) throws -> [PrincipalRow] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT * FROM principal WHERE person = ? ORDER BY created, id"),
            arguments: [person]
        ).map(principalRow)
    }

    /// The natural person behind the actor of an entry, as a keyed digest; nil where nobody said who it is.
    public func person(ofActor name: String) throws -> Data? {
        if name.hasPrefix("uid:") {
            return try Data.fetchOne(
                database.cachedStatement(sql: "SELECT person FROM principal WHERE host_user = ?"),
                arguments: [UInt32(name.dropFirst("uid:".count))]
            )
        }
        return try Data.fetchOne(
            database.cachedStatement(sql: "SELECT person FROM principal WHERE id = ?"),
            arguments: [name]
        )
    }

    /// When an actor did something last.
    public func lastEntry(by actor: String) throws -> Date? {
        let sql = "SELECT time FROM entry WHERE actor = ? ORDER BY seq DESC LIMIT 1"
        return try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [actor])?.date("time")
    }

    /// Unfinished uploads of a principal, oldest first, and how many of its payloads are in quarantine.
    public func leftBehind(by principal: PrincipalID) throws -> (uploads: [UploadRow], quarantined: Int) {
        let uploads = try receivingUploads().filter { $0.principal == principal }
        let count = try Int.fetchOne(
            database.cachedStatement(sql: "SELECT count(*) FROM quarantine WHERE principal = ?"),
            arguments: [principal.description]
        )
        return (uploads, count ?? 0)
    }
}

extension CatalogueWriter {
    /// Adds a principal.
    public func insert(_ row: PrincipalRow) throws {
        let principal = row.principal
        try database.executeCached(
            sql: """
                INSERT INTO principal (id, role, clearance, unit, floor, state, starts, ends, added_by, added_by_person,
                    person, host_user, created, sealed)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                principal.id.description, principal.role.rawValue, principal.clearance.description, principal.unit,
                principal.floor?.description, row.state.rawValue, row.validity.starts.map(Timestamp.text),
                row.validity.ends.map(Timestamp.text), row.addedBy, row.addedByPerson, row.person, row.hostUser,
                Timestamp.text(row.created), row.sealed,
            ]
        )
    }

    /// Adds a principal, and the invite that enrols it once.
    public func insert(_ row: PrincipalRow, inviteDigest: Data, inviteExpires: Date) throws {
        try insert(row)
        try setInvite(of: row.principal.id, digest: inviteDigest, expires: inviteExpires)
    }

    /// Makes two principals the ones that confirm each other.
    public func pair(_ one: PrincipalID, _ other: PrincipalID) throws {
        for (first, second) in [(one, other), (other, one)] {
            try database.executeCached(
                sql: "UPDATE principal SET counterpart = ? WHERE id = ?",
                arguments: [second.description, first.description]
            )
        }
    }

    /// Sets whether a principal counts.
    public func setState(_ state: PrincipalState, of principal: PrincipalID) throws {
        try database.executeCached(
            sql: "UPDATE principal SET state = ? WHERE id = ?",
            arguments: [state.rawValue, principal.description]
        )
        if state == .disabled { pending.revokes = true }
    }

    /// Notes who confirmed a principal.
    public func setConfirmed(_ principal: PrincipalID, by actor: String) throws {
        try database.executeCached(
            sql: "UPDATE principal SET confirmed_by = ? WHERE id = ?",
            arguments: [actor, principal.description]
        )
    }

    /// Says which user of the host the person of a principal is; nil for none.
    ///
    /// - Throws: `conflict` where another principal has it.
    public func setHostUser(_ user: UInt32?, of principal: PrincipalID) throws {
        let sql = "SELECT id FROM principal WHERE host_user = ? AND id <> ?"
        if let other = try String.fetchOne(
            database.cachedStatement(sql: sql),
            arguments: [user, principal.description]
        ) {
            throw ArchiveError(.conflict, "this user of the host is that of principal \(other)")
        }
        try database.executeCached(
            sql: "UPDATE principal SET host_user = ? WHERE id = ?",
            arguments: [user, principal.description]
        )
    }

    /// Erases name and person of a principal; its rights, keys and acts stay.
    public func eraseNames(of principal: PrincipalID) throws {
        try setSealed(Data(), of: principal)
        try markUnscrubbed()
    }

    /// Gives a principal another name in the directory.
    public func setSealed(_ sealed: Data, of principal: PrincipalID) throws {
        try database.executeCached(
            sql: "UPDATE principal SET sealed = ? WHERE id = ?",
            arguments: [sealed, principal.description]
        )
    }
}
