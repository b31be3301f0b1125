import ArchiveConfiguration
import ArchiveCore
import Foundation
import Retention
import Testing

/// Jakarta, where Indonesia's day begins at 17:00 UTC the day before.
private let jakarta = TimeZone(identifier: "Asia/Jakarta") ?? .gmt

private func schedule(_ series: String...) throws -> Schedule {
    try Schedule(yaml: "series:\n" + series.map { "  - \($0)\n" }.joined(), file: "retention.yaml")
}

private func line(_ code: String, _ active: String, _ inactive: String, _ then: String, _ more: String = "") -> String {
    let rest = more.isEmpty ? "" : ", " + more
    return "{code: \(code), name: {en: E, id: I}, active: \(active), inactive: \(inactive), then: \(then)\(rest)}"
}

private func date(_ text: String) throws -> Date { try #require(Timestamp.date(text)) }

struct ScheduleTests {
    @Test func `the shipped schedule is the file of the project`() throws {
        let package = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = package.appending(path: "Config/retention.yaml")
        #expect(try Data(contentsOf: file) == Data(Schedule.shipped.utf8))
    }

    @Test func `the shipped series`() throws {
        let shipped = try Schedule(yaml: Schedule.shipped, file: "retention.yaml")
        #expect(
            shipped.series.map(\.rule) == [
                "rapat: P2Y + P8Y, then review", "kerja: P1Y + P0D, then destroy",
                "sementara: P30D + P0D, then destroy",
            ]
        )
        #expect(shipped.series.map(\.approval) == [.required, .required, .none])
        #expect(shipped.series.map(\.nonrecord) == [false, false, true])
        #expect(shipped.series.map(\.witnesses) == [2, 2, 0])
        #expect(shipped.series.map(\.isDestroyedWithoutApproval) == [false, false, true])
        #expect(shipped.series.allSatisfy { $0.cooling == CalendarDuration(days: 14) })
        #expect(shipped["rapat"]?.name.indonesian == "Rapat")
        #expect(shipped["rapat"]?.name.english == "Meetings")
        #expect(shipped["lain"] == nil)
        for role in Role.allCases {
            let sends = [.recorder, .archivist, .recordsManager].contains(role)
            #expect(shipped["sementara"]?.accepts(role) == sends)
        }
    }

    @Test func `what is not said is what people would expect`() throws {
        let series = try #require(try schedule(line("a", "P1Y", "P0D", "review")).series.first)
        #expect(series.approval == .required)
        #expect(series.witnesses == 2)
        #expect(series.cooling == CalendarDuration(days: 14))
        #expect(!series.nonrecord)
        let own = "approval: none, nonrecord: true, senders: [archivist]"
        let short = try #require(try schedule(line("KU.02_1-a", "P1D", "P0D", "destroy", own)).series.first)
        #expect(short.senders == [.archivist])
        #expect(short.accepts(.archivist) && !short.accepts(.recorder))
        #expect(short.witnesses == 0)
    }

    @Test func `a code from outside is checked against what there is`() throws {
        let shipped = try Schedule(yaml: Schedule.shipped, file: "retention.yaml")
        #expect(try shipped.checked(series: "kerja").code == "kerja")
        let error = #expect(throws: ArchiveError.self) { try shipped.checked(series: "Kerja") }
        #expect(error?.code == .unknownName)
        #expect(
            error?.description == "there is no series \"Kerja\"; this archive has rapat, kerja, sementara"
        )
    }

    // MARK: Due dates

    @Test(arguments: [
        // Received, active, inactive, due: at the same time of day in Jakarta.
        ("2024-02-29T03:00:00Z", "P1Y", "P0D", "2025-02-28T03:00:00Z"),
        ("2024-02-29T03:00:00Z", "P4Y", "P0D", "2028-02-29T03:00:00Z"),
        // Active ends on 28 February 2026; from there two years lead to the 28th, leap year or not.
        ("2024-02-29T03:00:00Z", "P2Y", "P2Y", "2028-02-28T03:00:00Z"),
        ("2025-02-28T03:00:00Z", "P3Y", "P0D", "2028-02-28T03:00:00Z"),
        ("2025-01-31T03:00:00Z", "P1M", "P0D", "2025-02-28T03:00:00Z"),
        ("2024-01-31T03:00:00Z", "P1M", "P0D", "2024-02-29T03:00:00Z"),
        ("2025-01-31T03:00:00Z", "P1M", "P1M", "2025-03-28T03:00:00Z"),
        ("2025-08-31T03:00:00Z", "P6M", "P0D", "2026-02-28T03:00:00Z"),
        ("2025-03-31T03:00:00Z", "P1M", "P0D", "2025-04-30T03:00:00Z"),
        ("2025-12-31T03:00:00Z", "P30D", "P0D", "2026-01-30T03:00:00Z"),
        ("2024-02-01T03:00:00Z", "P30D", "P0D", "2024-03-02T03:00:00Z"),
        ("2025-02-01T03:00:00Z", "P30D", "P0D", "2025-03-03T03:00:00Z"),
        ("2026-11-21T03:40:39Z", "P2Y", "P8Y", "2036-11-21T03:40:39Z"),
        ("2099-12-31T03:00:00Z", "P1Y", "P0D", "2100-12-31T03:00:00Z"),
        ("2096-02-29T03:00:00Z", "P4Y", "P0D", "2100-02-28T03:00:00Z"),
        ("2025-06-01T03:00:00Z", "P2W", "PT12H", "2025-06-15T15:00:00Z"),
        // 23:30 UTC on 30 January is 31 January in Jakarta: the month ends there, not in Greenwich.
        ("2025-01-30T23:30:00Z", "P1M", "P0D", "2025-02-27T23:30:00Z"),
    ])
    func `a due date is reckoned by the calendar`(received: String, active: String, inactive: String, due: String)
        throws
    {
        let plan = try schedule(line("a", active, inactive, "destroy"))
        let series = try #require(plan.series.first)
        #expect(try plan.due(series, received: date(received), timeZone: jakarta) == date(due))
    }

    @Test func `the longest keep ends with the calendar`() throws {
        let plan = try schedule(line("a", "P999999Y", "P999999Y", "destroy"))
        let series = try #require(plan.series.first)
        let due = try plan.due(series, received: date("2026-01-01T00:00:00Z"), timeZone: jakarta)
        #expect(due == Date(timeIntervalSince1970: 253_402_300_799))
    }

    // MARK: Contradictory series

    @Test(arguments: [
        ("short long", "long"), ("short review", "review"), ("long review", "long"), ("review destroy", "review"),
        ("short permanent", "permanent"), ("long permanent", "permanent"), ("permanent later", "later"),
        ("destroy twin", "destroy"), ("free destroy", "destroy"), ("destroy watched", "watched"),
        ("watched cooled", "cooled"), ("short", "short"), ("short short", "short"),
    ])
    func `of contradictory series the one that protects more counts`(codes: String, winner: String) throws {
        let plan = try contradictory()
        let series = try codes.split(separator: " ").map { try plan.checked(series: String($0)) }
        let received = try date("2026-11-21T03:00:00Z")
        #expect(plan.join(series, received: received, timeZone: jakarta)?.code == winner)
        #expect(plan.join(series.reversed(), received: received, timeZone: jakarta)?.code == winner)
    }

    private func contradictory() throws -> Schedule {
        try schedule(
            line("short", "P1Y", "P0D", "destroy"),
            line("long", "P5Y", "P5Y", "destroy"),
            line("review", "P2Y", "P0D", "review"),
            line("destroy", "P2Y", "P0D", "destroy"),
            line("twin", "P2Y", "P0D", "destroy"),
            line("free", "P2Y", "P0D", "destroy", "approval: none, nonrecord: true"),
            line("watched", "P2Y", "P0D", "destroy", "witnesses: 3"),
            line("cooled", "P2Y", "P0D", "destroy", "witnesses: 3, cooling: P15D"),
            line("permanent", "P0D", "P0D", "permanent"),
            line("later", "P1Y", "P0D", "permanent")
        )
    }

    @Test func `joins of series keep the laws of a semilattice`() throws {
        let plan = try contradictory()
        let received = try date("2024-02-29T03:00:00Z")
        func join(_ series: Series?...) -> Series? {
            plan.join(series.compactMap(\.self), received: received, timeZone: jakarta)
        }
        #expect(join() == nil)
        for a in plan.series {
            #expect(join(a) == a)
            #expect(join(a, a) == a)
            for b in plan.series {
                let both = try #require(join(a, b))
                #expect(join(b, a) == both)
                #expect([a, b].contains(both))
                // It protects at least as well as each of them.
                #expect(both.then == .permanent || (a.then != .permanent && b.then != .permanent))
                if both.then != .permanent {
                    let due = plan.due(both, received: received, timeZone: jakarta)
                    #expect(due >= plan.due(a, received: received, timeZone: jakarta))
                    #expect(due >= plan.due(b, received: received, timeZone: jakarta))
                }
                for c in plan.series {
                    #expect(join(both, c) == join(a, join(b, c)))
                    #expect(join(a, b, c) == join(both, c))
                }
            }
        }
    }
}

