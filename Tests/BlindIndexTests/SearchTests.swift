import ArchiveCore
import ArchiveTesting
import Foundation
import GRDB
import Synchronization
import Testing

@testable import BlindIndex

/// What is found, and in which order.
@Suite struct SearchTests {
    private let fixture: IndexFixture

    init() throws { fixture = try IndexFixture() }

    @Test func wordsAreFoundByTheirStems() async throws {
        let ids = try await fixture.add(
            fixture.document("Dianggarkan dua triliun untuk kapal."),
            fixture.document("Kita memutuskan pembelian itu."),
            fixture.document("The ships were running late.", language: "en"),
            fixture.document("Nothing of the kind.", language: "en")
        )
        #expect(try await fixture.search("anggaran") == [ids[0]])
        #expect(try await fixture.search("keputusan") == [ids[1]])
        #expect(try await fixture.search("keputusan membeli") == [ids[1]])
        #expect(try await fixture.search("runs") == [ids[2]])
        #expect(try await fixture.search("anggaran runs").isEmpty)
        #expect(try await fixture.search("pesawat").isEmpty)
        #expect(try await fixture.search("KAPAL ship") == [])
        #expect(try await Set(fixture.search("kapal OR ship")) == [ids[0], ids[2]])
    }

    @Test func exactFormsRankAboveOthersOfTheirStem() async throws {
        let filler = "untuk tahun depan dari menteri"
        let ids = try await fixture.add(
            fixture.document("dianggarkan \(filler)"),
            fixture.document("anggaran \(filler)"),
            // Seen alone this form is rarer, and would count for more.
            fixture.document("penganggaran \(filler)"),
            fixture.document("anggaran \(filler)"),
            fixture.document(filler)
        )
        let found = try await fixture.results("anggaran")
        #expect(Set(found.prefix(2).map(\.recording)) == [ids[1], ids[3]])
        #expect(Set(found.dropFirst(2).map(\.recording)) == [ids[0], ids[2]])
        #expect(found[0].score == found[1].score && found[2].score == found[3].score)
        #expect(found[1].score > found[2].score && found[3].score > 0)
        #expect(try await fixture.search("penganggaran").first == ids[2])
        #expect(try await fixture.search("\"dianggarkan untuk\"").first == ids[0])
    }

