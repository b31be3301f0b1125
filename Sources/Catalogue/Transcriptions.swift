public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// The job of making a transcript of one recording.
public struct TranscriptionRow: Sendable {
    /// Where a job stands.
    public enum State: String, Sendable, Codable, CaseIterable {
        /// Nobody has it; it can be taken from ``TranscriptionRow/due`` on.
        case waiting
        /// Somebody has it, and has to be heard of before ``TranscriptionRow/due``.
        case running
        /// It has made a revision.
        case done
        /// It was given up; people see it, and can ask again.
        case failed
        /// Somebody took it back, or its recording went.
        case cancelled
    }

    /// Its name.
    public let id: TranscriptionID
    /// What is to be heard.
    public let recording: RecordingID
    /// Where it stands.
    public let state: State
    /// When it was asked for.
    public let asked: Date
    /// Who asked; nil for the archive itself.
    public let principal: PrincipalID?
    /// What is wanted of it, under the recording's own key; nil where that is nothing in particular.
    public let sealed: Data?
    /// See ``State``.
    public let due: Date
    /// How often it was taken.
    public let attempts: Int
    /// Whoever has this has the job; nil while nobody does.
    public let lease: Data?
    /// Who took it last; nil for the archive's own transcriber.
    public let worker: PrincipalID?
    /// Seconds of the recording that were heard so far.
    public let heard: Double
    /// Why the last attempt ended, by its code; says nothing of what was heard.
    public let problem: String?
    /// When it was done, given up or taken back.
    public let ended: Date?

    /// A job that waits.
    public init(
        id: TranscriptionID,
        recording: RecordingID,
        asked: Date,
        principal: PrincipalID? = nil,
        sealed: Data? = nil
    ) {
        self.init(
            id: id,
            recording: recording,
            state: .waiting,
            asked: asked,
            principal: principal,
            sealed: sealed,
            due: asked,
            attempts: 0,
            lease: nil,
            worker: nil,
            heard: 0,
            problem: nil,
            ended: nil
        )
    }

    fileprivate init(
        id: TranscriptionID,
        recording: RecordingID,
        state: State,
        asked: Date,
        principal: PrincipalID?,
        sealed: Data?,
        due: Date,
        attempts: Int,
        lease: Data?,
        worker: PrincipalID?,
        heard: Double,
        problem: String?,
        ended: Date?
    ) {
        self.id = id
        self.recording = recording
        self.state = state
        self.asked = asked
        self.principal = principal
        self.sealed = sealed
        self.due = due
        self.attempts = attempts
        self.lease = lease
        self.worker = worker
        self.heard = heard
        self.problem = problem
        self.ended = ended
    }
}

extension CatalogueReader {
    private func transcriptions(_ condition: SQL) throws -> [TranscriptionRow] {
        try SQLRequest<Row>(literal: "SELECT transcription.* FROM transcription \(condition)", cached: true)
            .fetchAll(database).map { row in
                TranscriptionRow(
                    id: try row.value("id", TranscriptionID.init),
                    recording: try row.value("recording", RecordingID.init),
                    state: try row.value("state", TranscriptionRow.State.init),
                    asked: try row.date("asked"),
                    principal: try row.optionalValue("principal", PrincipalID.init),
                    sealed: row["sealed"],
                    due: try row.date("due"),
                    attempts: row["attempts"],
                    lease: row["lease"],
                    worker: try row.optionalValue("worker", PrincipalID.init),
                    heard: row["heard"],
                    problem: row["problem"],
                    ended: try row.optionalDate("ended")
                )
            }
    }

    /// The job with this id.
    public func transcription(_ id: TranscriptionID) throws -> TranscriptionRow? {
        try transcriptions("WHERE id = \(id.description)").first
    }

    /// The job of a recording that is under way.
    public func transcriptionUnderWay(of recording: RecordingID) throws -> TranscriptionRow? {
        try transcriptions(
            "WHERE recording = \(recording.description) AND state IN ('waiting', 'running')"
        ).first
    }

    /// Whether a job of a recording is under way that was asked for at `time` or later.
    public func isTranscribed(_ recording: RecordingID, since time: Date) throws -> Bool {
        try transcriptionUnderWay(of: recording).map { $0.asked >= time } ?? false
    }

    /// The newest job of a recording, whatever became of it.
    public func newestTranscription(of recording: RecordingID) throws -> TranscriptionRow? {
        try transcriptions("WHERE recording = \(recording.description) ORDER BY asked DESC, id DESC LIMIT 1").first
    }

    /// Up to `limit` jobs of recordings of `classes` in one of `states`, the newest first, after a place in that list.
    public func transcriptions(
        in states: [TranscriptionRow.State],
        classes: [Int64],
        after place: (asked: String, id: TranscriptionID)?,
        limit: Int
    ) throws -> [TranscriptionRow] {
        let rest: SQL =
            place.map { "AND (transcription.asked, transcription.id) < (\($0.asked), \($0.id.description))" } ?? ""
        return try transcriptions(
            """
            JOIN recording ON recording.id = transcription.recording
            WHERE transcription.state IN \(states.map(\.rawValue)) AND recording.class IN \(classes)
            AND recording.state IN ('stored', 'incomplete') \(rest)
            ORDER BY transcription.asked DESC, transcription.id DESC LIMIT \(limit)
            """
        )
    }

