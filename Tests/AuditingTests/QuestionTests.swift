import ArchiveCore
import ArchiveInterface
import Auditing
import Foundation
import Testing

@Suite("What is asked of the log")
struct QuestionTests {
    private func who(_ log: MadeLog, _ subject: WhoQuestion.Subject, _ period: Period = Period()) -> [AccessEvent] {
        var question = WhoQuestion(subject, within: period)
        return question.answers(of: log.entries)
    }

    /// Twelve entries, numbered as they stand here. At 4 one of two agrees, which opens nothing yet.
    private func log() throws -> MadeLog {
        var log = try MadeLog(
            hasOffice: false,
            [
                MadeLog.person("a", "Sari"), MadeLog.person("b", "Budi"),
                MadeLog.person("m", "Eko", role: .recordsManager),
            ]
        )
        try log.open("2026-11-18T02:00:00Z", "a", "one", access: "x1", certificate: "c1", purpose: "Notulen <rapat>")
        try log.deliver("2026-11-18T02:01:00Z", "a", "one", access: "x1", certificate: "c1")
        try log.add(
            "2026-11-18T02:02:00Z",
            "b",
            "access.open",
            object: "one",
            label: "rahasia",
            refused: true,
            ["reasons": "level-too-low,compartment-missing"]
        )
        try log.add(
            "2026-11-18T02:03:00Z",
            "b",
            "access.ask",
            object: "two",
            label: "rahasia",
            certificate: "c2",
            ["access": "x2", "recipient": "x25519", "state": "pending", "from": "60", "to": "90"],
            purpose: "Pemeriksaan"
        )
        try log.add(
            "2026-11-18T02:04:00Z",
            "m",
            "access.approve",
            object: "two",
            label: "rahasia",
            ["access": "x2", "state": "pending"]
        )
        try log.add(
            "2026-11-18T02:05:00Z",
            "m",
            "access.approve",
            object: "two",
            label: "rahasia",
            ["access": "x2", "state": "open", "expires": "2026-11-18T03:05:00.000Z"]
        )
        try log.deliver(
            "2026-11-18T02:06:00Z",
            "b",
            "two",
            label: "rahasia",
            access: "x2",
            certificate: "c2",
            form: "opened"
        )
        try log.add(
            "2026-11-18T02:07:00Z",
            "b",
            "access.ask",
            object: "one",
            label: "rahasia",
            ["access": "x3", "recipient": "x25519", "state": "pending"]
        )
        try log.add("2026-11-18T02:08:00Z", "m", "access.refuse", object: "one", ["access": "x3", "state": "refused"])
        try log.open("2026-11-18T02:09:00Z", "a", "two", access: "x4", certificate: "c3", ["from": "0", "to": "5"])
        try log.deliver("2026-11-18T02:10:00Z", "a", "two", access: "x4", certificate: "c3")
        try log.add("2026-11-18T02:11:00Z", "a", "recording.list", ["count": "2"])
        return log
    }

    @Test func `who opened this recording`() throws {
        let log = try log()
        let events = who(log, .recording("one"))
        #expect(events.map(\.seq) == [0, 1, 2, 7, 8])
        #expect(events.map(\.kind) == [.opened, .delivered, .refused, .asked, .refused])
        #expect(events.map(\.actor) == ["a", "a", "b", "b", "b"].map { MadeLog.id($0) })
        #expect(events[2].reasons == "level-too-low,compartment-missing" && events[4].decidedBy == MadeLog.id("m"))
        #expect(events[1].form == "sealed" && events[1].access == "x1")
        // The purpose is found by its commitment, and only the text that was committed to.
        let purpose = try #require(events[0].purpose)
        #expect(events[1].purpose == purpose)
        #expect(try purpose.text(among: log.texts) == "Notulen <rapat>")
        #expect(try purpose.text(among: []) == nil)
        var other = log.texts
        other[0].text = "Notulen rapat"
        #expect(throws: ArchiveError.self) { try purpose.text(among: other) }
        other = log.texts
        other[0].salt[0] ^= 1
        #expect(throws: ArchiveError.self) { try purpose.text(among: other) }
        // What was agreed to was opened by who had asked.
        let two = who(log, .recording("two"))
        #expect(two.map(\.seq) == [3, 5, 6, 9, 10])
        #expect(two[1].kind == .opened && two[1].actor == MadeLog.id("b") && two[1].decidedBy == MadeLog.id("m"))
        #expect(two[2].from == "60" && two[2].to == "90")
        let period = Period(
            since: try MadeLog.time("2026-11-18T02:05:00Z"),
            until: try MadeLog.time("2026-11-18T02:06:00Z")
        )
        #expect(who(log, .recording("two"), period).map(\.seq) == [5, 6])
        #expect(who(log, .recording("three")).isEmpty)
    }

    @Test func `what a person opened`() throws {
        let log = try log()
        let names = PrincipalNames(log.directory)
        #expect(names.principals(called: " sari ") == [MadeLog.id("a")])
        #expect(names.principals(called: MadeLog.id("b")) == [MadeLog.id("b")])
        #expect(names.principals(called: "Umar").isEmpty)
        let events = who(log, .principals(names.principals(called: "Budi")))
        #expect(events.map(\.seq) == [2, 3, 5, 6, 7, 8])
        #expect(who(log, .principals([])).isEmpty)
    }

    @Test func `what the keys of a principal were given`() throws {
        let log = try log()
        func deliveries(_ letter: Character, _ certificate: String? = nil) -> [AccessEvent] {
            var question = ExposureQuestion(of: MadeLog.id(letter), certificate: certificate)
            return question.answers(of: log.entries)
        }
        #expect(deliveries("a").map(\.seq) == [1, 10])
        #expect(deliveries("a", "c3").map(\.seq) == [10])
        #expect(deliveries("a", "c2").isEmpty && deliveries("m").isEmpty)
        #expect(deliveries("a")[1].from == "0" && deliveries("a")[1].to == "5" && deliveries("a")[0].from == nil)
        let agreed = try #require(deliveries("b").first)
        #expect(agreed.object == "two" && agreed.form == "opened" && agreed.from == "60" && agreed.label == "rahasia")
    }

    @Test func `a month begins and ends in its zone`() throws {
        let zone = try #require(TimeZone(identifier: "Asia/Jakarta"))
        let november = try #require(Period(month: "2026-11", in: zone))
        for (time, isWithin) in [
            ("2026-10-31T16:59:59.999Z", false), ("2026-10-31T17:00:00.000Z", true), ("2026-11-30T16:59:59.999Z", true),
            ("2026-11-30T17:00:00.000Z", false),
        ] {
            #expect(november.contains(try MadeLog.time(time)) == isWithin, "\(time)")
        }
        #expect(Period(month: "2026-12", in: zone)?.contains(try MadeLog.time("2026-12-31T16:59:59.999Z")) == true)
        for text in ["2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", "november", "", "2026/11"] {
            #expect(Period(month: text, in: zone) == nil, "\(text)")
        }
    }
}
