import ArchiveCore
import ArchiveInterface
import Auditing
import Foundation
import Testing

/// Rights come of entries; an archive that says something else is told.
@Suite("Who may what, by the log")
struct PrincipalsQuestionTests {
    private static let now = "2026-11-18T05:00:00.000Z"

    /// A log in which `persons` were added with the rights that the directory of `log` has, in its order.
    private func log(_ principals: [AuditDirectory.Entry]) throws -> MadeLog {
        var log = try MadeLog(hasOffice: false, principals)
        for entry in principals { try log.grant(entry) }
        return log
    }

    private func rows(
        _ log: MadeLog,
        texts: [EntryTexts.Text]? = nil,
        before size: Int? = nil
    ) throws -> [PrincipalRecord] {
        var question = PrincipalsQuestion()
        question.read(all: log.entries)
        return try question.rows(
            log.directory,
            before: size ?? log.entries.count,
            texts ?? log.texts,
            at: try MadeLog.time(Self.now)
        )
    }

    private func row(_ letter: Character, _ log: MadeLog) throws -> PrincipalRecord {
        try #require(try rows(log).first { $0.principal.description == MadeLog.id(letter) })
    }

    @Test func `their last use and those who should be gone`() throws {
        var log = try log([
            MadeLog.person("a", "Sari", state: .disabled), MadeLog.person("b", "Sari", sameAs: "a"),
            // The end is now, or a millisecond later.
            MadeLog.person("c", "Budi", state: .expired, ends: Self.now),
            MadeLog.person("d", "Umar", ends: "2026-11-18T05:00:00.001Z"),
            MadeLog.person("e", "", erased: true),
        ])
        try log.add("2026-11-18T02:00:00Z", "b", "recording.list")
        try log.add("2026-11-18T03:00:00Z", "b", "connection.refuse", refused: true, ["reason": "certificate-expired"])
        let rows = try rows(log)
        #expect(rows.map(\.leaver) == [nil, .personDisabled, .ended, nil, nil])
        #expect(rows[1].lastUse == (try MadeLog.time("2026-11-18T02:00:00Z")))
        #expect(rows[1].history?.grantedBy == "uid:0" && rows[1].history?.confirmedBy == "uid:1000")
        let differing = rows.count { !$0.differs.isEmpty }
        #expect(differing == 0)
        let erased = PrincipalNames(log.directory).name(of: MadeLog.id("e"))
        #expect(erased == "erased" || erased == "dihapus")
        #expect(PrincipalNames(log.directory).name(of: "service") == nil)
    }

    @Test func `what was granted, confirmed, changed and closed`() throws {
        var log = try log([MadeLog.person("a", "Sari", clearance: "rahasia:anggaran")])
        let grant = try #require(try row("a", log).history)
        #expect(grant.grant.clearance.description == "rahasia:anggaran" && grant.grant.unit == "umum")
        #expect(grant.role == .archivist && grant.enrolled != nil && grant.renewed == nil && !grant.waits)
        // A change that waits gives what it takes away at once.
        try log.add(
            "2026-06-01T01:00:00Z",
            nil,
            "principal.set",
            object: MadeLog.id("a"),
            label: "sangat-rahasia",
            [
                "was": "rahasia:anggaran", "unit": "hukum", "floor": "", "waits": "true", "given-unit": "umum",
                "given-floor": "", "given-clearance": "rahasia", "given-ends": "2027-01-01T00:00:00.000Z",
            ]
        )
        var history = try #require(try row("a", log).history)
        #expect(history.grant.clearance.description == "rahasia" && history.grant.unit == "umum" && history.waits)
        #expect(history.grant.validity.ends == (try MadeLog.time("2027-01-01T00:00:00Z")))
        // What was refused to a second person changes nothing; the second person's word does.
        let asked = ["change": "true", "asked-by": "uid:0", "unit": "hukum", "floor": "terbatas"]
        try log.add("2026-06-01T02:00:00Z", "a", "principal.confirm", object: MadeLog.id("a"), refused: true, asked)
        #expect(try row("a", log).history?.waits == true)
        try log.add(
            "2026-06-01T03:00:00Z",
            "m",
            "principal.confirm",
            object: MadeLog.id("a"),
            label: "sangat-rahasia",
            asked
        )
        history = try #require(try row("a", log).history)
        #expect(history.grant.clearance.description == "sangat-rahasia" && history.grant.unit == "hukum")
        #expect(history.grant.floor?.description == "terbatas" && history.confirmedBy == MadeLog.id("m"))
        #expect(!history.waits && history.grant.validity.ends == nil)
        // Units get other names, keys are lost, and it ends.
        try log.add("2026-07-01T01:00:00Z", nil, "unit.rename", ["from": "hukum", "to": "biro-hukum"])
        try log.add("2026-07-02T01:00:00Z", "a", "certificate.renew", object: MadeLog.id("a"), ["key": "k"])
        try log.add("2026-07-03T01:00:00Z", nil, "principal.renew", object: MadeLog.id("a"), ["lost": "true"])
        try log.add("2026-07-04T01:00:00Z", nil, "principal.disable", object: MadeLog.id("a"))
        history = try #require(try row("a", log).history)
        let now = try MadeLog.time(Self.now)
        #expect(history.grant.unit == "biro-hukum" && history.state(at: now) == .disabled)
        #expect(history.renewed == (try MadeLog.time("2026-07-02T01:00:00Z")))
        #expect(history.lost == (try MadeLog.time("2026-07-03T01:00:00Z")))
        #expect(history.disabled == (try MadeLog.time("2026-07-04T01:00:00Z")))
        // The directory of the test still has what was granted first.
        #expect(try row("a", log).differs == [.clearance, .unit, .floor, .state, .confirmedBy])
    }

