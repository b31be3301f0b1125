import AccessPolicy
import ArchiveConfiguration
import ArchiveCore
import ArchiveTesting
import Testing

struct PolicyRefusalTests {
    @Test func `the policy that the mistakes are made in has none`() {
        #expect(mistake(in: SmallPolicy.text()) == nil)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let edits: [Int: String?]
        let code: ConfigurationError.Code
        let message: String

        init(_ edits: [Int: String?], _ code: ConfigurationError.Code, _ message: String) {
            self.edits = edits
            self.code = code
            self.message = message
        }

        var testDescription: String { message }
    }

    private static let nameExpected = "a name of at most 64 small letters, digits and hyphens, the first a letter"

    static let levels: [Case] = [
        Case([2: "  - name: Low"], .wrongValue, "2:11: expected \(nameExpected), found “Low”"),
        Case([2: "  - name: 2low"], .wrongValue, "2:11: expected \(nameExpected), found “2low”"),
        Case([2: "  - name: -low"], .wrongValue, "2:11: expected \(nameExpected), found “-low”"),
        Case([2: "  - name: lów"], .wrongValue, "2:11: expected \(nameExpected), found “lów”"),
        Case([2: "  - name: \"a:b\""], .wrongValue, "2:11: expected \(nameExpected), found “a:b”"),
        Case(
            [2: "  - name: never"],
            .wrongValue,
            "2:11: expected a name other than never, which second_person_from uses, found “never”"
        ),
        Case([9: "  - name: low"], .wrongValue, "9:11: expected each name once, found “low”"),
        Case([2: "  - name: [low]"], .wrongKind, "2:11: expected text, found a list"),
        Case([3: nil], .missingKey, "2:5: expected the key sealed_only, found a mapping without it"),
        Case([3: "    seald_only: true"], .missingKey, "3:5: expected the key sealed_only, found “seald_only”"),
        Case([3: "    sealed_only: yes"], .wrongValue, "3:18: expected true or false, found “yes”"),
        Case([5: "    approvals: 0"], .wrongKind, "5:16: expected a mapping, found “0”"),
        Case(
            [5: "    approvals: {count: 10, role: records-manager}"],
            .wrongValue,
            "5:24: expected a whole number from 0 to 9, found “10”"
        ),
        Case(
            [5: "    approvals: {count: 1}"],
            .missingKey,
            "5:16: expected the key role, found a mapping without it"
        ),
        Case(
            [5: "    approvals: {count: 1, role: manager}"],
            .wrongValue,
            "5:33: expected one of recorder, archivist, records-manager, auditor, transcriber, administrator, "
                + "found “manager”"
        ),
        Case(
            [5: "    approvals: {count: 1, role: archivist}"],
            .wrongValue,
            "5:33: expected a role with the action approve, found “archivist”"
        ),
        Case(
            [21: "  records-manager: {actions: [show]}"],
            .wrongValue,
            "12:33: expected a role with the action approve, found “records-manager”"
        ),
        Case(
            [5: "    approvals: {count: 0, who: x}"],
            .unknownKey,
            "5:27: expected one of the keys count, role, found “who”"
        ),
        Case(
            [6: "    access_lifetime: 1h"],
            .wrongValue,
            "6:22: expected an ISO 8601 duration such as P2Y, P14D or PT30S, found “1h”"
        ),
        Case(
            [6: "    access_lifetime: PT59S"],
            .wrongValue,
            "6:22: expected a duration from PT1M to P31D, found “PT59S”"
        ),
        Case(
            [6: "    access_lifetime: P31DT1S"],
            .wrongValue,
            "6:22: expected a duration from PT1M to P31D, found “P31DT1S”"
        ),
        Case(
            [6: "    access_lifetime: P1M"],
            .wrongValue,
            "6:22: expected a duration from PT1M to P31D, found “P1M”"
        ),
        Case(
            [6: "    access_lifetime: P1YT1H"],
            .wrongValue,
            "6:22: expected a duration from PT1M to P31D, found “P1YT1H”"
        ),
        Case([7: "    recipients: both"], .wrongValue, "7:17: expected one of any, hybrid, found “both”"),
        Case([8: "    index: half"], .wrongValue, "8:12: expected one of full, none, found “half”"),
        Case(
            [8: "    index: full\n    colour: red"],
            .unknownKey,
            "9:5: expected one of the keys access_lifetime, approvals, cosignatures, index, name, purpose, recipients, sealed_only, "
                + "found “colour”"
        ),
    ]

