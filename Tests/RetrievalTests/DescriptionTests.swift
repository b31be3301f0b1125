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

/// What describes a recording changes, and what described it before is kept.
@Suite struct DescriptionTests {
    private struct Scene {
        let archive: ArchiveFixture
        let archivist: ArchiveFixture.Member
        let recording: RecordingID

        init() async throws {
            archive = try await ArchiveFixture()
            archivist = try await archive.member(.archivist, clearance: Label(Level("terbatas")))
            let sender = try await archive.member(.recorder)
            let said = try archive.submission(title: "Rapat pleno", [("participant", "Sari"), ("description", "Awal")])
            recording = try await archive.store(MadeRecording.opus(), level: "terbatas", submission: said, by: sender)
                .recording
        }

        @discardableResult
        func describe(
            title: String? = nil,
            participants: [String]? = nil,
            description: Change<String> = .keep,
            expecting: Int? = nil,
            reason: String? = nil,
            by member: ArchiveFixture.Member? = nil
        ) async throws -> Retrieval.View {
            archive.clock.advance(by: 1)
            return try await archive.retrieval.describe(
                recording,
                .fields(title: title, participants: participants, description: description),
                expecting: expecting,
                because: reason,
                by: (member ?? archivist).caller
            )
        }

        func revert(to number: Int) async throws -> Retrieval.View {
            try await archive.retrieval.describe(
                recording,
                .revert(to: number),
                expecting: nil,
                because: nil,
                by: archivist.caller
            )
        }

        func history(
            below number: Int? = nil,
            limit: Int = 50,
            by member: ArchiveFixture.Member? = nil
        ) async throws -> (revisions: [Revision], next: Int?) {
            try await archive.retrieval.revisions(
                of: recording,
                below: number,
                limit: limit,
                by: (member ?? archivist).caller
            )
        }
    }

    @Test func everyChangeKeepsWhatWasThere() async throws {
        let scene = try await Scene()
        let first = try await scene.history()
        #expect(first.revisions.map(\.number) == [1] && first.next == nil)
        #expect(first.revisions[0].title == "Rapat pleno" && first.revisions[0].changed.isEmpty)
        let second = try await scene.describe(title: "Rapat anggaran", description: .remove, reason: " Undangan ")
        #expect(second.row.revision == 2 && second.fields.title == "Rapat anggaran")
        #expect(second.fields.participants == ["Sari"] && second.fields.description == nil)
        try await scene.describe(participants: ["Sari", "Budi", "Sari"])
        // What is the same makes no revision.
        #expect(try await scene.describe(title: "Rapat anggaran").row.revision == 3)
        let all = try await scene.history()
        #expect(all.revisions.map(\.number) == [3, 2, 1])
        #expect(all.revisions.map(\.changed) == [[.participants], [.title, .description], []])
        #expect(all.revisions.map(\.reason) == [nil, "Undangan", nil])
        #expect(all.revisions.map(\.title) == ["Rapat anggaran", "Rapat anggaran", "Rapat pleno"])
        #expect(all.revisions.map(\.participants) == [["Sari", "Budi"], ["Sari"], ["Sari"]])
        #expect(all.revisions.map(\.description) == [nil, nil, "Awal"])
        let row = try #require(try await scene.archive.catalogue.read { try $0.recording(scene.recording) })
        #expect(all.revisions.map(\.principal) == [scene.archivist.id, scene.archivist.id, row.sender])
        #expect(all.revisions[2].made == row.received)

        let back = try await scene.revert(to: 1)
        #expect(back.row.revision == 4 && back.fields.title == "Rapat pleno" && back.fields.participants == ["Sari"])
        #expect(back.fields.description == "Awal")
        #expect(try await scene.history().revisions[0].reverts == 1)
        #expect(try await scene.revert(to: 4).row.revision == 4)
        await expectError(.unknownName) { _ = try await scene.revert(to: 5) }
        await expectError(.unknownName) { _ = try await scene.revert(to: 0) }

        let page = try await scene.history(limit: 2)
        #expect(page.revisions.map(\.number) == [4, 3] && page.next == 3)
        let rest = try await scene.history(below: page.next, limit: 2)
        #expect(rest.revisions.map(\.number) == [2, 1] && rest.next == nil)
        #expect(try await scene.history(below: 1).revisions.isEmpty)
        for limit in [0, 51] { await expectError(.badRequest) { _ = try await scene.history(limit: limit) } }
        // A restart has all of it.
        let reopened = try await scene.archive.reopened()
        let kept = try await reopened.retrieval.revisions(
            of: scene.recording,
            below: nil,
            limit: 50,
            by: scene.archivist.caller
        )
        #expect(kept.revisions.map(\.title) == ["Rapat pleno", "Rapat anggaran", "Rapat anggaran", "Rapat pleno"])
        #expect(try await scene.archive.log.verify().fault == nil)
    }

