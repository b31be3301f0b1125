import ArchiveCore
import Foundation
import Testing

/// The quick spelling of times is Foundation's, for every day that it is used for.
@Suite struct TimestampTests {
    private let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// A time of every seventeenth day from 1970 to 9999, and the days around every change of the leap rule.
    private var days: [Int] {
        let leaps = [1972, 2000, 2100, 2400, 9600].map { ($0 - 1970) * 365 + ($0 - 1969) / 4 }
        return Array(stride(from: 0, to: 2_932_897, by: 17)) + leaps.flatMap { ($0 - 40)...($0 + 100) } + [2_932_896]
    }

    @Test func textsAreThoseOfTheStyle() throws {
        var time = 0
        for day in days {
            // A prime number of milliseconds: every hour, minute and second comes up.
            time = (time + 7_919_003) % 86_400_000
            let milliseconds = day * 86_400_000 + time
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            let text = Timestamp.text(date)
            let half = Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000)
            #expect(text == half.formatted(style))
            let read = try #require(Timestamp.date(text))
            #expect((read.timeIntervalSince1970 * 1000).rounded() == Double(milliseconds), "\(text)")
            #expect(Timestamp.text(read) == text)
        }
    }

    @Test(arguments: [
        "2026-02-29T00:00:00.000Z", "2026-13-01T00:00:00.000Z", "2026-00-10T00:00:00.000Z", "2026-01-00T00:00:00.000Z",
        "2026-01-01T24:00:00.000Z", "2026-01-01T00:60:00.000Z", "2026-01-01 00:00:00.000Z", "1969-12-31T23:59:59.999Z",
        "2026-01-01T00:00:00.00aZ", "2026-01-01T00:00:00,000Z",
    ])
    func whatIsNoTimeIsReadAsBefore(text: String) {
        // Whatever the style makes of it: the quick way leaves it alone.
        let expected = (try? style.parse(text)).flatMap { $0.timeIntervalSince1970 < 0 ? nil : $0 }
        #expect(Timestamp.date(text) == expected)
    }

    @Test func timesBeforeAndAfterAreLeftToTheStyle() {
        for seconds in [-86_400.0, -0.001, 253_402_300_800] {
            let date = Date(timeIntervalSince1970: seconds)
            #expect(Timestamp.date(Timestamp.text(date)) == nil)
        }
        #expect(Timestamp.text(Date(timeIntervalSince1970: 253_402_300_799.999)) == "9999-12-31T23:59:59.999Z")
    }
}
