public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A title that outlasts its recording for a time.
public struct TombstoneTitle: Sendable {
    /// Sealed under the key of the tombstone.
    public let sealed: Data
    /// Until when it is kept.
    public let expires: Date
}

/// What is left of a recording, for people.
public struct GoneRow: Sendable {
    /// The recording.
    public let recording: RecordingID
    /// Who could see it.
    public let visibility: VisibilityClass
    /// Its series.
    public let series: String
    /// Whether another archive has it.
    public let isTransferred: Bool
    /// The list that it went by.
    public let list: ListID
    /// When, by which entry and rule.
    public let tombstone: TombstoneRow
    /// Its title, where that is kept.
    public let title: TombstoneTitle?
}

extension CatalogueReader {
    /// Up to `limit` recordings of these classes that are gone, the newest first, behind `place` where one is given.
    public func gone(
        classes: [Int64],
        after place: (gone: String, id: RecordingID)? = nil,
        limit: Int
    ) throws -> [GoneRow] {
        var condition: SQL = "recording.class IN \(classes)"
        if let place {
            condition += " AND (tombstone.destroyed, tombstone.recording) < (\(place.gone), \(place.id.description))"
        }
        return try gone(where: condition, limit: limit)
    }

    /// What is left of one recording; nil where it is not gone.
    public func gone(_ recording: RecordingID) throws -> GoneRow? {
        try gone(where: "tombstone.recording = \(recording.description)", limit: 1).first
    }

    /// What is left of all that went by one list, the newest first.
    public func gone(by list: ListID) throws -> [GoneRow] {
        try gone(where: "tombstone.list = \(list.description)", limit: .max)
    }

    private func gone(where condition: SQL, limit: Int) throws -> [GoneRow] {
        let query: SQL = """
            SELECT tombstone.*, recording.series, visibility_class.label, visibility_class.unit,
                tombstone_title.sealed, tombstone_title.expires
            FROM tombstone JOIN recording ON recording.id = tombstone.recording
            JOIN visibility_class ON visibility_class.id = recording.class
            LEFT JOIN tombstone_title ON tombstone_title.recording = tombstone.recording
            WHERE \(condition) ORDER BY tombstone.destroyed DESC, tombstone.recording DESC LIMIT \(limit)
            """
        return try SQLRequest<Row>(literal: query).fetchAll(database).map { row in
            GoneRow(
                recording: try row.value("recording", RecordingID.init),
                visibility: VisibilityClass(label: try row.value("label", Label.init(parsing:)), unit: row["unit"]),
                series: row["series"],
                isTransferred: row["kind"] == "transferred",
                list: try row.value("list", ListID.init),
                tombstone: TombstoneRow(gone: try row.date("destroyed"), intent: row["intent"], rule: row["rule"]),
                title: try row.optionalDate("expires").map { TombstoneTitle(sealed: row["sealed"], expires: $0) }
            )
        }
    }

    /// The title of a recording that is gone, or going, where it is kept.
    public func tombstoneTitle(of recording: RecordingID) throws -> TombstoneTitle? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT sealed, expires FROM tombstone_title WHERE recording = ?"),
            arguments: [recording.description]
        ).map { TombstoneTitle(sealed: $0["sealed"], expires: try $0.date("expires")) }
    }

    /// Up to `limit` recordings whose titles were to be kept until `time`, or less long.
    public func tombstoneTitles(expiredAt time: Date, limit: Int) throws -> [RecordingID] {
        try String.fetchAll(
            database.cachedStatement(
                sql: "SELECT recording FROM tombstone_title WHERE expires <= ? ORDER BY expires LIMIT ?"
            ),
            arguments: [Timestamp.text(time), limit]
        ).compactMap(RecordingID.init)
    }
}

extension CatalogueWriter {
    /// Keeps the title of a recording that is being destroyed, until `expires`.
    public func keepTitle(_ sealed: Data, of recording: RecordingID, until expires: Date) throws {
        try database.executeCached(
            sql: "INSERT INTO tombstone_title (recording, sealed, expires) VALUES (?, ?, ?)",
            arguments: [recording.description, sealed, Timestamp.text(expires)]
        )
    }

    /// Forgets the title of a recording that is gone; the databases need a scrub.
    public func forgetTitle(of recording: RecordingID) throws {
        try database.executeCached(
            sql: "DELETE FROM tombstone_title WHERE recording = ?",
            arguments: [recording.description]
        )
        try markUnscrubbed()
    }
}
