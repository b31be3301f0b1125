/// When people of an archive are at work: what happens at other times is worth a look.
public struct OfficeHours: Codable, Sendable, Hashable {
    /// A day of the week.
    public enum Day: String, Codable, Sendable, CaseIterable {
        case monday, tuesday, wednesday, thursday, friday, saturday, sunday
    }

    /// The days of the week on which people work.
    public let days: [Day]
    /// The minute of the day with which work begins.
    public let opens: Int
    /// The minute of the day with which it is over.
    public let closes: Int
    /// Days on which nobody works, as `YYYY-MM-DD`.
    public let closed: Set<String>

    /// Hours of these fields; nil where `closes` does not come after `opens` on one day.
    public init?(days: [Day], opens: Int, closes: Int, closed: some Sequence<String> = []) {
        guard 0 <= opens, opens < closes, closes <= 24 * 60 else { return nil }
        self.days = Day.allCases.filter(days.contains)
        self.opens = opens
        self.closes = closes
        self.closed = Set(closed)
    }

    /// The minute of the day that `HH:MM` names; 1440 for `24:00`, nil for anything else.
    public static func minute(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [2, 2], parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= 24 * 60
        else { return nil }
        return hour * 60 + minute
    }

    private static func text(_ minute: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minute / 60)):\(two(minute % 60))"
    }

    private enum CodingKeys: String, CodingKey { case days, from, to, closed }

    /// Reads the form of risalah.yaml.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func minute(_ key: CodingKeys) throws -> Int {
            guard let minute = Self.minute(try container.decode(String.self, forKey: key)) else {
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "expected HH:MM")
            }
            return minute
        }
        guard
            let hours = OfficeHours(
                days: try container.decode([Day].self, forKey: .days),
                opens: try minute(.from),
                closes: try minute(.to),
                closed: try container.decode([String].self, forKey: .closed)
            )
        else {
            throw DecodingError.dataCorruptedError(forKey: .to, in: container, debugDescription: "to comes after from")
        }
        self = hours
    }

    /// Writes the form of risalah.yaml.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(days, forKey: .days)
        try container.encode(Self.text(opens), forKey: .from)
        try container.encode(Self.text(closes), forKey: .to)
        try container.encode(closed.sorted(), forKey: .closed)
    }

    /// Whether people are at work on `day`, a date `YYYY-MM-DD`, at a minute of it. At the minute of closing they are not.
    public func contains(_ day: Day, date: String, minute: Int) -> Bool {
        days.contains(day) && !closed.contains(date) && (opens..<closes).contains(minute)
    }
}
