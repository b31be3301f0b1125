internal import ArchiveCore
internal import Foundation

/// Times as people of one zone write and read them.
struct LocalTimes: Sendable {
    let zone: TimeZone

    private var calendar: Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar
    }

    /// What `text` spans: a day of this zone for `YYYY-MM-DD`, a moment for an RFC 3339 time; nil for anything else.
    func span(_ text: String) -> ClosedRange<Date>? {
        if let moment = Timestamp.date(text) { return moment...moment }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
        else { return nil }
        let wanted = DateComponents(year: year, month: month, day: day)
        guard let date = calendar.date(from: wanted),
            // A calendar makes 3 March of 31 February; people meant something else.
            calendar.dateComponents([.year, .month, .day], from: date) == wanted,
            let next = calendar.date(byAdding: .day, value: 1, to: date)
        else { return nil }
        // Within the last millisecond, so that it is spelled .999 whether it is rounded or cut: the next day is not meant.
        return date...next.addingTimeInterval(-0.0007)
    }

    /// The moment that `text` names: an RFC 3339 time, or `YYYY-MM-DD HH:MM` of this zone, also with a `T`.
    func moment(_ text: String) -> Date? {
        if let moment = Timestamp.date(text) { return moment }
        guard let parts = text.wholeMatch(of: /(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})/)?.output,
            let day = span(String(parts.1)), let hour = Int(parts.2), let minute = Int(parts.3), hour < 24, minute < 60
        else { return nil }
        return calendar.date(bySettingHour: hour, minute: minute, second: 0, of: day.lowerBound)
    }

    /// The seconds of `1h30m`, `90m`, `45s` or, as ISO 8601 has it, `PT1H30M`; nil for anything else, and for none.
    static func seconds(_ text: String) -> Double? {
        let pattern = /(?:PT)?(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?/.ignoresCase()
        guard let parts = text.wholeMatch(of: pattern)?.output else { return nil }
        func number(_ digits: Substring?) -> Double { digits.flatMap { Double($0) } ?? 0 }
        let seconds = number(parts.1) * 3600 + number(parts.2) * 60 + number(parts.3)
        return seconds > 0 ? seconds : nil
    }

    /// The seconds of a place in a recording: `12:00` and `1:02:03.5` as players show them, `90`, `90.5`, `90s`, `1h30m`; nil
    /// for anything else.
    static func position(_ text: String) -> Double? {
        if let parts = text.wholeMatch(of: /(?:(\d{1,4}):)?(\d{1,4}):([0-5]\d(?:\.\d{1,3})?)/)?.output,
            let minutes = Double(parts.2), let seconds = Double(parts.3)
        {
            guard let hours = parts.1 else { return minutes * 60 + seconds }
            return minutes < 60 ? (Double(hours) ?? 0) * 3600 + minutes * 60 + seconds : nil
        }
        if let parts = text.wholeMatch(of: /(\d{1,8}(?:\.\d{1,3})?)s?/)?.output { return Double(parts.1) }
        return seconds(text)
    }

    /// Seconds from `start` to what a clock of this zone shows as `text`, `10:15` or `10:15:30`, or to the RFC 3339 time that
    /// it is: less than 0 or more than `duration` where that is not during the recording. Nil for anything else.
    func position(ofClock text: String, start: Date, duration: Double) -> Double? {
        if let moment = Timestamp.date(text) { return moment.timeIntervalSince(start) }
        guard let parts = text.wholeMatch(of: /(\d{1,2}):([0-5]\d)(?::([0-5]\d))?/)?.output, let hour = Int(parts.1),
            hour < 24, let minute = Int(parts.2)
        else { return nil }
        let second = parts.3.flatMap { Int($0) } ?? 0
        // The day before and the two after: of a meeting at midnight either may be meant. The nearest counts.
        let places = (-1...2).compactMap { days -> Double? in
            guard let day = calendar.date(byAdding: .day, value: days, to: start) else { return nil }
            var wanted = calendar.dateComponents([.year, .month, .day], from: day)
            (wanted.hour, wanted.minute, wanted.second) = (hour, minute, second)
            return calendar.date(from: wanted)?.timeIntervalSince(start)
        }
        func distance(_ place: Double) -> Double { max(0, -place, place - duration) }
        return places.min { distance($0) < distance($1) }
    }

    /// `0:12:00` or `0:12:00.500` of seconds in a recording.
    static func place(_ seconds: Double) -> String {
        let whole = duration(seconds.rounded(.down))
        let rest = Int((seconds.truncatingRemainder(dividingBy: 1) * 1000).rounded())
        guard rest > 0, rest < 1000 else { return rest == 1000 ? duration(seconds.rounded()) : whole }
        return "\(whole).\(String(repeating: "0", count: 3 - String(rest).count))\(rest)"
    }

    /// `2026-11-21 10:40 +07:00`.
    func text(_ date: Date) -> String {
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
        func padded(_ value: Int?, _ width: Int = 2) -> String {
            let digits = String(value ?? 0)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let day = "\(padded(parts.year, 4))-\(padded(parts.month))-\(padded(parts.day))"
        let offset = zone.secondsFromGMT(for: date) / 60
        let (hours, minutes) = abs(offset).quotientAndRemainder(dividingBy: 60)
        let sign = offset < 0 ? "-" : "+"
        return "\(day) \(padded(parts.hour)):\(padded(parts.minute)) \(sign)\(padded(hours)):\(padded(minutes))"
    }

    /// `12.3 s` of seconds that are missing: never 0 where anything is.
    static func loss(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
        return seconds < 0.1 ? "< 0.1 s" : "\((seconds * 10).rounded() / 10) s"
    }

    /// `1:23:45` of seconds, rounded.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
        let whole = Int(seconds.rounded())
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(whole / 3600):\(padded(whole / 60 % 60)):\(padded(whole % 60))"
    }
}
