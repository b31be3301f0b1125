public import Foundation

extension CalendarDuration {
    /// The moment that lies this duration after `date`, by the Gregorian calendar in `timeZone`.
    ///
    /// Years and months come first, together: where the month reached is too short, its last day is meant
    /// (31 January + P1M is 28 or 29 February; 29 February + P1Y is 28 February). Then weeks and days, keeping the
    /// time of day; then hours, minutes and seconds as they elapse.
    ///
    /// Before the year 1 is taken as its beginning, and after the year 9999 as its end: what a calendar library does
    /// beyond is nobody's promise. A result out there is as far off as an archive can express.
    public func date(after date: Date, in timeZone: TimeZone) -> Date {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let start = Self.clamp(date)
        var moment: Date? = start
        // One after the other: the calendar would clamp a year and a month separately, and 29 February + P1Y1M
        // would become 28 March.
        let steps: [(Calendar.Component, Int)] = [(.month, 12 * years + months), (.day, 7 * weeks + days)]
        for (component, value) in steps where value != 0 {
            moment = moment.flatMap { calendar.date(byAdding: component, value: value, to: $0) }.map(Self.clamp)
        }
        let elapsed = TimeInterval(hours * 3600 + minutes * 60 + seconds)
        return Self.clamp((moment ?? Self.latest) + elapsed)
    }

    /// 0001-01-01T00:00:00Z.
    private static let earliest = Date(timeIntervalSince1970: -62_135_596_800)
    /// 9999-12-31T23:59:59Z.
    private static let latest = Date(timeIntervalSince1970: 253_402_300_799)

    private static func clamp(_ date: Date) -> Date {
        // Written so that a date that is no number ends at `latest` too, where nothing is ever due.
        guard date < latest else { return latest }
        return date > earliest ? date : earliest
    }
}
