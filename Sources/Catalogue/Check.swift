public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// What the catalogue knows of a recording's payload and keys.
public struct StoredFacts: Sendable {
    /// The recording.
    public let id: RecordingID
    /// Where it stands.
    public let state: RecordingRow.State
    /// Bytes of the payload.
    public let size: Int
    /// SHA-256 of the payload.
    public let digest: Data
    /// The nonce that the payload begins with.
    public let nonce: Data
    /// Describing fields under the recording's own key; nil once destroyed.
    public let sealed: Data?
}

extension CatalogueReader {
    /// What is known of every recording whose id begins with `prefix`.
    public func storedFacts(beginningWith prefix: String) throws -> [StoredFacts] {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT id, state, size, digest, nonce, sealed FROM recording WHERE id >= ? AND id < ? ORDER BY id
                    """
            ),
            arguments: [prefix, prefix + "\u{10FFFF}"]
        )
        var facts: [StoredFacts] = []
        while let row = try rows.next() {
            // By place: names cost more than all the rest, and there may be a million rows.
            facts.append(
                StoredFacts(
                    id: try row.value("id", RecordingID.init),
                    state: try row.value("state", RecordingRow.State.init(rawValue:)),
                    size: row[2],
                    digest: row[3],
                    nonce: row[4],
                    sealed: row[5]
                )
            )
        }
        return facts
    }

    /// Whether an upload on its way is to become `recording`.
    public func isExpected(_ recording: RecordingID) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM upload WHERE recording = ? AND state = 'receiving')"
            ),
            arguments: [recording.description]
        ) ?? false
    }
}

/// What is to be read from its first byte to its last, and what was found the last time.
public struct PayloadToCheck: Sendable {
    /// The recording.
    public let id: RecordingID
    /// Seconds.
    public let duration: Double
    /// Its sealed time index.
    public let timeIndex: Data?
    /// Chunks that did not open the last time.
    public let damagedChunks: Int
}

/// What was found when a payload was read last.
public struct LastPayloadCheck: Sendable {
    /// When that was; where it was not read yet, when it came.
    public let checked: Date
    /// Chunks that did not open then.
    public let damagedChunks: Int
    /// Whether it was not read since it was stored.
    public let isUnread: Bool
}

extension CatalogueReader {
    /// Recordings whose payloads were not read since `time`, the longest unread first.
    public func payloads(uncheckedSince time: Date, limit: Int) throws -> [PayloadToCheck] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT recording.id, duration, time_index, chunks FROM payload_check
                    JOIN recording ON recording.id = payload_check.recording
                    WHERE checked < ? AND state IN ('stored', 'incomplete')
                    ORDER BY checked, payload_check.recording LIMIT ?
                    """
            ),
            arguments: [Timestamp.text(time), limit]
        ).map(payloadToCheck)
    }

    /// Those of `recordings` whose payloads were not read since they were stored.
    public func payloads(unreadOf recordings: [RecordingID]) throws -> [PayloadToCheck] {
        try recordings.compactMap { id in
            try database.cachedRow(
                sql: """
                    SELECT recording.id, duration, time_index, chunks FROM payload_check
                    JOIN recording ON recording.id = payload_check.recording
                    WHERE payload_check.recording = ? AND checked <= received AND state IN ('stored', 'incomplete')
                    """,
                arguments: [id.description]
            ).map(payloadToCheck)
        }
    }

    private func payloadToCheck(_ row: Row) throws -> PayloadToCheck {
        PayloadToCheck(
            id: try row.value("id", RecordingID.init),
            duration: row["duration"],
            timeIndex: row["time_index"],
            damagedChunks: row["chunks"]
        )
    }

    /// What was found when the payload of `recording` was read last; nil where that is gone.
    public func payloadCheck(of recording: RecordingID) throws -> LastPayloadCheck? {
        try database.cachedRow(
            sql: """
                SELECT checked, chunks, checked <= received AS unread FROM payload_check
                JOIN recording ON recording.id = payload_check.recording WHERE payload_check.recording = ?
                """,
            arguments: [recording.description]
        ).map { row in
            LastPayloadCheck(checked: try row.date("checked"), damagedChunks: row["chunks"], isUnread: row["unread"])
        }
    }

    /// How much ``payloads(uncheckedSince:limit:)`` would give without a limit.
    public func uncheckedTotals(since time: Date) throws -> (recordings: Int, bytes: Int) {
        let sql = """
            SELECT count(*), coalesce(sum(size), 0) FROM payload_check
            JOIN recording ON recording.id = payload_check.recording
            WHERE checked < ? AND state IN ('stored', 'incomplete')
            """
        guard let row = try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [Timestamp.text(time)]) else {
            return (0, 0)
        }
        return (row[0], row[1])
    }

    /// When the payload was read that was read longest ago, and how many are damaged.
    public func payloadChecks() throws -> (oldest: Date?, damaged: Int) {
        let sql = """
            SELECT (SELECT min(checked) FROM payload_check) AS oldest,
                (SELECT count(*) FROM payload_check WHERE chunks > 0) AS damaged
            """
        guard let row = try Row.fetchOne(database.cachedStatement(sql: sql)) else { return (nil, 0) }
        return (try row.optionalDate("oldest"), row["damaged"])
    }
}

extension CatalogueWriter {
    /// The payload of `recording` was read at `time`, and that many chunks of it did not open.
    public func setChecked(
        _ recording: RecordingID,
        at time: Date,
        damagedChunks: Int,
        lostSeconds: Double?
    ) throws {
        try database.executeCached(
            sql: "UPDATE payload_check SET checked = ?, chunks = ?, lost = ? WHERE recording = ?",
            arguments: [Timestamp.text(time), damagedChunks, lostSeconds, recording.description]
        )
    }
}
