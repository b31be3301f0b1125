public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A request to count the time of recordings from when they began.
public struct BackdatingRow: Sendable {
    /// What became of one of its recordings.
    public enum Outcome: String, Sendable, CaseIterable {
        /// A records manager has to decide.
        case waiting
        /// Its time counts from when it began.
        case granted
        /// Its time counts from when it was received.
        case refused
        /// It could not be: nobody knows any more when it began, or that is after it was received.
        case void
    }

    /// Its name.
    public let id: BackdatingID
    /// Who asked.
    public let principal: PrincipalID
    /// The keyed digest of the person who asked, as they were known then.
    public let person: Data
    /// When it was first asked for.
    public let asked: Date
    /// Why, sealed.
    public let reason: Data
    /// Why it was refused, sealed.
    public let refusal: Data?

    /// A row of these fields.
    public init(
        id: BackdatingID,
        principal: PrincipalID,
        person: Data,
        asked: Date,
        reason: Data,
        refusal: Data? = nil
    ) {
        self.id = id
        self.principal = principal
        self.person = person
        self.asked = asked
        self.reason = reason
        self.refusal = refusal
    }
}

extension CatalogueReader {
    private func backdatings(_ condition: SQL) throws -> [BackdatingRow] {
        try SQLRequest<Row>(literal: "SELECT * FROM backdating \(condition)", cached: true).fetchAll(database).map {
            row in
            BackdatingRow(
                id: try row.value("id", BackdatingID.init),
                principal: try row.value("principal", PrincipalID.init),
                person: row["person"],
                asked: try row.date("asked"),
                reason: row["reason"],
                refusal: row["refusal"]
            )
        }
    }

    /// The request with this id.
    public func backdating(_ id: BackdatingID) throws -> BackdatingRow? {
        try backdatings("WHERE id = \(id.description)").first
    }

    private func rest(_ place: (asked: String, id: BackdatingID)?) -> SQL {
        place.map { "AND (asked, id) < (\($0.asked), \($0.id.description))" } ?? ""
    }

    /// Up to `limit` requests of a principal, the newest first, after a place in that list.
    public func backdatings(
        of principal: PrincipalID,
        after place: (asked: String, id: BackdatingID)?,
        limit: Int
    ) throws -> [BackdatingRow] {
        try backdatings(
            "WHERE principal = \(principal.description) \(rest(place)) ORDER BY asked DESC, id DESC LIMIT \(limit)"
        )
    }

    /// Up to `limit` requests of others than `person` of which recordings of `classes` wait, the newest first, after a place in that list.
    public func waitingBackdatings(
        classes: [Int64],
        notOf person: Data,
        after place: (asked: String, id: BackdatingID)? = nil,
        limit: Int
    ) throws -> [BackdatingRow] {
        try backdatings(
            """
            WHERE person <> \(person) AND EXISTS (
                SELECT 1 FROM backdating_item JOIN recording ON recording.id = backdating_item.recording
                WHERE backdating_item.backdating = backdating.id AND backdating_item.outcome = 'waiting'
                    AND recording.state IN ('stored', 'incomplete') AND recording.class IN \(classes)
            ) \(rest(place)) ORDER BY asked DESC, id DESC LIMIT \(limit)
            """
        )
    }

    /// What became of the recordings of a request that are of `classes` and still there.
    public func outcomes(
        of backdating: BackdatingID,
        classes: [Int64]
    ) throws -> [BackdatingRow.Outcome: Int] {
        let query: SQL = """
            SELECT outcome, count(*) FROM backdating_item JOIN recording ON recording.id = backdating_item.recording
            WHERE backdating = \(backdating.description) AND recording.state IN ('stored', 'incomplete')
                AND recording.class IN \(classes) GROUP BY outcome
            """
        return try SQLRequest<Row>(literal: query).fetchAll(database).reduce(into: [:]) { outcomes, row in
            outcomes[try row.value("outcome", BackdatingRow.Outcome.init(rawValue:))] = row[1]
        }
    }

    /// Up to `limit` recordings of a request that wait, are of `classes` and still there.
    public func waitingRecordings(
        of backdating: BackdatingID,
        classes: [Int64],
        limit: Int
    ) throws -> [RecordingID] {
        let query: SQL = """
            SELECT recording FROM backdating_item JOIN recording ON recording.id = backdating_item.recording
            WHERE backdating = \(backdating.description) AND outcome = 'waiting'
                AND recording.state IN ('stored', 'incomplete') AND recording.class IN \(classes)
            ORDER BY recording LIMIT \(limit)
            """
        return try SQLRequest<String>(literal: query).fetchAll(database).compactMap(RecordingID.init)
    }

    /// How many requests of a principal there are of which something waits, counted up to `limit`.
    public func waitingBackdatingCount(of principal: PrincipalID, limit: Int) throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT count(*) FROM (
                        SELECT 1 FROM backdating WHERE principal = ? AND EXISTS (
                            SELECT 1 FROM backdating_item
                            WHERE backdating_item.backdating = backdating.id AND outcome = 'waiting'
                        ) LIMIT ?
                    )
                    """
            ),
            arguments: [principal.description, limit]
        ) ?? 0
    }
}

extension CatalogueWriter {
    /// Adds a request without recordings.
    public func insert(_ row: BackdatingRow) throws {
        try database.executeCached(
            sql: "INSERT INTO backdating (id, principal, person, asked, reason) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                row.id.description, row.principal.description, row.person, Timestamp.text(row.asked), row.reason,
            ]
        )
    }

    /// Adds a recording to a request, to wait; one that it has already stays what it is.
    ///
    /// - Returns: whether it is new there.
    public func add(_ recording: RecordingID, to backdating: BackdatingID) throws -> Bool {
        try database.executeCached(
            sql: "INSERT INTO backdating_item (backdating, recording) VALUES (?, ?) ON CONFLICT DO NOTHING",
            arguments: [backdating.description, recording.description]
        )
        return database.changesCount == 1
    }

    /// Says what became of a recording of a request.
    public func decide(_ recording: RecordingID, of backdating: BackdatingID, as outcome: BackdatingRow.Outcome) throws
    {
        try database.executeCached(
            sql: "UPDATE backdating_item SET outcome = ? WHERE backdating = ? AND recording = ?",
            arguments: [outcome.rawValue, backdating.description, recording.description]
        )
    }

    /// Keeps why a request was refused.
    public func setRefusal(_ refusal: Data, of backdating: BackdatingID) throws {
        try database.executeCached(
            sql: "UPDATE backdating SET refusal = ? WHERE id = ?",
            arguments: [refusal, backdating.description]
        )
    }
}
