import ArchiveConfiguration
import ArchiveCore
import ArchiveTesting
import Foundation
import Retention
import Testing

/// Golden plans: schedule × dates × holds → plan with reasons.
@Suite struct VerdictTests {
    private static let jakarta = TimeZone(identifier: "Asia/Jakarta") ?? .gmt

    private static let yaml = """
        series:
          - {code: coba, name: {en: E, id: I}, active: P30D, inactive: P0D, then: destroy, approval: none, nonrecord: true}
          - {code: kerja, name: {en: E, id: I}, active: P1Y, inactive: P1M, then: destroy}
          - {code: rapat, name: {en: E, id: I}, active: P2Y, inactive: P2Y, then: review}
          - {code: arsip, name: {en: E, id: I}, active: P1Y, inactive: P0D, then: permanent}
        """

    private func schedule() throws -> Schedule { try Schedule(yaml: Self.yaml, file: "retention.yaml") }
    private func date(_ text: String) throws -> Date { try #require(Timestamp.date(text), "\(text)") }

    @Test(arguments: [
        // Series, received, now, what is known of it, plan.
        ("coba", "2025-01-30T03:00:00Z", "2025-03-01T02:59:59.999Z", "", "keep 2025-03-01T03:00:00.000Z"),
        ("coba", "2025-01-30T03:00:00Z", "2025-03-01T03:00:00Z", "", "destroy none"),
        ("coba", "2025-01-30T03:00:00Z", "2025-03-01T03:00:00Z", "needsApproval", "destroy required"),
        ("coba", "2025-01-30T03:00:00Z", "2025-03-01T03:00:00Z", "held", "skip held"),
        ("coba", "2025-01-30T03:00:00Z", "2025-03-01T03:00:00Z", "open", "skip accessed"),
        ("coba", "2025-01-30T03:00:00Z", "2025-03-01T03:00:00Z", "listed", "skip listed"),
        ("coba", "2025-01-30T03:00:00Z", "2025-03-01T03:00:00Z", "listed held open", "skip held"),
        // What is not due is kept, whatever else is known of it.
        ("coba", "2025-01-30T03:00:00Z", "2025-02-28T03:00:00Z", "held listed", "keep 2025-03-01T03:00:00.000Z"),
        ("coba", "2025-01-30T03:00:00Z", "2025-03-01T03:00:00Z", "permanent", "transfer"),
        ("coba", "2025-01-30T03:00:00Z", "2025-03-01T03:00:00Z", "permanent held", "skip held"),
        // A leap day, a year, and a month: 28 February, then 28 March.
        ("kerja", "2024-02-29T03:00:00Z", "2025-03-28T02:59:59Z", "", "keep 2025-03-28T03:00:00.000Z"),
        ("kerja", "2024-02-29T03:00:00Z", "2025-03-28T03:00:00Z", "", "destroy required"),
        // The last of January, by Jakarta's calendar: 23:30 UTC on the 30th is the 31st there.
        ("kerja", "2024-01-30T23:30:00Z", "2025-02-27T23:30:00Z", "", "destroy required"),
        ("kerja", "2024-01-30T23:30:00Z", "2025-02-27T23:29:59Z", "", "keep 2025-02-27T23:30:00.000Z"),
        ("kerja", "2024-12-31T03:00:00Z", "2026-01-31T03:00:00Z", "", "destroy required"),
        ("rapat", "2024-02-29T03:00:00Z", "2028-02-28T03:00:00Z", "", "review"),
        ("rapat", "2024-02-29T03:00:00Z", "2028-02-28T03:00:00Z", "permanent", "transfer"),
        ("rapat", "2024-02-29T03:00:00Z", "2028-02-28T03:00:00Z", "held", "skip held"),
        ("arsip", "2024-02-29T03:00:00Z", "2025-02-28T03:00:00Z", "", "transfer"),
        ("arsip", "2024-02-29T03:00:00Z", "2025-02-27T03:00:00Z", "", "keep 2025-02-28T03:00:00.000Z"),
        // Counted from earlier, extended, and both.
        (
            "coba", "2025-01-30T03:00:00Z", "2025-02-01T03:00:00Z", "from=2025-01-01T03:00:00Z", "destroy none"
        ),
        (
            "coba", "2025-01-30T03:00:00Z", "2025-03-05T03:00:00Z", "until=2025-04-01T00:00:00Z",
            "keep 2025-04-01T00:00:00.000Z"
        ),
        (
            "coba", "2025-01-30T03:00:00Z", "2025-03-05T03:00:00Z",
            "from=1970-01-01T00:00:00Z until=2025-03-05T03:00:00Z", "destroy none"
        ),
        // An extension that the rule goes beyond says nothing.
        (
            "coba", "2025-01-30T03:00:00Z", "2025-02-05T03:00:00Z", "until=2025-02-01T00:00:00Z",
            "keep 2025-03-01T03:00:00.000Z"
        ),
        // The catalogue was not dated anew yet: of both dates the later counts.
        (
            "coba", "2025-01-30T03:00:00Z", "2025-03-05T03:00:00Z", "due=2025-06-01T00:00:00Z",
            "keep 2025-06-01T00:00:00.000Z"
        ),
        (
            "coba", "2025-01-30T03:00:00Z", "2025-02-05T03:00:00Z", "due=2025-02-01T00:00:00Z",
            "keep 2025-03-01T03:00:00.000Z"
        ),
        // A clock that was set back, or one that says 1970 or 2099.
        ("coba", "2025-01-30T03:00:00Z", "1970-01-01T00:00:00Z", "", "keep 2025-03-01T03:00:00.000Z"),
        ("rapat", "2025-01-30T03:00:00Z", "2099-01-01T00:00:00Z", "", "review"),
        ("gaib", "2025-01-30T03:00:00Z", "2099-01-01T00:00:00Z", "", "skip no-series"),
    ])
    func `what becomes of a recording`(series: String, received: String, now: String, known: String, plan: String)
        throws
    {
        var facts = RetentionFacts(series: series, received: try date(received))
        for word in known.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1)
            switch parts[0] {
            case "held": facts.isHeld = true
            case "open": facts.isOpen = true
            case "listed": facts.isListed = true
            case "permanent": facts.isPermanent = true
            case "needsApproval": facts.needsApproval = true
            case "from": facts.countedFrom = try date(String(parts[1]))
            case "until": facts.extendedUntil = try date(String(parts[1]))
            case "due": facts.due = try date(String(parts[1]))
            default: Issue.record("unknown \(word)")
            }
        }
        let verdict = try schedule().verdict(on: facts, at: date(now), timeZone: Self.jakarta)
        let words =
            switch verdict {
            case .keep(let until): "keep \(Timestamp.text(until))"
            case .skip(let obstacle): "skip \(obstacle.rawValue)"
            case .destroy(let approval): "destroy \(approval.rawValue)"
            case .review, .transfer: verdict.name
            }
        #expect(words == plan)
    }

    /// Kept, skipped, destroyed, reviewed and transferred is all there is; and what protects only ever protects more.
    @Test func `every recording has one plan`() throws {
        let schedule = try schedule()
        var generator = SeededGenerator(seed: 6)
        let start = try date("2020-01-01T00:00:00Z")
        var counts: [String: Int] = [:]
        for _ in 0..<4000 {
            func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &generator) == 0 }
            func day(_ range: Range<Int>) -> Date {
                start.addingTimeInterval(Double(Int.random(in: range, using: &generator)) * 86_400)
            }
            let received = day(0..<2000)
            var facts = RetentionFacts(
                series: ["coba", "kerja", "rapat", "arsip", "gaib"].randomElement(using: &generator) ?? "coba",
                received: received,
                countedFrom: chance(5) ? received.addingTimeInterval(-86_400 * 100) : nil,
                extendedUntil: chance(5) ? day(0..<4000) : nil,
                isPermanent: chance(6),
                needsApproval: chance(4),
                isHeld: chance(4),
                isOpen: chance(6),
                isListed: chance(6)
            )
            let now = day(0..<4000)
            let verdict = schedule.verdict(on: facts, at: now, timeZone: Self.jakarta)
            counts[verdict.name, default: 0] += 1
            // Said again in other words.
            let due = schedule[facts.series].map { schedule.due($0, facts, timeZone: Self.jakarta) }
            switch verdict {
            case .keep(let until): #expect(until == due && until > now)
            case .skip(.noSeries): #expect(due == nil)
            case .skip: #expect(facts.isHeld || facts.isOpen || facts.isListed)
            case .destroy(let approval):
                #expect(try #require(due) <= now && !facts.isHeld && !facts.isPermanent)
                #expect(approval == .required || (facts.series == "coba" && !facts.needsApproval))
            case .review: #expect(facts.series == "rapat" && !facts.isPermanent)
            case .transfer: #expect(facts.isPermanent || facts.series == "arsip")
            }
            facts.isHeld = true
            let held = schedule.verdict(on: facts, at: now, timeZone: Self.jakarta)
            switch held {
            case .keep, .skip: break
            case .destroy, .review, .transfer: Issue.record("\(held.name) of what is held")
            }
        }
        #expect(counts.values.reduce(0, +) == 4000)
        #expect(Set(counts.keys) == ["keep", "skip", "destroy", "review", "transfer"])
    }
}
