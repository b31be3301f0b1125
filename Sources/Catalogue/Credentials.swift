public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

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
    /// SHA-256 of the public key of the CA that issued it; nil where that is this archive's own.
    public let issuer: Data?
    /// SHA-256 of the certificate, hex, of this archive's own CA that issued it; nil where that is another CA.
    public let authority: String?
    /// SHA-256 of the certificate, hex, in whose place this one was issued; nil where there was none, and from the moment that
    /// this one was shown here: until then the answer with it may be lost.
    public let replaces: String?
    /// From when it does not count, whatever its dates say: its machine or key was lost.
    public let revoked: Date?

    /// A credential of these fields.
    public init(
        key: Data,
        principal: PrincipalID,
        certificate: String,
        notBefore: Date,
        notAfter: Date,
        x25519: String,
        hybrid: String,
        issuer: Data? = nil,
        authority: String? = nil,
        replaces: String? = nil,
        revoked: Date? = nil
    ) {
        self.authority = authority
        self.replaces = replaces
        self.issuer = issuer
        self.revoked = revoked
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

extension CatalogueReader {
    func credential(_ row: Row) throws -> Credential {
        Credential(
            key: row["key"],
            principal: try row.value("principal", PrincipalID.init),
            certificate: row["certificate"],
            notBefore: try row.date("not_before"),
            notAfter: try row.date("not_after"),
            x25519: row["x25519"],
            hybrid: row["hybrid"],
            issuer: row["issuer"],
            authority: row["authority"],
            replaces: row["replaces"],
            revoked: try row.optionalDate("revoked")
        )
    }

    /// The credential whose certificate has this SHA-256 (hex): one that was issued or registered here, byte for byte.
    public func credential(certificate: String) throws -> Credential? {
        try database.cachedRow(sql: "SELECT * FROM credential WHERE certificate = ?", arguments: [certificate])
            .map(credential)
    }

    /// Every credential of a principal, oldest first.
    public func credentials(of principal: PrincipalID) throws -> [Credential] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT * FROM credential WHERE principal = ? ORDER BY not_before, certificate"
            ),
            arguments: [principal.description]
        ).map(credential)
    }

    /// How many certificates of a principal count or will count after `time`.
    public func credentialCount(of principal: PrincipalID, at time: Date) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(
                sql: "SELECT count(*) FROM credential WHERE principal = ? AND not_after > ? AND revoked IS NULL"
            ),
            arguments: [principal.description, Timestamp.text(time)]
        ) ?? 0
    }

    /// The certificates of the CA with this fingerprint that are not revoked and whose machines have shown no other in their place.
    public func unrenewed(ofAuthority authority: String) throws -> [Credential] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT * FROM credential WHERE authority = ? AND revoked IS NULL AND renewed IS NULL
                    ORDER BY not_after, certificate
                    """
            ),
            arguments: [authority]
        ).map(credential)
    }

    /// The invite of a principal.
    public func invite(of principal: PrincipalID) throws -> InviteRow? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM invite WHERE principal = ?"),
            arguments: [principal.description]
        ).map {
            InviteRow(digest: $0["digest"], expires: try $0.date("expires"), used: try $0.optionalDate("used"))
        }
    }

    /// The principals whose certificates come from the CA with this key under one of these names, given as keyed digests.
    public func principals(issuer: Data, names: [Data]) throws -> Set<PrincipalID> {
        try names.reduce(into: []) { found, name in
            let sql = "SELECT principal FROM external_identity WHERE issuer = ? AND name = ?"
            if let id = try String.fetchOne(database.cachedStatement(sql: sql), arguments: [issuer, name]).flatMap(
                PrincipalID.init
            ) {
                found.insert(id)
            }
        }
    }
}

extension CatalogueWriter {
    /// Gives a principal an invite, in place of any that it had.
    public func setInvite(of principal: PrincipalID, digest: Data, expires: Date) throws {
        try database.executeCached(
            sql: """
                INSERT INTO invite (principal, digest, expires) VALUES (?, ?, ?)
                ON CONFLICT (principal) DO UPDATE SET digest = excluded.digest, expires = excluded.expires, used = NULL,
                    refused = NULL
                """,
            arguments: [principal.description, digest, Timestamp.text(expires)]
        )
    }

    /// Marks the invite used, keeps the credential, and makes a principal that was invited an active one.
    public func enrol(_ credential: Credential, at time: Date) throws {
        try database.executeCached(
            sql: "UPDATE invite SET used = ? WHERE principal = ? AND used IS NULL",
            arguments: [Timestamp.text(time), credential.principal.description]
        )
        guard database.changesCount == 1 else { throw ArchiveError(.badInvite, "this invite has been used") }
        try register(credential)
    }

    /// Keeps the credential, and makes a principal that was invited an active one.
    public func register(_ credential: Credential) throws {
        try insert(credential)
        try database.executeCached(
            sql: "UPDATE principal SET state = 'active' WHERE id = ? AND state = 'invited'",
            arguments: [credential.principal.description]
        )
    }

    /// Keeps a credential beside those that the principal has.
    public func insert(_ credential: Credential) throws {
        try database.executeCached(
            sql: """
                INSERT INTO credential
                    (key, principal, certificate, not_before, not_after, x25519, hybrid, issuer, authority, replaces)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                credential.key, credential.principal.description, credential.certificate,
                Timestamp.text(credential.notBefore), Timestamp.text(credential.notAfter), credential.x25519,
                credential.hybrid, credential.issuer, credential.authority, credential.replaces,
            ]
        )
    }

    /// Remembers that the machine of this certificate has it: the one in whose place it was issued is renewed, and so are the
    /// others that were issued in that one's place, the answers with which were lost. All count until their end all the same.
    public func markShown(certificate: String, at time: Date) throws {
        guard let credential = try reader.credential(certificate: certificate), let replaced = credential.replaces
        else { return }
        try database.executeCached(
            sql: """
                UPDATE credential SET renewed = ?1
                WHERE principal = ?2 AND renewed IS NULL AND (certificate = ?3 OR replaces = ?3)
                """,
            arguments: [Timestamp.text(time), credential.principal.description, replaced]
        )
        // Also where another that was issued in that place was shown before: this one is used.
        try database.executeCached(
            sql: "UPDATE credential SET replaces = NULL, renewed = NULL WHERE certificate = ?",
            arguments: [certificate]
        )
    }

    /// Has no certificate of a principal count any more, nor renew; how many counted until now.
    @discardableResult
    public func revokeCredentials(of principal: PrincipalID, at time: Date) throws -> Int {
        let counted = try reader.credentialCount(of: principal, at: time)
        // Those that have ended, too: a machine's renews for a while after its end.
        try database.executeCached(
            sql: "UPDATE credential SET revoked = ? WHERE principal = ? AND revoked IS NULL",
            arguments: [Timestamp.text(time), principal.description]
        )
        pending.revokes = true
        return counted
    }

    /// Notes that an enrolment with the invite of `principal` was refused; whether it was the first time. False where there
    /// is no such invite.
    public func refuseInvite(of principal: PrincipalID, at time: Date) throws -> Bool {
        try database.executeCached(
            sql: "UPDATE invite SET refused = ? WHERE principal = ? AND refused IS NULL",
            arguments: [Timestamp.text(time), principal.description]
        )
        return database.changesCount == 1
    }

    /// Lets a certificate be registered anew, as another principal's.
    public func remove(_ credential: Credential) throws {
        try database.executeCached(
            sql: "DELETE FROM credential WHERE certificate = ?",
            arguments: [credential.certificate]
        )
        pending.revokes = true
    }

    /// Lets the name of a principal's certificates of another CA be given to another principal.
    public func removeExternalIdentity(of principal: PrincipalID) throws {
        try database.executeCached(
            sql: "DELETE FROM external_identity WHERE principal = ?",
            arguments: [principal.description]
        )
    }

    /// Says under which name certificates of another CA are a principal's.
    ///
    /// - Throws: `conflict` where they are another's.
    public func setExternalIdentity(of principal: PrincipalID, issuer: Data, name: Data) throws {
        if let other = try reader.principals(issuer: issuer, names: [name]).first, other != principal {
            throw ArchiveError(.conflict, "certificates of that name are those of principal \(other)")
        }
        try database.executeCached(
            sql: "INSERT INTO external_identity (principal, issuer, name) VALUES (?, ?, ?)",
            arguments: [principal.description, issuer, name]
        )
    }
}
