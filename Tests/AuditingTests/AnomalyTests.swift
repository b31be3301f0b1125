import ArchiveCore
import ArchiveInterface
import Auditing
import Foundation
import Testing

/// Each anomaly once, with its near miss beside it.
@Suite("What is worth a look")
struct AnomalyTests {
    private func found(_ log: MadeLog, _ kind: Anomaly.Kind, within period: Period = Period(), usual: Int = 3) -> [Int]
    {
        var question = AnomaliesQuestion(within: period, usualOpenings: usual)
        question.read(all: log.entries)
        #expect(question.counts[kind] ?? 0 == question.found.count { $0.kind == kind })
        return question.found.filter { $0.kind == kind }.map(\.seq)
    }

    /// Times of Jakarta, seven hours before UTC; 20 November 2026 is a Friday.
    @Test(arguments: [
        ("2026-11-20T07:30:00.000+07:00", false), ("2026-11-20T07:29:59.999+07:00", true),
        ("2026-11-20T15:59:59.999+07:00", false), ("2026-11-20T16:00:00.000+07:00", true),
        // In UTC it is still Friday evening; there it is Saturday morning.
        ("2026-11-20T23:30:00.000Z", true), ("2026-11-21T10:00:00+07:00", true), ("2026-11-22T10:00:00+07:00", true),
        // In UTC it is Sunday; there it is Monday, and they are at work.
        ("2026-11-23T07:45:00+07:00", false),
        // A holiday, and the day before it.
        ("2026-12-25T10:00:00+07:00", true), ("2026-12-24T10:00:00+07:00", false),
    ])
    func `outside office hours`(time: String, isOutside: Bool) throws {
        var log = try MadeLog()
        let seq = try log.open(time, "a")
        #expect(found(log, .outsideHours) == (isOutside ? [seq] : []))
        var delivered = try MadeLog()
        let other = try delivered.deliver(time, "a")
        #expect(found(delivered, .outsideHours) == (isOutside ? [other] : []))
        // A look at a list is none, nor is what was refused.
        var harmless = try MadeLog()
        try harmless.add(time, "a", "recording.list")
        try harmless.add(time, "a", "access.open", object: "r", refused: true, ["reasons": "level-too-low"])
        #expect(found(harmless, .outsideHours).isEmpty)
        // Where nobody says when people are at work, nobody is outside.
        var silent = try MadeLog(hasOffice: false)
        try silent.open(time, "a")
        #expect(found(silent, .outsideHours).isEmpty)
    }

    @Test func `office hours that change in the middle of the log`() throws {
        let days: [OfficeHours.Day] = [.saturday]
        var log = try MadeLog()
        // A Friday evening and a Saturday morning, first by the hours that the log began with.
        let evening = try log.open("2026-11-20T20:00:00+07:00", "a")
        let morning = try log.open("2026-11-21T09:00:00+07:00", "a")
        // From then on they work on Saturdays, and on the holiday that they had.
        let late = try #require(OfficeHours(days: days, opens: 9 * 60, closes: 17 * 60, closed: []))
        func settings(_ zone: String, _ office: OfficeHours?) -> LoadedSettings {
            LoadedSettings(digest: "1", name: "arsip.example", timezone: zone, office: office)
        }
        try log.load(settings("Asia/Jakarta", late), at: "2026-11-21T09:30:00+07:00")
        try log.open("2026-11-21T10:00:00+07:00", "a")
        let friday = try log.open("2026-11-27T10:00:00+07:00", "a")
        // The same hours in another zone: nine in Jakarta is eleven in Jayapura, three is five.
        try log.load(settings("Asia/Jayapura", late), at: "2026-11-27T11:00:00+07:00")
        try log.open("2026-11-28T07:00:00+07:00", "a")
        let three = try log.open("2026-11-28T15:00:00+07:00", "a")
        // And then nobody says it any more.
        try log.load(settings("Asia/Jayapura", nil), at: "2026-11-28T16:00:00+07:00")
        try log.open("2026-11-29T03:00:00+07:00", "a")
        #expect(found(log, .outsideHours) == [evening, morning, friday, three])
        // What was before the period has put in force what is within.
        let period = Period(since: try MadeLog.time("2026-11-28T00:00:00+07:00"))
        #expect(found(log, .outsideHours, within: period) == [three])
    }

    @Test func `another zone, and one that changes its clocks`() throws {
        for (zone, time, isOutside) in [
            ("Asia/Jayapura", "2026-11-20T15:59:00+09:00", false), ("Asia/Jayapura", "2026-11-20T16:00:00+09:00", true),
            ("Asia/Makassar", "2026-11-20T07:30:00+08:00", false), ("Asia/Kolkata", "2026-11-20T02:00:00Z", false),
            ("Asia/Kolkata", "2026-11-20T01:59:59.999Z", true),
            // The last working day of summer time and the first after it.
            ("Europe/Berlin", "2026-10-23T05:30:00Z", false), ("Europe/Berlin", "2026-10-26T05:30:00Z", true),
            ("Europe/Berlin", "2026-10-26T06:30:00Z", false),
        ] {
            var log = try MadeLog(timezone: zone)
            let seq = try log.open(time, "a")
            #expect(found(log, .outsideHours) == (isOutside ? [seq] : []), "\(zone) \(time)")
        }
    }