struct ScheduleRefusalTests {
    static let lines = [
        "series:",
        "  - code: a",
        "    name: {en: English, id: Indonesia}",
        "    active: P1Y",
        "    inactive: P0D",
        "    then: destroy",
        "    approval: none",
        "    witnesses: 0",
        "    cooling: P14D",
        "    nonrecord: true",
        "    senders: [recorder, archivist]",
        "  - code: b",
        "    name: {en: English, id: Indonesia}",
        "    active: P1Y",
        "    inactive: P1Y",
        "    then: review",
    ]

    private static func text(_ edits: [Int: String?]) -> String {
        lines.enumerated().compactMap { index, line in
            edits.keys.contains(index + 1) ? edits[index + 1] ?? nil : line
        }.joined(separator: "\n") + "\n"
    }

    private func mistake(_ yaml: String) -> ConfigurationError? {
        do throws(ConfigurationError) {
            _ = try Schedule(yaml: yaml, file: "retention.yaml")
            return nil
        } catch {
            return error
        }
    }

    @Test func `the schedule that the mistakes are made in has none`() {
        #expect(mistake(Self.text([:])) == nil)
    }

    @Test(
        arguments: [
            ([1: "serie:"], "1:1: expected the key series, found “serie”"),
            ([16: "    then: review\nunits: []"], "17:1: expected one of the keys series, found “units”"),
            (
                [2: "  - code: a b"],
                "2:11: expected a code of at most 64 letters, digits, dots, hyphens and underscores, found “a b”"
            ),
            (
                [2: "  - code: .a"],
                "2:11: expected a code of at most 64 letters, digits, dots, hyphens and underscores, found “.a”"
            ),
            (
                [2: "  - code: é"],
                "2:11: expected a code of at most 64 letters, digits, dots, hyphens and underscores, found “é”"
            ),
            ([12: "  - code: A"], "12:11: expected each code once, capitals or not, found “A”"),
            ([3: "    name: English"], "3:11: expected a mapping, found “English”"),
            ([3: "    name: {en: English}"], "3:11: expected the key id, found a mapping without it"),
            ([3: "    name: {en: E, id: I, nl: N}"], "3:26: expected one of the keys en, id, found “nl”"),
            ([3: "    name: {en: \"\", id: I}"], "3:16: expected text that is not empty, found “”"),
            ([4: nil], "4:5: expected the key active, found “inactive”"),
            ([6: nil], "2:5: expected the key then, found a mapping without it"),
            ([4: "    active: 1Y"], "4:13: expected an ISO 8601 duration such as P2Y, P14D or PT30S, found “1Y”"),
            ([4: "    active: P0W"], "5:15: expected active and inactive to be some time together, found “P0D”"),
            ([6: "    then: burn"], "6:11: expected one of destroy, review, permanent, found “burn”"),
            (
                [6: "    then: permanent"],
                "6:11: expected destroy or review, because nonrecord is true, found “permanent”"
            ),
            ([6: "    then: review"], "7:15: expected required, because then is not destroy, found “none”"),
            ([7: "    approval: maybe"], "7:15: expected one of required, none, found “maybe”"),
            ([10: nil], "7:15: expected required, because nonrecord is not true, found “none”"),
            ([10: "    nonrecord: false"], "7:15: expected required, because nonrecord is not true, found “none”"),
            ([10: "    nonrecord: yes"], "10:16: expected true or false, found “yes”"),
            ([8: "    witnesses: 1"], "8:16: expected 0, because approval is none, found “1”"),
            ([8: "    witnesses: 10"], "8:16: expected a whole number from 0 to 9, found “10”"),
            (
                [9: "    cooling: 14"],
                "9:14: expected an ISO 8601 duration such as P2Y, P14D or PT30S, found “14”"
            ),
            ([11: "    senders: []"], "11:14: expected a list of at least 1, found an empty list"),
            ([11: "    senders: [recorder, recorder]"], "11:25: expected each of them once, found “recorder”"),
            (
                [11: "    senders: [recorder, auditor]"],
                "11:25: expected one of recorder, archivist, records-manager, found “auditor”"
            ),
            (
                [16: "    then: review\n    senders: [recorder]"],
                "17:14: expected no senders, because approval is not none, found a list"
            ),
            (
                [16: "    then: review\n    colour: red"],
                "17:5: expected one of the keys active, approval, code, cooling, inactive, name, nonrecord, senders, then, "
                    + "tombstone, tombstone_keep, witnesses, found “colour”"
            ),
            (
                [16: "    then: review\n    tombstone: descriptive"],
                "17:16: expected tombstone_keep beside it, which says how long, found “descriptive”"
            ),
            (
                [16: "    then: review\n    tombstone_keep: P1Y"],
                "17:21: expected no tombstone_keep, because tombstone is not descriptive, found “P1Y”"
            ),
            (
                [16: "    then: review\n    tombstone: descriptive\n    tombstone_keep: P0D"],
                "18:21: expected some time, found “P0D”"
            ),
        ] as [([Int: String?], String)]
    )
    func `a mistake is refused at its place`(edits: [Int: String?], message: String) {
        #expect(mistake(Self.text(edits))?.description == "retention.yaml:" + message)
    }

    @Test func `a permanent series may begin and end at once`() {
        #expect(mistake(Self.text([14: "    active: P0D", 15: "    inactive: P0D", 16: "    then: permanent"])) == nil)
    }

    @Test func `a schedule has series`() {
        #expect(
            mistake("series: []\n")?.description
                == "retention.yaml:1:9: expected a list of at least 1, found an empty list"
        )
    }
}
