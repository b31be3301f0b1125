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

/// Where a table of texts under the archive's own keys is gone on with.
public struct OwnTextPlace: Sendable {
    fileprivate let id: String
    fileprivate let number: Int
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
    /// time index, revisions, holds, purposes, relabellings, transcripts and their jobs, attachments. The names of the fields are those that the writers of these use.
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
                UNION ALL SELECT recording, 'transcript facts ' || transcript.revision, sealed
                    FROM kept JOIN transcript ON recording = kept.id
                UNION ALL SELECT recording, 'attachment ' || attachment.number, sealed
                    FROM kept JOIN attachment ON recording = kept.id
                UNION ALL SELECT recording, 'transcription ' || transcription.id, sealed
                    FROM kept JOIN transcription ON recording = kept.id
                """,
            arguments: [prefix, prefix + "\u{10FFFF}"]
        )
        return try rows.compactMap { row in
            guard let sealed = row[2] as Data? else { return nil }
            return SealedText(recording: try row.value("id", RecordingID.init), field: row[1], sealed: sealed)
        }
    }

    /// Titles of tombstones of recordings whose ids begin with `prefix`, each with until when it is kept.
    public func sealedTitles(
        ofRecordingsBeginningWith prefix: String
    ) throws -> [(recording: RecordingID, title: TombstoneTitle)] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT recording, sealed, expires FROM tombstone_title WHERE recording >= ? AND recording < ?"
            ),
            arguments: [prefix, prefix + "\u{10FFFF}"]
        ).map { row in
            (
                try row.value("recording", RecordingID.init),
                TombstoneTitle(sealed: row["sealed"], expires: try row.date("expires"))
            )
        }
    }

    /// Up to `limit` statements on lists after `place`, each with the scan of its letter, if it has one.
    ///
    /// - Returns: their texts; and the place of the last, nil where none is left.
    public func sealedStatements(
        after place: OwnTextPlace?,
        limit: Int
    ) throws -> (texts: [OwnSealedText], last: OwnTextPlace?) {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT list, number, sealed, scan FROM list_statement
                    WHERE (list, number) > (?, ?) ORDER BY list, number LIMIT ?
                    """
            ),
            arguments: [place?.id ?? "", place?.number ?? 0, limit]
        )
        let texts = rows.flatMap { row -> [OwnSealedText] in
            let (list, number): (String, Int) = (row["list"], row["number"])
            let statement = OwnSealedText(
                object: "list \(list) statement \(number)",
                context: "\(list) \(number)",
                sealed: row["sealed"]
            )
            guard let scan = row["scan"] as Data? else { return [statement] }
            let object = "list \(list) scan \(number)"
            return [statement, OwnSealedText(object: object, context: "\(list) \(number) scan", sealed: scan)]
        }
        return (texts, rows.last.map { OwnTextPlace(id: $0["list"], number: $0["number"]) })
    }

    /// Why up to `limit` requests to back-date were made, and refused, after `place`; as ``sealedStatements(after:limit:)``.
    public func sealedBackdatings(
        after place: OwnTextPlace?,
        limit: Int
    ) throws -> (texts: [OwnSealedText], last: OwnTextPlace?) {
        let sql = "SELECT id, reason, refusal FROM backdating WHERE id > ? ORDER BY id LIMIT ?"
        let rows = try Row.fetchAll(database.cachedStatement(sql: sql), arguments: [place?.id ?? "", limit])
        let texts = rows.flatMap { row -> [OwnSealedText] in
            let id: String = row["id"]
            let (reason, refusal): (Data, Data?) = (row["reason"], row["refusal"])
            let sealed = [("backdating \(id)", reason)] + (refusal.map { [("backdating refused \(id)", $0)] } ?? [])
            return sealed.map { OwnSealedText(object: "backdating \(id)", context: $0, sealed: $1) }
        }
        return (texts, rows.last.map { OwnTextPlace(id: $0["id"], number: 0) })
    }

    /// The names of up to `limit` announced meetings after `place`; as ``sealedStatements(after:limit:)``.
    public func sealedExpectations(
        after place: OwnTextPlace?,
        limit: Int
    ) throws -> (texts: [OwnSealedText], last: OwnTextPlace?) {
        try ownTexts("expectation", "SELECT id, sealed FROM expectation WHERE id > ? ORDER BY id LIMIT ?", place, limit)
    }

    /// The names of up to `limit` principals after `place`, erased ones aside; as ``sealedStatements(after:limit:)``.
    public func sealedNames(
        after place: OwnTextPlace?,
        limit: Int
    ) throws -> (texts: [OwnSealedText], last: OwnTextPlace?) {
        let sql = "SELECT id, sealed FROM principal WHERE id > ? AND length(sealed) > 0 ORDER BY id LIMIT ?"
        return try ownTexts("principal", sql, place, limit)
    }

    private func ownTexts(
        _ object: String,
        _ sql: String,
        _ place: OwnTextPlace?,
        _ limit: Int
    ) throws -> (texts: [OwnSealedText], last: OwnTextPlace?) {
        let rows = try Row.fetchAll(database.cachedStatement(sql: sql), arguments: [place?.id ?? "", limit])
        let texts = rows.map { row in
            let id: String = row["id"]
            return OwnSealedText(object: "\(object) \(id)", context: id, sealed: row["sealed"])
        }
        return (texts, texts.last.map { OwnTextPlace(id: $0.context, number: 0) })
    }
}

extension Catalogue {
    /// What SQLite finds wrong with the file: pages, indexes, constraints, rows that refer to nothing.
    public func faults() async throws -> [String] { try await DurableDatabase.faults(pool) }
}
