public import ArchiveCore
public import Foundation
import GRDB

/// A recording on a frozen destruction list.
public struct DestructionItem: Sendable {
    /// The recording.
    public let recording: RecordingID
    /// Its list.
    public let list: ListID
    /// Its series when the list was frozen.
    public let series: String
    /// When its time was over.
    public let due: Date
    /// From when the list can be executed.
    public let executable: Date

    /// An item of these fields.
    public init(recording: RecordingID, list: ListID, series: String, due: Date, executable: Date) {
        self.recording = recording
        self.list = list
        self.series = series
        self.due = due
        self.executable = executable
    }
}

extension CatalogueReader {
    /// Recordings of these series that are due and on no list, the longest due first.
    public func due(at time: Date, series: [String], limit: Int) throws -> [RecordingRow] {
        let query: SQL = """
            SELECT id FROM recording
            WHERE state IN ('stored', 'incomplete') AND due <= \(Timestamp.text(time)) AND series IN \(series)
                AND NOT EXISTS (SELECT 1 FROM destruction_item WHERE destruction_item.recording = recording.id)
            ORDER BY due, id LIMIT \(limit)
            """
        let ids = try SQLRequest<String>(literal: query).fetchAll(database)
        return try ids.compactMap(RecordingID.init).compactMap { try recording($0) }
    }

    private func items(where condition: SQL) throws -> [DestructionItem] {
        let query: SQL = """
            SELECT destruction_item.*, destruction_list.executable FROM destruction_item
            JOIN destruction_list ON destruction_list.id = destruction_item.list
            JOIN recording ON recording.id = destruction_item.recording
            WHERE \(condition) ORDER BY destruction_list.executable, destruction_item.recording
            """
        return try SQLRequest<Row>(literal: query).fetchAll(database).map { row in
            DestructionItem(
                recording: try row.value("recording", RecordingID.init),
                list: try row.value("list", ListID.init),
                series: row["series"],
                due: try row.date("due"),
                executable: try row.date("executable")
            )
        }
    }

    /// Items on lists that can be executed.
    public func executableItems(at time: Date) throws -> [DestructionItem] {
        try items(
            where: """
                destruction_item.outcome = 'frozen' AND destruction_list.executable <= \(Timestamp.text(time))
                """
        )
    }

    /// Items of recordings whose destruction has begun and not ended.
    public func unfinishedItems() throws -> [DestructionItem] { try items(where: "recording.state = 'destroying'") }

    /// The list that a recording stands on.
    public func destructionItem(of recording: RecordingID) throws -> DestructionItem? {
        try items(where: "destruction_item.recording = \(recording.description)").first
    }

    /// Whether keys were deleted since the databases were last scrubbed.
    public func needsScrub() throws -> Bool {
        try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM unscrubbed)") ?? false
    }
}

extension CatalogueWriter {
    /// Keeps a frozen list of recordings; nothing is added to it afterwards.
    public func insertList(
        _ list: ListID,
        items: [DestructionItem],
        frozen: Date,
        executable: Date,
        digest: Data
    ) throws {
        try database.execute(
            sql: "INSERT INTO destruction_list (id, frozen, executable, digest) VALUES (?, ?, ?, ?)",
            arguments: [list.description, Timestamp.text(frozen), Timestamp.text(executable), digest]
        )
        for item in items {
            try database.execute(
                sql: "INSERT INTO destruction_item (recording, list, series, due) VALUES (?, ?, ?, ?)",
                arguments: [
                    item.recording.description, list.description, item.series, Timestamp.text(item.due),
                ]
            )
        }
    }

    /// Begins the destruction of a recording: no access stays open, and the databases need a scrub.
    public func markDestroying(_ recording: RecordingID) throws {
        try database.execute(
            sql: "UPDATE recording SET state = 'destroying' WHERE id = ? AND state IN ('stored', 'incomplete')",
            arguments: [recording.description]
        )
        try closeAccesses(to: recording)
        try database.execute(sql: "INSERT INTO unscrubbed (id) VALUES (1) ON CONFLICT DO NOTHING")
    }

    /// Ends the destruction of a recording: describing fields go, the tombstone stays.
    public func markDestroyed(
        _ item: DestructionItem,
        at time: Date,
        intent: Int,
        rule: String
    ) throws {
        try database.execute(
            sql: """
                UPDATE recording SET state = 'destroyed', sealed = NULL, time_index = NULL, meeting = NULL
                WHERE id = ? AND state = 'destroying'
                """,
            arguments: [item.recording.description]
        )
        guard database.changesCount == 1 else {
            throw ArchiveError(.conflict, "recording \(item.recording) is not being destroyed")
        }
        try database.execute(
            sql: "UPDATE destruction_item SET outcome = 'destroyed' WHERE recording = ?",
            arguments: [item.recording.description]
        )
        try database.execute(
            sql: "INSERT INTO tombstone (recording, list, destroyed, intent, rule) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                item.recording.description, item.list.description, Timestamp.text(time), intent, rule,
            ]
        )
    }

    /// An item of a list is not destroyed.
    public func markSkipped(_ recording: RecordingID) throws {
        try database.execute(
            sql: "UPDATE destruction_item SET outcome = 'skipped' WHERE recording = ?",
            arguments: [recording.description]
        )
    }

    /// Both databases were scrubbed since the last key was deleted.
    public func markScrubbed() throws { try database.execute(sql: "DELETE FROM unscrubbed") }
}
