import ArchiveCore
import ArchiveInterface
public import Foundation

/// What a period of the log comes to: counts, what was refused, what was destroyed, and what is worth a look.
public struct ReportQuestion: AuditQuestion {
    /// Rows that a table of the report has at most; all are counted.
    public static let mostRows = 200

    /// Counts of one day, level or role.
    public struct Counts: Codable, Sendable, Hashable {
        /// Accesses that were opened.
        public var opened = 0
        /// First deliveries of them.
        public var delivered = 0
        /// Whatever was refused to somebody who is known.
        public var refused = 0
        /// Recordings that were destroyed.
        public var destroyed = 0
        /// Recordings that came in.
        public var stored = 0
    }

    /// Why something was refused, and how often.
    public struct Refusal: Codable, Sendable, Hashable {
        /// The action that was refused.
        public let action: String
        /// Codes by commas; empty where the entry has none.
        public let reasons: String
        /// How often.
        public let count: Int
    }

    /// A recording that was destroyed.
    public struct Destruction: Codable, Sendable, Hashable {
        /// The entry.
        public let seq: Int
        /// When.
        public let time: Date
        /// The recording.
        public let recording: String
        /// Its label.
        public let label: String?
        /// The list that it was on.
        public let list: String?
    }

    private struct Reason: Hashable {
        let action: String
        let reasons: String
    }

    /// The zone of its days.
    public let zone: TimeZone
    /// What it speaks of.
    public let period: Period
    private var days: ZonedDays
    private var byDay: [Int: Counts] = [:]
    private var byReason: [Reason: Int] = [:]
    private var anomalies: AnomaliesQuestion
    private var settings = SettingsQuestion()
    /// The principals that the log has.
    public private(set) var principals = PrincipalsQuestion()
    /// Entries of the period.
    public private(set) var entries = 0
    /// All entries that were read.
    public private(set) var size = 0
    /// The counts of the period.
    public private(set) var total = Counts()
    /// The same by level, as the log has it.
    public private(set) var byLevel: [String: Counts] = [:]
    /// The same by role.
    public private(set) var byRole: [String: Counts] = [:]
    /// Openings of each actor.
    public private(set) var byActor: [String: Counts] = [:]
    /// Requests of peers that nobody knows.
    public private(set) var noise = 0
    /// Where the log went on under another origin, in the period or not: what was lost may be of it.
    public private(set) var restarts: [LogRestart] = []
    /// What was destroyed, at most ``mostRows``.
    public private(set) var destructions: [Destruction] = []

    /// Reports about `period`, by the days of `zone`. It has to read the log from its beginning.
    public init(
        within period: Period,
        zone: TimeZone,
        usualOpenings: Int = AnomaliesQuestion.usualOpenings
    ) {
        self.period = period
        self.zone = zone
        days = ZonedDays(zone: zone)
        anomalies = AnomaliesQuestion(within: period, usualOpenings: usualOpenings, mostOfAKind: Self.mostRows)
    }

    /// See ``AuditQuestion/read(_:)``.
    public mutating func read(_ audited: AuditedEntry) {
        size += 1
        principals.read(audited)
        settings.read(audited)
        if let restart = LogRestart(audited) { restarts.append(restart) }
        let event = anomalies.event(audited)
        let entry = audited.entry
        guard period.contains(entry.time) else { return }
        entries += 1
        switch (entry.action, entry.decision) {
        case ("connection.refuse", _) where entry.actor == "anonymous":
            noise += entry.details["count"].flatMap { Int($0) } ?? 1
        case ("recording.store", .allow):
            if entry.details["again"] == nil { count(entry) { $0.stored += 1 } }
        case ("destruction.done", .allow):
            count(entry) { $0.destroyed += 1 }
            if destructions.count < Self.mostRows, let recording = entry.object {
                destructions.append(
                    Destruction(
                        seq: audited.seq,
                        time: entry.time,
                        recording: recording,
                        label: entry.label,
                        list: entry.details["list"]
                    )
                )
            }
        default:
            guard let event else { return }
            count(event)
        }
    }

    private mutating func count(_ entry: LogEntry, _ change: (inout Counts) -> Void) {
        change(&total)
        change(&byDay[days.place(of: entry.time).day, default: Counts()])
        if let level = Self.level(entry.label) { change(&byLevel[level, default: Counts()]) }
        change(&byRole[entry.role, default: Counts()])
    }

    private mutating func count(_ event: AccessEvent) {
        let change: (inout Counts) -> Void
        switch event.kind {
        case .asked, .askedAgain: return
        case .opened: change = { $0.opened += 1 }
        case .delivered: change = { $0.delivered += 1 }
        case .refused:
            byReason[Reason(action: event.action, reasons: event.reasons ?? ""), default: 0] += event.count
            change = { $0.refused += event.count }
        }
        change(&total)
        change(&byDay[days.place(of: event.time).day, default: Counts()])
        if let level = Self.level(event.label) { change(&byLevel[level, default: Counts()]) }
        change(&byRole[event.role, default: Counts()])
        change(&byActor[event.actor, default: Counts()])
    }

    private static func level(_ label: String?) -> String? { label.map { String($0.prefix { $0 != ":" }) } }

    // MARK: Answers

    /// The counts of every day on which there was something, in order, as `YYYY-MM-DD`.
    public var daily: [(date: String, counts: Counts)] {
        byDay.sorted { $0.key < $1.key }.map { (ZonedDays.date($0.key), $0.value) }
    }

    /// The counts of every day of the period up to its end, those without anything, too; of the days with something where
    /// the period has no beginning or no end. And whether nobody works on it, by the newest office hours.
    public var everyDay: [(date: String, isRest: Bool, counts: Counts)] {
        var places = days
        var numbers = byDay.keys.sorted()
        if let since = period.since, let until = period.until, since <= until {
            numbers = Array(places.place(of: since).day...places.place(of: until).day)
        }
        let office = settings.newest?.office
        return numbers.map { day in
            let date = ZonedDays.date(day)
            let isRest = office.map { !$0.days.contains(ZonedDays.weekday(day)) || $0.closed.contains(date) }
            return (date, isRest ?? false, byDay[day] ?? Counts())
        }
    }

    /// Why things were refused, the most frequent first.
    public var refusals: [Refusal] {
        byReason.map { Refusal(action: $0.key.action, reasons: $0.key.reasons, count: $0.value) }
            .sorted { ($1.count, $0.action, $0.reasons) < ($0.count, $1.action, $1.reasons) }
    }

    /// What is worth a look, at most ``mostRows`` of each kind.
    public var findings: [Anomaly] { anomalies.found }

    /// How much is, of each kind.
    public var findingCounts: [Anomaly.Kind: Int] { anomalies.counts }

    /// Whether the archive ever said when people are at work.
    public var hasOffice: Bool { anomalies.hasOffice }

    /// The archive's name, as the log has it.
    public var archive: String? { settings.newest?.name }
}