    /// The job of a recording of `classes` that is to be taken next at `time`: one that waits, or whose worker was not heard of
    /// in time.
    public func nextTranscription(classes: [Int64], at time: Date) throws -> TranscriptionRow? {
        try transcriptions(
            """
            JOIN recording ON recording.id = transcription.recording
            WHERE transcription.state IN ('waiting', 'running') AND transcription.due <= \(Timestamp.text(time))
            AND recording.class IN \(classes) AND recording.state IN ('stored', 'incomplete')
            ORDER BY transcription.due, transcription.id LIMIT 1
            """
        ).first
    }
}

extension CatalogueReader {
    /// Up to `limit` jobs that nobody ends: their worker was not heard of in time, or their recording is gone.
    public func abandonedTranscriptions(at time: Date, limit: Int) throws -> [TranscriptionRow] {
        try transcriptions(
            """
            JOIN recording ON recording.id = transcription.recording
            WHERE transcription.state IN ('waiting', 'running')
            AND (
                recording.state IN ('destroyed', 'transferred')
                OR (transcription.state = 'running' AND transcription.due < \(Timestamp.text(time))
                    AND recording.state IN ('stored', 'incomplete'))
            )
            ORDER BY transcription.due, transcription.id LIMIT \(limit)
            """
        )
    }

    /// Whether the archive's own transcriber has a job: at a start that is nobody any more.
    public func hasOrphanedTranscriptions() throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM transcription WHERE state = 'running' AND worker IS NULL)"
            )
        ) ?? false
    }
}

extension CatalogueWriter {
    /// Gives back what the archive's own transcriber had; the attempt does not count, for nothing failed.
    public func releaseOrphanedTranscriptions(at time: Date) throws {
        try database.executeCached(
            sql: """
                UPDATE transcription SET state = 'waiting', lease = NULL, due = ?, attempts = max(0, attempts - 1)
                WHERE state = 'running' AND worker IS NULL
                """,
            arguments: [Timestamp.text(time)]
        )
    }

    /// Adds a job that waits.
    public func insert(_ row: TranscriptionRow) throws {
        try database.executeCached(
            sql: """
                INSERT INTO transcription (id, recording, state, asked, principal, sealed, due)
                VALUES (?, ?, 'waiting', ?, ?, ?, ?)
                """,
            arguments: [
                row.id.description, row.recording.description, Timestamp.text(row.asked),
                row.principal?.description, row.sealed, Timestamp.text(row.due),
            ]
        )
    }

    /// Gives a job to a worker, who has to be heard of before `due`. Whoever had it before has it no longer.
    public func lease(_ id: TranscriptionID, as lease: Data, to worker: PrincipalID?, until due: Date) throws {
        try database.executeCached(
            sql: """
                UPDATE transcription SET state = 'running', lease = ?, worker = ?, due = ?, heard = 0,
                    attempts = attempts + 1
                WHERE id = ? AND state IN ('waiting', 'running')
                """,
            arguments: [lease, worker?.description, Timestamp.text(due), id.description]
        )
    }

    /// Whoever has `lease` was heard of; false where that is nobody any more.
    public func renewLease(_ id: TranscriptionID, _ lease: Data, heard: Double, until due: Date) throws -> Bool {
        try database.executeCached(
            sql: """
                UPDATE transcription SET due = ?, heard = max(heard, ?) WHERE id = ? AND lease = ? AND state = 'running'
                """,
            arguments: [Timestamp.text(due), heard, id.description, lease]
        )
        return database.changesCount == 1
    }

    /// Puts a job back: it can be taken again from `due` on.
    ///
    /// - Parameter counts: whether it was an attempt.
    public func postpone(_ id: TranscriptionID, until due: Date, because problem: String, counts: Bool) throws {
        try database.executeCached(
            sql: """
                UPDATE transcription SET state = 'waiting', lease = NULL, due = ?, problem = ?, attempts = attempts - ?
                WHERE id = ? AND state = 'running'
                """,
            arguments: [Timestamp.text(due), problem, counts ? 0 : 1, id.description]
        )
    }

    /// Ends a job that is under way.
    public func end(
        _ id: TranscriptionID,
        as state: TranscriptionRow.State,
        at time: Date,
        because problem: String? = nil
    ) throws {
        try database.executeCached(
            sql: """
                UPDATE transcription SET state = ?, lease = NULL, ended = ?, problem = coalesce(?, problem)
                WHERE id = ? AND state IN ('waiting', 'running')
                """,
            arguments: [state.rawValue, Timestamp.text(time), problem, id.description]
        )
    }
}
