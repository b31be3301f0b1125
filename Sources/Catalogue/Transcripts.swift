public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// One revision of the transcript of a recording. Revisions are numbered from 0, and none is ever changed.
public struct TranscriptRow: Sendable {
    /// Whose transcript it is.
    public let recording: RecordingID
    /// From 0.
    public let revision: Int
    /// The job that made it; nil where a person did.
    public let job: TranscriptionID?
    /// Who made it; nil for the archive's own transcriber.
    public let principal: PrincipalID?
    /// When.
    public let made: Date
    /// Bytes of it as it rests.
    public let size: Int
    /// SHA-256 of those.
    public let digest: Data
    /// What is said of it in lists, under the recording's own key.
    public let sealed: Data

    /// A row of these fields.
    public init(
        recording: RecordingID,
        revision: Int,
        job: TranscriptionID?,
        principal: PrincipalID?,
        made: Date,
        size: Int,
        digest: Data,
        sealed: Data
    ) {
        self.recording = recording
        self.revision = revision
        self.job = job
        self.principal = principal
        self.made = made
        self.size = size
        self.digest = digest
        self.sealed = sealed
    }
}

/// A revision that was begun: its file may be there, and nobody was told of it.
public struct BegunTranscript: Sendable, Hashable {
    /// From 0.
    public let revision: Int
    /// Bytes of it as it rests.
    public let size: Int
    /// SHA-256 of those.
    public let digest: Data
}

extension CatalogueReader {
    /// The revision of the transcript of a recording that was begun, and that the catalogue does not have.
    public func begunTranscript(of recording: RecordingID) throws -> BegunTranscript? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT revision, size, digest FROM transcript_begun WHERE recording = ?"),
            arguments: [recording.description]
        ).map { BegunTranscript(revision: $0["revision"], size: $0["size"], digest: $0["digest"]) }
    }

    private func transcripts(where condition: SQL) throws -> [TranscriptRow] {
        try SQLRequest<Row>(literal: "SELECT * FROM transcript WHERE \(condition)", cached: true).fetchAll(database)
            .map { row in
                TranscriptRow(
                    recording: try row.value("recording", RecordingID.init),
                    revision: row["revision"],
                    job: try row.optionalValue("job", TranscriptionID.init),
                    principal: try row.optionalValue("principal", PrincipalID.init),
                    made: try row.date("made"),
                    size: row["size"],
                    digest: row["digest"],
                    sealed: row["sealed"]
                )
            }
    }

    /// A revision of the transcript of a recording; the newest where none is named.
    public func transcript(of recording: RecordingID, revision: Int? = nil) throws -> TranscriptRow? {
        let named: SQL = revision.map { "AND revision = \($0)" } ?? ""
        return try transcripts(
            where: "recording = \(recording.description) \(named) ORDER BY revision DESC LIMIT 1"
        ).first
    }

    /// Up to `limit` revisions of the transcript of a recording below `revision`, the newest first.
    public func transcripts(of recording: RecordingID, below revision: Int?, limit: Int) throws -> [TranscriptRow] {
        try transcripts(
            where: """
                recording = \(recording.description) AND revision < \(revision ?? Int.max)
                ORDER BY revision DESC LIMIT \(limit)
                """
        )
    }

    /// Every revision of the transcripts of these recordings, in the order of their ids.
    public func transcripts(of recordings: [RecordingID]) throws -> [TranscriptRow] {
        try transcripts(where: "recording IN \(recordings.map(\.description)) ORDER BY recording, revision")
    }

    /// The transcripts of recordings whose ids begin with `prefix`, one of `RecordingID.prefixes`.
    public func transcripts(beginningWith prefix: String) throws -> [TranscriptRow] {
        try transcripts(
            where: "recording >= \(prefix) AND recording < \(prefix + "~") ORDER BY recording, revision"
        )
    }

    /// The number of the newest revision of the transcripts of these recordings; those without any are left out.
    public func newestTranscripts(of recordings: [RecordingID]) throws -> [RecordingID: Int] {
        let query: SQL = """
            SELECT recording, max(revision) AS newest FROM transcript
            WHERE recording IN \(recordings.map(\.description)) GROUP BY recording
            """
        return try SQLRequest<Row>(literal: query).fetchAll(database).reduce(into: [:]) { newest, row in
            newest[try row.value("recording", RecordingID.init)] = row["newest"]
        }
    }
}

extension CatalogueWriter {
    /// Says which revision is about to get its file.
    public func begin(_ row: TranscriptRow) throws {
        try database.executeCached(
            sql: "INSERT OR REPLACE INTO transcript_begun (recording, revision, size, digest) VALUES (?, ?, ?, ?)",
            arguments: [row.recording.description, row.revision, row.size, row.digest]
        )
    }

    /// Adds a revision: the one that follows the last.
    public func insert(_ row: TranscriptRow) throws {
        try database.executeCached(
            sql: """
                INSERT INTO transcript (recording, revision, job, principal, made, size, digest, sealed)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                row.recording.description, row.revision, row.job?.description, row.principal?.description,
                Timestamp.text(row.made), row.size, row.digest, row.sealed,
            ]
        )
    }

    /// Removes what is known of the transcripts of a recording that is gone.
    func forgetTranscripts(of recording: RecordingID) throws {
        for table in ["transcript", "transcript_begun", "transcription"] {
            try database.executeCached(
                sql: "DELETE FROM \(table) WHERE recording = ?",
                arguments: [recording.description]
            )
        }
    }
}
