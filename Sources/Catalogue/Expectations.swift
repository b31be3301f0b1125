public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A meeting that was announced, as the catalogue keeps it.
public struct ExpectationRow: Sendable {
    /// The announcement.
    public let id: ExpectationID
    /// Label and unit: who may know of it.
    public let visibility: VisibilityClass
    /// Keyed digest of the meeting's name, as recordings have it.
    public let meeting: Data
    /// The name, sealed.
    public let sealed: Data
    /// When the meeting begins.
    public let starts: Date
    /// When it ends.
    public let ends: Date
    /// When it was announced.
    public let announced: Date

    /// A row of these fields.
    public init(
        id: ExpectationID,
        visibility: VisibilityClass,
        meeting: Data,
        sealed: Data,
        starts: Date,
        ends: Date,
        announced: Date
    ) {
        self.id = id
        self.visibility = visibility
        self.meeting = meeting
        self.sealed = sealed
        self.starts = starts
        self.ends = ends
        self.announced = announced
    }
}

/// Which announcements to read.
public struct ExpectationFilter: Sendable {
    /// Only of these classes: the caller's visible ones. Recordings outside them do not count either.
    public var classes: [Int64]
    /// Only those that had ended by this time and have no recording.
    public var missingSince: Date?
    /// Not beginning before.
    public var since: Date?
    /// Not beginning after.
    public var until: Date?
    /// Only what comes after this place in the list.
    public var after: (starts: String, id: ExpectationID)?

    /// Everything in `classes`.
    public init(classes: [Int64]) { self.classes = classes }
}

/// A stream on its way in, of a meeting.
public struct MeetingUnderWay: Sendable, Hashable {
    /// Keyed digest of the meeting's name.
    public let meeting: Data
    /// The unit that it goes to.
    public let unit: String
    /// When it began.
    public let since: Date

    /// A stream with these facts.
    public init(meeting: Data, unit: String, since: Date) {
        self.meeting = meeting
        self.unit = unit
        self.since = since
    }
}

extension CatalogueReader {
    private static let columns = "expectation.*, visibility_class.label, visibility_class.unit"

    /// When a recording began, as a Julian day: as its sender says, or else when its upload began or, where that is
    /// earlier, so long before it came as it is. An upload that was interrupted comes long after its meeting.
    private static let began = """
        iif(recording.started IS NOT NULL, julianday(recording.started), min(
            julianday(recording.received) - recording.duration / 86400,
            coalesce((SELECT julianday(upload.created) FROM upload WHERE upload.recording = recording.id),
                julianday(recording.received))))
        """

    /// Whether a recording of the meeting overlaps with it in time.
    static let expectationOverlap = """
        recording.meeting = expectation.meeting AND \(began) < julianday(expectation.ends)
        AND iif(recording.started IS NULL, julianday(recording.received),
            julianday(recording.started) + recording.duration / 86400) > julianday(expectation.starts)
        """

    private func expectationRow(_ row: Row) throws -> ExpectationRow {
        ExpectationRow(
            id: try row.value("id", ExpectationID.init),
            visibility: VisibilityClass(label: try row.value("label", Label.init(parsing:)), unit: row["unit"]),
            meeting: row["meeting"],
            sealed: row["sealed"],
            starts: try row.date("starts"),
            ends: try row.date("ends"),
            announced: try row.date("announced")
        )
    }

    private func expectations(
        recorded: SQL,
        where conditions: [SQL],
        order: SQL,
        limit: Int
    ) throws -> [(expectation: ExpectationRow, isRecorded: Bool)] {
        let query: SQL = """
            SELECT \(sql: Self.columns), \(recorded) AS recorded
            FROM expectation JOIN visibility_class ON visibility_class.id = expectation.class
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY \(order) LIMIT \(limit)
            """
        return try SQLRequest<Row>(literal: query).fetchAll(database).map { row in
            (try expectationRow(row), row["recorded"])
        }
    }

    /// Up to `limit` announcements, the latest first, each with whether a recording of `filter`'s classes is there.
    public func expectations(
        _ filter: ExpectationFilter,
        limit: Int
    ) throws -> [(expectation: ExpectationRow, isRecorded: Bool)] {
        let recorded: SQL = """
            EXISTS (SELECT 1 FROM recording WHERE \(sql: Self.expectationOverlap) AND recording.class IN \(filter.classes))
            """
        var conditions: [SQL] = ["expectation.class IN \(filter.classes)"]
        if let time = filter.missingSince {
            conditions.append("expectation.ends <= \(Timestamp.text(time)) AND NOT \(recorded)")
        }
        if let since = filter.since { conditions.append("expectation.starts >= \(Timestamp.text(since))") }
        if let until = filter.until { conditions.append("expectation.starts <= \(Timestamp.text(until))") }
        if let after = filter.after {
            conditions.append("(expectation.starts, expectation.id) < (\(after.starts), \(after.id.description))")
        }
        return try expectations(
            recorded: recorded,
            where: conditions,
            order: "expectation.starts DESC, expectation.id DESC",
            limit: limit
        )
    }

