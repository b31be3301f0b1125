public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A file that follows a recording, as the catalogue knows it, whatever is in it.
public struct CompanionFile: Sendable, Hashable {
    /// What it follows.
    public let recording: RecordingID
    /// What it is.
    public let companion: Companion
    /// Bytes of it as it rests.
    public let size: Int
    /// SHA-256 of those.
    public let digest: Data

    /// A file of these fields.
    public init(recording: RecordingID, companion: Companion, size: Int, digest: Data) {
        self.recording = recording
        self.companion = companion
        self.size = size
        self.digest = digest
    }
}

extension CatalogueReader {
    /// The file of this kind that was begun for a recording: it may be there, and nobody was told of it.
    public func begunCompanion(_ kind: Companion.Kind, of recording: RecordingID) throws -> CompanionFile? {
        try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT number, size, digest FROM companion_begun WHERE recording = ? AND kind = ?"
            ),
            arguments: [recording.description, kind.rawValue]
        ).map { row in
            CompanionFile(
                recording: recording,
                companion: Companion(kind, row["number"]),
                size: row["size"],
                digest: row["digest"]
            )
        }
    }

    /// Every file that follows these recordings, in the order of their ids.
    public func companions(of recordings: [RecordingID]) throws -> [CompanionFile] {
        try companions(where: "recording IN \(recordings.map(\.description))")
    }

    /// What follows recordings whose ids begin with `prefix`, one of `RecordingID.prefixes`.
    public func companions(beginningWith prefix: String) throws -> [CompanionFile] {
        try companions(where: "recording >= \(prefix) AND recording < \(prefix + "~")")
    }

    private func companions(where condition: SQL) throws -> [CompanionFile] {
        let query: SQL = """
            SELECT recording, 'transcript' AS kind, revision AS number, size, digest FROM transcript WHERE \(condition)
            UNION ALL SELECT recording, 'attachment', number, size, digest FROM attachment WHERE \(condition)
            ORDER BY recording, kind DESC, number
            """
        return try SQLRequest<Row>(literal: query, cached: true).fetchAll(database).map { row in
            guard let kind = Companion.Kind(rawValue: row["kind"]) else {
                throw ArchiveError(.storage, "\(row["kind"] as String) follows no recording")
            }
            return CompanionFile(
                recording: try row.value("recording", RecordingID.init),
                companion: Companion(kind, row["number"]),
                size: row["size"],
                digest: row["digest"]
            )
        }
    }
}

extension CatalogueWriter {
    /// Says which file is about to get its name.
    public func begin(_ file: CompanionFile) throws {
        try database.executeCached(
            sql: """
                INSERT OR REPLACE INTO companion_begun (recording, kind, number, size, digest) VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [
                file.recording.description, file.companion.kind.rawValue, file.companion.number, file.size, file.digest,
            ]
        )
    }

    /// Removes what is known of what followed a recording that is gone.
    func forgetCompanions(of recording: RecordingID) throws {
        for table in ["transcript", "attachment", "companion_begun", "transcription"] {
            try database.executeCached(
                sql: "DELETE FROM \(table) WHERE recording = ?",
                arguments: [recording.description]
            )
        }
    }
}