    @Test func whoMayNotLearnsNothing() async throws {
        let scene = try await Scene()
        let low = try await scene.archive.member(.archivist)
        let manager = try await scene.archive.member(.recordsManager, clearance: Label(Level("terbatas")))
        await expectError(.notFound) { try await scene.describe(title: "x", by: low) }
        await expectError(.notFound) { try await scene.describe(title: "x", expecting: 7, by: low) }
        await expectError(.notFound) { _ = try await scene.history(by: low) }
        await expectError(.refused) { try await scene.describe(title: "x", by: manager) }
        #expect(try await scene.history(by: manager).revisions.count == 1)
        await expectError(.badMetadata) { try await scene.describe(title: "") }
        await expectError(.badMetadata) { try await scene.describe(participants: ["a\u{7}"]) }
        await expectError(.badRequest) {
            try await scene.describe(title: "x", reason: String(repeating: "x", count: 2001))
        }
        #expect(try await scene.history().revisions.count == 1)
    }

    /// Of those who change the same revision at once, one wins, and the others are told.
    @Test func noUpdateIsLost() async throws {
        let scene = try await Scene()
        let won = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<16 {
                group.addTask {
                    do {
                        try await scene.describe(title: "Judul \(number)", expecting: 1)
                        return true
                    } catch let error as ArchiveError where error.code == .stale {
                        return false
                    }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(won == 1)
        #expect(try await scene.history().revisions.count == 2)
        // Without an expectation they come one after the other, and each is kept.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<16 { group.addTask { try await scene.describe(title: "Lagi \(number)") } }
            try await group.waitForAll()
        }
        let all = try await scene.history().revisions
        #expect(all.map(\.number) == Array((1...18).reversed()))
        #expect(Set(all.prefix(16).map(\.title)) == Set((0..<16).map { "Lagi \($0)" }))
    }

    @Test func nothingOfItIsOnDiskInClearAndItGoesWithTheRecording() async throws {
        let scene = try await Scene()
        let words = ["Kata yang tidak boleh terbaca", "Alasan yang tersembunyi"]
        try await scene.describe(title: words[0], reason: words[1])
        try await scene.describe(title: "Lain")
        for word in words {
            #expect(try files(below: scene.archive.layout.storage, containing: Data(word.utf8)).isEmpty, "\(word)")
        }
        let sealed = try await DatabaseQueue(path: scene.archive.layout.archiveDatabase).read { database in
            try Data.fetchAll(database, sql: "SELECT sealed FROM revision")
        }.map { Data($0.suffix(48)) }
        #expect(sealed.count == 3)
        for one in sealed { #expect(try !files(below: scene.archive.layout.storage, containing: one).isEmpty) }
        scene.archive.clock.advance(by: 31 * 86_400)
        _ = try await scene.archive.retention.propose(by: .hostUser(0))
        scene.archive.clock.advance(by: 15 * 86_400)
        #expect(try await scene.archive.retention.run(by: .hostUser(0)).map(\.kind) == [.destroyed])
        for one in sealed { #expect(try files(below: scene.archive.layout.storage, containing: one).isEmpty) }
        await expectError(.notFound) { _ = try await scene.history() }
    }

    /// Describing and raising the label at once: either order, and both stand.
    @Test func aDescriptionAgainstARisingLabel() async throws {
        for _ in 0..<10 {
            let scene = try await Scene()
            let manager = try await scene.archive.member(.recordsManager, clearance: Label(Level("rahasia")))
            async let described = try? scene.describe(title: "Baru")
            async let raised = scene.archive.retrieval.relabel(
                scene.recording,
                to: Label(Level("rahasia")),
                because: "Ditinjau",
                by: manager.caller
            )
            let (outcome, _) = try await (described, raised)
            let history = try await scene.history(by: manager).revisions
            #expect(history.count == (outcome == nil ? 1 : 2))
            await expectError(.notFound) { _ = try await scene.history() }
        }
    }
}
