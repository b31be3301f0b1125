import ArchiveConfiguration
import Foundation
import Testing

@Suite struct CalendarDurationTests {
    @Test(arguments: [
        "P2Y", "P30D", "P1Y6M", "PT12H", "PT10S", "P4W", "P14D", "P1Y2M3DT4H5M6S", "PT1M", "P1M", "P1MT1M", "P0D",
        "P999999Y999999M999999DT999999H999999M999999S",
    ])
    func `a duration is written back as it was read`(text: String) throws {
        let duration = try #require(CalendarDuration(text))
        #expect(duration.description == text)
        let encoded = try JSONEncoder().encode([duration])
        #expect(String(decoding: encoded, as: UTF8.self) == "[\"\(text)\"]")
        #expect(try JSONDecoder().decode([CalendarDuration].self, from: encoded) == [duration])
    }

    @Test(arguments: [("PT0S", "P0D"), ("P0Y6M", "P6M"), ("P0W", "P0D"), ("P1DT0H", "P1D")])
    func `numbers that are zero are not written`(text: String, shortest: String) throws {
        #expect(CalendarDuration(text)?.description == shortest)
        #expect(CalendarDuration(text) == CalendarDuration(shortest))
    }

    @Test(arguments: [
        "", "P", "PT", "P1", "1Y", "Y", "PY", "P1Y2", "P1YT", "p1y", "P1y", "P1H", "PT1Y", "PT1D", "P1S", "P1D1D",
        "P1M1Y",
        "PT1S1M", "P-1D", "-P1D", "+P1D", "P+1D", "P1.5D", "P1,5D", "P01D", "P1W1D", "P1WT1H", "P1Y1W", "P1000000D",
        "P99999999999999999999D", "P1D ", " P1D", "P 1D", "P1DT1HT1M", "PT1H1D", "P٣D", "P1D\n", "P0001-00-00", "TP1D",
    ])
    func `what is not an ISO 8601 duration is refused`(text: String) {
        #expect(CalendarDuration(text) == nil)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([CalendarDuration].self, from: JSONEncoder().encode([text]))
        }
    }

    @Test(arguments: [
        ("PT12H", 43_200), ("PT1M1S", 61), ("P0D", 0), ("P1D", nil), ("P1W", nil), ("P1MT1S", nil), ("P1Y", nil),
    ])
    func `clock time alone has a fixed length`(text: String, seconds: Int?) throws {
        #expect(try #require(CalendarDuration(text)).fixedSeconds == seconds)
    }

    /// Date, duration, result; local time of the zone.
    @Test(arguments: [
        // Month ends clamp.
        ("2024-01-31T10:00:00", "P1M", "2024-02-29T10:00:00", "Asia/Jakarta"),
        ("2023-01-31T10:00:00", "P1M", "2023-02-28T10:00:00", "Asia/Jakarta"),
        ("2023-03-31T10:00:00", "P1M", "2023-04-30T10:00:00", "Asia/Jakarta"),
        ("2023-12-31T23:59:59", "P2M", "2024-02-29T23:59:59", "Asia/Jakarta"),
        // Leap days.
        ("2024-02-29T08:30:00", "P1Y", "2025-02-28T08:30:00", "Asia/Jakarta"),
        ("2024-02-29T08:30:00", "P4Y", "2028-02-29T08:30:00", "Asia/Jakarta"),
        ("2096-02-29T08:30:00", "P4Y", "2100-02-28T08:30:00", "Asia/Jakarta"),
        ("2020-02-28T00:00:00", "P1D", "2020-02-29T00:00:00", "Asia/Jakarta"),
        ("2021-02-28T00:00:00", "P1D", "2021-03-01T00:00:00", "Asia/Jakarta"),
        // A year and a month are thirteen months, not a clamped year and then a month.
        ("2024-02-29T00:00:00", "P1Y1M", "2025-03-29T00:00:00", "Asia/Jakarta"),
        // Months, then days, then the clock.
        ("2024-01-31T12:00:00", "P1M1D", "2024-03-01T12:00:00", "Asia/Jakarta"),
        ("2024-01-31T12:00:00", "P1MT12H", "2024-03-01T00:00:00", "Asia/Jakarta"),
        ("2024-12-30T00:00:00", "P1W", "2025-01-06T00:00:00", "Asia/Makassar"),
        ("2020-04-15T17:45:10", "P2Y", "2022-04-15T17:45:10", "Asia/Jayapura"),
        ("2020-04-15T17:45:10", "PT14M50S", "2020-04-15T18:00:00", "Asia/Jayapura"),
        ("2020-04-15T17:45:10", "P0D", "2020-04-15T17:45:10", "Asia/Jayapura"),
        ("2020-04-15T00:00:00", "P100Y", "2120-04-15T00:00:00", "Asia/Jakarta"),
        // Where clocks are changed, a day keeps the time of day and 24 hours do not.
        ("2024-03-30T12:00:00", "P1D", "2024-03-31T12:00:00", "Europe/Berlin"),
        ("2024-03-30T12:00:00", "PT24H", "2024-03-31T13:00:00", "Europe/Berlin"),
    ])
    func `dates are counted by the calendar`(start: String, text: String, end: String, zone: String) throws {
        let zone = try #require(TimeZone(identifier: zone))
        let duration = try #require(CalendarDuration(text))
        let moment = try date(start, zone)
        #expect(duration.date(after: moment, in: zone) == (try date(end, zone)))
    }

    @Test func `the zone decides which day it is`() throws {
        // 31 January 18:00 UTC is 1 February in Jakarta.
        let moment = try date("2023-01-31T18:00:00", .gmt)
        let jakarta = try #require(TimeZone(identifier: "Asia/Jakarta"))
        let month = CalendarDuration(months: 1)
        #expect(month.date(after: moment, in: .gmt) == (try date("2023-02-28T18:00:00", .gmt)))
        #expect(month.date(after: moment, in: jakarta) == (try date("2023-03-01T01:00:00", jakarta)))
    }

    @Test func `no date and no duration is too large`() throws {
        let latest = Date(timeIntervalSince1970: 253_402_300_799)
        let huge = try #require(CalendarDuration("P999999Y999999M999999DT999999H999999M999999S"))
        let weeks = try #require(CalendarDuration("P999999W"))
        for start in [0, -1e300, 1e300, -.infinity, .infinity, .nan, -6e10, 2e11] {
            let date = Date(timeIntervalSince1970: start)
            #expect(huge.date(after: date, in: .gmt) == latest)
            #expect(weeks.date(after: date, in: .gmt) <= latest)
            #expect(CalendarDuration(days: 1).date(after: date, in: .gmt) <= latest)
        }
        #expect(CalendarDuration(days: 1).date(after: Date(timeIntervalSince1970: .nan), in: .gmt) == latest)
    }

    @Test func `every day of forty years is followed by the next`() throws {
        let jakarta = try #require(TimeZone(identifier: "Asia/Jakarta"))
        let start = try date("2000-01-01T00:00:00", jakarta)
        for day in UInt16(0)...14_610 {
            // Jakarta has had no change of clocks since 1964: there a day is 86,400 seconds.
            let expected = start.addingTimeInterval(86_400 * Double(day))
            #expect(CalendarDuration(days: day).date(after: start, in: jakarta) == expected)
        }
        #expect(CalendarDuration(years: 40).date(after: start, in: jakarta) == start + 86_400 * 14_610)
    }

    private func date(_ text: String, _ zone: TimeZone) throws -> Date {
        let numbers = text.split { !$0.isNumber }.compactMap { Int($0) }
        try #require(numbers.count == 6)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return try #require(
            calendar.date(
                from: DateComponents(
                    year: numbers[0],
                    month: numbers[1],
                    day: numbers[2],
                    hour: numbers[3],
                    minute: numbers[4],
                    second: numbers[5]
                )
            )
        )
    }
}
