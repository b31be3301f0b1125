public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// One revision of what describes a recording. There are none before the first change; from then on there are all.
public struct RevisionRow: Sendable {
    /// Whose description it is.
    public let recording: RecordingID
    /// From 1.
    public let number: Int
    /// Who made it: of the first, who sent the recording.
    public let principal: PrincipalID
    /// When.
    public let made: Date
    /// What it says, which fields changed and why, under the recording's own key.
    public let sealed: Data

    /// A row of these fields.
    public init(recording: RecordingID, number: Int, principal: PrincipalID, made: Date, sealed: Data) {
        self.recording = recording
        self.number = number
        self.principal = principal
        self.made = made
        self.sealed = sealed
    }
}

extension CatalogueReader {
    private func revisions(where condition: SQL) throws -> [RevisionRow] {
        try SQLRequest<Row>(literal: "SELECT * FROM revision WHERE \(condition)", cached: true).fetchAll(database).map {
            row in
            RevisionRow(
                recording: try row.value("recording", RecordingID.init),
                number: row["number"],
                principal: try row.value("principal", PrincipalID.init),
                made: try row.date("made"),
                sealed: row["sealed"]
            )
        }
    }

    /// Up to `limit` revisions of a recording below `number`, the newest first.
    public func revisions(of recording: RecordingID, below number: Int, limit: Int) throws -> [RevisionRow] {
        try revisions(
            where: """
                recording = \(recording.description) AND number < \(number) ORDER BY number DESC LIMIT \(limit)
                """
        )
    }

    /// One revision of a recording.
    public func revision(_ number: Int, of recording: RecordingID) throws -> RevisionRow? {
        try revisions(where: "recording = \(recording.description) AND number = \(number)").first
    }
}

extension CatalogueWriter {
    /// Keeps a revision.
    public func insert(_ row: RevisionRow) throws {
        try database.executeCached(
            sql: "INSERT INTO revision (recording, number, principal, made, sealed) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                row.recording.description, row.number, row.principal.description, Timestamp.text(row.made), row.sealed,
            ]
        )
    }

    /// Gives a recording its next description, with the keyed digest of the meeting that it names.
    ///
    /// - Parameter revision: the one that this follows.
    public func describe(
        _ recording: RecordingID,
        after revision: Int,
        sealed: Data,
        meeting: Data?
    ) throws {
        try database.executeCached(
            sql: """
                UPDATE recording SET sealed = ?, meeting = ?, revision = revision + 1
                WHERE id = ? AND revision = ? AND state IN ('stored', 'incomplete')
                """,
            arguments: [sealed, meeting, recording.description, revision]
        )
        guard database.changesCount == 1 else {
            throw ArchiveError(.stale, "recording \(recording) has another description by now")
        }
    }

    /// Removes all revisions of a recording that is being destroyed.
    func forgetRevisions(of recording: RecordingID) throws {
        try database.executeCached(sql: "DELETE FROM revision WHERE recording = ?", arguments: [recording.description])
    }
}