    /// A level that is laxer than the one below it.
    static let laxer: [Case] = [
        Case(
            [3: "    sealed_only: true", 10: "    sealed_only: false"],
            .wrongValue,
            "10:18: expected true, because the lower level low demands it, found “false”"
        ),
        Case(
            [4: "    purpose: true", 11: "    purpose: false"],
            .wrongValue,
            "11:14: expected true, because the lower level low demands it, found “false”"
        ),
        Case(
            [5: "    approvals: {count: 3, role: records-manager}"],
            .wrongValue,
            "12:24: expected at least 3, because the lower level low demands it, found “2”"
        ),
        Case(
            [13: "    access_lifetime: PT61M"],
            .wrongValue,
            "13:22: expected at most PT1H, because the lower level low demands it, found “PT61M”"
        ),
        Case(
            [13: "    access_lifetime: P1D"],
            .wrongValue,
            "13:22: expected at most PT1H, because the lower level low demands it, found “P1D”"
        ),
        Case(
            [7: "    recipients: hybrid", 14: "    recipients: any"],
            .wrongValue,
            "14:17: expected hybrid, because the lower level low demands it, found “any”"
        ),
        Case(
            [8: "    index: none", 15: "    index: full"],
            .wrongValue,
            "15:12: expected none, because the lower level low demands it, found “full”"
        ),
    ]

    static let rest: [Case] = [
        Case([16: "compartments: [red, Blue]"], .wrongValue, "16:21: expected \(nameExpected), found “Blue”"),
        Case([16: "compartments: [red, red]"], .wrongValue, "16:21: expected each name once, found “red”"),
        Case([16: "compartments: red"], .wrongKind, "16:15: expected a list, found “red”"),
        Case([16: nil], .missingKey, "1:1: expected the key compartments, found a mapping without it"),
        Case([17: "units: []"], .wrongValue, "17:8: expected a list of at least 1, found an empty list"),
        Case([17: "units: [one, two, one]"], .wrongValue, "17:19: expected each name once, found “one”"),
        Case([18: "rules:"], .missingKey, "18:1: expected the key roles, found “rules”"),
        Case(
            [19: "  recoder: {actions: [send]}"],
            .unknownKey,
            "19:3: expected one of the keys administrator, archivist, auditor, recorder, records-manager, transcriber "
                + "(did you mean recorder?), found “recoder”"
        ),
        Case(
            [19: "  recorder: {actions: [sent]}"],
            .wrongValue,
            "19:24: expected one of send, find, show, open, expect, describe, relabel, correct, hold, back-date, "
                + "propose, approve, read-log, transcribe, enrol (did you mean send?), found “sent”"
        ),
        Case(
            [19: "  recorder: {actions: [send, send]}"],
            .wrongValue,
            "19:30: expected each of them once, found “send”"
        ),
        Case(
            [19: "  recorder: {actions: [send], units: some}"],
            .wrongValue,
            "19:38: expected one of own, all, found “some”"
        ),
        Case(
            [19: "  recorder: {units: own}"],
            .missingKey,
            "19:13: expected the key actions, found a mapping without it"
        ),
        Case(
            [19: "  recorder: {actions: [send], unit: own}"],
            .unknownKey,
            "19:31: expected one of the keys actions, units (did you mean units?), found “unit”"
        ),
        Case(
            [20: "  archivist: {actions: [find, open]}", 26: nil],
            .wrongValue,
            "20:31: expected the action show in the same list, which this one needs, found “open”"
        ),
        Case(
            [21: "  records-manager: {actions: [approve]}"],
            .wrongValue,
            "21:31: expected the action show in the same list, which this one needs, found “approve”"
        ),
        Case(
            [25: "  recorder: {incoming: 1000}"],
            .wrongValue,
            "25:24: expected a size with its unit (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB) such as 64 KiB, "
                + "found “1000”"
        ),
        Case(
            [25: "  recorder: {uploads: 0}"],
            .wrongValue,
            "25:23: expected a whole number from 1 to 10000, found “0”"
        ),
        Case(
            [25: "  recorder: {accesses_per_day: 5}"],
            .wrongValue,
            "25:32: expected no accesses_per_day for a role without the action open, found “5”"
        ),
        Case(
            [25: "  recorder: {accesses_per_hour: 5}"],
            .wrongValue,
            "25:33: expected no accesses_per_hour for a role without the action open, found “5”"
        ),
        // Once the day is used up the hour never is: somebody has mixed them up.
        Case(
            [26: "  archivist: {accesses_per_hour: 4, accesses_per_day: 3}"],
            .wrongValue,
            "26:34: expected at most 3, which is what accesses_per_day allows in all, found “4”"
        ),
        Case(
            [26: "  archivist: {accesses_per_hour: 0}"],
            .wrongValue,
            "26:34: expected a whole number from 1 to 1000000, found “0”"
        ),
        Case(
            [25: "  auditor: {incoming: 1 GB}"],
            .wrongValue,
            "25:23: expected no incoming for a role without the action send, found “1 GB”"
        ),
        Case(
            [25: "  recorder: {downloads: 5}"],
            .unknownKey,
            "25:14: expected one of the keys accesses_per_day, accesses_per_hour, incoming, uploads, found “downloads”"
        ),
        Case(
            [28: "  second_person_from: middle"],
            .wrongValue,
            "28:23: expected one of low, high, never, found “middle”"
        ),
        Case(
            [28: "  second_person: high"],
            .missingKey,
            "28:3: expected the key second_person_from, found “second_person”"
        ),
        Case([27: "grant:"], .missingKey, "27:1: expected the key grants, found “grant”"),
        Case(
            [28: "  second_person_from: high\nusers: []"],
            .unknownKey,
            "29:1: expected one of the keys compartments, grants, levels, quotas, roles, units, found “users”"
        ),
    ]

