public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

extension CatalogueReader {
    /// Up to `limit` recordings of these series and classes whose time is over by `time` as far as the catalogue knows, the
    /// longest due first, behind a place in that order.
    public func due(
        by time: Date,
        series: [String]? = nil,
        classes: [Int64]? = nil,
        after place: (due: String, id: RecordingID)? = nil,
        limit: Int
    ) throws -> [RecordingRow] {
        var conditions: [SQL] = [
            "recording.state IN ('stored', 'incomplete')", "recording.due <= \(Timestamp.text(time))",
        ]
        if let series { conditions.append("recording.series IN \(series)") }
        if let classes { conditions.append("recording.class IN \(classes)") }
        if let place {
            conditions.append("(recording.due, recording.id) > (\(place.due), \(place.id.description))")
        }
        return try recordings(
            where: """
                \(conditions.joined(separator: " AND ")) ORDER BY recording.due, recording.id LIMIT \(limit)
                """
        )
    }

    /// Up to `limit` recordings of a series that are not destroyed, by id, behind `id` where one is given.
    public func recordings(ofSeries series: String, after id: RecordingID?, limit: Int) throws -> [RecordingRow] {
        try recordings(
            where: """
                recording.series = \(series) AND recording.state IN ('stored', 'incomplete')
                AND recording.id > \(id?.description ?? "") ORDER BY recording.id LIMIT \(limit)
                """
        )
    }

    /// By which rule the due dates of each series were reckoned last.
    public func datedSeries() throws -> [String: String] {
        try Row.fetchAll(database.cachedStatement(sql: "SELECT code, rule FROM dated_series")).reduce(into: [:]) {
            rules,
            row in
            rules[row["code"]] = row["rule"]
        }
    }
}

extension CatalogueWriter {
    /// Gives a recording another due date.
    public func setDue(_ due: Date, of recording: RecordingID) throws {
        try database.executeCached(
            sql: "UPDATE recording SET due = ? WHERE id = ? AND state IN ('stored', 'incomplete')",
            arguments: [Timestamp.text(due), recording.description]
        )
    }

    /// Remembers by which rule the due dates of a series were reckoned.
    public func setDated(_ series: String, by rule: String) throws {
        try database.executeCached(
            sql: """
                INSERT INTO dated_series (code, rule) VALUES (?, ?)
                ON CONFLICT (code) DO UPDATE SET rule = excluded.rule
                """,
            arguments: [series, rule]
        )
    }

    /// Keeps what was decided of the time of a recording.
    ///
    /// - Parameter needsApproval: whether people have to agree to its destruction from now on; never taken back.
    public func decide(
        _ recording: RecordingID,
        due: Date,
        countedFrom: Date?,
        extendedUntil: Date?,
        isPermanent: Bool,
        needsApproval: Bool
    ) throws {
        try database.executeCached(
            sql: """
                UPDATE recording SET due = ?, counted_from = ?, extended_until = ?, is_permanent = ?,
                    needs_approval = max(needs_approval, ?)
                WHERE id = ? AND state IN ('stored', 'incomplete')
                """,
            arguments: [
                Timestamp.text(due), countedFrom.map(Timestamp.text), extendedUntil.map(Timestamp.text), isPermanent,
                needsApproval, recording.description,
            ]
        )
        guard database.changesCount == 1 else {
            throw ArchiveError(.conflict, "recording \(recording) is being destroyed")
        }
    }
}
