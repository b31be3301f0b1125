import ArchiveCore
import ArchiveInterface
import Auditing
import Foundation
import TestSupport
import Testing

@Suite("The report of a month")
struct ReportTests {
    private static let attack = "<script src=\"http://evil.example/x.js\">'&\u{0}\u{202E}"

    private func log() throws -> MadeLog {
        var log = try MadeLog([
            MadeLog.person("a", "Sari \(Self.attack)"), MadeLog.person("e", "", erased: true),
            MadeLog.person("m", "Eko", role: .recordsManager),
        ])
        // Before the month by a millisecond, and after it.
        try log.open("2026-10-31T16:59:59.999Z", "a", label: "rahasia")
        try log.open("2026-10-31T17:00:00.000Z", "a", label: "rahasia", purpose: "Notulen \(Self.attack)")
        try log.deliver("2026-10-31T17:00:01Z", "a", label: "rahasia")
        try log.open("2026-11-18T02:00:00Z", "e", "two", label: "terbatas:anggaran")
        let flood = ["count": "40", "reasons": "certificate-expired"]
        try log.add("2026-11-17T02:00:00Z", "e", "connection.refuse", refused: true, flood)
        for _ in 0..<2 {
            try log.add(
                "2026-11-18T02:01:00Z",
                "a",
                "access.open",
                object: "r",
                refused: true,
                ["reasons": "level-too-low"]
            )
        }
        try log.add(
            "2026-11-18T02:02:00Z",
            "m",
            "recording.relabel",
            object: "r",
            refused: true,
            ["reasons": Self.attack]
        )
        try log.add("2026-11-19T02:00:00Z", nil, "destruction.done", object: "three", label: "biasa", ["list": "l"])
        try log.add("2026-11-19T03:00:00Z", "a", "recording.store", object: "four", label: "biasa", ["bytes": "1"])
        try log.add("2026-11-19T03:00:00Z", "a", "recording.store", object: "four", label: "biasa", ["again": "true"])
        try log.open("2026-11-30T16:59:59.999Z", "a", label: "biasa")
        try log.open("2026-11-30T17:00:00.000Z", "a", label: "biasa")
        return log
    }

