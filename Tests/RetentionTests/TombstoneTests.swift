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
            return (title?.sealed, try archive.vault.tombstones().contains(recording))
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

    @Test func `a crash at each call neither loses the title nor leaves it beyond its time`() async throws {
        let scene = try await Scene()
        let photographs = try await scene.archive.photographs { try await scene.run() }
        #expect(photographs.count > 4)
        var before = 0
        for (number, (label, folder)) in photographs.enumerated() {
            let again = try await scene.archive.reopened(in: folder, recovers: false)
            // While the keys are there the title is; before they go it is kept.
            let kept = try await scene.kept(in: again)
            if try !again.vault.holdsKeys(of: scene.recording) {
                #expect(kept.title != nil && kept.hasKey, "call \(number), \(label)")
            } else {
                before += 1
            }
            try await again.recover()
            try await scene.run(again)
            let gone = try await again.desk.gone(scene.recording, by: scene.wati.caller)
            #expect(gone.title == Self.title, "call \(number), \(label)")
        }
        #expect(before > 0 && before < photographs.count)

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

    @Test func `what a hold saves has no tombstone, and its next end one of its own`() async throws {
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
        var left = try await scene.kept()
        #expect(left.title == nil && !left.hasKey)
        // The key was made, and the hold came before the title.
        _ = try archive.vault.makeTombstone(of: scene.recording)
        try await scene.run()
        left = try await scene.kept()
        #expect(!left.hasKey)
        let shown = try await archive.retrieval.show(scene.recording, by: scene.wati.caller)
        #expect(shown.fields.title == Self.title)
    }

    @Test func `a title taken back by a hold leaves with its row`() async throws {
        let scene = try await Scene()
        let archive = scene.archive
        let id = scene.recording
        try await archive.catalogue.write { try $0.markDestroying(id) }
        try await archive.catalogue.write { try $0.keepTitle(Data("x".utf8), of: id, until: archive.clock.now) }
        _ = try await archive.desk.hold(.recordings([id]), matter: "Perkara", because: "Diminta", by: scene.wati.caller)
        #expect(try await scene.kept().title == nil)
        let error = await #expect(throws: (any Error).self) {
            try await archive.catalogue.write { try $0.keepTitle(Data("x".utf8), of: id, until: archive.clock.now) }
        }
        #expect(error != nil)
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
        #expect(try archive.vault.tombstones() == [scene.recording])
        // The newest first, a page at a time.
        let first = try await archive.desk.gone(limit: 1, cursor: nil, by: scene.wati.caller)
        let second = try await archive.desk.gone(limit: 1, cursor: first.next, by: scene.wati.caller)
        #expect(Set((first.items + second.items).map(\.row.recording)) == [mistaken, scene.recording])
        #expect(second.next == nil)
    }
}
