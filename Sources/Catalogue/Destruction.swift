public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A recording on a list.
public struct DestructionItem: Sendable {
    /// What became of an item.
    public enum Outcome: String, Sendable, Codable, CaseIterable {
        /// Nothing yet; its list is a proposal.
        case listed
        /// Nothing yet; its list is frozen.
        case frozen
        /// Its recording is gone.
        case destroyed
        /// Another archive has its recording.
        case transferred
        /// Its recording was left as it is; it can come onto another list.
        case skipped
        /// It was taken off before the list was frozen.
        case struck
        /// A hold came while it was being destroyed.
        case saved
    }

    /// The recording.
    public let recording: RecordingID
    /// Its list.
    public let list: ListID
    /// What the list is for.
    public let kind: ListRow.Kind
    /// Its series when the list was made.
    public let series: String
    /// When its time was over.
    public let due: Date
    /// SHA-256 of its payload.
    public let digest: Data
    /// From when the list can be executed; nil before it is frozen.
    public let executable: Date?
    /// What became of it.
    public let outcome: Outcome
    /// Why it was left as it is.
    public let reason: String?

    /// An item of a new list.
    public init(
        recording: RecordingID,
        list: ListID,
        kind: ListRow.Kind,
        series: String,
        due: Date,
        digest: Data,
        executable: Date? = nil,
        outcome: Outcome = .listed,
        reason: String? = nil
    ) {
        self.recording = recording
        self.list = list
        self.kind = kind
        self.series = series
        self.due = due
        self.digest = digest
        self.executable = executable
        self.outcome = outcome
        self.reason = reason
    }
}

extension CatalogueReader {
    private func items(where condition: SQL) throws -> [DestructionItem] {
        let query: SQL = """
            SELECT destruction_item.*, destruction_list.kind, destruction_list.executable, recording.digest
            FROM destruction_item JOIN destruction_list ON destruction_list.id = destruction_item.list
            JOIN recording ON recording.id = destruction_item.recording
            WHERE \(condition)
            """
        return try SQLRequest<Row>(literal: query, cached: true).fetchAll(database).map { row in
            DestructionItem(
                recording: try row.value("recording", RecordingID.init),
                list: try row.value("list", ListID.init),
                kind: try row.value("kind", ListRow.Kind.init),
                series: row["series"],
                due: try row.date("due"),
                digest: row["digest"],
                executable: try row.optionalDate("executable"),
                outcome: try row.value("outcome", DestructionItem.Outcome.init),
                reason: row["reason"]
            )
        }
    }

    /// Every item of a list, whatever became of it, by recording.
    public func items(of list: ListID) throws -> [DestructionItem] {
        try items(where: "destruction_item.list = \(list.description) ORDER BY destruction_item.recording")
    }

    /// Up to `limit` items of a list, by recording, behind `recording` where one is given.
    public func items(of list: ListID, after recording: RecordingID?, limit: Int) throws -> [DestructionItem] {
        try items(
            where: """
                destruction_item.list = \(list.description)
                AND destruction_item.recording > \(recording?.description ?? "")
                ORDER BY destruction_item.recording LIMIT \(limit)
                """
        )
    }

    /// One item of a list.
    public func item(_ recording: RecordingID, of list: ListID) throws -> DestructionItem? {
        try items(
            where: """
                destruction_item.list = \(list.description) AND destruction_item.recording = \(recording.description)
                """
        ).first
    }

    /// The item by which a recording stands on a list that may still take it, or has taken it.
    public func liveItem(of recording: RecordingID) throws -> DestructionItem? {
        try items(
            where: """
                destruction_item.recording = \(recording.description)
                AND destruction_item.outcome IN ('listed', 'frozen', 'destroyed', 'transferred')
                """
        ).first
    }

