public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// What forbids destroying one recording.
public struct HoldRow: Sendable {
    /// The end of a hold.
    public struct Release: Sendable {
        /// When.
        public let time: Date
        /// Who.
        public let principal: PrincipalID
        /// Why, sealed under the recording's own key.
        public let reason: Data
    }

    /// Its name.
    public let id: HoldID
    /// What it holds.
    public let recording: RecordingID
    /// Those that were placed together have one.
    public let batch: HoldBatchID
    /// The matter that it is for, sealed under the recording's own key.
    public let matter: Data
    /// Why, sealed under the recording's own key.
    public let reason: Data
    /// Who placed it.
    public let principal: PrincipalID
    /// When.
    public let placed: Date
    /// Its end; nil while it holds.
    public let release: Release?

    /// A hold that is placed now.
    public init(
        id: HoldID,
        recording: RecordingID,
        batch: HoldBatchID,
        matter: Data,
        reason: Data,
        principal: PrincipalID,
        placed: Date
    ) {
        self.init(id, recording, batch, matter: matter, reason: reason, principal, placed, nil)
    }

    fileprivate init(
        _ id: HoldID,
        _ recording: RecordingID,
        _ batch: HoldBatchID,
        matter: Data,
        reason: Data,
        _ principal: PrincipalID,
        _ placed: Date,
        _ release: Release?
    ) {
        self.id = id
        self.recording = recording
        self.batch = batch
        self.matter = matter
        self.reason = reason
        self.principal = principal
        self.placed = placed
        self.release = release
    }
}

extension CatalogueReader {
    private func holds(_ condition: SQL) throws -> [HoldRow] {
        try SQLRequest<Row>(literal: "SELECT * FROM hold WHERE \(condition)", cached: true).fetchAll(database).map {
            row in
            let release = try (row["release_reason"] as Data?).map { reason in
                HoldRow.Release(
                    time: try row.date("released"),
                    principal: try row.value("released_by", PrincipalID.init),
                    reason: reason
                )
            }
            return HoldRow(
                try row.value("id", HoldID.init),
                try row.value("recording", RecordingID.init),
                try row.value("batch", HoldBatchID.init),
                matter: row["matter"],
                reason: row["reason"],
                try row.value("principal", PrincipalID.init),
                try row.date("placed"),
                release
            )
        }
    }

    /// The hold with this id.
    public func hold(_ id: HoldID) throws -> HoldRow? { try holds("id = \(id.description)").first }

    /// Up to `limit` holds of a recording, those in force before released ones, the newest first.
    public func holds(on recording: RecordingID, limit: Int) throws -> [HoldRow] {
        try holds(
            "recording = \(recording.description) ORDER BY released IS NOT NULL, placed DESC, id DESC LIMIT \(limit)"
        )
    }

    /// How many holds are in force on each of these recordings; those without any are left out.
    public func holdsInForce(on recordings: [RecordingID]) throws -> [RecordingID: Int] {
        let query: SQL = """
            SELECT recording, count(*) AS held FROM hold
            WHERE released IS NULL AND recording IN \(recordings.map(\.description)) GROUP BY recording
            """
        return try SQLRequest<Row>(literal: query).fetchAll(database).reduce(into: [:]) { counts, row in
            counts[try row.value("recording", RecordingID.init)] = row["held"]
        }
    }

    /// Whether a hold is in force on a recording.
    public func isHeld(_ recording: RecordingID) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM hold WHERE recording = ? AND released IS NULL)"
            ),
            arguments: [recording.description]
        ) ?? false
    }

    /// Up to `limit` recordings that a hold can reach, those included whose destruction has begun; the newest first.
    public func holdable(_ filter: RecordingFilter, limit: Int) throws -> [RecordingRow] {
        var conditions: [SQL] = [
            "recording.class IN \(filter.classes)", "recording.state IN ('stored', 'incomplete', 'destroying')",
        ]
        if let state = filter.state { conditions.append("recording.state = \(state.rawValue)") }
        if let meeting = filter.meeting { conditions.append("recording.meeting = \(meeting)") }
        if let since = filter.since { conditions.append("recording.position >= \(Timestamp.text(since))") }
        if let until = filter.until { conditions.append("recording.position <= \(Timestamp.text(until))") }
        return try recordings(
            where: """
                \(conditions.joined(separator: " AND "))
                ORDER BY recording.position DESC, recording.id DESC LIMIT \(limit)
                """
        )
    }
}

extension CatalogueWriter {
    /// Adds a hold.
    public func insert(_ row: HoldRow) throws {
        try database.executeCached(
            sql: """
                INSERT INTO hold (id, recording, batch, matter, reason, principal, placed)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                row.id.description, row.recording.description, row.batch.description, row.matter, row.reason,
                row.principal.description, Timestamp.text(row.placed),
            ]
        )
    }

    /// Ends a hold that is in force.
    ///
    /// - Throws: `conflict` where it was released before.
    public func release(_ hold: HoldID, at time: Date, by principal: PrincipalID, because reason: Data) throws {
        try database.executeCached(
            sql: """
                UPDATE hold SET released = ?, released_by = ?, release_reason = ? WHERE id = ? AND released IS NULL
                """,
            arguments: [Timestamp.text(time), principal.description, reason, hold.description]
        )
        guard database.changesCount == 1 else {
            throw ArchiveError(.conflict, "hold \(hold) was released before")
        }
    }

    /// Takes back the destruction of a recording that has begun; gives the item that is saved by that, nil where none has.
    ///
    /// Accesses that were closed when it began stay closed. Belongs into a transaction that has seen its key in the vault.
    public func saveFromDestruction(_ recording: RecordingID) throws -> DestructionItem? {
        guard let item = try reader.unfinishedItem(of: recording) else { return nil }
        try database.executeCached(
            sql: """
                UPDATE recording SET state = iif(original_digest IS NULL, 'stored', 'incomplete')
                WHERE id = ? AND state = 'destroying'
                """,
            arguments: [recording.description]
        )
        try end(item, as: .saved, because: "held")
        return item
    }

    /// Ends every hold in force on a recording of which another catalogue, newer than this, says that it was destroyed: they
    /// were released there, nobody here knows by whom. They go with the recording.
    public func endHolds(of recording: RecordingID, at time: Date) throws {
        try database.executeCached(
            sql: """
                UPDATE hold SET released = ?, released_by = principal, release_reason = x''
                WHERE recording = ? AND released IS NULL
                """,
            arguments: [Timestamp.text(time), recording.description]
        )
    }

    /// Removes all holds of a recording that is gone.
    public func forgetHolds(of recording: RecordingID) throws {
        try database.executeCached(sql: "DELETE FROM hold WHERE recording = ?", arguments: [recording.description])
    }
}