    @Test func `an archive that says something else is found out, field by field`() throws {
        let honest = try log([
            MadeLog.person("a", "Sari"), MadeLog.person("b", "Budi"), MadeLog.person("c", "Budi", sameAs: "b"),
        ])
        #expect(try rows(honest).allSatisfy(\.differs.isEmpty))
        typealias Lie = (inout AuditDirectory.Entry) throws -> Void
        let lies: [(PrincipalRecord.Difference, Lie)] = [
            (.role, { $0.role = .auditor }),
            (.clearance, { $0.clearance = try #require(Label(parsing: "biasa")) }),
            (.clearance, { $0.clearance = try #require(Label(parsing: "rahasia:anggaran")) }),
            (.unit, { $0.unit = "hukum" }),
            (.floor, { $0.floor = Label(parsing: "biasa") }),
            (.validity, { $0.ends = try MadeLog.time("2027-01-01T00:00:00Z") }),
            (.validity, { $0.starts = try MadeLog.time("2026-01-01T00:00:00Z") }),
            (.state, { $0.state = .disabled }), (.state, { $0.state = .invited }),
            (.grantedBy, { $0.addedBy = "uid:5" }), (.confirmedBy, { $0.confirmedBy = nil }),
            (.name, { $0.name = "Umar" }), (.person, { $0.person = "Umar" }),
            // Two of one person are said to be two.
            (.person, { $0.samePersonAs = $0.principal }),
        ]
        for (field, lie) in lies {
            var log = honest
            try lie(&log.directory.principals[2])
            let found = try rows(log)
            #expect(found[2].differs.contains(field), "\(field): \(found[2].differs)")
            // What is shown is what was logged.
            let logged = try rows(honest)[2]
            #expect(found[2].history == logged.history && found[2].name == "Budi")
            #expect(found[0].differs.isEmpty)
        }
        // One is kept silent, one was never added.
        var hidden = honest
        let removed = hidden.directory.principals.remove(at: 0)
        #expect(try rows(hidden).first?.differs == [.absentFromDirectory])
        #expect(try rows(hidden).first?.name == removed.name)
        var invented = honest
        invented.directory.principals.append(try MadeLog.person("x", "Hantu", role: .auditor))
        let ghost = try #require(try rows(invented).last)
        #expect(ghost.differs == [.absentFromLog] && ghost.history == nil && ghost.name == "Hantu")
        // Another name than the one that was committed to, given with another text.
        var texts = honest.texts
        texts[0].text = "Umar"
        #expect(throws: ArchiveError.self) { try rows(honest, texts: texts) }
        // Where the names were erased there is nothing to compare them with.
        #expect(try rows(honest, texts: []).allSatisfy(\.differs.isEmpty))
    }

    @Test func `what changed while the archive was asked is not held against it`() throws {
        var log = try log([MadeLog.person("a", "Sari"), MadeLog.person("b", "Budi")])
        let size = log.entries.count
        try log.add("2026-11-18T03:00:00Z", nil, "principal.disable", object: MadeLog.id("a"))
        #expect(try rows(log, before: size).allSatisfy(\.differs.isEmpty))
        #expect(try rows(log).map(\.differs) == [[.state], []])
    }
}
