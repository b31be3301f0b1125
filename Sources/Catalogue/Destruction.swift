public import ArchiveCore
public import Foundation
import GRDB

/// A recording on a frozen destruction list.
public struct DestructionItem: Sendable {
    /// What became of an item.
    public enum Outcome: String, Sendable {
        /// Nothing yet.
        case frozen
        /// Its recording is gone.
        case destroyed
        /// Its recording was left as it is; it can come onto another list.
        case skipped
    }

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
    /// What became of it.
    public let outcome: Outcome

    /// An item of these fields.
    public init(
        recording: RecordingID,
        list: ListID,
        series: String,
        due: Date,
        executable: Date,
        outcome: Outcome = .frozen
    ) {
        self.recording = recording
        self.list = list
        self.series = series
        self.due = due
        self.executable = executable
        self.outcome = outcome
    }
}

extension CatalogueReader {
    /// Recordings of these series that are due, on no list that may still take them, and not in need of anybody's
    /// approval by themselves, the longest due first.
    public func due(at time: Date, series: [String], limit: Int) throws -> [RecordingRow] {
        let query: SQL = """
            SELECT id FROM recording
            WHERE state IN ('stored', 'incomplete') AND due <= \(Timestamp.text(time)) AND series IN \(series)
                AND needs_approval = 0 AND NOT EXISTS (SELECT 1 FROM destruction_item
                    WHERE destruction_item.recording = recording.id AND outcome <> 'skipped')
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
                executable: try row.date("executable"),
                outcome: try row.value("outcome", DestructionItem.Outcome.init)
            )
        }
    }

    /// Lists with something left to destroy that can be executed, the oldest first, each with the digest it was frozen with.
    public func executableLists(at time: Date) throws -> [(id: ListID, digest: Data)] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT id, digest FROM destruction_list WHERE executable <= ?
                    AND EXISTS (SELECT 1 FROM destruction_item WHERE list = id AND outcome = 'frozen')
                ORDER BY executable, id
                """,
            arguments: [Timestamp.text(time)]
        ).map { (try $0.value("id", ListID.init), $0["digest"]) }
    }

    /// Every item of a list, whatever became of it.
    public func items(of list: ListID) throws -> [DestructionItem] {
        try items(where: "destruction_item.list = \(list.description)")
    }

    /// Items of recordings whose destruction has begun and not ended.
    public func unfinishedItems() throws -> [DestructionItem] {
        try items(where: "recording.state = 'destroying' AND destruction_item.outcome = 'frozen'")
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
        try markUnscrubbed()
    }

    /// Keys were deleted, or are about to be: the databases need a scrub.
    public func markUnscrubbed() throws {
        try database.execute(sql: "INSERT INTO unscrubbed (id) VALUES (1) ON CONFLICT DO NOTHING")
    }

    /// Ends the destruction of a recording: describing fields go, the tombstone stays.
    public func markDestroyed(
        _ item: DestructionItem,
        at time: Date,
        intent: Int,
        rule: String
    ) throws {
        // While the name of its meeting can still be compared.
        try forgetExpectations(of: item.recording)
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
        try forgetRevisions(of: item.recording)
        // Another batch may have ended between this recording's beginning and its end.
        try markUnscrubbed()
        try database.execute(
            sql: "UPDATE destruction_item SET outcome = 'destroyed' WHERE list = ? AND recording = ?",
            arguments: [item.list.description, item.recording.description]
        )
        try database.execute(
            sql: "INSERT INTO tombstone (recording, list, destroyed, intent, rule) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                item.recording.description, item.list.description, Timestamp.text(time), intent, rule,
            ]
        )
    }

    /// An item of a list is not destroyed.
    public func markSkipped(_ item: DestructionItem) throws {
        try database.execute(
            sql: "UPDATE destruction_item SET outcome = 'skipped' WHERE list = ? AND recording = ?",
            arguments: [item.list.description, item.recording.description]
        )
    }

    /// Both databases were scrubbed since the last key was deleted.
    public func markScrubbed() throws { try database.execute(sql: "DELETE FROM unscrubbed") }
}
