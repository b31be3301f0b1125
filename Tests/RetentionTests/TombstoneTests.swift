import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import GRDB
import Ingest
import Retention
import Retrieval
import Testing
import Vault

/// A title can outlast its recording, for a time, sealed under a key that goes with it.
@Suite struct TombstoneTests {
    private static let administrator = Actor.hostUser(0)
    private static let day: TimeInterval = 86_400
    private static let title = "Rapat pengadaan sementara"

    /// An archive with one temporary recording on a frozen list whose cooling is over.
    private struct Scene {
        let archive: ArchiveFixture
        let wati: ArchiveFixture.Member
        let recording: RecordingID

        init(_ tombstone: String = "tombstone: descriptive, tombstone_keep: P10D") async throws {
            let schedule = """
                series:
                  - {code: coba, name: {en: E, id: I}, active: P30D, inactive: P0D, then: destroy, approval: none, nonrecord: true, cooling: P2D, \(tombstone)}
                  - {code: rapat, name: {en: E, id: I}, active: P9Y, inactive: P0D, then: destroy, witnesses: 0, tombstone: descriptive, tombstone_keep: P1Y}
                """
            archive = try await ArchiveFixture(schedule: schedule)
            let sender = try await archive.member(.recorder)
            wati = try await archive.member(.recordsManager)
            let submission = try archive.submission(title: TombstoneTests.title, series: "coba")
            recording = try await archive.store(MadeRecording.opus(), submission: submission, by: sender).recording
            archive.clock.advance(by: 31 * TombstoneTests.day)
            try #require(try await archive.retention.propose(by: administrator).count == 1)
            archive.clock.advance(by: 3 * TombstoneTests.day)
        }

        func run(_ other: ArchiveFixture? = nil) async throws {
            _ = try await (other ?? archive).retention.run(by: administrator)
        }

        /// What is kept of the recording beside its tombstone.
        func kept(in other: ArchiveFixture? = nil) async throws -> (title: Data?, hasKey: Bool) {
            let archive = other ?? archive
            let title = try await archive.catalogue.read { try $0.tombstoneTitle(of: recording) }
            return (title?.sealed, try archive.vault.tombstones(of: [recording]).count == 1)
        }

        /// Where the intent is stated and the keys are there: keeps the title as the step does that comes next, which makes no
        /// call that a photograph could be taken at. False where it has gone on from there.
        func keepByHand(in archive: ArchiveFixture) async throws -> Bool {
            let state = try await archive.catalogue.read { try $0.recording(recording)?.state }
            guard state == .destroying, try archive.vault.holdsKeys(of: recording) else { return false }
            let seal = try archive.vault.makeTombstone(of: recording)
            let sealed = try seal.seal(Data(TombstoneTests.title.utf8), context: "title")
            let until = archive.clock.now.addingTimeInterval(10 * TombstoneTests.day)
            try await archive.catalogue.write { try $0.keepTitle(sealed, of: recording, until: until) }
            return true
        }

        /// Its row in the vault, as it rests.
        func key() throws -> Data? {
            try DatabaseQueue(path: archive.layout.vaultDatabase).read { database in
                try Data.fetchOne(
                    database,
                    sql: "SELECT sealed FROM sealed_row WHERE kind = 'secret' AND id = ?",
                    arguments: ["tombstone \(recording)"]
                )
            }
        }
    }