    @Test func `a burst is one more than is usual within an hour`() throws {
        // Three within the hour, a fourth an hour after the first, over midnight.
        var usual = try MadeLog()
        for time in ["23:30:00", "23:45:00", "23:59:59"] { try usual.open("2026-11-18T\(time)+07:00", "a") }
        try usual.open("2026-11-19T00:30:00+07:00", "a")
        // Another principal's openings are not added to them.
        try usual.open("2026-11-19T00:29:00+07:00", "b")
        #expect(found(usual, .burst).isEmpty)

        var burst = try MadeLog()
        for time in ["23:30:00", "23:45:00", "23:59:59"] { try burst.open("2026-11-18T\(time)+07:00", "a") }
        let fourth = try burst.open("2026-11-19T00:29:59.999+07:00", "a")
        // It goes on, and stays one.
        let fifth = try burst.open("2026-11-19T00:30:00+07:00", "a")
        try burst.open("2026-11-19T00:31:00+07:00", "a")
        #expect(found(burst, .burst) == [fourth])
        var question = AnomaliesQuestion(usualOpenings: 3)
        question.read(all: burst.entries)
        #expect(question.found.first { $0.kind == .burst }?.openings == 5)
        // It is one of each period that it lasts in.
        let (before, since) = (
            try MadeLog.time("2026-11-19T00:29:59.999+07:00"), try MadeLog.time("2026-11-19T00:30:00+07:00")
        )
        #expect(found(burst, .burst, within: Period(until: before)) == [fourth])
        #expect(found(burst, .burst, within: Period(since: since)) == [fifth])
        // When it is over, another one is another.
        for minute in 10...13 { try burst.open("2026-11-19T03:\(minute):00+07:00", "a") }
        #expect(found(burst, .burst) == [fourth, 10])
        #expect(found(burst, .burst, usual: 5).isEmpty)
        // What others agreed to is opened by who asked.
        var agreed = try MadeLog()
        for number in 0..<4 {
            let facts = ["access": "x\(number)", "recipient": "x25519", "state": "pending"]
            try agreed.add("2026-11-18T02:0\(number):00Z", "a", "access.ask", object: "r", label: "rahasia", facts)
        }
        for number in 0..<4 {
            try agreed.add(
                "2026-11-18T03:0\(number):00Z",
                "m",
                "access.approve",
                object: "r",
                label: "rahasia",
                ["access": "x\(number)", "state": "open", "expires": "2026-11-18T04:00:00.000Z"]
            )
        }
        var asked = AnomaliesQuestion(usualOpenings: 3)
        asked.read(all: agreed.entries)
        #expect(asked.found.first { $0.kind == .burst }?.actor == MadeLog.id("a"))
    }

    @Test func `first readers of a level`() throws {
        var log = try MadeLog()
        let first = try log.open("2026-11-18T02:00:00Z", "a", label: "biasa")
        try log.deliver("2026-11-18T02:01:00Z", "a", label: "biasa")
        // Another compartment is the same level; another level is not, nor is another person.
        try log.open("2026-11-18T02:02:00Z", "a", label: "biasa:anggaran")
        let higher = try log.open("2026-11-18T02:03:00Z", "a", label: "rahasia:anggaran")
        let other = try log.open("2026-11-18T02:04:00Z", "b", label: "rahasia")
        try log.add("2026-11-18T02:05:00Z", "c", "access.open", object: "r", label: "rahasia", refused: true)
        #expect(found(log, .firstReader) == [first, higher, other])
        // Who was the first before the period is not the first within.
        let period = Period(since: try MadeLog.time("2026-11-18T02:03:30Z"))
        try log.open("2026-11-18T03:00:00Z", "a", label: "rahasia")
        #expect(found(log, .firstReader, within: period) == [other])
    }

    @Test func `deliveries after a change of label`() throws {
        var log = try MadeLog()
        try log.deliver("2026-11-18T02:00:00Z", "a", "one", label: "rahasia")
        let change = try log.add(
            "2026-11-18T02:01:00Z",
            "m",
            "recording.relabel",
            object: "one",
            label: "biasa",
            ["from": "rahasia", "to": "biasa", "state": "done", "label-version": "2"]
        )
        // Asked for and not agreed to, and refused: the label is what it was.
        try log.add("2026-11-18T02:02:00Z", "m", "recording.relabel", object: "two", ["state": "pending"])
        try log.add("2026-11-18T02:02:00Z", "m", "recording.relabel", object: "two", refused: true, ["state": "done"])
        let after = try log.deliver("2026-11-18T02:03:00Z", "a", "one")
        try log.deliver("2026-11-18T02:04:00Z", "a", "two")
        #expect(found(log, .afterRelabelling) == [after])
        var question = AnomaliesQuestion()
        question.read(all: log.entries)
        #expect(question.found.first { $0.kind == .afterRelabelling }?.relabelled == change)
    }
}
