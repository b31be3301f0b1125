import AccessPolicy
import ArchiveConfiguration
public import ArchiveCore
import AuditLog
public import Catalogue
public import Foundation
import Vault

extension RecordsDesk {
    /// A recording whose time is over, or will be.
    public struct DueItem: Sendable {
        /// As the catalogue has it.
        public let row: RecordingRow
        /// What it is called.
        public let title: String
        /// The rule of its series.
        public let rule: String
        /// What becomes of it then, as far as is known today.
        public let verdict: Verdict
        /// The list that it stands on.
        public let list: ListID?
    }

    private struct DueQuery: Codable, Equatable, Sendable {
        var until: Date
        var series: String?
    }

    /// Recordings whose time will be over `within` that time from now, the longest due first; one entry for each call.
    ///
    /// - Parameters:
    ///   - series: only of this; nil for any.
    ///   - limit: 1 to 500.
    ///   - cursor: of the page before, which also has the time that `within` led to.
    public func due(
        until: Date,
        series: String?,
        limit: Int,
        cursor: String?,
        by caller: Caller
    ) async throws -> (items: [DueItem], next: String?) {
        let page = try PageRequest<DueQuery, RecordingID>(
            "due",
            DueQuery(until: until, series: series),
            limit: limit,
            cursor: cursor,
            by: caller,
            under: cursors
        )
        let (rows, next) = try await attempt("retention.due", on: nil, by: caller) { [self] writer, caller in
            guard hasAction(caller, [.propose, .approve]) else { throw Self.refusal(caller, to: "plan retention") }
            let (reader, schedule) = (writer.reader, self.schedule)
            if let series { _ = try schedule.checked(series: series) }
            let classes = try reader.classes().filter { sees($0.visibility, caller) && mayHear($0.visibility, caller) }
            let found = try reader.due(
                by: until,
                series: series.map { [$0] },
                classes: classes.map(\.id),
                after: page.after.map { ($0.position, $0.id) },
                limit: page.count
            )
            let (rows, next) = try page.cut(found) { .init(position: Timestamp.text($0.due), id: $0.id) }
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "retention.due",
                details: ["count": String(rows.count), "until": Timestamp.text(until)]
            )
            let candidates = Candidates(schedule, at: until, timeZone)
            let items = try rows.map { row in
                (row, try candidates.verdict(on: row, reader), try reader.liveItem(of: row.id)?.list)
            }
            return (items, next)
        }
        let titles = try titles(of: rows.map(\.0))
        let known = schedule
        let items = rows.compactMap { row, verdict, list -> DueItem? in
            guard let title = titles[row.id] else { return nil }
            let rule = known[row.series]?.rule ?? row.series
            return DueItem(row: row, title: title, rule: rule, verdict: verdict, list: list)
        }
        return (items, next)
    }

    // MARK: Why

    /// Rule and date of one recording, and why.
    public struct Explanation: Sendable {
        /// As the catalogue has it.
        public let row: RecordingRow
        /// The series that counts; nil where the schedule does not have it.
        public let series: Series?
        /// From when its time counts.
        public let counted: Date
        /// When its active time is over.
        public let activeUntil: Date?
        /// When its time is over by the rule alone.
        public let reckoned: Date?
        /// What becomes of it now.
        public let verdict: Verdict
        /// How many holds are in force on it; nil where that is not the caller's to know.
        public let holds: Int?
        /// Where it stands on a list; nil also where that is not the caller's to know.
        public let item: DestructionItem?
    }

    /// Says by which rule a recording is kept, until when and why; one entry for each call.
    public func explain(_ id: RecordingID, by caller: Caller) async throws -> Explanation {
        try await attempt("retention.explain", on: id.description, by: caller) { [self] writer, caller in
            guard let row = try writer.reader.recording(id), sees(row, caller) else { throw ArchiveError.notFound }
            return try explain(row, for: caller.actor, isHeard: mayHear(row.visibility, caller), writer)
        }
    }

    /// The same for a user of the host, who sees rule and dates of any recording and nothing of what it is about.
    public func explain(_ id: RecordingID, for actor: Actor) async throws -> Explanation {
        try await catalogue.write { [self] writer in
            guard let row = try writer.reader.recording(id) else { throw ArchiveError.notFound }
            return try explain(row, for: actor, isHeard: true, writer)
        }
    }

    private func explain(
        _ row: RecordingRow,
        for actor: Actor,
        isHeard: Bool,
        _ writer: CatalogueWriter
    ) throws -> Explanation {
        let (reader, schedule, now) = (writer.reader, self.schedule, clock.now)
        try log.append(
            to: writer,
            actor: actor,
            action: "retention.explain",
            object: row.id.description,
            label: row.visibility.label
        )
        let series = schedule[row.series]
        let counted = row.countedFrom ?? row.received
        let facts = RetentionFacts(row)
        let told = Candidates(schedule, at: now, timeZone)
        return Explanation(
            row: row,
            series: series,
            counted: counted,
            activeUntil: series?.active.date(after: counted, in: timeZone),
            reckoned: series.map { schedule.due($0, received: counted, timeZone: timeZone) },
            // What is in the way is told to those who decide over it.
            verdict: try isHeard
                ? told.verdict(on: row, reader) : schedule.verdict(on: facts, at: now, timeZone: timeZone),
            holds: isHeard ? try reader.holdsInForce(on: [row.id])[row.id] ?? 0 : nil,
            item: isHeard ? try reader.liveItem(of: row.id) : nil
        )
    }

    // MARK: Review

    /// What a records manager decides of one recording.
    public enum ReviewDecision: Sendable, Hashable {
        /// It is kept at least until then.
        case extend(until: Date)
        /// It is kept for good: it goes to another archive, and no list destroys it.
        case permanent
        /// Its time counts from then, not from when it was received.
        case count(from: Date)

        var action: Action {
            if case .count = self { return .backDate }
            return .propose
        }

        var name: String {
            switch self {
            case .extend: "extend"
            case .permanent: "permanent"
            case .count: "back-date"
            }
        }
    }

    /// The farthest that a recording is extended to, in years.
    private static let longestExtension = 100

    /// Decides over the time of one recording, for a reason. A date from which it counts that takes it sooner leaves it in need
    /// of approval: nobody destroys sooner, alone.
    ///
    /// - Returns: the recording as it is now.
    /// - Throws: `not-found`; `refused` where the role may not; `conflict` for what changes nothing, or takes away.
    public func decide(
        _ id: RecordingID,
        _ decision: ReviewDecision,
        because reason: String,
        by caller: Caller
    ) async throws -> RecordingRow {
        let reason = try Self.checked(reason, as: "reason")
        let action = "retention.\(decision.name)"
        let now = clock.now
        return try await attempt(action, on: id.description, by: caller) { [self] writer, caller in
            guard let row = try writer.reader.recording(id), sees(row, caller), row.state != .destroying else {
                throw ArchiveError.notFound
            }
            guard may(decision.action, row.visibility, caller) else { throw Self.refusal(caller, to: decision.name) }
            guard let series = schedule[row.series] else {
                throw ArchiveError(.conflict, "the schedule has no series \(row.series) any more")
            }
            var facts = RetentionFacts(row)
            switch decision {
            case .extend(let until):
                let latest = CalendarDuration(years: UInt16(Self.longestExtension)).date(after: now, in: timeZone)
                guard until > row.due, until > now, until <= latest else {
                    throw ArchiveError(
                        .conflict,
                        "it is kept until \(Timestamp.text(row.due)) as it is; an extension leads beyond that and the "
                            + "present, by at most \(Self.longestExtension) years"
                    )
                }
                facts.extendedUntil = until
            case .permanent:
                guard !row.isPermanent else { throw ArchiveError(.conflict, "it is permanent already") }
                facts.isPermanent = true
            case .count(let from):
                guard from <= row.received else {
                    throw ArchiveError(.conflict, "it was received at \(Timestamp.text(row.received)), before that")
                }
                facts.countedFrom = from
            }
            try keep(facts, of: row, series, as: action, because: reason, caller, writer)
            guard let decided = try writer.reader.recording(id) else { throw ArchiveError.notFound }
            return decided
        }
    }

    /// Keeps what was decided of the time of a recording, with its entry.
    func keep(
        _ facts: RetentionFacts,
        of row: RecordingRow,
        _ series: Series,
        as action: String,
        because reason: String,
        details more: [String: String] = [:],
        _ caller: Caller,
        _ writer: CatalogueWriter
    ) throws {
        let due = schedule.due(series, facts, timeZone: timeZone)
        let isWeaker = due < row.due
        try writer.decide(
            row.id,
            due: due,
            countedFrom: facts.countedFrom,
            extendedUntil: facts.extendedUntil,
            isPermanent: facts.isPermanent,
            needsApproval: isWeaker
        )
        var details = more
        details["due-from"] = Timestamp.text(row.due)
        details["due-to"] = Timestamp.text(due)
        details["from"] = facts.countedFrom.map(Timestamp.text)
        if isWeaker, !row.needsApproval { details["needs-approval"] = "true" }
        try log.append(
            to: writer,
            actor: caller.actor,
            action: action,
            object: row.id.description,
            label: row.visibility.label,
            details: details,
            texts: ["reason": reason]
        )
    }
}
