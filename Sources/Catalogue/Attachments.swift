public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// One attachment of a recording. They are numbered from 0, and none is ever changed.
public struct AttachmentRow: Sendable {
    /// What it belongs to.
    public let recording: RecordingID
    /// From 0.
    public let number: Int
    /// Who attached it.
    public let principal: PrincipalID
    /// When.
    public let made: Date
    /// Bytes of it as it rests.
    public let size: Int
    /// SHA-256 of those.
    public let digest: Data
    /// What it is called, and the key of its payload, under the recording's own key.
    public let sealed: Data

    /// A row of these fields.
    public init(
        recording: RecordingID,
        number: Int,
        principal: PrincipalID,
        made: Date,
        size: Int,
        digest: Data,
        sealed: Data
    ) {
        self.recording = recording
        self.number = number
        self.principal = principal
        self.made = made
        self.size = size
        self.digest = digest
        self.sealed = sealed
    }

    /// Its file.
    public var file: CompanionFile {
        CompanionFile(recording: recording, companion: .attachment(number: number), size: size, digest: digest)
    }
}

extension CatalogueReader {
    /// The attachments of a recording, in the order in which they came; only the one of `number` where that is given.
    public func attachments(of recording: RecordingID, number: Int? = nil) throws -> [AttachmentRow] {
        let named: SQL = number.map { "AND number = \($0)" } ?? ""
        let query: SQL = "SELECT * FROM attachment WHERE recording = \(recording.description) \(named) ORDER BY number"
        return try SQLRequest<Row>(literal: query, cached: true).fetchAll(database).map { row in
            AttachmentRow(
                recording: try row.value("recording", RecordingID.init),
                number: row["number"],
                principal: try row.value("principal", PrincipalID.init),
                made: try row.date("made"),
                size: row["size"],
                digest: row["digest"],
                sealed: row["sealed"]
            )
        }
    }
}

extension CatalogueWriter {
    /// Adds an attachment: the one that follows the last.
    public func insert(_ row: AttachmentRow) throws {
        try database.executeCached(
            sql: """
                INSERT INTO attachment (recording, number, principal, made, size, digest, sealed)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                row.recording.description, row.number, row.principal.description, Timestamp.text(row.made), row.size,
                row.digest, row.sealed,
            ]
        )
    }
}
