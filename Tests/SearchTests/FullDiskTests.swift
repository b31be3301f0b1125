import ArchiveCore
import ArchiveTesting
import Foundation
import GRDB
import Ingest
import Preservation
import Testing

@testable import BlindIndex
@testable import Search

/// What becomes of the index where the disk has no room for it: it can be made anew, and nothing else may suffer for it.
@Suite struct FullDiskTests {
    /// Words that nobody else says: each is a term of its own.
    private func text(_ name: String, _ words: Int) -> String {
        (0..<words).map { "\(name)\($0)" }.joined(separator: " ")
    }

    /// Lets index.sqlite grow by so many pages and no more: SQLite then finds its disk full. nil: as far as it likes.
    private func bound(_ scene: Scene, toMorePages pages: Int?) async throws {
        try await scene.archive.index.index.pool.writeWithoutTransaction { database in
            let count = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let bound = pages.map { count + $0 } ?? Int(Int32.max) - 1
            #expect(try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(bound)") == bound)
        }
    }

    private func faults(_ scene: Scene) async throws -> [String] {
        try await scene.archive.preservation.check(by: .hostUser(0)).faults.map { "\($0.kind) \($0.message)" }
    }

    /// It fails at each page in turn, those that are written with the commit included, and is whole as soon as there is room.
    @Test func `a step fails on a full disk, and the next one with room makes the index whole`() async throws {
        let scene = try await Scene()
        let known = try await scene.record(["anggaran kapal"], seed: 1)
        try await scene.archive.settleIndex()
        try await scene.correct(known, ["anggaran pesawat " + text("lama", 300)], after: 0)
        let new = try await scene.record([text("baru", 300)], title: "Rapat baru", seed: 3)
        var refusals = 0
        for pages in 0..<200 {
            try await bound(scene, toMorePages: pages)
            let refused = await archiveError { _ = try await scene.archive.index.step() }
            guard let refused else { break }
            refusals += 1
            #expect(refused.code == .exhausted && refused.hint != nil)
            // The notes stay, and what the index had before is still found.
            #expect(try await scene.archive.index.waiting() == 2)
            #expect(try await scene.found("kapal") == [known])
            #expect(try await scene.found("pesawat").isEmpty)
        }
        #expect(refusals >= 10)
        // Recordings come in meanwhile, and what waits is no fault of the index.
        try await bound(scene, toMorePages: 0)
        let late = try await scene.record([text("nanti", 300)], title: "Rapat nanti", seed: 5)
        #expect(await archiveError { _ = try await scene.archive.index.step() }?.code == .exhausted)
        #expect(try await faults(scene).isEmpty)
        try await bound(scene, toMorePages: nil)
        try await scene.archive.settleIndex()
        #expect(try await scene.archive.index.waiting() == 0)
        #expect(try await scene.found("kapal").isEmpty)
        for (word, id) in [("pesawat", known), ("lama299", known), ("baru0", new), ("baru299", new), ("nanti7", late)] {
            #expect(try await scene.found(word) == [id], "\(word)")
        }
        #expect(try await faults(scene).isEmpty)
        #expect(try await scene.archive.index.mend(beginningWith: "").isEmpty)
    }

    @Test func `the index leaves the reserve of the disk to what comes in`() async throws {
        let scene = try await Scene()
        let known = try await scene.record(["anggaran kapal"], seed: 1)
        let other = try await scene.record(["anggaran kapal"], seed: 3)
        try await scene.archive.settleIndex()
        scene.archive.files.pretend(available: ArchiveFixture.testLimits.reserve.bulk - 1)
        try await scene.correct(other, ["belanja pesawat"], after: 0)
        let refused = await archiveError { _ = try await scene.archive.index.step() }
        #expect(refused?.code == .exhausted && refused?.hint != nil)
        #expect(try await scene.archive.index.waiting() == 1)
        #expect(try await Set(scene.found("anggaran")) == [known, other])
        #expect(try await faults(scene).isEmpty)
        // At the reserve itself there is room.
        scene.archive.files.pretend(available: ArchiveFixture.testLimits.reserve.bulk)
        try await scene.archive.settleIndex()
        #expect(try await scene.found("anggaran") == [known])
        #expect(try await scene.found("belanja") == [other])
        #expect(try await faults(scene).isEmpty)
    }
}
