public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A list of recordings to destroy, to transfer or to withdraw.
public struct ListRow: Sendable {
    /// What a list is for.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Its recordings are destroyed by their schedule.
        case destroy
        /// Its recordings are handed to another archive.
        case transfer
        /// Its recordings came by mistake, and are destroyed outside their schedule.
        case withdraw
    }

    /// Where a list stands.
    public enum State: String, Sendable, Codable, CaseIterable {
        /// People look at it.
        case proposed
        /// It is executed as it is when its cooling is over.
        case frozen
        /// All of it was executed or skipped.
        case done
        /// It was not agreed to.
        case refused
        /// It was taken back; what had been executed stays so.
        case cancelled
    }

    /// Its name.
    public let id: ListID
    /// What it is for.
    public let kind: Kind
    /// The series of its recordings; nil where it withdraws some of any.
    public let series: String?
    /// Where it stands.
    public let state: State
    /// When it was proposed.
    public let proposed: Date
    /// By whom; nil where the schedule itself did.
    public let proposedBy: PrincipalID?
    /// Keyed digest of that person.
    public let proposer: Data?
    /// Who approved it.
    public let approvedBy: PrincipalID?
    /// How many persons had witnessed it when it was frozen.
    public let witnesses: Int
    /// When it was frozen.
    public let frozen: Date?
    /// From when it can be executed.
    public let executable: Date?
    /// What was frozen.
    public let digest: Data?
    /// When it was recorded that another archive has it.
    public let recorded: Date?
    /// When it ended.
    public let ended: Date?

    /// A new proposal.
    public init(
        id: ListID,
        kind: Kind,
        series: String?,
        proposed: Date,
        proposedBy: PrincipalID?,
        proposer: Data?
    ) {
        self.id = id
        self.kind = kind
        self.series = series
        state = .proposed
        self.proposed = proposed
        self.proposedBy = proposedBy
        self.proposer = proposer
        approvedBy = nil
        witnesses = 0
        (frozen, executable, digest, recorded, ended) = (nil, nil, nil, nil, nil)
    }

    fileprivate init(_ row: Row) throws {
        id = try row.value("id", ListID.init)
        kind = try row.value("kind", Kind.init)
        series = row["series"]
        state = try row.value("state", State.init)
        proposed = try row.date("proposed")
        proposedBy = (row["proposed_by"] as String?).flatMap(PrincipalID.init)
        proposer = row["proposer"]
        approvedBy = (row["approved_by"] as String?).flatMap(PrincipalID.init)
        witnesses = row["witnesses"]
        frozen = try row.optionalDate("frozen")
        executable = try row.optionalDate("executable")
        digest = row["digest"]
        recorded = try row.optionalDate("recorded")
        ended = try row.optionalDate("ended")
    }
}

extension CatalogueReader {
    private func lists(_ condition: SQL) throws -> [ListRow] {
        try SQLRequest<Row>(literal: "SELECT * FROM destruction_list WHERE \(condition)", cached: true).fetchAll(
            database
        )
        .map(ListRow.init)
    }

    /// The list with this id.
    public func list(_ id: ListID) throws -> ListRow? { try lists("id = \(id.description)").first }

    /// Up to `limit` lists of these kinds that have no item outside `classes`, the newest first, behind a place in that list.
    public func lists(
        _ kinds: [ListRow.Kind],
        state: ListRow.State?,
        classes: [Int64],
        after place: (proposed: String, id: ListID)?,
        limit: Int
    ) throws -> [ListRow] {
        let rest: SQL = place.map { "AND (proposed, id) < (\($0.proposed), \($0.id.description))" } ?? ""
        let standing: SQL = state.map { "AND state = \($0.rawValue)" } ?? ""
        return try lists(
            """
            kind IN \(kinds.map(\.rawValue)) \(standing) \(rest)
            AND NOT EXISTS (SELECT 1 FROM destruction_item
                JOIN recording ON recording.id = destruction_item.recording
                WHERE destruction_item.list = destruction_list.id AND recording.class NOT IN \(classes))
            ORDER BY proposed DESC, id DESC LIMIT \(limit)
            """
        )
    }

