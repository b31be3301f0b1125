import ArchiveCore
import ArchiveTesting
import AuditLog
import BlobStore
import Catalogue
import Foundation
import GRDB
import Ingest
import Retention
import Retrieval
import Testing
import Vault

/// Proposed, spoken of, approved by another, frozen, cooled, executed exactly.
@Suite struct ListTests {
    private static let day = ListScene.day

    @Test func aListFromBeginningToEnd() async throws {
        let scene = try await ListScene()
        let (desk, archive) = (scene.desk, scene.archive)
        // The schedule itself takes nothing of a series that asks people.
        #expect(try await archive.retention.propose(by: ListScene.administrator).isEmpty)
        let list = try await scene.propose()
        #expect(await archiveError { _ = try await scene.propose() }?.code == .conflict)
        _ = try await desk.state(
            .opinion,
            StatementContent(text: "Tidak bernilai guna", by: "Panitia Penilai"),
            on: list,
            of: .destructions,
            by: scene.wati.caller
        )
        let pdf = Data("%PDF-1.7 surat persetujuan".utf8)
        let letter = try await desk.state(
            .letter,
            StatementContent(by: "ANRI", number: "B-12/2026", date: "2026-10-01"),
            scan: ("application/pdf", pdf),
            on: list,
            of: .destructions,
            by: scene.wati.caller
        )
        let scan = try await desk.scan(letter, on: list, of: .destructions, by: scene.eko.caller)
        #expect(scan.type == "application/pdf" && scan.bytes == pdf)
        // As many witnesses as the series wants, and another person than who proposed.
        #expect(await archiveError { try await scene.approve(list) }?.code == .conflict)
        try await scene.witness(list)
        #expect(await archiveError { try await scene.witness(list) }?.code == .conflict)
        // Who witnessed it as it was has to see what is left.
        let seen = try await scene.digest(list)
        let struck = try await desk.strike(
            [scene.recordings[1]],
            off: list,
            of: .destructions,
            because: "Masih diperlukan",
            by: scene.eko.caller
        )
        #expect(struck.outcomes == [.listed: 2, .struck: 1] && struck.witnessesGiven == 0)
        #expect(await archiveError { try await scene.approve(list) }?.code == .conflict)
        try await scene.witness(list)
        let stale = await archiveError {
            _ = try await desk.approve(list, of: .destructions, seen: seen, because: nil, by: scene.eko.caller)
        }
        #expect(stale?.code == .stale)
        let frozen = try await scene.approve(list)
        #expect(frozen.row.state == .frozen && frozen.row.witnesses == 1 && frozen.row.approvedBy == scene.eko.id)
        #expect(frozen.row.executable == archive.clock.now.addingTimeInterval(2 * Self.day))
        #expect(
            frozen.statements?.map(\.row.kind) == [
                .proposal, .opinion, .letter, .witness, .strike, .witness, .approval,
            ]
        )
        // Frozen: nothing is added to it, and nobody gets a new access to what is on it.
        #expect(await archiveError { try await scene.witness(list) }?.code == .conflict)
        #expect(await archiveError { try await scene.approve(list) }?.code == .conflict)
        #expect(await scene.open(scene.recordings[0])?.code == .refused)
        #expect(await scene.open(scene.recordings[1]) == nil)
        archive.clock.advance(by: 2 * Self.day - 1)
        #expect(try await scene.run().isEmpty)
        archive.clock.advance(by: 1)
        let outcomes = try await scene.run()
        #expect(outcomes == [scene.recordings[0]: "destroyed", scene.recordings[2]: "destroyed"])
        #expect(try await scene.state(scene.recordings[1]) == .stored)
        let done = try await scene.view(list)
        #expect(done.row.state == .done && done.outcomes == [.destroyed: 2, .struck: 1])
        #expect(
            await archiveError {
                _ = try await desk.cancel(list, of: .destructions, because: "x", by: scene.wati.caller)
            }?.code == .conflict
        )
        let actions = try await scene.actions("destruction", on: list.description)
        let decided = actions.filter { $0 != "destruction.show" }
        #expect(
            decided
                == [
                    "propose", "opine", "letter", "witness", "strike", "witness", "approve", "end",
                ].map { "destruction.\($0)" }
        )
        for word in ["bernilai guna", "Panitia", "B-12/2026", "Masih diperlukan", "surat persetujuan"] {
            #expect(try files(below: archive.layout.storage, containing: Data(word.utf8)).isEmpty, "\(word)")
        }
        #expect(try await archive.log.verify().fault == nil)
    }

    @Test func persons_NotPrincipals_Count() async throws {
        let scene = try await ListScene()
        let twin = try await scene.archive.member(.recordsManager, person: scene.person)
        let list = try await scene.propose()
        for member in [scene.wati, twin] {
            #expect(await archiveError { try await scene.witness(list, by: member) }?.code == .refused)
        }
        // Who approves does not count as a witness.
        try await scene.witness(list, by: scene.eko)
        #expect(await archiveError { try await scene.approve(list) }?.code == .conflict)
        try await scene.witness(list)
        for member in [scene.wati, twin] {
            #expect(await archiveError { try await scene.approve(list, by: member) }?.code == .refused)
            let refusal = await archiveError {
                _ = try await scene.desk.refuse(list, of: .destructions, because: "x", by: member.caller)
            }
            #expect(refusal?.code == .refused)
        }
        #expect(await archiveError { try await scene.approve(list, by: scene.sari) }?.code == .refused)
        try await scene.approve(list)
    }

    /// What has changed since it was frozen is left as it is, each with its reason.
    @Test func itemsAreSkippedWithTheirReasons() async throws {
        let scene = try await ListScene(6)
        let (archive, ids) = (scene.archive, scene.recordings)
        // Nobody waits, so that what is open when it is frozen is so when it runs.
        let hasty = ListScene.yaml.replacing("witnesses: 1, cooling: P2D", with: "witnesses: 1, cooling: P0D")
        let schedule = try Schedule(yaml: hasty, file: "retention.yaml")
        archive.rules.replace(with: Rules(policy: archive.policy, schedule: schedule))
        let list = try await scene.propose()
        try await scene.witness(list)
        #expect(await scene.open(ids[1]) == nil)
        try await scene.approve(list)
        _ = try await scene.desk.hold(.recordings([ids[0]]), matter: "m", because: "r", by: scene.wati.caller)
        let later = archive.clock.now.addingTimeInterval(90 * Self.day)
        _ = try await scene.desk.decide(ids[2], .extend(until: later), because: "Masih dipakai", by: scene.wati.caller)
        _ = try await scene.desk.decide(ids[3], .permanent, because: "Bersejarah", by: scene.wati.caller)
        _ = try await archive.retrieval.correct(
            ids[4],
            Correction(series: "rapat", reason: "Salah jenis"),
            by: scene.wati.caller
        )
        let outcomes = try await scene.run()
        #expect(
            outcomes == [
                ids[0]: "held", ids[1]: "accessed", ids[2]: "not-due", ids[3]: "permanent", ids[4]: "series-changed",
                ids[5]: "destroyed",
            ]
        )
        let items = try await scene.desk.items(of: list, .destructions, limit: 4, cursor: nil, by: scene.wati.caller)
        let rest = try await scene.desk.items(
            of: list,
            .destructions,
            limit: 4,
            cursor: items.next,
            by: scene.wati.caller
        )
        #expect(rest.next == nil)
        let all = (items.items + rest.items).reduce(into: [:]) {
            $0[$1.item.recording] = $1.item.reason ?? $1.item.outcome.rawValue
        }
        #expect(all == outcomes)
        #expect(Set((items.items + rest.items).compactMap(\.title)) == Set((0..<5).map { "Rapat \($0)" }))
        for id in ids.dropLast() { #expect(try archive.vault.holdsKeys(of: id)) }
    }

    /// More witnesses are wanted by now than have signed.
    @Test func aStricterScheduleCounts() async throws {
        let scene = try await ListScene(1)
        _ = try await scene.frozen()
        let stricter = ListScene.yaml.replacing("then: destroy, witnesses: 1", with: "then: destroy, witnesses: 2")
        let schedule = try Schedule(yaml: stricter, file: "retention.yaml")
        scene.archive.rules.replace(with: Rules(policy: scene.archive.policy, schedule: schedule))
        scene.archive.clock.advance(by: 2 * Self.day)
        #expect(try await scene.run() == [scene.recordings[0]: "approval-required"])
    }

    @Test func refusedAndCancelledListsSetTheirRecordingsFree() async throws {
        let scene = try await ListScene(1)
        let id = scene.recordings[0]
        let first = try await scene.propose()
        _ = try await scene.desk.refuse(first, of: .destructions, because: "Belum dinilai", by: scene.eko.caller)
        let second = try await scene.propose()
        _ = try await scene.desk.cancel(second, of: .destructions, because: "Keliru", by: scene.wati.caller)
        let third = try await scene.frozen()
        #expect(await scene.open(id)?.code == .refused)
        let cancelled = try await scene.desk.cancel(
            third,
            of: .destructions,
            because: "Ada perkara",
            by: scene.wati.caller
        )
        #expect(cancelled.row.state == .cancelled && cancelled.outcomes == [.skipped: 1])
        #expect(await scene.open(id) == nil)
        scene.archive.clock.advance(by: 9 * Self.day)
        #expect(try await scene.run().isEmpty)
        #expect(try await scene.state(id) == .stored)
        let page = try await scene.desk.lists(
            of: .destructions,
            state: nil,
            limit: 2,
            cursor: nil,
            by: scene.eko.caller
        )
        let rest = try await scene.desk.lists(
            of: .destructions,
            state: nil,
            limit: 2,
            cursor: page.next,
            by: scene.eko.caller
        )
        #expect((page.lists + rest.lists).count == 3 && rest.next == nil)
        let refused = try await scene.desk.lists(
            of: .destructions,
            state: .refused,
            limit: 9,
            cursor: nil,
            by: scene.eko.caller
        )
        #expect(refused.lists.map(\.row.id) == [first])
    }

    // MARK: Withdrawing

    @Test func aMistakenUploadIsWithdrawnByTwoPersons() async throws {
        let scene = try await ListScene(3, series: "lama")
        let (archive, ids) = (scene.archive, scene.recordings)
        #expect(await archiveError { _ = try await scene.propose(series: "lama") }?.code == .conflict)
        #expect(await archiveError { _ = try await scene.propose(.withdraw, series: nil) }?.code == .badRequest)
        let list = try await scene.propose(.withdraw, series: nil, [ids[0], ids[1]])
        #expect(await archiveError { try await scene.approve(list, .withdraw, by: scene.wati) }?.code == .refused)
        let frozen = try await scene.approve(list, .withdraw)
        #expect(frozen.row.executable == archive.clock.now.addingTimeInterval(Self.day))
        _ = try await scene.desk.hold(.recordings([ids[1]]), matter: "m", because: "r", by: scene.eko.caller)
        archive.clock.advance(by: Self.day)
        #expect(try await scene.run() == [ids[0]: "destroyed", ids[1]: "held"])
        #expect(try await scene.state(ids[2]) == .stored)
        let tombstone = try DestructionTests.tombstone(of: ids[0], in: archive)
        #expect(tombstone?["rule"] == "withdrawn (lama: P9Y + P0D, then destroy)")
        #expect(await archiveError { _ = try await scene.propose(.withdraw, series: nil, [ids[1]]) }?.code == .conflict)
    }

    // MARK: Handing over

    @Test func permanentOnesAreHandedOver() async throws {
        let scene = try await ListScene(2, series: "arsip")
        let (archive, ids) = (scene.archive, scene.recordings)
        #expect(await archiveError { _ = try await scene.propose(series: "arsip") }?.code == .conflict)
        let list = try await scene.propose(.transfer, series: "arsip")
        // Each family has its own lists.
        #expect(await archiveError { _ = try await scene.view(list) }?.description == ArchiveError.notFound.description)
        try await scene.approve(list, .transfer)
        archive.clock.advance(by: 9 * Self.day)
        // Until it is recorded the other archive fetches it, and nothing goes.
        #expect(try await scene.run().isEmpty)
        let access = try await archive.retrieval.open(ids[0], purpose: nil, hybrid: false, by: scene.sari.caller)
        try await archive.retrieval.close(access.id, by: scene.sari.caller)
        func record(_ content: StatementContent) async throws {
            _ = try await scene.desk.recordTransfer(list, content, by: scene.wati.caller)
        }
        #expect(await archiveError { try await record(StatementContent(archive: "ANRI")) }?.code == .badRequest)
        let content = StatementContent(number: "BA-3/2026", date: "2026-11-02", archive: "ANRI")
        try await record(content)
        #expect(await archiveError { try await record(content) }?.code == .conflict)
        #expect(await scene.open(ids[0])?.code == .refused)
        #expect(try await scene.run() == [ids[0]: "transferred", ids[1]: "transferred"])
        for id in ids {
            #expect(try await scene.state(id) == .transferred)
            #expect(try !archive.vault.holdsKeys(of: id))
            #expect(try await scene.actions("transfer", on: id.description) == ["transfer.done"])
            #expect(await scene.open(id)?.description == ArchiveError.notFound.description)
        }
        #expect(try await scene.view(list, .transfer).row.state == .done)
        #expect(try everyFile(below: archive.layout.recordings).isEmpty)
        #expect(try await archive.log.verify().fault == nil)
    }

    // MARK: Silence, crashes

    @Test func aListIsThereOnlyForThoseWhoSeeAllOfIt() async throws {
        let scene = try await ListScene(1)
        let archive = scene.archive
        let chief = try await archive.member(.recordsManager, clearance: Label(Level("rahasia")))
        let sender = try await archive.member(.recorder, clearance: Label(Level("rahasia")))
        let secret = try await archive.store(
            MadeRecording.opus(seed: 991),
            level: "rahasia",
            submission: archive.submission(series: "kerja", [("level", "rahasia")]),
            by: sender
        ).recording
        archive.clock.advance(by: 30 * Self.day)
        // Whoever sees less proposes what they see.
        let small = try await scene.propose()
        #expect(try await scene.view(small).outcomes == [.listed: 1])
        _ = try await scene.desk.cancel(small, of: .destructions, because: "x", by: scene.wati.caller)
        let list = try await scene.propose(by: chief)
        let absent = ArchiveError.notFound.description
        for id in [list, ListID()] {
            let errors = [
                await archiveError { _ = try await scene.view(id) },
                await archiveError {
                    _ = try await scene.desk.cancel(id, of: .destructions, because: "x", by: scene.wati.caller)
                },
                await archiveError {
                    _ = try await scene.desk.approve(
                        id,
                        of: .destructions,
                        seen: "x",
                        because: nil,
                        by: scene.wati.caller
                    )
                },
                await archiveError {
                    _ = try await scene.desk.items(of: id, .destructions, limit: 9, cursor: nil, by: scene.wati.caller)
                },
            ]
            #expect(errors.map { $0?.description } == [absent, absent, absent, absent])
        }
        let page = try await scene.desk.lists(
            of: .destructions,
            state: nil,
            limit: 9,
            cursor: nil,
            by: scene.wati.caller
        )
        #expect(page.lists.map(\.row.id) == [small])
        let named = await archiveError { _ = try await scene.propose(.withdraw, series: nil, [secret]) }
        #expect(named?.description == absent)
        #expect(await archiveError { _ = try await scene.propose(by: scene.sari) }?.code == .refused)
    }

    @Test func aCrashAtEachCallIsFinished() async throws {
        let scene = try await ListScene(2)
        let list = try await scene.frozen()
        scene.archive.clock.advance(by: 2 * Self.day)
        let photographs = try await scene.archive.photographs { _ = try await scene.run() }
        for (label, folder) in photographs {
            let again = try await scene.archive.reopened(in: folder)
            _ = try await scene.run(again)
            let (row, items) = try await again.catalogue.read { (try $0.list(list), try $0.items(of: list)) }
            #expect(row?.state == .done && items.map(\.outcome) == [.destroyed, .destroyed], "\(label)")
            for id in scene.recordings { #expect(try !again.vault.holdsKeys(of: id), "\(label)") }
            #expect(try everyFile(below: again.layout.recordings).isEmpty, "\(label)")
        }
        #expect(photographs.count > 6)
    }

    /// What is executed is what was frozen, its kind included.
    @Test func aListWhoseKindWasChangedIsNotExecuted() async throws {
        let scene = try await ListScene(1)
        _ = try await scene.frozen()
        try await DatabaseQueue(path: scene.archive.layout.archiveDatabase).write { database in
            try database.execute(
                sql: """
                    DROP TRIGGER destruction_list_keeps_what_it_is;
                    UPDATE destruction_list SET kind = 'withdraw', series = NULL
                    """
            )
        }
        scene.archive.clock.advance(by: 2 * Self.day)
        #expect(await archiveError { _ = try await scene.run() }?.code == .storage)
        #expect(try scene.archive.vault.holdsKeys(of: scene.recordings[0]))
    }
}
