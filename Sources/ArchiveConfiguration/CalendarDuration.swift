/// An ISO 8601 duration: so many years, months, weeks and days by the calendar, and so much time by the clock.
///
/// Each number is kept as it was written: a year is not 365 days, and `P4W` equals no `P28D`.
public struct CalendarDuration: Sendable, Hashable {
    /// The largest value of each number: more than any schedule needs, and no sum of such numbers overflows.
    public static let maximumComponent = 999_999

    /// Calendar years.
    public let years: Int
    /// Calendar months.
    public let months: Int
    /// Weeks of seven calendar days.
    public let weeks: Int
    /// Calendar days.
    public let days: Int
    /// Hours of 3600 seconds.
    public let hours: Int
    /// Minutes of 60 seconds.
    public let minutes: Int
    /// Seconds.
    public let seconds: Int

    /// A duration of these numbers; without any, no time at all.
    public init(
        years: UInt16 = 0,
        months: UInt16 = 0,
        days: UInt16 = 0,
        hours: UInt16 = 0,
        minutes: UInt16 = 0,
        seconds: UInt16 = 0
    ) {
        self.years = Int(years)
        self.months = Int(months)
        weeks = 0
        self.days = Int(days)
        self.hours = Int(hours)
        self.minutes = Int(minutes)
        self.seconds = Int(seconds)
    }

    /// The whole in seconds, or nil where it has years, months, weeks or days: how long those are, a date decides.
    public var fixedSeconds: Int? {
        guard years == 0, months == 0, weeks == 0, days == 0 else { return nil }
        return hours * 3600 + minutes * 60 + seconds
    }
}

extension CalendarDuration: LosslessStringConvertible {
    /// Reads `P[nY][nM][nW][nD][T[nH][nM][nS]]` (ISO 8601-1 §5.5.2), or gives nil.
    ///
    /// Strict: capital letters, at least one number, none twice or out of order, whole numbers without sign and
    /// leading zeroes, a `T` only before a number, and weeks stand alone.
    public init?(_ description: String) {
        guard description.first == "P" else { return nil }
        var rest = description.dropFirst()
        guard let date = Self.numbers(&rest, ["Y", "M", "W", "D"]) else { return nil }
        var time: [Character: Int] = [:]
        if rest.first == "T" {
            rest = rest.dropFirst()
            guard let numbers = Self.numbers(&rest, ["H", "M", "S"]), !numbers.isEmpty else { return nil }
            time = numbers
        }
        guard rest.isEmpty, !date.isEmpty || !time.isEmpty else { return nil }
        // ISO 8601-1 §5.5.2: weeks are a representation of their own.
        guard date["W"] == nil || (date.count == 1 && time.isEmpty) else { return nil }
        years = date["Y"] ?? 0
        months = date["M"] ?? 0
        weeks = date["W"] ?? 0
        days = date["D"] ?? 0
        hours = time["H"] ?? 0
        minutes = time["M"] ?? 0
        seconds = time["S"] ?? 0
    }

    /// The shortest form: without the numbers that are zero, `P0D` where all are.
    public var description: String {
        func text(_ numbers: [(Int, Character)]) -> String {
            numbers.filter { $0.0 != 0 }.map { "\($0.0)\($0.1)" }.joined()
        }
        let date = text([(years, "Y"), (months, "M"), (weeks, "W"), (days, "D")])
        let time = text([(hours, "H"), (minutes, "M"), (seconds, "S")])
        if date.isEmpty && time.isEmpty { return "P0D" }
        return "P" + date + (time.isEmpty ? "" : "T" + time)
    }

    /// Takes numbers with their letters, in the order of `letters`, off the front of `text`; nil where one is malformed.
    private static func numbers(_ text: inout Substring, _ letters: [Character]) -> [Character: Int]? {
        var numbers: [Character: Int] = [:]
        var allowed = letters[...]
        while let first = text.first, first != "T" {
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            text = text[digits.endIndex...]
            guard let number = Decimal.integer(digits), number <= maximumComponent else { return nil }
            guard let letter = text.popFirst(), let place = allowed.firstIndex(of: letter) else { return nil }
            numbers[letter] = number
            allowed = allowed[(place + 1)...]
        }
        return numbers
    }
}

extension CalendarDuration: Codable {
    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let duration = CalendarDuration(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an ISO 8601 duration")
        }
        self = duration
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
