import ArchiveConfiguration
import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Retention
import Retrieval
import Testing
import Vault

/// Due, why, and what is decided of one recording; and what a changed schedule does.
@Suite struct ReviewTests {
    private static let day = ListScene.day

    private func due(_ scene: ListScene, within days: Double = 0, by member: ArchiveFixture.Member? = nil) async throws
        -> [RecordingID: String]
    {
        var (found, cursor): ([RecordingID: String], String?) = ([:], nil)
        let until = scene.archive.clock.now.addingTimeInterval(days * Self.day)
        repeat {
            let page = try await scene.desk.due(
                until: until,
                series: nil,
                limit: 2,
                cursor: cursor,
                by: (member ?? scene.wati).caller
            )
            for item in page.items {
                found[item.row.id] = [item.verdict.name, item.verdict.obstacle?.rawValue].compactMap(\.self)
                    .joined(separator: " ")
            }
            cursor = page.next
        } while cursor != nil
        return found
    }

    @Test func reviewIsForPeople() async throws {
        let scene = try await ListScene(4, series: "rapat")
        let ids = scene.recordings
        #expect(try await due(scene) == ids.reduce(into: [:]) { $0[$1] = "review" })
        #expect(await archiveError { _ = try await due(scene, by: scene.sari) }?.code == .refused)
        // Nobody puts on a list what they have not named.
        #expect(await archiveError { _ = try await scene.propose(series: "rapat") }?.code == .conflict)
        let later = scene.archive.clock.now.addingTimeInterval(100 * Self.day)
        let extended = try await scene.desk.decide(
            ids[0],
            .extend(until: later),
            because: "Masih dipakai",
            by: scene.wati.caller
        )
        #expect(extended.due == later && extended.extendedUntil == later && !extended.needsApproval)
        let kept = try await scene.desk.decide(ids[1], .permanent, because: "Bersejarah", by: scene.wati.caller)
        #expect(kept.isPermanent)
        _ = try await scene.desk.hold(.recordings([ids[2]]), matter: "m", because: "r", by: scene.wati.caller)
        #expect(try await due(scene) == [ids[1]: "transfer", ids[2]: "skip held", ids[3]: "review"])
        let list = try await scene.propose(series: nil, [ids[3]])
        #expect(
            try await due(scene, within: 100) == [
                ids[0]: "review", ids[1]: "transfer", ids[2]: "skip held", ids[3]: "skip listed",
            ]
        )
        for id in [ids[0], ids[1], ids[2]] {
            #expect(await archiveError { _ = try await scene.propose(series: nil, [id]) }?.code == .conflict)
        }
        try await scene.approve(list)
        scene.archive.clock.advance(by: 2 * Self.day)
        #expect(try await scene.run() == [ids[3]: "destroyed"])
        // What is permanent goes to another archive, whatever its series says.
        let transfer = try await scene.propose(.transfer, series: "rapat")
        #expect(try await scene.view(transfer, .transfer).outcomes == [.listed: 1])
    }

    @Test func decisionsOnlyKeepLongerOrAskMorePeople() async throws {
        let scene = try await ListScene(1, series: "coba")
        let (archive, id) = (scene.archive, scene.recordings[0])
        let now = archive.clock.now
        func decide(_ decision: RecordsDesk.ReviewDecision, by member: ArchiveFixture.Member? = nil) async throws {
            _ = try await scene.desk.decide(id, decision, because: "Alasan", by: (member ?? scene.wati).caller)
        }
        for until in [now.addingTimeInterval(-Self.day), now, now.addingTimeInterval(101 * 366 * Self.day)] {
            #expect(await archiveError { try await decide(.extend(until: until)) }?.code == .conflict, "\(until)")
        }
        #expect(await archiveError { try await decide(.count(from: now)) }?.code == .conflict)
        #expect(await archiveError { try await decide(.permanent, by: scene.sari) }?.code == .refused)
        #expect(
            await archiveError { try await decide(.permanent, by: scene.sender) }?.description
                == ArchiveError.notFound.description
        )
        // Counted from earlier it is due sooner: nobody does that alone.
        try await decide(.count(from: now.addingTimeInterval(-60 * Self.day)))
        let row = try #require(try await archive.catalogue.read { try $0.recording(id) })
        #expect(row.due == now.addingTimeInterval(-30 * Self.day) && row.needsApproval)
        #expect(try await archive.retention.propose(by: ListScene.administrator).isEmpty)
        try await decide(.extend(until: now.addingTimeInterval(5 * Self.day)))
        let why = try await scene.desk.explain(id, by: scene.wati.caller)
        #expect(why.verdict == .keep(until: now.addingTimeInterval(5 * Self.day)))
        #expect(why.counted == now.addingTimeInterval(-60 * Self.day) && why.holds == 0)
        #expect(why.reckoned == now.addingTimeInterval(-30 * Self.day))
        let hidden = try await scene.desk.explain(id, by: scene.sari.caller)
        #expect(hidden.holds == nil && hidden.item == nil && hidden.verdict == why.verdict)
        let host = try await scene.desk.explain(id, for: ListScene.administrator)
        #expect(host.series?.code == "coba" && host.row.due == now.addingTimeInterval(5 * Self.day))
        let absent = await archiveError { _ = try await scene.desk.explain(RecordingID(), by: scene.sari.caller) }
        let none = await archiveError { _ = try await scene.desk.explain(id, by: scene.sender.caller) }
        #expect(absent?.description == ArchiveError.notFound.description && none?.description == absent?.description)
    }

    // MARK: A changed schedule

    private func replace(_ old: String, _ new: String, in scene: ListScene) throws {
        let yaml = ListScene.yaml.replacing(old, with: new)
        try #require(yaml != ListScene.yaml)
        let schedule = try Schedule(yaml: yaml, file: "retention.yaml")
        scene.archive.rules.replace(with: Rules(policy: scene.archive.policy, schedule: schedule))
    }

    @Test func aChangedScheduleDatesItsRecordingsAnew() async throws {
        let scene = try await ListScene(4, series: "kerja")
        let (archive, ids) = (scene.archive, scene.recordings)
        // Nothing has changed: nothing is said.
        #expect(try await archive.retention.date(by: .service) == [:])
        #expect(try await archive.retention.date(by: .service) == [:])
        let received = try #require(try await archive.catalogue.read { try $0.recording(ids[0])?.received })
        let from = received.addingTimeInterval(-10 * Self.day)
        _ = try await scene.desk.decide(ids[1], .count(from: from), because: "x", by: scene.wati.caller)
        let until = received.addingTimeInterval(400 * Self.day)
        _ = try await scene.desk.decide(ids[2], .extend(until: until), because: "x", by: scene.wati.caller)
        let list = try await scene.frozen(series: nil, [ids[3]])
        try replace(
            "code: kerja, name: {en: E, id: I}, active: P30D",
            "code: kerja, name: {en: E, id: I}, active: P60D",
            in: scene
        )
        // Longer from the moment that it is in force, before anything was dated anew.
        archive.clock.advance(by: 2 * Self.day)
        #expect(try await scene.run() == [ids[3]: "not-due"])
        #expect(try await archive.retention.date(by: .service) == ["kerja": 3])
        func dues() async throws -> [Date?] {
            try await archive.catalogue.read { reader in try ids.map { try reader.recording($0)?.due } }
        }
        let sixty = received.addingTimeInterval(60 * Self.day)
        #expect(try await dues() == [sixty, from.addingTimeInterval(60 * Self.day), until, sixty])
        #expect(try await archive.retention.date(by: .service) == [:])
        // And back: shorter counts once it is dated.
        archive.rules.replace(
            with: Rules(
                policy: archive.policy,
                schedule: try Schedule(yaml: ListScene.yaml, file: "retention.yaml")
            )
        )
        #expect(await archiveError { _ = try await scene.propose(series: nil, [ids[0]]) }?.code == .conflict)
        #expect(try await archive.retention.date(by: .service) == ["kerja": 3])
        _ = try await scene.propose(series: nil, [ids[0]])
        #expect(try await scene.view(list).row.state == .done)
        let entries = try await archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.action = "schedule.redate"
            return try reader.entries(filter, limit: 9).compactMap { LogEntry(leaf: $0.leaf)?.details }
        }
        #expect(entries.map { $0["count"] } == ["3", "3"])
        #expect(entries.map { $0["to"] } == ["P60D + P0D GMT", "P30D + P0D GMT"])
    }
}
