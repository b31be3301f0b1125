public import ArchiveCore
public import Foundation
import DurableSQLite
import GRDB

/// A text that rests under a recording's own key.
public struct SealedText: Sendable {
    /// The recording.
    public let recording: RecordingID
    /// The name that is bound into its seal.
    public let field: String
    /// The text.
    public let sealed: Data
}

/// A text that rests under a key of the archive's own.
public struct OwnSealedText: Sendable {
    /// What it is, for people: table and row.
    public let object: String
    /// What is bound into its seal.
    public let context: String
    /// The text.
    public let sealed: Data
}

extension CatalogueReader {
    /// Every text under the keys of the recordings that are kept and whose ids begin with `prefix`, describing fields aside:
    /// time index, revisions, holds, purposes, relabellings. The names of the fields are those that the writers of these use.
    public func sealedTexts(ofRecordingsBeginningWith prefix: String) throws -> [SealedText] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                WITH kept AS (SELECT id, time_index FROM recording
                    WHERE id >= ?1 AND id < ?2 AND state IN ('stored', 'incomplete'))
                SELECT id, '\(DescribingFields.timeIndexField)', time_index FROM kept
                UNION ALL SELECT recording, 'revision ' || number, revision.sealed FROM kept JOIN revision ON recording = kept.id
                UNION ALL SELECT recording, 'hold matter ' || hold.id, matter FROM kept JOIN hold ON recording = kept.id
                UNION ALL SELECT recording, 'hold reason ' || hold.id, reason FROM kept JOIN hold ON recording = kept.id
                UNION ALL SELECT recording, 'hold release ' || hold.id, release_reason FROM kept JOIN hold ON recording = kept.id
                UNION ALL SELECT recording, 'purpose ' || access.id, sealed FROM kept JOIN access ON recording = kept.id
                UNION ALL SELECT recording, 'refusal ' || access.id, refusal FROM kept JOIN access ON recording = kept.id
                UNION ALL SELECT recording, 'relabelling ' || relabelling.id, reason
                    FROM kept JOIN relabelling ON recording = kept.id
                UNION ALL SELECT recording, 'relabelling refused ' || relabelling.id, refusal
                    FROM kept JOIN relabelling ON recording = kept.id
                """,
            arguments: [prefix, prefix + "\u{10FFFF}"]
        )
        return try rows.compactMap { row in
            guard let sealed = row[2] as Data? else { return nil }
            return SealedText(recording: try row.value("id", RecordingID.init), field: row[1], sealed: sealed)
        }
    }

    /// Every statement on a list, and every scan of a letter.
    public func sealedStatements() throws -> [OwnSealedText] {
        try ownTexts(
            """
            SELECT 'list ' || list || ' statement ' || number, list || ' ' || number, sealed FROM list_statement
            UNION ALL SELECT 'list ' || list || ' scan ' || number, list || ' ' || number || ' scan', scan
                FROM list_statement WHERE scan IS NOT NULL
            """
        )
    }

    /// The names of every announced meeting.
    public func sealedExpectations() throws -> [OwnSealedText] {
        try ownTexts("SELECT 'expectation ' || id, id, sealed FROM expectation")
    }

    /// The names of every principal, erased ones aside.
    public func sealedNames() throws -> [OwnSealedText] {
        try ownTexts("SELECT 'principal ' || id, id, sealed FROM principal WHERE length(sealed) > 0")
    }

    private func ownTexts(_ sql: String) throws -> [OwnSealedText] {
        try Row.fetchAll(database, sql: sql).map { OwnSealedText(object: $0[0], context: $0[1], sealed: $0[2]) }
    }
}

extension Catalogue {
    /// What SQLite finds wrong with the file: pages, indexes, constraints, rows that refer to nothing.
    public func faults() async throws -> [String] { try await DurableDatabase.faults(pool) }
}
