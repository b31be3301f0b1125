import ArchiveConfiguration
public import ArchiveCore
import AuditLog
import Catalogue
import Foundation

extension Retention {
    /// Recordings dated anew in one transaction.
    private static let datedAtOnce = 500

    /// Reckons the due dates of every series anew whose rule, or whose time zone, is not the one by which that was done last.
    ///
    /// Interrupted, it begins that series again: reckoned twice is the same. Until a series is done the later of both dates
    /// counts (``Schedule/verdict(on:at:timeZone:)``), so that nothing goes early meanwhile.
    ///
    /// - Returns: how many recordings have another due date, by series; those without any are left out.
    @discardableResult
    public func date(by actor: Actor) async throws -> [String: Int] {
        let schedule = schedule
        let known = try await catalogue.read { try $0.datedSeries() }
        var counts: [String: Int] = [:]
        for series in schedule.series {
            let rule = "\(series.active) + \(series.inactive) \(timeZone.identifier)"
            guard known[series.code] != rule else { continue }
            let count = try await date(series, of: schedule, known: known[series.code], by: rule, actor)
            if count > 0 { counts[series.code] = count }
        }
        return counts
    }

    private func date(
        _ series: Series,
        of schedule: Schedule,
        known: String?,
        by rule: String,
        _ actor: Actor
    ) async throws -> Int {
        var (moved, last): (Int, RecordingID?) = (0, nil)
        while true {
            let after = last
            let rows = try await catalogue.read {
                try $0.recordings(ofSeries: series.code, after: after, limit: Self.datedAtOnce)
            }
            guard let next = rows.last?.id else { break }
            last = next
            let wrong = rows.filter { Self.differs($0, schedule, series, timeZone) }.map(\.id)
            // Where all are as they should be nobody waits for the one writer.
            guard !wrong.isEmpty else { continue }
            moved += try await catalogue.write { [timeZone] writer in
                // Read again: somebody may have decided over one of them since.
                let rows = try wrong.compactMap { try writer.reader.recording($0) }
                    .filter { $0.series == series.code && Self.differs($0, schedule, series, timeZone) }
                for row in rows {
                    try writer.setDue(schedule.due(series, RetentionFacts(row), timeZone: timeZone), of: row.id)
                }
                return rows.count
            }
        }
        try await catalogue.write { [log, moved] writer in
            try writer.setDated(series.code, by: rule)
            // Of a series without recordings there is nothing to say.
            guard moved > 0 else { return }
            var details = ["series": series.code, "count": String(moved), "to": rule]
            details["from"] = known
            try log.append(to: writer, actor: actor, action: "schedule.redate", details: details)
        }
        return moved
    }

    private static func differs(
        _ row: RecordingRow,
        _ schedule: Schedule,
        _ series: Series,
        _ timeZone: TimeZone
    ) -> Bool {
        // As the catalogue spells them.
        Timestamp.text(schedule.due(series, RetentionFacts(row), timeZone: timeZone)) != Timestamp.text(row.due)
    }
}
