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

/// Places in a recording, as people write them.
@Suite struct PlaceTests {
    @Test(arguments: [
        ("00:12:00", 720), ("12:00", 720), ("0:00", 0), ("1:02:03.5", 3723.5), ("90", 90), ("90.5", 90.5), ("90s", 90),
        ("0", 0), ("1h30m", 5400), ("2m", 120), ("120:00", 7200), ("100:00:00", 360_000),
    ])
    func positions(text: String, seconds: Double) {
        #expect(LocalTimes.position(text) == seconds)
    }

    @Test(arguments: ["", "x", "-1", "1:2", "1:60", "1:60:00", "1:00:60", "1.2345", "1e3", "12:00:00:00", ":30", "nan"])
    func noPositions(text: String) {
        #expect(LocalTimes.position(text) == nil)
    }

    @Test func timesOfDay() throws {
        let times = LocalTimes(zone: try #require(TimeZone(identifier: "Asia/Jakarta")))
        // From 23:30:10 for two hours.
        let start = try #require(Timestamp.date("2026-11-20T16:30:10Z"))
        func place(_ text: String) -> Double? { times.position(ofClock: text, start: start, duration: 7200) }
        #expect(place("23:30:10") == 0 && place("23:31") == 50 && place("00:10") == 2390 && place("0:10:30") == 2420)
        // Just before the beginning, just after the end.
        #expect(place("23:30") == -10 && place("23:00") == -1810 && place("01:40") == 7790)
        #expect(place("2026-11-21T00:30:10+07:00") == 3600)
        for text in ["", "24:00", "9", "09:60", "9:5", "09:00:60", "-1:00"] { #expect(place(text) == nil, "\(text)") }
    }

    @Test func written() {
        #expect(LocalTimes.place(720) == "0:12:00" && LocalTimes.place(3723.5) == "1:02:03.500")
        #expect(LocalTimes.place(0.004) == "0:00:00.004" && LocalTimes.place(59.9999) == "0:01:00")
    }
}