    /// Lists with something left to do that can be executed, the oldest first.
    public func executableLists(at time: Date) throws -> [ListRow] {
        try lists(
            """
            state = 'frozen' AND executable <= \(Timestamp.text(time)) AND (kind <> 'transfer' OR recorded IS NOT NULL)
            AND EXISTS (SELECT 1 FROM destruction_item WHERE list = destruction_list.id AND outcome = 'frozen')
            ORDER BY executable, id
            """
        )
    }

    /// Frozen lists of which nothing is left to do.
    public func exhaustedLists() throws -> [ListRow] {
        try lists(
            """
            state = 'frozen'
            AND NOT EXISTS (SELECT 1 FROM destruction_item WHERE list = destruction_list.id AND outcome = 'frozen')
            ORDER BY executable, id
            """
        )
    }

    /// The classes of the recordings on a list, as they are now.
    public func classes(of list: ListID) throws -> [VisibilityClass] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT label, unit FROM visibility_class WHERE id IN (SELECT recording.class FROM destruction_item
                        JOIN recording ON recording.id = destruction_item.recording WHERE destruction_item.list = ?)
                    """
            ),
            arguments: [list.description]
        ).map { VisibilityClass(label: try $0.value("label", Label.init(parsing:)), unit: $0["unit"]) }
    }

    /// How many items of a list have come to what.
    public func outcomes(of list: ListID) throws -> [DestructionItem.Outcome: Int] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT outcome, count(*) AS items FROM destruction_item WHERE list = ? GROUP BY outcome"
            ),
            arguments: [list.description]
        ).reduce(into: [:]) { counts, row in
            counts[try row.value("outcome", DestructionItem.Outcome.init)] = row["items"]
        }
    }
}

extension CatalogueWriter {
    /// Adds a proposal with its items.
    public func insert(_ list: ListRow, items: [DestructionItem]) throws {
        try database.executeCached(
            sql: """
                INSERT INTO destruction_list (id, kind, series, proposed, proposed_by, proposer)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                list.id.description, list.kind.rawValue, list.series, Timestamp.text(list.proposed),
                list.proposedBy?.description, list.proposer,
            ]
        )
        for item in items {
            try database.executeCached(
                sql: "INSERT INTO destruction_item (recording, list, series, due) VALUES (?, ?, ?, ?)",
                arguments: [
                    item.recording.description, list.id.description, item.series, Timestamp.text(item.due),
                ]
            )
        }
    }

    /// Freezes a proposal: neither it nor what stands on it changes afterwards.
    public func freeze(
        _ list: ListID,
        at time: Date,
        executable: Date,
        digest: Data,
        by principal: PrincipalID?,
        witnesses: Int
    ) throws {
        try database.executeCached(
            sql: """
                UPDATE destruction_list SET state = 'frozen', frozen = ?, executable = ?, digest = ?, approved_by = ?,
                    witnesses = ? WHERE id = ?
                """,
            arguments: [
                Timestamp.text(time), Timestamp.text(executable), digest, principal?.description, witnesses,
                list.description,
            ]
        )
        try database.executeCached(
            sql: "UPDATE destruction_item SET outcome = 'frozen' WHERE list = ? AND outcome = 'listed'",
            arguments: [list.description]
        )
    }

    /// Ends a list; what of it was not executed is left as it is, because of `reason`.
    public func end(_ list: ListID, as state: ListRow.State, at time: Date, because reason: String) throws {
        // What is being destroyed just now goes on: its keys may be gone already.
        try database.executeCached(
            sql: """
                UPDATE destruction_item SET outcome = 'skipped', reason = ? WHERE list = ?
                    AND outcome IN ('listed', 'frozen')
                    AND (SELECT state FROM recording WHERE id = destruction_item.recording) <> 'destroying'
                """,
            arguments: [reason, list.description]
        )
        try database.executeCached(
            sql: "UPDATE destruction_list SET state = ?, ended = ? WHERE id = ?",
            arguments: [state.rawValue, Timestamp.text(time), list.description]
        )
    }

    /// Notes that another archive has what stands on a list.
    public func markRecorded(_ list: ListID, at time: Date) throws {
        try database.executeCached(
            sql: "UPDATE destruction_list SET recorded = ? WHERE id = ?",
            arguments: [Timestamp.text(time), list.description]
        )
    }
}
