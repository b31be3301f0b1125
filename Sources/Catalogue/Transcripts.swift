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

    /// Its file.
    public var file: CompanionFile {
        CompanionFile(recording: recording, companion: .transcript(revision: revision), size: size, digest: digest)
    }
}

extension CatalogueReader {
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
}
