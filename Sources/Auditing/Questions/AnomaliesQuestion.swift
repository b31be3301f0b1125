import ArchiveCore
import ArchiveInterface
import Foundation

/// Finds what is worth a look, by the office hours and the zone that were in force at the time of each entry, as the entries
/// of their loading have them. It has to read the log from its beginning: who is a first reader is not known otherwise.
public struct AnomaliesQuestion: AuditQuestion {
    /// Openings within an hour that are still usual.
    public static let usualOpenings = 20
    private static let hour = 3600.0

    private struct Reading: Hashable {
        let actor: String
        let level: Substring
    }

    private struct Openings {
        var times: [Date] = []
        /// How many of ``times`` are older than an hour.
        var past = 0
        /// The place in ``found`` of the burst under way.
        var burst: Int?
    }

    private let period: Period
    private let usual: Int
    private let mostOfAKind: Int
    private let mostInAll: Int
    private let after: Int
    private var office: OfficeCalendar?
    private var reader = AccessReader { _ in true }
    private var readings: Set<Reading> = []
    private var relabelled: [String: Int] = [:]
    private var openings: [String: Openings] = [:]
    /// What was found, in the order of the log; of each kind no more than was asked for.
    public private(set) var found: [Anomaly] = []
    /// Whether there were more than were asked for: those up to the entry of the last one in ``found`` are whole.
    public private(set) var isCut = false
    /// Whether the archive ever said when people are at work.
    public private(set) var hasOffice = false
    /// How many there are of each kind.
    public private(set) var counts: [Anomaly.Kind: Int] = [:]

    /// Looks within `period`.
    ///
    /// - Parameters:
    ///   - after: those of entries up to this number are counted, and not kept.
    ///   - usualOpenings: one more by one principal within an hour is a burst.
    ///   - mostOfAKind: how many of each kind are kept; all are counted.
    ///   - mostInAll: how many are kept in all; those of one entry stay together.
    public init(
        within period: Period = Period(),
        after: Int = -1,
        usualOpenings: Int = Self.usualOpenings,
        mostOfAKind: Int = .max,
        mostInAll: Int = .max
    ) {
        self.period = period
        self.after = after
        usual = usualOpenings
        self.mostOfAKind = mostOfAKind
        self.mostInAll = mostInAll
    }

    /// See ``AuditQuestion/read(_:)``.
    public mutating func read(_ entry: AuditedEntry) { _ = event(entry) }

    /// The same; returns the step of an access that the entry is.
    mutating func event(_ audited: AuditedEntry) -> AccessEvent? {
        let entry = audited.entry
        if entry.action == "recording.relabel", entry.decision == .allow, entry.details["state"] == "done",
            let object = entry.object
        {
            relabelled[object] = audited.seq
        }
        if let settings = LoadedSettings(entry) {
            // A zone that is none here is none there: the archive would not have started.
            let zone = TimeZone(identifier: settings.timezone) ?? .gmt
            office = settings.office.map { OfficeCalendar($0, zone: zone) }
            if office != nil { hasOffice = true }
        }
        guard let event = reader.read(audited) else { return nil }
        if event.kind == .opened || event.kind == .delivered { look(at: event) }
        return event
    }

    private mutating func look(at event: AccessEvent) {
        if office?.contains(event.time) == false { note(.outsideHours, event) }
        if let label = event.label {
            let reading = Reading(actor: event.actor, level: label.prefix { $0 != ":" })
            if readings.insert(reading).inserted { note(.firstReader, event) }
        }
        if event.kind == .delivered {
            if let object = event.object, let change = relabelled[object] {
                note(.afterRelabelling, event, relabelled: change)
            }
        } else {
            count(event)
        }
    }

    private mutating func count(_ event: AccessEvent) {
        // Taken out, so that it is changed in its place.
        var mine = openings.removeValue(forKey: event.actor) ?? Openings()
        // An hour ago to the millisecond is not within the hour.
        while mine.past < mine.times.count,
            event.time.timeIntervalSince(mine.times[mine.past]) >= Self.hour - 0.0005
        {
            mine.past += 1
        }
        if mine.past > mine.times.count / 2 {
            mine.times.removeFirst(mine.past)
            mine.past = 0
        }
        mine.times.append(event.time)
        let count = mine.times.count - mine.past
        if count <= usual {
            mine.burst = nil
        } else if let place = mine.burst {
            if found.indices.contains(place) {
                found[place].openings = max(found[place].openings ?? 0, count)
            }
        } else if period.contains(event.time) {
            // One burst is one finding, however long it goes on: also where it began before the period.
            let before = found.count
            note(.burst, event, openings: count)
            mine.burst = found.count > before ? before : .max
        }
        openings[event.actor] = mine
    }

    private mutating func note(
        _ kind: Anomaly.Kind,
        _ event: AccessEvent,
        openings: Int? = nil,
        relabelled: Int? = nil
    ) {
        guard period.contains(event.time) else { return }
        counts[kind, default: 0] += 1
        guard event.seq > after, counts[kind, default: 0] <= mostOfAKind else { return }
        guard found.count < mostInAll || found.last?.seq == event.seq, !isCut else {
            isCut = true
            return
        }
        found.append(
            Anomaly(
                kind: kind,
                seq: event.seq,
                time: event.time,
                actor: event.actor,
                recording: kind == .burst ? nil : event.object,
                label: kind == .burst ? nil : event.label,
                openings: openings,
                relabelled: relabelled,
                purpose: event.purpose
            )
        )
    }
}
