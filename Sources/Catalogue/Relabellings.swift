public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A change of a label that waits for a second person, or did.
public struct RelabellingRow: Sendable {
    /// Where it stands.
    public enum State: String, Sendable, CaseIterable {
        /// It waits for a second person.
        case pending
        /// The recording has the label.
        case done
        /// The second person did not agree.
        case refused
        /// Its time is over, or who asked withdrew it.
        case closed
    }

    /// Its name.
    public let id: RelabellingID
    /// Whose label changes.
    public let recording: RecordingID
    /// The version that it is a change of.
    public let labelVersion: Int
    /// The new label.
    public let label: Label
    /// Who asked.
    public let principal: PrincipalID
    /// Why, sealed under the recording's own key.
    public let reason: Data
    /// Where it stands; it also ends by its expiry.
    public let state: State
    /// When it was asked for.
    public let asked: Date
    /// From when it does not count.
    public let expires: Date
    /// Why it was refused, sealed under the recording's own key.
    public let refusal: Data?

    /// A row of these fields.
    public init(
        id: RelabellingID,
        recording: RecordingID,
        labelVersion: Int,
        label: Label,
        principal: PrincipalID,
        reason: Data,
        state: State = .pending,
        asked: Date,
        expires: Date,
        refusal: Data? = nil
    ) {
        self.id = id
        self.recording = recording
        self.labelVersion = labelVersion
        self.label = label
        self.principal = principal
        self.reason = reason
        self.state = state
        self.asked = asked
        self.expires = expires
        self.refusal = refusal
    }
}

extension CatalogueReader {
    private func relabellings(_ condition: SQL) throws -> [RelabellingRow] {
        try SQLRequest<Row>(literal: "SELECT relabelling.* FROM relabelling \(condition)", cached: true).fetchAll(
            database
        ).map {
            row in
            RelabellingRow(
                id: try row.value("id", RelabellingID.init),
                recording: try row.value("recording", RecordingID.init),
                labelVersion: row["label_version"],
                label: try row.value("label", Label.init(parsing:)),
                principal: try row.value("principal", PrincipalID.init),
                reason: row["reason"],
                state: try row.value("state", RelabellingRow.State.init(rawValue:)),
                asked: try row.date("asked"),
                expires: try row.date("expires"),
                refusal: row["refusal"]
            )
        }
    }

    /// The change with this id.
    public func relabelling(_ id: RelabellingID) throws -> RelabellingRow? {
        try relabellings("WHERE id = \(id.description)").first
    }

    /// Up to `limit` changes that a principal asked for, the newest first, after a place in that list.
    public func relabellings(
        of principal: PrincipalID,
        after place: (asked: String, id: RelabellingID)?,
        limit: Int
    ) throws -> [RelabellingRow] {
        let rest: SQL = place.map { "AND (asked, id) < (\($0.asked), \($0.id.description))" } ?? ""
        return try relabellings(
            "WHERE principal = \(principal.description) \(rest) ORDER BY asked DESC, id DESC LIMIT \(limit)"
        )
    }

    /// Up to `limit` changes of the labels of recordings of `classes` that are pending at `time`, the oldest first, after
    /// a place in that list.
    public func pendingRelabellings(
        classes: [Int64],
        at time: Date,
        after place: (asked: String, id: RelabellingID)?,
        limit: Int
    ) throws -> [RelabellingRow] {
        let rest: SQL =
            place.map { "AND (relabelling.asked, relabelling.id) > (\($0.asked), \($0.id.description))" } ?? ""
        return try relabellings(
            """
            JOIN recording ON recording.id = relabelling.recording
            WHERE relabelling.state = 'pending' AND relabelling.expires > \(Timestamp.text(time))
            AND recording.label_version = relabelling.label_version AND recording.state IN ('stored', 'incomplete')
            AND recording.class IN \(classes) \(rest) ORDER BY relabelling.asked, relabelling.id LIMIT \(limit)
            """
        )
    }

    /// Changes that a principal asked for and that are pending, the oldest first.
    public func pendingRelabellings(of principal: PrincipalID) throws -> [RelabellingRow] {
        try relabellings("WHERE principal = \(principal.description) AND state = 'pending' ORDER BY asked, id")
    }

    /// How many changes that a principal asked for are pending at `time`.
    public func pendingRelabellingCount(of principal: PrincipalID, at time: Date) throws -> Int {
        let query: SQL = """
            SELECT count(*) FROM relabelling
            WHERE principal = \(principal.description) AND state = 'pending' AND expires > \(Timestamp.text(time))
            """
        return try SQLRequest<Int>(literal: query).fetchOne(database) ?? 0
    }

    /// Whether a change waits still though its time is over.
    public func hasExpiredRelabelling(at time: Date) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM relabelling WHERE state = 'pending' AND expires <= ?)"
            ),
            arguments: [Timestamp.text(time)]
        ) ?? false
    }

    /// Accesses to a recording that are open or pending.
    public func liveAccesses(to recording: RecordingID) throws -> [AccessID] {
        try String.fetchAll(
            database.cachedStatement(sql: "SELECT id FROM access WHERE recording = ? AND state IN ('pending', 'open')"),
            arguments: [recording.description]
        ).compactMap(AccessID.init)
    }
}

extension CatalogueWriter {
    /// Adds a change that waits.
    public func insert(_ row: RelabellingRow) throws {
        try database.executeCached(
            sql: """
                INSERT INTO relabelling (id, recording, label_version, label, principal, reason, state, asked, expires)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                row.id.description, row.recording.description, row.labelVersion, row.label.description,
                row.principal.description, row.reason, row.state.rawValue, Timestamp.text(row.asked),
                Timestamp.text(row.expires),
            ]
        )
    }

    /// Ends a change that waits.
    public func end(_ relabelling: RelabellingID, as state: RelabellingRow.State, refusal: Data? = nil) throws {
        try database.executeCached(
            sql: "UPDATE relabelling SET state = ?, refusal = ? WHERE id = ? AND state = 'pending'",
            arguments: [state.rawValue, refusal, relabelling.description]
        )
    }

    /// Gives a recording another class, and closes every access that was decided on the one before.
    public func relabel(_ recording: RecordingID, to visibility: VisibilityClass) throws {
        try database.executeCached(
            sql: "UPDATE recording SET class = ?, label_version = label_version + 1 WHERE id = ?",
            arguments: [try classID(visibility), recording.description]
        )
        try closeAccesses(to: recording)
        try database.executeCached(
            sql: "UPDATE relabelling SET state = 'closed' WHERE recording = ? AND state = 'pending'",
            arguments: [recording.description]
        )
    }

    /// Closes changes whose time is over; gives their ids.
    public func closeRelabellings(expiredAt time: Date) throws -> [RelabellingID] {
        try String.fetchAll(
            database.cachedStatement(
                sql: "UPDATE relabelling SET state = 'closed' WHERE state = 'pending' AND expires <= ? RETURNING id"
            ),
            arguments: [Timestamp.text(time)]
        ).compactMap(RelabellingID.init)
    }
}
