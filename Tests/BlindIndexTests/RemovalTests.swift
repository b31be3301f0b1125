import ArchiveCore
import ArchiveTesting
import Foundation
import GRDB
import Testing

@testable import BlindIndex

/// How documents leave, and what is left of them (DESIGN.md invariant 7).
@Suite struct RemovalTests {
    private let fixture: IndexFixture

    init() throws { fixture = try IndexFixture() }

    private func text(_ number: Int, _ words: Int = 300) -> String {
        (0..<words).map { "kata\(($0 * (number + 3)) % 97) bersama\($0 % 5)" }.joined(separator: " ")
    }

    /// Everything that FTS5 knows after a removal is what it would know had the document never come.
    @Test func removedDocumentsLeaveNoTraceInAnyStatistic() async throws {
        let other = try IndexFixture(keys: [1: fixture.target(1).key])
        var (kept, doomed): ([IndexDocument], [IndexDocument]) = ([], [])
        for number in 0..<40 {
            var document = fixture.document(
                text(number),
                title: "rapat \(number)",
                speakers: ["Budi", "Sari \(number % 3)"]
            )
            document.participants = ["Menteri \(number)", "Sekretaris"]
            document.description = number % 4 == 0 ? nil : "tentang kata\(number)"
            if number % 2 == 0 { kept.append(document) } else { doomed.append(document) }
        }
        // Rows keep their numbers: those that stay come first.
        try await fixture.index.replace(kept + doomed, in: fixture.target(1))
        try await other.index.replace(kept, in: other.target(1))
        try await fixture.index.remove(doomed.map(\.recording))
        #expect(try await fixture.index.faults().isEmpty)
        #expect(try await fixture.instances(of: 1) == other.instances(of: 1))
        for query in ["kata3", "kata3 -tiada", "\"kata3 bersama1\"", "speaker:sari", "title:rapat", "menteri"] {
            let found = try await fixture.results(query)
            #expect(try await other.results(query) == found)
            #expect(!found.isEmpty)
        }
        try await fixture.index.scrub()
        #expect(try await fixture.instances(of: 1) == other.instances(of: 1))
        #expect(try await fixture.index.faults().isEmpty)
        #expect(try await fixture.results("kata3") == other.results("kata3"))
    }