    /// Whether a recording stands on a list that is frozen and will take it: nobody gets a new access to it. A transfer takes
    /// it from when it is recorded; until then the other archive fetches it.
    public func isDoomed(_ recording: RecordingID) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM destruction_item
                        JOIN destruction_list ON destruction_list.id = destruction_item.list
                        WHERE destruction_item.recording = ? AND destruction_item.outcome = 'frozen'
                        AND destruction_list.state = 'frozen'
                        AND (destruction_list.kind <> 'transfer' OR destruction_list.recorded IS NOT NULL))
                    """
            ),
            arguments: [recording.description]
        ) ?? false
    }

    /// Whether a recording stands on a frozen list, whatever that is for: it is what was decided about.
    public func isFrozen(_ recording: RecordingID) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM destruction_item
                        JOIN destruction_list ON destruction_list.id = destruction_item.list
                        WHERE destruction_item.recording = ? AND destruction_item.outcome = 'frozen'
                        AND destruction_list.state = 'frozen')
                    """
            ),
            arguments: [recording.description]
        ) ?? false
    }

    /// Whether somebody has a recording open at `time`.
    public func isOpen(_ recording: RecordingID, at time: Date) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM access WHERE recording = ? AND state = 'open' AND expires > ?)"
            ),
            arguments: [recording.description, Timestamp.text(time)]
        ) ?? false
    }

    /// Items of recordings whose destruction has begun and not ended.
    public func unfinishedItems() throws -> [DestructionItem] {
        try items(
            where: """
                recording.state = 'destroying' AND destruction_item.outcome = 'frozen'
                ORDER BY destruction_list.executable, destruction_item.recording
                """
        )
    }

    /// The item of a recording whose destruction has begun and not ended.
    func unfinishedItem(of recording: RecordingID) throws -> DestructionItem? {
        try items(
            where: """
                destruction_item.recording = \(recording.description) AND recording.state = 'destroying'
                AND destruction_item.outcome = 'frozen'
                """
        ).first
    }

    /// Whether keys were deleted since the databases were last scrubbed.
    public func needsScrub() throws -> Bool {
        try Bool.fetchOne(database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM unscrubbed)")) ?? false
    }
}

extension CatalogueWriter {
    /// Begins the destruction of a recording: no access stays open, and the databases need a scrub.
    public func markDestroying(_ recording: RecordingID) throws {
        try database.executeCached(
            sql: "UPDATE recording SET state = 'destroying' WHERE id = ? AND state IN ('stored', 'incomplete')",
            arguments: [recording.description]
        )
        try closeAccesses(to: recording)
        try markUnscrubbed()
    }

    /// Keys were deleted, or are about to be: the databases need a scrub.
    public func markUnscrubbed() throws {
        try database.executeCached(sql: "INSERT INTO unscrubbed (id) VALUES (1) ON CONFLICT DO NOTHING")
    }

    /// Ends the destruction of a recording, or its transfer: describing fields go, the tombstone stays.
    public func markDestroyed(
        _ item: DestructionItem,
        at time: Date,
        intent: Int,
        rule: String
    ) throws {
        let outcome: DestructionItem.Outcome = item.kind == .transfer ? .transferred : .destroyed
        // While the name of its meeting can still be compared.
        try forgetExpectations(of: item.recording)
        try database.executeCached(
            sql: """
                UPDATE recording SET state = ?, sealed = NULL, time_index = NULL, meeting = NULL, source = NULL
                WHERE id = ? AND state = 'destroying'
                """,
            arguments: [outcome.rawValue, item.recording.description]
        )
        guard database.changesCount == 1 else {
            throw ArchiveError(.conflict, "recording \(item.recording) is not being destroyed")
        }
        try forgetRevisions(of: item.recording)
        try forgetCompanions(of: item.recording)
        try forgetHolds(of: item.recording)
        // Another batch may have ended between this recording's beginning and its end.
        try markUnscrubbed()
        try end(item, as: outcome)
        try database.executeCached(
            sql: "INSERT INTO tombstone (recording, list, kind, destroyed, intent, rule) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                item.recording.description, item.list.description, outcome.rawValue, Timestamp.text(time), intent, rule,
            ]
        )
    }

    /// Says what became of an item of a list, and why where it was left as it is.
    public func end(
        _ item: DestructionItem,
        as outcome: DestructionItem.Outcome,
        because reason: String? = nil
    ) throws {
        try database.executeCached(
            sql: "UPDATE destruction_item SET outcome = ?, reason = ? WHERE list = ? AND recording = ?",
            arguments: [outcome.rawValue, reason, item.list.description, item.recording.description]
        )
    }

    /// Both databases were scrubbed since the last key was deleted.
    public func markScrubbed() throws { try database.executeCached(sql: "DELETE FROM unscrubbed") }
}
