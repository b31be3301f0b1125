public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

extension Catalogue {
    /// Writes a copy of the database as it is at one moment into the empty file at `path`; readers and writers go on
    /// meanwhile.
    ///
    /// - Throws: `exhausted` where the disk of `path` is full.
    public func copy(to path: String) async throws {
        do {
            let target = try DatabaseQueue(path: path)
            try await pool.read { source in
                // In one step within one transaction: nothing that is written meanwhile is in it.
                try target.writeWithoutTransaction { try source.backup(to: $0) }
            }
            try target.close()
        } catch let error as DatabaseError {
            throw ArchiveError(
                error.resultCode == .SQLITE_FULL ? .exhausted : .inputOutput,
                "copy the catalogue to \(path): \(error.message ?? "SQLite error \(error.resultCode.rawValue)")"
            )
        }
    }

    /// What SQLite finds wrong with the file, page by page and index by index; nil for nothing.
    public func integrityFault() async throws -> String? {
        let found = try await pool.read { try String.fetchAll($0, sql: "PRAGMA integrity_check(1)") }
        return found == ["ok"] ? nil : found.first ?? "no answer"
    }
}

/// A recording whose payload a backup has to have.
public struct PayloadToKeep: Sendable {
    /// The recording.
    public let id: RecordingID
    /// Bytes of the payload.
    public let size: Int
    /// SHA-256 of the payload.
    public let digest: Data
}

/// A recording that was destroyed, as journals of destructions have it.
public struct DestroyedRecording: Codable, Hashable, Sendable {
    /// When its destruction ended.
    public let destroyed: Date
    /// The entry of intent.
    public let intent: Int
    /// The list that it stood on.
    public let list: ListID
    /// The recording.
    public let recording: RecordingID
}

/// The newest backup to a destination.
public struct BackupRow: Sendable, Hashable {
    /// The folder that it is in.
    public let destination: String
    /// The name of its copy of the catalogue.
    public let name: String
    /// What was there then is in it: when the catalogue was copied.
    public let taken: Date
    /// Entries of the log in that copy.
    public let entries: Int
    /// When the last of it was written.
    public let ended: Date

    /// A row with these fields.
    public init(destination: String, name: String, taken: Date, entries: Int, ended: Date) {
        self.destination = destination
        self.name = name
        self.taken = taken
        self.entries = entries
        self.ended = ended
    }
}

extension CatalogueReader {
    /// Recordings that are kept, or are being destroyed and may still be saved, in the order of their ids.
    public func payloadsToKeep(after recording: RecordingID?, limit: Int) throws -> [PayloadToKeep] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT id, size, digest FROM recording
                    WHERE id > ? AND state IN ('stored', 'incomplete', 'destroying') ORDER BY id LIMIT ?
                    """
            ),
            arguments: [recording?.description ?? "", limit]
        ).map { row in
            PayloadToKeep(id: try row.value("id", RecordingID.init), size: row["size"], digest: row["digest"])
        }
    }

    /// Everything that was destroyed, in the order of the entries of intent.
    public func destructions() throws -> [DestroyedRecording] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT recording, list, destroyed, intent FROM tombstone ORDER BY intent")
        ).map {
            DestroyedRecording(
                destroyed: try $0.date("destroyed"),
                intent: $0["intent"],
                list: try $0.value("list", ListID.init),
                recording: try $0.value("recording", RecordingID.init)
            )
        }
    }

    /// The newest backup to each destination.
    public func backups() throws -> [BackupRow] {
        try Row.fetchAll(database.cachedStatement(sql: "SELECT * FROM backup ORDER BY destination")).map { row in
            BackupRow(
                destination: row["destination"],
                name: row["name"],
                taken: try row.date("taken"),
                entries: row["entries"],
                ended: try row.date("ended")
            )
        }
    }
}

extension CatalogueWriter {
    /// A backup has ended.
    public func setBackup(_ row: BackupRow) throws {
        try database.executeCached(
            sql: """
                INSERT INTO backup (destination, name, taken, entries, ended) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (destination) DO UPDATE SET
                    name = excluded.name, taken = excluded.taken, entries = excluded.entries, ended = excluded.ended
                """,
            arguments: [
                row.destination, row.name, Timestamp.text(row.taken), row.entries, Timestamp.text(row.ended),
            ]
        )
    }
}
