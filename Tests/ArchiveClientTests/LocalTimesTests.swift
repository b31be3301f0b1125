import ArchiveCore

import Foundation
import Testing

@testable import CommandShell
@testable import risalah

@Suite struct LocalTimesTests {
    private func times(_ zone: String) throws -> LocalTimes {
        LocalTimes(zone: try #require(TimeZone(identifier: zone)))
    }

    @Test func daysOfAZone() throws {
        let jakarta = try times("Asia/Jakarta").span("2026-03-01")
        #expect(jakarta?.lowerBound == Timestamp.date("2026-02-28T17:00:00Z"))
        #expect(jakarta.map { Timestamp.text($0.upperBound) } == "2026-03-01T16:59:59.999Z")
        #expect(try times("Asia/Jayapura").span("2026-03-01")?.lowerBound == Timestamp.date("2026-02-28T15:00:00Z"))
        // A day of 23 hours: summer time begins.
        let short = try #require(try times("Europe/Amsterdam").span("2026-03-29"))
        #expect(abs(short.upperBound.timeIntervalSince(short.lowerBound) - 23 * 3600) < 1)
    }

    @Test func moments() throws {
        let moment = try times("Asia/Jakarta").span("2026-03-01T00:00:00+07:00")
        #expect(
            moment?.lowerBound == Timestamp.date("2026-02-28T17:00:00Z") && moment?.upperBound == moment?.lowerBound
        )
    }

    @Test(arguments: [
        "", "2026", "2026-3-1", "2026-02-30", "2026-13-01", "2026-00-10", "+026-01-01", "2026-01-01T", "１２３４-01-01",
    ])
    func refuses(text: String) throws {
        #expect(try times("Asia/Jakarta").span(text) == nil)
    }

    @Test func writes() throws {
        #expect(try times("Asia/Jakarta").text(Date(timeIntervalSince1970: 0)) == "1970-01-01 07:00 +07:00")
        #expect(try times("America/St_Johns").text(Date(timeIntervalSince1970: 0)) == "1969-12-31 20:30 -03:30")
        #expect(
            [0, 59.6, 3599.4, 3661, 360_000].map(LocalTimes.duration) == [
                "0:00:00", "0:01:00", "0:59:59", "1:01:01", "100:00:00",
            ]
        )
        #expect([-1, .nan, .infinity].map(LocalTimes.duration) == ["?", "?", "?"])
    }

    @Test func harmlessOnATerminal() {
        #expect(Console.clean("a\u{1B}[2Jb\u{202E}c\nd\u{7F}e\u{2028}é 👨‍👩‍👧") == "a�[2Jb�c�d�e�é 👨‍👩‍👧")
    }

    @Test func usageErrorsInOurWords() {
        let text = FailureReport.usageText("Error: Unknown option '--x'.\nUsage: risalah", program: "risalah")
        #expect(text == "risalah: unknown option '--x'\nUsage: risalah")
    }
}