    private func report(_ log: MadeLog) throws -> ReportQuestion {
        let zone = try #require(TimeZone(identifier: log.directory.timezone))
        var report = ReportQuestion(within: try #require(Period(month: "2026-11", in: zone)), zone: zone)
        report.read(all: log.entries)
        return report
    }

    private func page(
        _ log: MadeLog,
        _ report: ReportQuestion,
        _ checkpoint: String = "",
        _ language: Language = .english,
        at made: Date,
        _ purposes: [Int: String] = [:]
    ) throws -> String {
        ReportPage(
            report,
            log.directory,
            principals: try report.principals.rows(log.directory, before: log.entries.count, [], at: made),
            checkpoint: checkpoint,
            language: language,
            made: made,
            purposes: purposes
        ).markup
    }

    @Test func `counts`() throws {
        let report = try report(log())
        #expect(report.size == 14 && report.entries == 11)
        let total = report.total
        let counted: [Int] = [total.opened, total.delivered, total.refused, total.destroyed, total.stored]
        #expect(counted == [3, 1, 43, 1, 1])
        #expect(report.daily.map(\.date) == ["2026-11-01", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-30"])
        #expect(report.daily.map(\.counts.opened) == [1, 0, 1, 0, 1])
        #expect(report.everyDay.count == 30 && report.everyDay.map(\.counts.opened).reduce(0, +) == 3)
        #expect(report.byLevel.mapValues(\.opened) == ["rahasia": 1, "terbatas": 1, "biasa": 1])
        #expect(report.byLevel["biasa"]?.destroyed == 1)
        #expect(report.byRole["archivist"]?.refused == 42 && report.byRole["records-manager"]?.refused == 1)
        #expect(report.refusals.map(\.count) == [40, 2, 1] && report.refusals[1].reasons == "level-too-low")
        #expect(report.destructions.map(\.recording) == ["three"])
        // 1 November was a Sunday, and at 23:59 on the 30th nobody works.
        #expect(report.findingCounts == [.outsideHours: 3, .firstReader: 2])
        #expect(report.findings.filter { $0.kind == .outsideHours }.map(\.seq) == [2, 3, 12])
    }

    @Test func `a burst, and what was lost in a restore`() throws {
        var log = try MadeLog([MadeLog.person("a", "Sari")])
        let usual = AnomaliesQuestion.usualOpenings
        for second in 0...usual {
            try log.open("2026-11-18T02:00:\(second < 10 ? "0" : "")\(second)Z", "a", "r\(second)")
        }
        let made = try MadeLog.time("2026-12-01T01:00:00Z")
        let before = try report(log)
        #expect(before.findingCounts[.burst] == 1)
        let burst = try #require(before.findings.first { $0.kind == .burst })
        // The first entry is of the settings.
        #expect(burst.seq == usual + 1 && burst.openings == usual + 1 && burst.actor == MadeLog.id("a"))
        let plain = try page(log, before, at: made)
        #expect(plain.contains("Many openings within an hour") && !plain.contains("Lost in a restore"))

        // Another origin, whose archive lost three entries of the one before; and one that lost none.
        let kept = log.entries.count
        let facts = ["origin": "arsip.example/abc", "root": "AAAA", "kept": "\(kept)"]
        try log.add(
            "2026-11-19T02:00:00Z",
            nil,
            "log.restart",
            facts.merging(["size": "\(kept + 3)", "lost": "3"]) { $1 }
        )
        try log.open("2026-11-19T02:01:00Z", "a", "r0")
        try log.add("2026-11-20T02:00:00Z", nil, "log.restart", facts.merging(["size": "\(kept)", "lost": "0"]) { $1 })
        let after = try report(log)
        #expect(after.restarts.map(\.lost) == [kept..<kept + 3, kept..<kept])
        // Who had read of that level before is no first reader of it for another origin.
        #expect(after.total.opened == before.total.opened + 1 && after.findingCounts[.firstReader] == 1)
        let second = try page(log, after, at: made)
        let sentence = "entries \(kept) to \(kept + 2) of arsip.example/abc, as entry \(kept) says"
        #expect(second.contains(sentence) && second.components(separatedBy: "Lost in a restore").count == 2)
    }

    @Test(arguments: [Language.english, .indonesian])
    func `one page, of nothing but itself, in both languages`(language: Language) throws {
        let checkpoint = "arsip.example/abc\n12\nAAAA=\n\n— arsip.example/abc sig<&>\n"
        let made = try MadeLog.time("2026-12-01T01:00:00Z")
        let log = try log()
        let purposes = [2: "Notulen \(Self.attack)"]
        let page = try page(log, report(log), checkpoint, language, at: made, purposes)
        // Python's parser takes it for XML, and every text comes out as it went in.
        let parsed = try Program.run(
            "python3",
            [
                "-c",
                """
                import sys, xml.etree.ElementTree as tree
                page = tree.fromstring(sys.stdin.buffer.read().decode("utf-8"))
                tags = {element.tag for element in page.iter()}
                assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a", "image", "use"}, tags
                for element in page.iter():
                    for name, value in element.attrib.items():
                        assert name not in ("href", "src", "action", "style") and not name.startswith("on"), name
                        assert "http" not in value and "url(" not in value, value
                style = "".join(page.find("head/style").itertext())
                assert "url(" not in style and "@import" not in style and "@font-face" not in style
                sys.stdout.write("".join(page.itertext()))
                print(len(page.findall(".//svg")), "plots", page.get("lang"))
                """,
            ],
            input: Data(page.utf8)
        )
        try #require(parsed.status == 0, "\(parsed.errorText)\n\(page)")
        let shown = Self.attack.replacing("\u{0}", with: "\u{FFFD}").replacing("\u{202E}", with: "\u{FFFD}")
        #expect(parsed.text.contains("Sari \(shown)") && parsed.text.contains("Notulen \(shown)"))
        #expect(parsed.text.contains("6 plots \(language == .english ? "en" : "id")"), "\(parsed.text.suffix(40))")
        #expect(parsed.text.contains(checkpoint))
        #expect(parsed.text.contains("2026-11-01 00:00 – 2026-11-30 23:59 (Asia/Jakarta)"))
        #expect(parsed.text.contains(language == .english ? "Outside office hours: 3" : "Di luar jam kerja: 3"))
        #expect(!page.contains(Self.attack) && !page.contains("http://evil.example/x.js\""))
        // Without texts of others there is no address of anything in it.
        var quiet = try MadeLog([MadeLog.person("a", "Sari")])
        try quiet.open("2026-11-18T02:00:00Z", "a")
        let plain = try self.page(quiet, report(quiet), checkpoint, language, at: made)
        #expect(!plain.contains("http") && !plain.contains("<script") && !plain.contains("url("))
    }

    @Test func `a year has a bar for each month, a month for each day`() throws {
        let log = try log()
        let made = try MadeLog.time("2027-01-01T01:00:00Z")
        func bars(_ since: String, _ until: String) throws -> [String] {
            let period = Period(since: try MadeLog.time(since), until: try MadeLog.time(until))
            var report = ReportQuestion(within: period, zone: try #require(TimeZone(identifier: "Asia/Jakarta")))
            report.read(all: log.entries)
            let page = try page(log, report, at: made)
            let plot = try #require(page.split(separator: "<figure>").dropFirst().first)
            return plot.matches(of: /middle">([^<]+)</).map { String($0.output.1) }
        }
        let months = try bars("2025-12-31T17:00:00Z", "2026-12-31T16:59:59.999Z")
        // Three in October and November, and one in December, each before its month's name.
        #expect(months.filter { $0.hasPrefix("2026-") } == (1...12).map { "2026-\($0 < 10 ? "0" : "")\($0)" })
        #expect(months.filter { !$0.hasPrefix("2026-") } == ["1", "3", "1"])
        let days = try bars("2026-10-31T17:00:00Z", "2026-11-30T16:59:59.999Z")
        #expect(days.count == 30 + 3 && days.last == "30")
    }

    @Test func `an empty month is a report, too`() throws {
        let log = try MadeLog(hasOffice: false)
        let made = try MadeLog.time("2026-12-01T01:00:00Z")
        let page = try page(log, report(log), at: made)
        let check = "import sys, xml.etree.ElementTree as tree; tree.fromstring(sys.stdin.buffer.read().decode())"
        let parsed = try Program.run("python3", ["-c", check], input: Data(page.utf8))
        #expect(parsed.status == 0, "\(parsed.errorText)")
        #expect(page.contains("no office hours"))
    }
}