    @Test func `the title outlasts the recording, and not its own time`() async throws {
        let scene = try await Scene()
        let archive = scene.archive
        try await scene.run()
        let gone = try await archive.desk.gone(scene.recording, by: scene.wati.caller)
        #expect(gone.title == Self.title && !gone.row.isTransferred)
        #expect(gone.row.title?.expires == archive.clock.now.addingTimeInterval(10 * Self.day))
        #expect(
            try await archive.desk.gone(limit: 10, cursor: nil, by: scene.wati.caller).items.map(\.title) == [
                Self.title
            ]
        )
        // Nothing of it is in clear, nor in the log.
        #expect(try files(below: archive.layout.storage, containing: Data(Self.title.utf8)).isEmpty)
        let (sealed, key) = (try #require(try await scene.kept().title), try #require(try scene.key()))

        archive.clock.advance(by: 10 * Self.day)
        // Over is over, also where nobody has looked after it yet.
        #expect(try await archive.desk.gone(scene.recording, by: scene.wati.caller).title == nil)
        try await scene.run()
        let left = try await scene.kept()
        #expect(left.title == nil && !left.hasKey)
        for secret in [sealed, key] {
            for part in [Data(secret.prefix(40)), Data(secret.suffix(40))] {
                #expect(try files(below: archive.layout.storage, containing: part).isEmpty)
            }
        }
        let expired = try await archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.action = "tombstone.expire"
            return try reader.entries(filter, limit: 10).map(\.columns.object)
        }
        #expect(expired == [scene.recording.description])
        #expect(
            try await archive.desk.gone(scene.recording, by: scene.wati.caller).row.tombstone.rule.hasPrefix("coba")
        )
    }

    @Test func `without being asked for, no word is left`() async throws {
        let scene = try await Scene("tombstone: minimal")
        try await scene.run()
        let left = try await scene.kept()
        #expect(left.title == nil && !left.hasKey)
        #expect(try await scene.archive.desk.gone(scene.recording, by: scene.wati.caller).title == nil)
    }

    @Test func `whoever could not have seen it hears nothing`() async throws {
        let scene = try await Scene()
        let archive = scene.archive
        await expectNotFound { _ = try await archive.desk.gone(scene.recording, by: scene.wati.caller) }
        try await scene.run()
        let sari = try await archive.member(.archivist)
        await expectNotFound { _ = try await archive.desk.gone(scene.recording, by: sari.caller) }
        await expectNotFound { _ = try await archive.desk.gone(RecordingID(), by: scene.wati.caller) }
        let refused = await archiveError { _ = try await archive.desk.gone(limit: 1, cursor: nil, by: sari.caller) }
        #expect(refused?.code == .refused)
    }

    private func expectNotFound(_ body: () async throws -> Void) async {
        let error = await archiveError(body)
        #expect(error?.description == ArchiveError.notFound.description)
    }

    /// The clock of the host went forward while the archive was down: what had begun is finished, and dated by when it began.
    @Test func `what a crash interrupted is dated by its intent`() async throws {
        let scene = try await Scene()
        let until = scene.archive.clock.now.addingTimeInterval(10 * Self.day)
        let photographs = try await scene.archive.photographs { try await scene.run() }
        scene.archive.clock.advance(by: 3650 * Self.day)
        var finished = 0
        for (label, folder) in photographs {
            let again = try await scene.archive.reopened(in: folder, recovers: false)
            let (now, state) = (
                again.clock.now, try await again.catalogue.read { try $0.recording(scene.recording)?.state }
            )
            try await again.catalogue.write { try $0.doubtClock(noticed: now, seconds: 3650 * 86_400) }
            try await again.recover()
            guard state == .destroying else { continue }
            finished += 1
            let row = try await again.catalogue.read { try $0.tombstoneTitle(of: scene.recording) }
            #expect(row?.expires == until, "before \(label)")
        }
        #expect(finished > 0)
    }

    /// Where its title cannot be kept no key is left for it, and the recording is not destroyed without it.
    @Test func `no key of a tombstone is left where its title could not be kept`() async throws {
        let scene = try await Scene()
        let archive = scene.archive
        let database = try DatabaseQueue(path: archive.layout.archiveDatabase)
        try await database.write { database in
            try database.execute(
                sql: "CREATE TRIGGER fails BEFORE INSERT ON tombstone_title BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        }
        #expect(await archiveError { try await scene.run() } != nil)
        let left = try await scene.kept()
        #expect(left.title == nil && !left.hasKey)
        #expect(try archive.vault.holdsKeys(of: scene.recording))
        try await database.write { try $0.execute(sql: "DROP TRIGGER fails") }
        try await scene.run()
        #expect(try await archive.desk.gone(scene.recording, by: scene.wati.caller).title == Self.title)
    }

    @Test func `a crash at each call neither loses the title nor leaves it beyond its time`() async throws {
        let scene = try await Scene()
        let photographs = try await scene.archive.photographs { try await scene.run() }
        #expect(photographs.count > 4)
        var (before, kept) = (0, false)
        for (number, (label, folder)) in photographs.enumerated() {
            let again = try await scene.archive.reopened(in: folder, recovers: false)
            // While the keys are there the title is; before they go it is kept.
            let left = try await scene.kept(in: again)
            if try !again.vault.holdsKeys(of: scene.recording) {
                #expect(left.title != nil && left.hasKey, "call \(number), \(label)")
            } else {
                before += 1
            }
            if try await scene.keepByHand(in: again) { kept = true }
            try await again.recover()
            try await scene.run(again)
            let gone = try await again.desk.gone(scene.recording, by: scene.wati.caller)
            #expect(gone.title == Self.title, "call \(number), \(label)")
        }
        #expect(before > 0 && before < photographs.count && kept)

        scene.archive.clock.advance(by: 10 * Self.day)
        let ends = try await scene.archive.photographs { try await scene.run() }
        for (number, (label, folder)) in ends.enumerated() {
            let again = try await scene.archive.reopened(in: folder, recovers: false)
            #expect(try await again.desk.gone(scene.recording, by: scene.wati.caller).title == nil)
            try await scene.run(again)
            let left = try await scene.kept(in: again)
            #expect(left.title == nil && !left.hasKey, "call \(number), \(label)")
        }
        #expect(!ends.isEmpty)
    }

    @Test func `what a hold saves before its title was kept has no tombstone`() async throws {
        let scene = try await Scene()
        let archive = scene.archive
        _ = try await archive.retention.run(by: Self.administrator) { id in
            _ = try await archive.desk.hold(
                .recordings([id]),
                matter: "Perkara",
                because: "Diminta",
                by: scene.wati.caller
            )
        }
        #expect(try await archive.catalogue.read { try $0.recording(scene.recording)?.state } == .stored)
        let left = try await scene.kept()
        #expect(left.title == nil && !left.hasKey)
        let shown = try await archive.retrieval.show(scene.recording, by: scene.wati.caller)
        #expect(shown.fields.title == Self.title)
    }

    /// The hold comes between the title and the end of the keys; the recording goes later, by another list.
    @Test(arguments: [false, true])
    func `what a hold saves after its title was kept goes later with another`(runsBetween: Bool) async throws {
        let scene = try await Scene()
        let (archive, id) = (scene.archive, scene.recording)
        let photographs = try await archive.photographs { try await scene.run() }
        var tried = 0
        for (_, folder) in photographs {
            let again = try await archive.reopened(in: folder, recovers: false)
            guard tried == 0, try await scene.keepByHand(in: again) else { continue }
            tried += 1
            let holds = try await again.desk.hold(
                .recordings([id]),
                matter: "Perkara",
                because: "Diminta",
                by: scene.wati.caller
            )
            #expect(try await again.retrieval.show(id, by: scene.wati.caller).fields.title == Self.title)
            if runsBetween {
                try await scene.run(again)
                let left = try await scene.kept(in: again)
                #expect(left.title == nil && !left.hasKey)
                let entries = try await again.catalogue.read { reader in
                    var filter = EntryFilter()
                    filter.action = "tombstone"
                    return try reader.entries(filter, limit: 10).count
                }
                #expect(entries == 0)
            }
            _ = try await again.desk.release(holds[0].id, because: "Selesai", by: scene.wati.caller)
            try #require(try await again.retention.propose(by: Self.administrator).map(\.item.recording) == [id])
            archive.clock.advance(by: 3 * Self.day)
            try await scene.run(again)
            let gone = try await again.desk.gone(id, by: scene.wati.caller)
            #expect(gone.title == Self.title)
            #expect(gone.row.title?.expires == archive.clock.now.addingTimeInterval(10 * Self.day))
        }
        #expect(tried > 0)
    }

    @Test func `what was withdrawn leaves no word`() async throws {
        let scene = try await Scene()
        let archive = scene.archive
        let (eko, sender) = (try await archive.member(.recordsManager), try await archive.member(.recorder))
        let submission = try archive.submission(title: "Rekaman pribadi", series: "rapat")
        let mistaken = try await archive.store(MadeRecording.opus(seed: 9), submission: submission, by: sender)
            .recording
        let proposal = RecordsDesk.Proposal(
            kind: .withdraw,
            series: nil,
            recordings: [mistaken],
            reason: "Salah unggah"
        )
        let list = try await archive.desk.propose(proposal, by: scene.wati.caller).id
        let view = try await archive.desk.show(list, of: .destructions, by: eko.caller)
        let digest = try #require(view.digest).hexadecimal
        _ = try await archive.desk.approve(
            list,
            of: .destructions,
            seen: digest,
            because: nil,
            by: eko.caller
        )
        archive.clock.advance(by: 2 * Self.day)
        try await scene.run()
        let gone = try await archive.desk.gone(mistaken, by: scene.wati.caller)
        #expect(gone.title == nil && gone.row.tombstone.rule.hasPrefix("withdrawn"))
        #expect(try Set(archive.vault.tombstones(of: [mistaken, scene.recording]).keys) == [scene.recording])
        // The newest first, a page at a time.
        let first = try await archive.desk.gone(limit: 1, cursor: nil, by: scene.wati.caller)
        let second = try await archive.desk.gone(limit: 1, cursor: first.next, by: scene.wati.caller)
        #expect(Set((first.items + second.items).map(\.row.recording)) == [mistaken, scene.recording])
        #expect(second.next == nil)
    }
}
