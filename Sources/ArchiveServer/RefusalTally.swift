import Foundation

/// Counts refused requests per source and minute, in bounded memory (DESIGN.md invariant 14): a value, which reads no clock.
struct RefusalTally: Sendable {
    /// Known certificates told apart at once; what more come are summed as one in each minute.
    static let mostKnown = 256
    /// The same for peers that nobody knows, who would else write a log at will: each has an entry a minute.
    static let mostUnknown = 32

    /// Where refused requests come from.
    enum Source: Hashable, Sendable {
        /// A peer that nobody here knows, by its address.
        case unknown(address: String)
        /// A certificate that is known and does not count.
        case known(certificate: String)
        /// Everybody beyond ``mostKnown`` and ``mostUnknown``.
        case rest
    }

    /// What came from one source in one minute.
    struct Minute: Sendable, Hashable {
        /// Its beginning.
        let begins: Date
        /// Where from.
        let source: Source
        /// How many requests.
        var count: Int
        /// Why they were refused, as codes.
        var reasons: Set<String>
    }

    private struct Key: Hashable {
        let minute: Int
        let source: Source
    }

    private var counts: [Key: Minute] = [:]

    /// How many sources are told apart now.
    var size: Int { counts.count }

    /// Whether there is room for another source like `source`.
    private func hasRoom(for source: Source) -> Bool {
        switch source {
        case .known: counts.keys.count { if case .known = $0.source { true } else { false } } < Self.mostKnown
        case .unknown: counts.keys.count { if case .unknown = $0.source { true } else { false } } < Self.mostUnknown
        case .rest: true
        }
    }

    private static func minute(of time: Date) -> Int { Int((time.timeIntervalSince1970 / 60).rounded(.down)) }

    /// Counts one; whether it is the first of its source, for this reason, in its minute.
    @discardableResult
    mutating func note(_ source: Source, _ reason: String, at time: Date) -> Bool {
        let minute = Self.minute(of: time)
        let begins = Date(timeIntervalSince1970: Double(minute) * 60)
        return add(Minute(begins: begins, source: source, count: 1, reasons: [reason]), in: minute)
    }

    private mutating func add(_ found: Minute, in minute: Int) -> Bool {
        var found = found
        var key = Key(minute: minute, source: found.source)
        if counts[key] == nil, !hasRoom(for: found.source) {
            key = Key(minute: minute, source: .rest)
            found = Minute(begins: found.begins, source: .rest, count: found.count, reasons: found.reasons)
        }
        guard var known = counts[key] else {
            counts[key] = found
            return key.source != .rest
        }
        let isFirst = !known.reasons.isSuperset(of: found.reasons) && key.source != .rest
        known.count += found.count
        known.reasons.formUnion(found.reasons)
        counts[key] = known
        return isFirst
    }

    /// Takes out the minutes that are over at `now`, oldest first; all of them where it is nil.
    mutating func take(overAt now: Date?) -> [Minute] {
        let current = now.map(Self.minute)
        let over = counts.filter { $0.key.minute != current }
        for key in over.keys { counts[key] = nil }
        return over.values.sorted { ($0.begins, $0.count) < ($1.begins, $1.count) }
    }

    /// Puts back what could not be written.
    mutating func put(back minutes: [Minute]) {
        for minute in minutes { _ = add(minute, in: Self.minute(of: minute.begins)) }
    }
}
