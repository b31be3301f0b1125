import AccessPolicy
import ArchiveConfiguration
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import TestSupport
import Testing
import Vault

@testable import ArchiveServer

@Suite("Units are renamed, merged and split")
struct UnitTests {
    private static let both = "units: [umum, biro]"

    private func archive() async throws -> ServedArchive {
        try await ServedArchive(Date(timeIntervalSinceNow: -10)) { root in
            try LiveArchive.edit(Self.config(root), "policy.yaml", "units: [umum]", Self.both)
        }
    }

    private static func config(_ root: String) -> URL { URL(filePath: root).appending(path: "Config") }

    private func edit(_ archive: ServedArchive, _ text: String, _ replacement: String) throws {
        try LiveArchive.edit(Self.config(archive.folder.file("archive")), "policy.yaml", text, replacement)
    }

    private func storing(_ archive: ServedArchive, unit: String) throws -> Peer.Ask {
        let recipient = try #require(try archive.archive.vault.recipients(of: Level("biasa")))
        let sealed = try MadeRecording.seal([UInt8](MadeStream.fresh()), to: [recipient.x25519])
        let query = "level=biasa&unit=\(unit)&series=rapat&title=Rapat&meeting=Pleno"
        return Peer.Ask(method: "PUT", path: "/v1/recordings?\(query)", body: Data(sealed.bytes))
    }

    private func store(_ archive: ServedArchive, _ who: String, unit: String) throws -> String {
        let stored = try archive.peer(who).ask([storing(archive, unit: unit)])[0].answer
        return try #require(stored.json["id"] as? String, "\(stored.text)")
    }

    private func units(_ archive: ServedArchive, _ who: String) throws -> [String: String] {
        let answer = try archive.peer(who).ask([Peer.Ask(method: "GET", path: "/v1/recordings?limit=500")])[0].answer
        let recordings = try #require(answer.json["recordings"] as? [[String: Any]], "\(answer.text)")
        return recordings.reduce(into: [:]) { $0[$1["id"] as? String ?? ""] = $1["unit"] as? String }
    }

    private func renames(_ archive: Archive) async throws -> [[String: String]] {
        var filter = EntryFilter()
        filter.action = Archive.unitRenamed
        return try await archive.catalogue.read { [filter] in try $0.entries(filter, limit: 100) }
            .compactMap { LogEntry(leaf: $0.leaf)?.details }
    }

    private func reload(_ archive: ServedArchive) async throws -> [ConfigurationMistake] {
        guard case .refused(let mistakes) = try await archive.archive.reloadRules() else { return [] }
        return mistakes
    }