    private static let recordedAnywhere: SQL = "EXISTS (SELECT 1 FROM recording WHERE \(sql: expectationOverlap))"

    /// Up to `limit` announcements that had ended by `time` and of which nothing was noted yet, the oldest first.
    public func unsettledExpectations(
        endedBy time: Date,
        limit: Int
    ) throws -> [(expectation: ExpectationRow, isRecorded: Bool)] {
        try expectations(
            recorded: Self.recordedAnywhere,
            where: ["expectation.settled = 0", "expectation.ends <= \(Timestamp.text(time))"],
            order: "expectation.ends, expectation.id",
            limit: limit
        )
    }

    /// The announcement with this id, and whether any recording of it is there.
    public func expectation(_ id: ExpectationID) throws -> (expectation: ExpectationRow, isRecorded: Bool)? {
        try expectations(
            recorded: Self.recordedAnywhere,
            where: ["expectation.id = \(id.description)"],
            order: "expectation.id",
            limit: 1
        ).first
    }

    /// What was announced of `recordings`, as far as `classes` go: from when to when, and how many seconds later than
    /// that each began; of several announcements the earliest.
    public func announcements(
        of recordings: [RecordingID],
        classes: [Int64]
    ) throws -> [RecordingID: (span: Range<Date>, late: TimeInterval)] {
        let query: SQL = """
            SELECT recording.id AS recording, expectation.starts, expectation.ends,
                (\(sql: Self.began) - julianday(expectation.starts)) * 86400 AS late
            FROM recording JOIN expectation ON \(sql: Self.expectationOverlap)
            WHERE recording.id IN \(recordings.map(\.description)) AND expectation.class IN \(classes)
            ORDER BY expectation.starts DESC, expectation.id DESC
            """
        var found: [RecordingID: (span: Range<Date>, late: TimeInterval)] = [:]
        for row in try SQLRequest<Row>(literal: query).fetchAll(database) {
            let late: Double = row["late"]
            // Times are kept to the millisecond, Julian days to a little less.
            found[try row.value("recording", RecordingID.init)] = (
                try row.date("starts")..<row.date("ends"), max(0, (late * 1000).rounded() / 1000)
            )
        }
        return found
    }

    /// How many announced meetings had ended by `time` and have no recording.
    public func missingMeetings(endedBy time: Date) throws -> Int {
        let query: SQL = """
            SELECT count(*) FROM expectation
            WHERE expectation.ends <= \(Timestamp.text(time)) AND NOT \(Self.recordedAnywhere)
            """
        return try SQLRequest<Int>(literal: query).fetchOne(database) ?? 0
    }
}

extension CatalogueWriter {
    /// Adds an announcement; gives back the one that is there already where it is the same in all respects.
    public func insert(_ row: ExpectationRow, by principal: PrincipalID) throws -> ExpectationID {
        let visibility = try classID(row.visibility)
        let (starts, ends) = (Timestamp.text(row.starts), Timestamp.text(row.ends))
        let known = try String.fetchOne(
            database.cachedStatement(
                sql: "SELECT id FROM expectation WHERE meeting = ? AND starts = ? AND ends = ? AND class = ?"
            ),
            arguments: [row.meeting, starts, ends, visibility]
        )
        if let known = known.flatMap(ExpectationID.init) { return known }
        try database.executeCached(
            sql: """
                INSERT INTO expectation (id, class, meeting, sealed, starts, ends, principal, announced)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                row.id.description, visibility, row.meeting, row.sealed, starts, ends, principal.description,
                Timestamp.text(row.announced),
            ]
        )
        return row.id
    }

    /// Notes that it was seen whether a meeting has a recording; false where that was noted before.
    public func settle(_ expectation: ExpectationID) throws -> Bool {
        try database.executeCached(
            sql: "UPDATE expectation SET settled = 1 WHERE id = ? AND settled = 0",
            arguments: [expectation.description]
        )
        return database.changesCount == 1
    }

    /// Removes the announcements of what `recording` recorded, unless another recording of the same is left: with the
    /// recording goes the name of its meeting.
    func forgetExpectations(of recording: RecordingID) throws {
        let overlap = CatalogueReader.expectationOverlap
        try database.executeCached(
            sql: """
                DELETE FROM expectation
                WHERE EXISTS (SELECT 1 FROM recording WHERE \(overlap) AND recording.id = ?)
                AND NOT EXISTS (SELECT 1 FROM recording WHERE \(overlap) AND recording.id <> ?)
                """,
            arguments: [recording.description, recording.description]
        )
    }
}