    @Test func phrasesStandInTheirOrder() async throws {
        let ids = try await fixture.add(
            fixture.document("pembelian alat utama sistem persenjataan"),
            fixture.document("utama alat sistem senjata"),
            fixture.document("alat yang utama, sistem"),
            IndexDocument(
                recording: RecordingID(),
                revision: 1,
                language: "id",
                title: "Pertemuan alat",
                participants: ["Budi Alat", "Utama Sari"],
                segments: ["Kita butuh alat", "utama itu."]
            )
        )
        #expect(try await Set(fixture.search("alat utama")) == Set(ids))
        // Over the end of a segment, but not from one participant into the next, nor from the title into the text.
        #expect(try await Set(fixture.search("\"alat utama\"")) == [ids[0], ids[3]])
        #expect(try await fixture.search("\"alat kita\"").isEmpty)
        #expect(try await fixture.search("\"budi alat utama\"").isEmpty)
        #expect(try await fixture.search("\"utama sari\"") == [ids[3]])
        // By stems, and across other signs.
        #expect(try await Set(fixture.search("\"sistem senjata\"")) == [ids[0], ids[1]])
        #expect(try await fixture.search("\"sistem senjata\"").first == ids[1])
        #expect(
            try await fixture.search("\"utama sistem\"").sorted(by: { "\($0)" < "\($1)" })
                == [ids[0], ids[2]].sorted(by: { "\($0)" < "\($1)" })
        )
        #expect(try await fixture.search("\"alat alat\"").isEmpty)
    }

    @Test func reduplicationIsTwoWords() async throws {
        let ids = try await fixture.add(
            fixture.document("hasil rapat-rapat itu"),
            fixture.document("hasil rapat itu")
        )
        #expect(try await Set(fixture.search("rapat")) == Set(ids))
        #expect(try await fixture.search("rapat-rapat") == [ids[0]])
        #expect(try await fixture.search("\"hasil rapat itu\"") == [ids[1]])
    }

    @Test func exclusionsTakeOut() async throws {
        let ids = try await fixture.add(
            fixture.document("anggaran kapal selam", title: "Rapat laut", speakers: ["Budi"]),
            fixture.document("anggaran pesawat tempur", title: "Rapat udara", speakers: ["Sari"]),
            fixture.document("selam kapal anggaran", title: "Rapat laut", speakers: ["Sari"])
        )
        #expect(try await fixture.search("anggaran -kapal") == [ids[1]])
        #expect(try await Set(fixture.search("anggaran -\"kapal selam\"")) == [ids[1], ids[2]])
        #expect(try await fixture.search("anggaran -\"kapal selam\" -pesawat") == [ids[2]])
        #expect(try await fixture.search("anggaran -title:laut") == [ids[1]])
        #expect(try await fixture.search("anggaran -speaker:sari") == [ids[0]])
        #expect(try await fixture.search("anggaran -menganggarkan").isEmpty)
        #expect(try await Set(fixture.search("anggaran -tidak-ada")) == Set(ids))
    }

    @Test func orJoinsItsNeighbours() async throws {
        let ids = try await fixture.add(
            fixture.document("merah putih"),
            fixture.document("merah hitam"),
            fixture.document("hijau hitam"),
            fixture.document("putih saja")
        )
        #expect(try await Set(fixture.search("merah putih OR hitam")) == [ids[0], ids[1]])
        #expect(try await Set(fixture.search("merah OR hijau hitam")) == [ids[1], ids[2]])
        #expect(try await Set(fixture.search("\"merah putih\" OR \"hijau hitam\" OR tiada")) == [ids[0], ids[2]])
        // A phrase that only seems to be there does not meet a clause, and the word beside it does.
        #expect(try await Set(fixture.search("\"putih merah\" OR saja")) == [ids[3]])
        #expect(try await Set(fixture.search("merah OR putih -hitam")) == [ids[0], ids[3]])
    }

    @Test func fieldsNarrow() async throws {
        let ids = try await fixture.add(
            fixture.document("anggaran", title: "Rapat kerja", speakers: ["Menteri Pertahanan", "Sekretaris"]),
            fixture.document(
                "rapat kerja tentang menteri pertahanan",
                title: "Anggaran",
                speakers: ["Sekretaris Menteri"]
            )
        )
        #expect(try await fixture.search("title:anggaran") == [ids[1]])
        #expect(try await fixture.search("title:\"rapat kerja\"") == [ids[0]])
        #expect(try await fixture.search("speaker:\"menteri pertahanan\"") == [ids[0]])
        #expect(try await Set(fixture.search("speaker:menteri")) == Set(ids))
        #expect(try await fixture.search("speaker:\"pertahanan sekretaris\"").isEmpty)
        #expect(try await fixture.search("speaker:kerja").isEmpty)
        #expect(try await fixture.search("title:rapat anggaran") == [ids[0]])
        // A word of the title counts for more than one that was said.
        #expect(try await fixture.search("anggaran").first == ids[1])
    }

    @Test func eachLanguageHasItsStemmer() async throws {
        let ids = try await fixture.add(
            fixture.document("dinas luar", language: "id"),
            fixture.document("meetings", language: "id"),
            fixture.document("meetings", language: "en"),
            fixture.document("meetings dianggarkan", language: nil),
            fixture.document("meetings dianggarkan", language: "jv")
        )
        // As English, `dinas` would be more than one `dina`.
        #expect(try await fixture.search("dina").isEmpty)
        #expect(try await Set(fixture.search("meeting")) == [ids[2], ids[3]])
        #expect(try await Set(fixture.search("meetings")) == Set(ids.dropFirst()))
        #expect(try await fixture.search("anggaran") == [ids[3]])
        #expect(try await fixture.search("\"meetings dianggarkan\"").count == 2)
    }

    @Test func oddTextsAreFound() async throws {
        let ids = try await fixture.add(
            fixture.document("会議の議事録 👍🏽 kapal\u{0} selam"),
            fixture.document("Jum’at pukul 09.30; Rp1.000,50 — café"),
            fixture.document(""),
            fixture.document("\u{301} … 🙂"),
            IndexDocument(recording: RecordingID(), revision: 1)
        )
        #expect(try await fixture.search("議事") == [ids[0]])
        #expect(try await fixture.search("事議").isEmpty)
        #expect(try await fixture.search("\"kapal selam\"") == [ids[0]])
        #expect(try await fixture.search("jumat Café 09,30 rp1.000.50") == [ids[1]])
        #expect(try await fixture.index.contents().count == 5)
        try await fixture.index.remove(ids)
        #expect(try await fixture.index.contents().isEmpty)
        #expect(try await fixture.index.faults().isEmpty)
    }

    // MARK: Patience

    /// What became of a search that may look at its clock so often.
    private func answer(
        _ query: SearchQuery,
        looks: Int
    ) async throws -> (results: [SearchResult]?, looks: Int) {
        let count = Mutex(0)
        do {
            let page = try await fixture.index.search(query, in: [fixture.target(1)], limit: 1000) {
                count.withLock { count in
                    count += 1
                    return count <= looks
                }
            }
            return (page.results, count.withLock { $0 })
        } catch let error as ArchiveError {
            #expect(error.code == .badRequest && error.hint != nil)
            return (nil, count.withLock { $0 })
        }
    }

    @Test func aSearchEndsWhereItMayNotGoOn() async throws {
        let names = ["kapal", "pesawat", "anggaran", "menteri", "rapat"]
        let documents = (0..<500).map { number in
            let words = (0..<40).map { names[(number * 7 + $0 * $0) % 5] + ($0 % 3 == 0 ? "\($0)" : "") }
            return fixture.document(words.joined(separator: " "))
        }
        try await fixture.index.replace(documents, in: fixture.target(1))
        let query = try SearchQuery("kapal OR pesawat \"rapat anggaran\" OR menteri -\"kapal kapal\" anggaran")
        let whole = try await answer(query, looks: .max)
        #expect(whole.results?.isEmpty == false && whole.looks > 10)
        var refusals = 0
        for looks in 0..<whole.looks {
            let answer = try await answer(query, looks: looks)
            // SQLite counts a statement's steps from one search to the next, so that the last look may not come.
            #expect(answer.results == nil || answer.results == whole.results)
            // Who has said no is not asked again.
            if answer.results == nil { #expect(answer.looks == looks + 1) }
            refusals += answer.results == nil ? 1 : 0
        }
        #expect(refusals > whole.looks / 2)
        #expect(try await answer(query, looks: .max).results == whole.results)
    }

    /// One row answers, and most of the work is to count those in which its words stand: FTS5 tells nobody that this was interrupted.
    @Test func statisticsThatWereInterruptedAreNotBelieved() async throws {
        let names = ["kapal", "pesawat", "anggaran", "menteri", "rapat", "laut", "udara", "darat"]
        let common = Array(repeating: names.joined(separator: " "), count: 5).joined(separator: " ")
        let documents = (0..<3000).map { fixture.document($0 == 1500 ? "\(common) unik" : common) }
        try await fixture.index.replace(documents, in: fixture.target(1))
        let query = try SearchQuery("unik " + names.joined(separator: " "))
        let whole = try await answer(query, looks: .max)
        #expect(whole.results?.map(\.recording) == [documents[1500].recording])
        var refusals = 0
        for round in 0..<60 {
            let answer = try await answer(query, looks: round % 4)
            #expect(answer.results == nil || answer.results == whole.results)
            refusals += answer.results == nil ? 1 : 0
        }
        #expect(refusals > 0)
    }

    // MARK: Classes

    @Test func classesShareNoTokenAndNoKey() async throws {
        try await fixture.add(fixture.document("anggaran kapal"), to: 1)
        try await fixture.add(fixture.document("anggaran kapal"), to: 2)
        let tokens = try await fixture.index.pool.read { database in
            try [1, 2].map { number in
                Set(
                    try Row.fetchAll(database, sql: "SELECT token, indonesian, english FROM terms_\(number)")
                        .flatMap { row in (0..<3).compactMap { row[$0] as Data? } }
                )
            }
        }
        #expect(tokens.map(\.count) == [4, 4])
        #expect(tokens[0].isDisjoint(with: tokens[1]))
        let wrong = IndexClass(number: 1, key: fixture.target(2).key)
        let refused = await archiveError { try await fixture.index.replace([fixture.document("x")], in: wrong) }
        #expect(refused?.code == .storage)
        let query = try SearchQuery("kapal")
        let unread = await archiveError { _ = try await fixture.index.search(query, in: [wrong], limit: 1) }
        #expect(unread?.code == .storage)
        for name in ["anggaran", "kapal", "anggar"] {
            #expect(try files(below: fixture.folder.path, containing: name.utf8).isEmpty)
        }
    }

    /// DESIGN.md invariant 4: what is in a class that the caller may not see changes nothing of what they get.
    @Test func anotherClassChangesNothing() async throws {
        let names = ["kapal", "pesawat", "anggaran", "menteri", "rapat"]
        for number in 0..<30 {
            let words = (0..<20).map { names[(number * 7 + $0 * $0) % 5] }
            try await fixture.add(fixture.document(words.joined(separator: " ")), to: Int64(number % 2) + 1)
        }
        let queries = names + ["kapal -menteri", "\"kapal pesawat\"", "rapat anggaran", "dianggarkan OR tiada"]
        var before: [[SearchResult]] = []
        for query in queries { before.append(try await fixture.results(query, in: [1, 2])) }
        #expect(before.allSatisfy { !$0.isEmpty })
        var secret: [RecordingID] = []
        for number in 0..<20 {
            let text = Array(repeating: "kapal anggaran tiada", count: number + 1).joined(separator: " ")
            secret += try await fixture.add(fixture.document(text), to: 3)
            if number == 10 { try await fixture.index.remove(Array(secret.prefix(5))) }
            if number == 12 { try await fixture.index.scrub() }
        }
        for (query, expected) in zip(queries, before) {
            #expect(try await fixture.results(query, in: [1, 2]) == expected)
        }
        #expect(try await fixture.results("tiada", in: [1, 2]).isEmpty)
        // Not even one that is damaged.
        try await fixture.index.pool.write {
            try $0.execute(sql: "DROP TABLE class_3; DROP TABLE terms_3; DROP TABLE documents_3")
        }
        for (query, expected) in zip(queries, before) {
            #expect(try await fixture.results(query, in: [1, 2]) == expected)
        }
    }

    @Test func scoresOfAClassAreItsOwn() async throws {
        for number in 0..<10 {
            try await fixture.add(fixture.document("kapal \(number) laut"), to: 1)
            try await fixture.add(fixture.document("kapal laut pesawat \(number)"), to: Int64(number % 2) + 2)
        }
        let alone = try await fixture.results("kapal", in: [1]) + fixture.results("kapal", in: [2])
        let together = try await fixture.results("kapal", in: [2, 1])
        #expect(Set(alone) == Set(together))
        #expect(together.map(\.score) == together.map(\.score).sorted(by: >))
        // A class that is named twice is searched once.
        #expect(try await fixture.results("kapal", in: [2, 1, 2]) == together)
    }

    @Test func pagesAreTheWholeInOrder() async throws {
        // Many of one score, so that pages end amid them.
        for number in 0..<60 {
            try await fixture.add(
                fixture.document(number % 3 == 0 ? "kapal kapal" : "kapal laut"),
                to: Int64(number % 2) + 1
            )
        }
        let (query, classes) = (try SearchQuery("kapal"), [fixture.target(1), fixture.target(2)])
        let whole = try await fixture.index.search(query, in: classes, limit: 1000)
        #expect(whole.results.count == 60 && whole.total == 60 && whole.next == nil)
        for limit in [1, 7, 20, 60] {
            var results: [SearchResult] = []
            var cursor: SearchCursor?
            repeat {
                let page = try await fixture.index.search(query, in: classes, limit: limit, after: cursor)
                #expect(page.results.count <= limit && page.total == 60)
                results += page.results
                cursor = page.next
            } while cursor != nil
            #expect(results == whole.results)
        }
    }
}