    @Test(arguments: levels + laxer + rest)
    func `a mistake is refused at its place`(_ mistaken: Case) {
        let error = mistake(in: SmallPolicy.text(mistaken.edits))
        #expect(error?.description == "policy.yaml:" + mistaken.message)
        #expect(error?.code == mistaken.code)
    }

    @Test(
        arguments: [
            [8: "    index: full\n    index: none"], [19: "  recorder: {actions: [send]}\n  recorder: {actions: []}"],
            [28: "  second_person_from: high\nunits: [one]"],
        ] as [[Int: String?]]
    )
    func `what is said twice is refused`(edits: [Int: String?]) {
        #expect(mistake(in: SmallPolicy.text(edits))?.code == .duplicateKey)
    }

    @Test func `no policy gives a role what it never does`() {
        var refused = 0
        for role in Role.allCases {
            for action in Action.allCases where rows[role]?.contains(action.rawValue) == false {
                let line = "  \(role.rawValue): {actions: [\(action.rawValue)]}"
                var edits: [Int: String?] = [12: "    approvals: {count: 0}", 24: nil, 25: nil, 26: nil]
                let places: [Role: Int] = [
                    .recorder: 19, .archivist: 20, .recordsManager: 21, .auditor: 22, .transcriber: 23,
                ]
                // The administrator has no line there; it gets one in the place of the auditor's.
                edits[places[role] ?? 22] = line
                let error = mistake(in: SmallPolicy.text(edits))
                #expect(error?.line == places[role] ?? 22, "\(role) \(action)")
                #expect(error?.column == 16 + role.rawValue.count, "\(role) \(action)")
                #expect(error?.code == .wrongValue)
                #expect(error?.message.hasPrefix("expected only what role \(role.rawValue) can be given (") == true)
                refused += 1
            }
        }
        #expect(refused == 6 * 15 - 22)
    }

    @Test func `damaged text is read or refused and never traps`() {
        var random = SeededGenerator(seed: 7)
        let letters = Array("abz09-_:,[]{}#\"' \n&*!|>?\u{0}é".utf8)
        var (read, refused) = (0, 0)
        for _ in 0..<3000 {
            var bytes = Array(SmallPolicy.text().utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = letters.randomElement(using: &random) ?? 0
                case 1: bytes.removeSubrange(place..<min(place + 20, bytes.count))
                default: bytes.insert(letters.randomElement(using: &random) ?? 0, at: place)
                }
            }
            if let error = mistake(in: String(decoding: bytes, as: UTF8.self)) {
                #expect(error.line >= 1 && error.column >= 1)
                refused += 1
            } else {
                read += 1
            }
        }
        #expect(refused > 1000 && read > 10, "\(refused) refused, \(read) read")
    }
}
