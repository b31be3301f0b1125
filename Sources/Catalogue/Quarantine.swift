public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A payload that could not become a recording.
public struct QuarantineRow: Sendable {
    /// The upload that brought it.
    public let upload: UploadID
    /// Who sent it.
    public let principal: PrincipalID
    /// The code of what was wrong.
    public let reason: String
    /// Bytes of the payload.
    public let bytes: Int
    /// SHA-256 of the payload.
    public let digest: Data
    /// Since when it is there.
    public let since: Date
    /// When it is destroyed.
    public let expires: Date
}

extension CatalogueReader {
    /// What lies in quarantine, the longest there first.
    public func quarantine() throws -> [QuarantineRow] {
        try Row.fetchAll(database.cachedStatement(sql: "SELECT * FROM quarantine ORDER BY since, upload")).map { row in
            QuarantineRow(
                upload: try row.value("upload", UploadID.init),
                principal: try row.value("principal", PrincipalID.init),
                reason: row["reason"],
                bytes: row["bytes"],
                digest: row["digest"],
                since: try row.date("since"),
                expires: try row.date("expires")
            )
        }
    }
}

extension CatalogueWriter {
    /// Keeps a payload aside for a reason that people can look up.
    public func quarantine(
        _ upload: UploadID,
        principal: PrincipalID,
        reason: String,
        bytes: Int,
        digest: Data,
        since: Date,
        expires: Date
    ) throws {
        try database.executeCached(
            sql: """
                INSERT INTO quarantine (upload, principal, reason, bytes, digest, since, expires)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                upload.description, principal.description, reason, bytes, digest, Timestamp.text(since),
                Timestamp.text(expires),
            ]
        )
    }

    /// An upload leaves quarantine for good, and what its sender said of it goes with it; false where it was not there.
    @discardableResult
    public func deleteQuarantine(_ upload: UploadID) throws -> Bool {
        try database.executeCached(sql: "DELETE FROM quarantine WHERE upload = ?", arguments: [upload.description])
        guard database.changesCount == 1 else { return false }
        try database.executeCached(
            sql: "UPDATE upload SET sealed = NULL WHERE id = ? AND state = 'failed'",
            arguments: [upload.description]
        )
        return true
    }

    /// An upload leaves quarantine to be tried once more: it is receiving again, with all its bytes and `sealed`.
    public func release(_ upload: UploadID, sealed: Data, durable: Int, at time: Date) throws {
        try database.executeCached(sql: "DELETE FROM quarantine WHERE upload = ?", arguments: [upload.description])
        try database.executeCached(
            sql: """
                UPDATE upload SET state = 'receiving', problem = NULL, sealed = ?1, durable = ?2,
                    acknowledged = max(acknowledged, ?2), touched = ?3
                WHERE id = ?4 AND state = 'failed'
                """,
            arguments: [sealed, durable, Timestamp.text(time), upload.description]
        )
        guard database.changesCount == 1 else {
            throw ArchiveError(.conflict, "upload \(upload) is not in quarantine any more")
        }
    }
}