    @Test func scrubbingLeavesNoTokenInAnyFile() async throws {
        var keptIDs: [RecordingID] = []
        for number in 0..<10 { keptIDs += try await fixture.add(fixture.document(text(number))) }
        var secret = fixture.document(
            text(1) + " penghancuran rahasia " + text(2),
            title: "Pembubaran",
            speakers: ["Gatotkaca"]
        )
        secret.participants = ["Hanoman", "Semar"]
        try await fixture.add(secret)
        // A copy of everything while it was there, so that the search below is known to find it.
        let words = ["penghancuran", "rahasia", "pembubaran", "gatotkaca", "hanoman", "semar"]
        for word in words { #expect(try !fixture.files(withTokensOf: word, in: 1).isEmpty) }
        #expect(try await fixture.index.needsScrub() == false)
        try await fixture.index.remove([secret.recording])
        #expect(try await fixture.search("rahasia").isEmpty)
        #expect(try await fixture.index.needsScrub())
        try await fixture.index.scrub()
        #expect(try await fixture.index.needsScrub() == false)
        for word in words { #expect(try fixture.files(withTokensOf: word, in: 1).isEmpty) }
        let names = try everyFile(below: fixture.folder.path).keys.map { $0.split(separator: "/").last ?? "" }
        #expect(Set(names).isSuperset(of: ["index.sqlite", "index.sqlite-wal", "index.sqlite-shm"]))
        // What others share is there, and found.
        #expect(try !fixture.files(withTokensOf: "kata3", in: 1).isEmpty)
        #expect(try await Set(fixture.search("kata3")) == Set(keptIDs))
        #expect(try await fixture.index.faults().isEmpty)
        // Terms can come again.
        try await fixture.add(secret)
        #expect(try await fixture.search("penghancuran hanoman") == [secret.recording])
    }

    @Test func theLastDocumentLeavesNothing() async throws {
        let ids = try await fixture.add(fixture.document("satu dua"), fixture.document("dua tiga"))
        try await fixture.index.remove(ids)
        try await fixture.index.remove(ids)
        try await fixture.index.scrub()
        for word in ["satu", "dua", "tiga"] { #expect(try fixture.files(withTokensOf: word, in: 1).isEmpty) }
        #expect(try await fixture.instances(of: 1).isEmpty)
        let left = try await fixture.index.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM terms_1") }
        #expect(left == 0)
        try await fixture.add(fixture.document("dua"))
        #expect(try await fixture.search("dua").count == 1)
    }

    @Test func anotherRevisionTakesThePlace() async throws {
        var document = fixture.document("anggaran lama")
        try await fixture.add(document, fixture.document("lain"))
        document.revision = 2
        document.segments = ["anggaran baru"]
        try await fixture.add(document)
        #expect(try await fixture.search("lama").isEmpty)
        #expect(try await fixture.search("anggaran baru") == [document.recording])
        let contents = try await fixture.index.contents()
        #expect(contents.count == 2)
        #expect(contents.contains { $0.recording == document.recording && $0.revision == 2 && $0.classNumber == 1 })
        try await fixture.index.scrub()
        #expect(try fixture.files(withTokensOf: "lama", in: 1).isEmpty)
    }

    @Test func relabellingMovesIntoAnotherClass() async throws {
        let document = fixture.document("penghancuran arsip")
        try await fixture.add(document, fixture.document("arsip lain"))
        try await fixture.add(document, to: 2)
        #expect(try await fixture.search("penghancuran").isEmpty)
        #expect(try await fixture.search("penghancuran", in: 2) == [document.recording])
        let places = try await fixture.index.contents().filter { $0.recording == document.recording }
        #expect(places.map(\.classNumber) == [2])
        try await fixture.index.scrub()
        #expect(try fixture.files(withTokensOf: "penghancuran", in: 1).isEmpty)
        #expect(try !fixture.files(withTokensOf: "penghancuran", in: 2).isEmpty)
        #expect(try await fixture.search("penghancuran", in: 1, 2) == [document.recording])
    }

    @Test func droppedClassesAreGone() async throws {
        let document = fixture.document("penghancuran")
        try await fixture.add(document, to: 2)
        try await fixture.add(fixture.document("lain"))
        try await fixture.index.drop(class: 2)
        try await fixture.index.drop(class: 2)
        #expect(try await fixture.search("penghancuran", in: 1, 2).isEmpty)
        #expect(try await fixture.index.contents().map(\.classNumber) == [1])
        try await fixture.index.scrub()
        #expect(try fixture.files(withTokensOf: "penghancuran", in: 2).isEmpty)
        // Another key is a class of its own now.
        let target = IndexClass(number: 2, key: SecretBytes(randomCount: 32))
        try await fixture.index.replace([document], in: target)
        let query = try SearchQuery("penghancuran")
        #expect(try await fixture.index.search(query, in: [target], limit: 5).total == 1)
    }

    /// A document whose vocabulary was damaged is not removed in part.
    @Test func whatFailsLeavesEverythingAsItWas() async throws {
        let ids = try await fixture.add(fixture.document("satu dua"), fixture.document("dua tiga"))
        let twice = await archiveError {
            let document = fixture.document("empat")
            try await fixture.index.replace([document, document], in: fixture.target(1))
        }
        #expect(twice?.code == .badRequest)
        // Terms of a transaction that was rolled back are no terms of the next.
        let wrong = fixture.document("lima enam")
        await #expect(throws: DatabaseError.self) {
            try await fixture.index.pool.write {
                try $0.execute(sql: "CREATE TRIGGER stop BEFORE INSERT ON place BEGIN SELECT RAISE(ABORT, 'no'); END")
            }
            try await fixture.index.replace([wrong], in: fixture.target(1))
        }
        try await fixture.index.pool.write { try $0.execute(sql: "DROP TRIGGER stop") }
        #expect(try await fixture.search("lima").isEmpty)
        try await fixture.add(fixture.document("tujuh delapan"), wrong)
        #expect(try await fixture.search("lima") == [wrong.recording])
        #expect(try await fixture.search("tujuh").count == 1)
        #expect(try await fixture.search("satu") == [ids[0]])
        try await fixture.index.pool.write { try $0.execute(sql: "DELETE FROM terms_1 WHERE id = 3") }
        let damaged = await archiveError { try await fixture.index.remove(ids) }
        #expect(damaged?.code == .storage)
        #expect(try await fixture.index.contents().count == 4)
    }

    /// Neither takes what is left to scrub from the count of the other.
    @Test func scrubsBesideEachOtherForgetNothing() async throws {
        let ids = try await fixture.add(fixture.document("satu"), fixture.document("dua"), fixture.document("tiga"))
        try await fixture.index.remove([ids[0]])
        async let first: Void = fixture.index.scrub()
        async let second: Void = fixture.index.scrub()
        _ = try await (first, second)
        #expect(try await !fixture.index.needsScrub())
        try await fixture.index.remove([ids[1]])
        #expect(try await fixture.index.needsScrub())
        try await fixture.index.scrub()
        #expect(try await !fixture.index.needsScrub())
    }

    // MARK: Crashes, versions

    @Test func eachStepIsWholeAfterAKill() async throws {
        let document = fixture.document("penghancuran arsip")
        let ids = try await fixture.add(fixture.document("arsip lain"))
        let empty = try fixture.photograph()
        try await fixture.add(document)
        let added = try fixture.photograph()
        try await fixture.index.remove([document.recording])
        let removed = try fixture.photograph()
        try await fixture.index.scrub()
        let scrubbed = try fixture.photograph()
        #expect(try await empty.search("arsip") == ids)
        #expect(try await added.search("penghancuran") == [document.recording])
        #expect(try await removed.search("arsip") == ids)
        // What was removed and not scrubbed is known to be, and can be scrubbed now.
        #expect(try await removed.index.needsScrub())
        #expect(try !removed.files(withTokensOf: "penghancuran", in: 1).isEmpty)
        try await removed.index.scrub()
        for state in [removed, scrubbed] {
            #expect(try await state.index.needsScrub() == false)
            #expect(try state.files(withTokensOf: "penghancuran", in: 1).isEmpty)
            #expect(try await state.search("arsip") == ids)
            #expect(try await state.index.faults().isEmpty)
        }
    }

    @Test func anotherVersionOfTheAnalysisEmptiesTheIndex() async throws {
        try await fixture.add(fixture.document("penghancuran"))
        try await fixture.index.pool.write { try $0.execute(sql: "UPDATE analysis SET version = 0") }
        let again = try fixture.photograph()
        #expect(try await again.index.contents().isEmpty)
        #expect(try await again.search("penghancuran").isEmpty)
        #expect(try await again.index.needsScrub())
        try await again.add(fixture.document("penghancuran"))
        #expect(try await again.search("penghancuran").count == 1)
        #expect(try await again.photograph().index.contents().count == 1)
    }

    @Test func searchesGoOnBesideWriters() async throws {
        let steady = try await fixture.add(fixture.document("tetap ada"), to: 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [fixture] in
                for round in 0..<30 {
                    let documents = (0..<5).map { fixture.document("goyah \($0) putaran\(round)") }
                    try await fixture.index.replace(documents, in: fixture.target(1))
                    try await fixture.index.remove(documents.map(\.recording))
                    if round % 10 == 9 { try await fixture.index.scrub() }
                }
            }
            for _ in 0..<3 {
                group.addTask { [fixture] in
                    for _ in 0..<60 {
                        #expect(try await fixture.search("tetap") == steady)
                        // A transaction's documents are there together or not at all.
                        let count = try await fixture.search("goyah").count
                        #expect(count == 0 || count == 5)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await fixture.index.contents().count == 1)
        #expect(try await fixture.index.faults().isEmpty)
    }
}
