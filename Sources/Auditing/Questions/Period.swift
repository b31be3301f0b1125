public import Foundation

/// A span of time that is asked about; open where an end is nil.
public struct Period: Sendable, Hashable {
    /// Not before.
    public var since: Date?
    /// Not after.
    public var until: Date?

    /// From `since` to `until`, both included.
    public init(since: Date? = nil, until: Date? = nil) {
        self.since = since
        self.until = until
    }

    /// The month `YYYY-MM` of `zone`; nil for anything else.
    public init?(month text: String, in zone: TimeZone) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2], parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), (1...12).contains(month)
        else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        guard let begin = calendar.date(from: DateComponents(year: year, month: month, day: 1)),
            let next = calendar.date(byAdding: .month, value: 1, to: begin)
        else { return nil }
        // Entries have milliseconds.
        self.init(since: begin, until: next.addingTimeInterval(-0.001))
    }

    /// Whether `time` is within.
    public func contains(_ time: Date) -> Bool {
        if let since, time < since { return false }
        // Half of a millisecond, for what a floating-point number cannot say.
        if let until, time > until.addingTimeInterval(0.0005) { return false }
        return true
    }
}