    @Test func `what belonged to old names belongs to the new one, once`() async throws {
        let archive = try await archive()
        for unit in ["umum", "biro"] {
            try await archive.enrol("perekam-\(unit)", .recorder, unit: unit)
            try await archive.enrol("arsip-\(unit)", .archivist, unit: unit)
        }
        let (one, two) = (
            try store(archive, "perekam-umum", unit: "umum"), try store(archive, "perekam-biro", unit: "biro")
        )
        #expect(try units(archive, "arsip-umum") == [one: "umum"])
        // The same meeting was announced in both, and another in one.
        for (unit, meeting) in [("umum", "Pleno"), ("biro", "Pleno"), ("biro", "Biro")] {
            let body = #"{"meeting":"\#(meeting)","starts":"2026-11-21T10:00:00Z","duration":60}"#
            let ask = Peer.Ask(method: "POST", path: "/v1/expectations", body: Data(body.utf8))
            #expect(try archive.peer("arsip-\(unit)").ask([ask])[0].answer.status == 201)
        }
        try edit(archive, Self.both, "units: [{name: setjen, formerly: [umum, biro, tata-usaha]}]")
        #expect(try await reload(archive).isEmpty)
        for unit in ["umum", "biro"] { #expect(try units(archive, "arsip-\(unit)") == [one: "setjen", two: "setjen"]) }
        let whoami = try archive.peer("arsip-biro").ask([Peer.Ask(method: "GET", path: "/v1/whoami")])[0].answer
        #expect(whoami.json["unit"] as? String == "setjen")
        let meetings = try archive.peer("arsip-umum").ask([Peer.Ask(method: "GET", path: "/v1/expectations")])[0].answer
        let announced = try #require(meetings.json["expectations"] as? [[String: Any]])
        #expect(announced.compactMap { $0["meeting"] as? String }.sorted() == ["Biro", "Pleno"])
        #expect(announced.allSatisfy { $0["unit"] as? String == "setjen" })
        let expected = [
            ["from": "biro", "to": "setjen", "recordings": "1", "principals": "2", "announcements": "2"],
            ["from": "umum", "to": "setjen", "recordings": "1", "principals": "2", "announcements": "1"],
        ]
        #expect(try await renames(archive.archive) == expected)
        #expect(try await reload(archive).isEmpty)
        #expect(try await renames(archive.archive) == expected)
        // A recorder that was set up before says the old name still; so does somebody who looks for it.
        let three = try store(archive, "perekam-biro", unit: "biro")
        let found = try archive.peer("arsip-umum").ask([Peer.Ask(method: "GET", path: "/v1/recordings?unit=biro")])[0]
            .answer
        #expect((found.json["recordings"] as? [Any])?.count == 3, "\(found.text)")
        #expect(try units(archive, "arsip-umum")[three] == "setjen")
        #expect(try await archive.archive.verification().whole)
        try await archive.close()
        // The next start finds nothing to do.
        let again = try await Archive.open(root: archive.folder.file("archive"), clock: archive.clock)
        #expect(try await renames(again) == expected)
        try again.close()
    }

    @Test func `what a principal is to be given goes with the name`() async throws {
        let archive = try await archive()
        let id = try await archive.enrol("sari", .archivist, unit: "umum")
        let now = archive.clock.now
        try await archive.archive.catalogue.write { writer in
            let row = try #require(try writer.reader.principal(id, at: now))
            var grant = row.grant
            grant.unit = "biro"
            try writer.setGrantChange(GrantChange(principal: id, grant: grant, askedBy: "uid:0", asked: now))
        }
        // Nothing else belongs to that unit, and still it cannot be left out.
        try edit(archive, Self.both, "units: [umum]")
        #expect(try await reload(archive).map(\.code) == ["wrong-value"])
        try edit(archive, "units: [umum]", "units: [umum, {name: setjen, formerly: [biro]}]")
        #expect(try await reload(archive).isEmpty)
        let waiting = try await archive.archive.catalogue.read { try $0.grantChange(of: id) }
        #expect(waiting?.grant.unit == "setjen")
        #expect(try await renames(archive.archive).map { $0["principals"] } == ["0"])
        // Whoever gives it by its old name gives the present one.
        var change = PrincipalChange(id)
        change.unit = "biro"
        let given = try await archive.archive.set(change, by: .hostUser(0))
        #expect(given.grant.unit == "setjen" || given.waiting?.grant.unit == "setjen")
        try await archive.close()
    }

    @Test func `a unit that is in use is not left out`() async throws {
        let archive = try await archive()
        try await archive.enrol("perekam", .recorder, unit: "biro")
        try await archive.enrol("arsip", .archivist, unit: "biro")
        let id = try store(archive, "perekam", unit: "biro")
        try edit(archive, Self.both, "units: [umum]")
        let mistakes = try await reload(archive)
        let mistake = try #require(mistakes.first)
        #expect(mistakes.count == 1 && mistake.code == "wrong-value" && mistake.column == 8)
        #expect(mistake.message.contains("the unit biro among these, for 1 recordings and 2 principals have it"))
        #expect(mistake.message.contains("{name: NEW, formerly: [biro]}"))
        let line = try #require(mistake.line)
        let text = try String(contentsOfFile: archive.folder.file("archive/Config/policy.yaml"), encoding: .utf8)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false)[line - 1] == "units: [umum]")
        // The old rules stay in force, and the log says that somebody tried.
        #expect(archive.archive.policy.units == ["umum", "biro"])
        #expect(try units(archive, "arsip") == [id: "biro"])
        var filter = EntryFilter()
        filter.action = Archive.policyLoaded
        let loads = try await archive.archive.catalogue.read { [filter] in try $0.entries(filter, limit: 100) }
            .compactMap { LogEntry(leaf: $0.leaf) }
        #expect(loads.last?.decision == .refuse && loads.last?.details["line"] == String(line))
        try await archive.close()
        // A start refuses it with the same words, changes nothing, and lets the archive be opened again.
        let root = archive.folder.file("archive")
        let refusal = await #expect(throws: ArchiveError.self) {
            _ = try await Archive.open(root: root, clock: archive.clock)
        }
        #expect(refusal?.code == .configuration)
        #expect(
            refusal?.message.contains("policy.yaml:\(line):8: expected the unit biro") == true,
            "\(String(describing: refusal))"
        )
        // Said what it has become, it is loaded at the start.
        try edit(archive, "units: [umum]", "units: [{name: umum, formerly: [biro]}]")
        let merged = try await Archive.open(root: root, clock: archive.clock)
        #expect(try await renames(merged).map { $0["to"] } == ["umum"])
        #expect(
            try await merged.catalogue.read { try $0.unitsInUse() } == ["umum": UnitUse(recordings: 1, principals: 2)]
        )
        #expect(try await merged.verification().whole)
        try merged.close()
    }

    /// Recordings that come while units are merged end in the unit that there is then.
    @Test func `recordings come while units are merged`() async throws {
        let archive = try await archive()
        try await archive.enrol("perekam", .recorder, unit: "biro")
        try edit(archive, Self.both, "units: [{name: umum, formerly: [biro]}]")
        let asks = try (0..<12).map { _ in try storing(archive, unit: "biro") }
        async let mistakes = reload(archive)
        // One program sends them all: it blocks this thread, and the service has the others.
        let answers = try archive.peer("perekam").ask(asks).map(\.answer)
        #expect(try await mistakes.isEmpty)
        #expect(answers.map(\.status) == Array(repeating: 201, count: asks.count))
        let use = try await archive.archive.catalogue.read { try $0.unitsInUse() }
        #expect(use == ["umum": UnitUse(recordings: 12, principals: 1)])
        try await archive.close()
    }

    @Test func `config check says what it can without the catalogue`() async throws {
        let archive = try await archive()
        try edit(archive, Self.both, "units: [umum, {name: biro, formerly: [umum]}]")
        let root = archive.folder.file("archive")
        let checked = try Program.run(
            LiveArchive.programs.appending(path: "risalahd").path,
            ["config", "check", "--root", root],
            environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]
        )
        #expect(checked.status == 78)
        #expect(
            checked.errorText.contains(/policy\.yaml:\d+:39: expected a name that no unit of this file has/),
            "\(checked.errorText)"
        )
        try await archive.close()
    }
}
