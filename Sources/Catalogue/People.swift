public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A principal as the catalogue keeps it.
public struct PrincipalRow: Sendable {
    /// What decisions need.
    public let principal: Principal
    /// The actor who added it: somebody else confirms it.
    public let addedBy: String
    /// Keyed digest of the natural person or machine.
    public let person: Data
    /// When it was added.
    public let created: Date
    /// Name and person, sealed under the directory key.
    public let sealed: Data

    /// A row of these fields.
    public init(principal: Principal, addedBy: String, person: Data, created: Date, sealed: Data) {
        self.principal = principal
        self.addedBy = addedBy
        self.person = person
        self.created = created
        self.sealed = sealed
    }
}

/// A certificate that was issued, with the age recipients of the machine that holds its key.
public struct Credential: Sendable {
    /// SHA-256 of the public key (SubjectPublicKeyInfo).
    public let key: Data
    /// Whose it is.
    public let principal: PrincipalID
    /// SHA-256 of the certificate, hex: the name by which entries speak of it.
    public let certificate: String
    /// Not valid before.
    public let notBefore: Date
    /// Not valid after.
    public let notAfter: Date
    /// The age recipient `age1…`.
    public let x25519: String
    /// The age recipient `age1pq1…`.
    public let hybrid: String

    /// A credential of these fields.
    public init(
        key: Data,
        principal: PrincipalID,
        certificate: String,
        notBefore: Date,
        notAfter: Date,
        x25519: String,
        hybrid: String
    ) {
        self.key = key
        self.principal = principal
        self.certificate = certificate
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.x25519 = x25519
        self.hybrid = hybrid
    }
}

/// The one-time invite of a principal.
public struct InviteRow: Sendable {
    /// SHA-256 of the secret.
    public let digest: Data
    /// From when it does not count.
    public let expires: Date
    /// When it was used.
    public let used: Date?
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

    private func malformed(_ column: String) -> ArchiveError {
        ArchiveError(.storage, "column \(column) of the catalogue holds what was never written there")
    }
}

extension CatalogueReader {
    private func principalRow(_ row: Row) throws -> PrincipalRow {
        let floor: String? = row["floor"]
        return PrincipalRow(
            principal: Principal(
                id: try row.value("id", PrincipalID.init),
                role: try row.value("role", Role.init(rawValue:)),
                clearance: try row.value("clearance", Label.init(parsing:)),
                unit: row["unit"],
                state: try row.value("state", PrincipalState.init(rawValue:)),
                floor: floor.flatMap(Label.init(parsing:))
            ),
            addedBy: row["added_by"],
            person: row["person"],
            created: try row.date("created"),
            sealed: row["sealed"]
        )
    }

    /// The principal with this id.
    public func principal(_ id: PrincipalID) throws -> PrincipalRow? {
        try database.cachedRow(sql: "SELECT * FROM principal WHERE id = ?", arguments: [id.description])
            .map(principalRow)
    }

    /// Every principal, oldest first.
    public func principals() throws -> [PrincipalRow] {
        try Row.fetchAll(database, sql: "SELECT * FROM principal ORDER BY created, id").map(principalRow)
    }

    /// The credential whose certificate has this SHA-256 (hex): one that was issued here, byte for byte.
    public func credential(certificate: String) throws -> Credential? {
        try database.cachedRow(sql: "SELECT * FROM credential WHERE certificate = ?", arguments: [certificate]).map {
            row in
            Credential(
                key: row["key"],
                principal: try row.value("principal", PrincipalID.init),
                certificate: row["certificate"],
                notBefore: try row.date("not_before"),
                notAfter: try row.date("not_after"),
                x25519: row["x25519"],
                hybrid: row["hybrid"]
            )
        }
    }

    /// How many certificates of a principal have not ended at `time`.
    public func credentialCount(of principal: PrincipalID, at time: Date) throws -> Int {
        try Int.fetchOne(
            database,
            sql: "SELECT count(*) FROM credential WHERE principal = ? AND not_after > ?",
            arguments: [principal.description, Timestamp.text(time)]
        ) ?? 0
    }

    /// The invite of a principal.
    public func invite(of principal: PrincipalID) throws -> InviteRow? {
        try Row.fetchOne(
            database,
            sql: "SELECT * FROM invite WHERE principal = ?",
            arguments: [principal.description]
        ).map {
            InviteRow(digest: $0["digest"], expires: try $0.date("expires"), used: try $0.optionalDate("used"))
        }
    }
}

extension CatalogueWriter {
    /// Adds a principal, and the invite that enrols it once.
    public func insert(_ row: PrincipalRow, inviteDigest: Data, inviteExpires: Date) throws {
        let principal = row.principal
        try database.execute(
            sql: """
                INSERT INTO principal (id, role, clearance, unit, floor, state, added_by, person, created, sealed)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                principal.id.description, principal.role.rawValue, principal.clearance.description, principal.unit,
                principal.floor?.description, principal.state.rawValue, row.addedBy, row.person,
                Timestamp.text(row.created),
                row.sealed,
            ]
        )
        try database.execute(
            sql: "INSERT INTO invite (principal, digest, expires) VALUES (?, ?, ?)",
            arguments: [principal.id.description, inviteDigest, Timestamp.text(inviteExpires)]
        )
    }

    /// Marks the invite used and the principal active, and keeps its credential.
    public func enrol(_ credential: Credential, at time: Date) throws {
        try database.execute(
            sql: "UPDATE invite SET used = ? WHERE principal = ? AND used IS NULL",
            arguments: [Timestamp.text(time), credential.principal.description]
        )
        guard database.changesCount == 1 else { throw ArchiveError(.badInvite, "this invite has been used") }
        try insert(credential)
        try setState(.active, of: credential.principal)
    }

    /// Keeps a credential beside those that the principal has.
    public func insert(_ credential: Credential) throws {
        try database.execute(
            sql: """
                INSERT INTO credential (key, principal, certificate, not_before, not_after, x25519, hybrid)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                credential.key, credential.principal.description, credential.certificate,
                Timestamp.text(credential.notBefore), Timestamp.text(credential.notAfter), credential.x25519,
                credential.hybrid,
            ]
        )
    }

    /// Notes that an enrolment with the invite of `principal` was refused; whether it was the first time. False where there
    /// is no such invite.
    public func refuseInvite(of principal: PrincipalID, at time: Date) throws -> Bool {
        try database.execute(
            sql: "UPDATE invite SET refused = ? WHERE principal = ? AND refused IS NULL",
            arguments: [Timestamp.text(time), principal.description]
        )
        return database.changesCount == 1
    }

    /// Sets whether a principal counts.
    public func setState(_ state: PrincipalState, of principal: PrincipalID) throws {
        try database.execute(
            sql: "UPDATE principal SET state = ? WHERE id = ?",
            arguments: [state.rawValue, principal.description]
        )
        if state == .disabled { pending.revokes = true }
    }
}
