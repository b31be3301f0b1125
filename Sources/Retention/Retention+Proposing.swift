public import ArchiveCore
import ArchiveConfiguration
import AuditLog
public import Catalogue
public import Foundation

extension Retention {
    /// Recordings taken onto one list.
    static let listLimit = 10_000

    /// Puts recordings whose time is over, and whose series asks for nobody's approval, on frozen lists, one a series.
    ///
    /// A list can be executed when the cooling of its series is over.
    public func propose(by actor: Actor) async throws -> [Outcome] {
        try await exclusively {
            try await assertClock()
            // What a schedule that was changed makes due is found by its date.
            try await date(by: .service)
            var outcomes: [Outcome] = []
            for series in schedule.series where series.isDestroyedWithoutApproval {
                outcomes += try await propose(series.code, by: actor)
            }
            return outcomes
        }
    }

    private func propose(_ code: String, by actor: Actor) async throws -> [Outcome] {
        let now = clock.now
        return try await catalogue.write { [log, rules, timeZone] writer in
            // By the schedule that is in force in this transaction, whatever was loaded while it waited for its turn.
            let schedule = rules.current.schedule
            guard let series = schedule[code], series.isDestroyedWithoutApproval else { return [] }
            let due = try Candidates(schedule, at: now, timeZone).find([code], Self.listLimit, writer.reader) {
                $0 == .destroy(.none)
            }
            guard !due.isEmpty else { return [] }
            let executable = series.cooling.date(after: now, in: timeZone)
            let list = ListRow(
                id: ListID(),
                kind: .destroy,
                series: code,
                proposed: now,
                proposedBy: nil,
                proposer: nil
            )
            let items = due.map { DestructionItem($0, on: list, executable: executable) }
            try writer.insert(list, items: items)
            let digest = try ListDigest(list, items).bytes
            try writer.freeze(list.id, at: now, executable: executable, digest: digest, by: nil, witnesses: 0)
            try log.append(
                to: writer,
                actor: actor,
                action: "destruction.propose",
                object: list.id.description,
                details: [
                    "kind": list.kind.rawValue, "series": code, "count": String(items.count),
                    "digest": digest.hexadecimal, "executable": Timestamp.text(executable),
                ]
            )
            return items.map { Outcome(item: $0, kind: .proposed, reason: nil) }
        }
    }
}

extension Retention {
    /// Puts recordings on lists that can be executed at once, one a series: their destruction was decided and carried out
    /// before the catalogue was put back from a time when they were still there. What such a catalogue has of holds and
    /// proposals on them is over.
    ///
    /// They are finished by ``recover()``, once their destruction is begun.
    public static func freezeAgain(_ rows: [RecordingRow], at now: Date, _ writer: CatalogueWriter) throws {
        var unlisted: [RecordingRow] = []
        for row in rows {
            try writer.endHolds(of: row.id, at: now)
            let item = try writer.reader.liveItem(of: row.id)
            if item?.outcome == .frozen { continue }
            if let item { try writer.end(item, as: .struck, because: "destroyed-before") }
            unlisted.append(row)
        }
        for (series, rows) in Dictionary(grouping: unlisted, by: \.series).sorted(by: { $0.key < $1.key }) {
            let list = ListRow(
                id: ListID(),
                kind: .destroy,
                series: series,
                proposed: now,
                proposedBy: nil,
                proposer: nil
            )
            let items = rows.map { DestructionItem($0, on: list, executable: now) }
            try writer.insert(list, items: items)
            let digest = try ListDigest(list, items).bytes
            try writer.freeze(list.id, at: now, executable: now, digest: digest, by: nil, witnesses: 0)
        }
    }
}

extension DestructionItem {
    /// A recording on a new list.
    init(_ row: RecordingRow, on list: ListRow, executable: Date? = nil) {
        self.init(
            recording: row.id,
            list: list.id,
            kind: list.kind,
            series: row.series,
            due: row.due,
            digest: row.digest,
            executable: executable
        )
    }
}

/// Finds what can come onto a list.
struct Candidates {
    private let schedule: Schedule
    private let now: Date
    private let timeZone: TimeZone

    init(_ schedule: Schedule, at now: Date, _ timeZone: TimeZone) {
        self.schedule = schedule
        self.now = now
        self.timeZone = timeZone
    }

    /// What the schedule says of a recording at that time.
    func verdict(on row: RecordingRow, _ reader: CatalogueReader) throws -> Verdict {
        // Looked up only where it matters.
        let plain = schedule.verdict(on: RetentionFacts(row), at: now, timeZone: timeZone)
        switch plain {
        case .keep, .skip: return plain
        case .destroy, .review, .transfer:
            let facts = RetentionFacts(
                row,
                isHeld: try reader.isHeld(row.id),
                isListed: try reader.liveItem(of: row.id) != nil
            )
            return schedule.verdict(on: facts, at: now, timeZone: timeZone)
        }
    }

    /// Up to `limit` recordings of these series and classes that are due and of which `isMeant` is true, the longest due first.
    func find(
        _ series: [String],
        classes: [Int64]? = nil,
        _ limit: Int,
        _ reader: CatalogueReader,
        where isMeant: (Verdict) -> Bool
    ) throws -> [RecordingRow] {
        var found: [RecordingRow] = []
        var place: (due: String, id: RecordingID)?
        while found.count < limit {
            let rows = try reader.due(
                by: now,
                series: series,
                classes: classes,
                after: place,
                limit: 1000
            )
            guard let last = rows.last else { break }
            found += try rows.filter { isMeant(try verdict(on: $0, reader)) }
            place = (Timestamp.text(last.due), last.id)
        }
        return Array(found.prefix(limit))
    }
}
