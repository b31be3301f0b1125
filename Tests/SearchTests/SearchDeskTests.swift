import AccessPolicy
import ArchiveCore
import ArchiveTesting
import BlindIndex
import Catalogue
import Foundation
import Retention
import Retrieval
import Search
import Testing

@Suite struct SearchDeskTests {
    @Test func `what was said is found where it was said`() async throws {
        let scene = try await Scene()
        let spoken = ["Selamat pagi semua.", "Kita membahas anggaran alat utama.", "Sekian."]
        let one = try await scene.record(spoken, title: "Rapat kerja", speaker: "Menteri Pertahanan", seed: 1)
        let two = try await scene.record(["Tidak ada apa-apa."], title: "Rapat anggaran", seed: 3)
        try await scene.archive.settleIndex()
        let found = try await scene.search("anggaran")
        #expect(Set(found.map(\.view.row.id)) == [one, two])
        #expect(found.allSatisfy { $0.score > 0 } && found[0].score >= found[1].score)
        let hits = try #require(found.first { $0.view.row.id == one }?.hits)
        #expect(hits.map(\.start) == [0.5] && hits[0].speaker == "Menteri Pertahanan")
        let snippet = try #require(hits.first)
        let marked = snippet.marks.map { String(decoding: Array(snippet.snippet.utf8)[$0], as: UTF8.self) }
        #expect(marked == ["anggaran"])
        // The title of the other answers, and nothing that was said in it.
        #expect(found.first { $0.view.row.id == two }?.hits?.isEmpty == true)
        #expect(try await scene.found(#""alat utama""#) == [one])
        #expect(try await scene.found("speaker:menteri") == [one])
        #expect(try await scene.found("title:anggaran") == [two])
        #expect(try await scene.found("anggaran -alat") == [two])
        #expect(try await scene.found("dianggarkan alat OR apa") == found.map(\.view.row.id))
        #expect(try await scene.found("level:biasa unit:umum sekian") == [one])
        #expect(try await scene.found("level:rahasia anggaran").isEmpty)
    }

    /// Scores, order, places and cursors are the same, whatever there is above.
    @Test func `nothing above the caller's clearance changes an answer`() async throws {
        let scene = try await Scene()
        for number in 0..<5 {
            let texts = ["anggaran \(number)"] + Array(repeating: "rapat", count: number)
            try await scene.record(texts, title: "Rapat \(number)", seed: UInt32(11 + 2 * number))
        }
        try await scene.archive.settleIndex()
        struct Answer: Equatable {
            var ids: [RecordingID]
            var scores: [Double]
            var places: [[Double]?]
        }
        func answers() async throws -> [Answer] {
            var answers: [Answer] = []
            for query in [
                "anggaran", "rapat anggaran", "\"rapat rapat\"", "anggaran OR rapat -3", "kapal", "alutsista",
            ] {
                let found = try await scene.search(query, as: scene.sari)
                let places = found.map { $0.hits?.map(\.start) }
                answers.append(Answer(ids: found.map(\.view.row.id), scores: found.map(\.score), places: places))
            }
            return answers
        }
        let before = try await answers()
        #expect(before[0].ids.count == 5 && before[4].ids.isEmpty)
        var secret: [RecordingID] = []
        for (number, level) in ["terbatas", "rahasia", "terbatas", "rahasia"].enumerated() {
            let texts = Array(repeating: "anggaran rapat kapal alutsista", count: 7)
            secret.append(try await scene.record(texts, level: level, seed: UInt32(31 + 2 * number)))
            try await scene.archive.settleIndex()
            #expect(try await answers() == before)
        }
        try await scene.correct(secret[0], ["kapal anggaran"], after: 0)
        _ = try await scene.archive.retrieval.relabel(
            secret[2],
            to: Label(Level("rahasia"), compartments: ["pertahanan"]),
            because: "Salah",
            by: scene.wati.caller
        )
        try await scene.archive.settleIndex()
        #expect(try await answers() == before)
        // They are there, for who may see them.
        #expect(try await Set(scene.found("alutsista")) == Set(secret).subtracting([secret[0]]))
        #expect(try await scene.found("kapal").count == 4)
    }

    @Test func `words are shown where opening needs nobody else`() async throws {
        let scene = try await Scene()
        let id = try await scene.record(["anggaran alat utama"], level: "rahasia", seed: 1)
        try await scene.archive.settleIndex()
        // The level wants a purpose, and lets nothing leave but sealed.
        let without = try #require(try await scene.search("anggaran").first)
        #expect(without.view.row.id == id && without.hits == nil)
        let with = try #require(try await scene.search("anggaran", purpose: "Notulen").first)
        #expect(with.hits?.count == 1 && with.isSealedOnly)
        let sealed = try await scene.archive.search.seal(Array("x".utf8), for: scene.dewi.caller)
        #expect(try MadeRecording.open(sealed, with: scene.dewi.hybrid) == Array("x".utf8))
        // One entry for each, before the answer.
        let entries = try await scene.entries()
        #expect(entries.map { $0.details["words"] } == ["0", "1"])
        #expect(entries.map { $0.details["count"] } == ["1", "1"])
        #expect(entries[1].commitments["purpose"] != nil)
        #expect(entries.allSatisfy { !$0.details.values.contains { $0.contains("anggaran") } })
    }

    @Test func `words are withheld where opening takes somebody's approval, and from a spent quota`() async throws {
        let asking = try await Scene(policy: Policy.asking(approvals: 1))
        let id = try await asking.record(["anggaran alat utama"], level: "terbatas", seed: 1)
        try await asking.archive.settleIndex()
        let found = try #require(try await asking.search("anggaran", purpose: "Notulen").first)
        #expect(found.view.row.id == id && found.hits == nil)

        let bounded = Policy.shippedWithoutQuotas + "\nquotas:\n  archivist: {accesses_per_hour: 1}\n"
        let scene = try await Scene(policy: bounded)
        let open = try await scene.record(["anggaran alat utama"], seed: 1)
        try await scene.archive.settleIndex()
        #expect(try await scene.search("anggaran", as: scene.sari).first?.hits?.count == 1)
        _ = try await scene.archive.retrieval.open(open, purpose: "x", hybrid: false, by: scene.sari.caller)
        let spent = try #require(try await scene.search("anggaran", as: scene.sari).first)
        #expect(spent.view.row.id == open && spent.hits == nil)
    }

    /// Nobody waits for witnesses to be shown words, and without them nothing of such a level leaves.
    @Test func `words are withheld where witnesses have to cosign`() async throws {
        let cosigned = Policy.shippedWithoutQuotas.replacing(
            "  - name: terbatas\n",
            with: "  - name: terbatas\n    cosignatures: 1\n"
        )
        let scene = try await Scene(policy: cosigned)
        try #require(scene.archive.policy.levels.map(\.cosignatures) == [0, 1, 1, 1])
        var ids: [String: RecordingID] = [:]
        for (number, level) in ["biasa", "terbatas", "rahasia"].enumerated() {
            let seed = UInt32(1 + 2 * number)
            ids[level] = try await scene.record(["anggaran alat utama"], level: level, seed: seed)
        }
        try await scene.archive.settleIndex()
        let found = try await scene.search("anggaran", purpose: "Notulen")
        let withheld = found.filter { $0.hits == nil }.map(\.view.row.id)
        #expect(Set(withheld) == Set([ids["terbatas"], ids["rahasia"]].compactMap(\.self)))
        let shown = found.filter { $0.hits?.count == 1 }.map(\.view.row.id)
        #expect(shown == [ids["biasa"]].compactMap(\.self))
        #expect(try await scene.entries().last?.details["words"] == "1")
    }

    @Test func `pages hold each once, and a cursor is its caller's`() async throws {
        let scene = try await Scene()
        var ids: Set<RecordingID> = []
        for number in 0..<7 {
            // Some score alike.
            ids.insert(try await scene.record(["anggaran"], title: "Rapat", seed: UInt32(1 + 2 * (number % 3))))
        }
        try await scene.archive.settleIndex()
        let search = scene.archive.search
        let request = SearchDesk.Request(query: "anggaran")
        var seen: [RecordingID] = []
        var cursor: String?
        repeat {
            let page = try await search.search(request, limit: 3, cursor: cursor, by: scene.sari.caller)
            seen += page.results.map(\.view.row.id)
            cursor = page.next
        } while cursor != nil
        #expect(seen.count == 7 && Set(seen) == ids)
        let first = try await search.search(request, limit: 3, cursor: nil, by: scene.sari.caller)
        for (request, caller) in [(request, scene.wati.caller), (.init(query: "rapat"), scene.sari.caller)] {
            let refused = await archiveError {
                _ = try await search.search(request, limit: 3, cursor: first.next, by: caller)
            }
            #expect(refused?.code == .badRequest)
        }
        for limit in [0, 51] {
            let refused = await archiveError {
                _ = try await search.search(request, limit: limit, cursor: nil, by: scene.sari.caller)
            }
            #expect(refused?.code == .badRequest)
        }
    }

    /// A short page with more behind it would say that there is something.
    @Test func `what was just relabelled leaves no gap in a page`() async throws {
        let scene = try await Scene()
        var ids: [RecordingID] = []
        for number in 0..<3 {
            let words = Array(repeating: "anggaran", count: 3 - number).joined(separator: " ")
            ids.append(try await scene.record([words], seed: UInt32(1 + 2 * number)))
        }
        try await scene.archive.settleIndex()
        let higher = Label(Level("rahasia"))
        func relabel(_ id: RecordingID) async throws {
            _ = try await scene.archive.retrieval.relabel(id, to: higher, because: "Salah", by: scene.wati.caller)
        }
        let first = try #require(try await scene.search("anggaran", as: scene.sari, limit: 1).first?.view.row.id)
        try await relabel(first)
        let request = SearchDesk.Request(query: "anggaran")
        let search = scene.archive.search
        let page = try await search.search(request, limit: 2, cursor: nil, by: scene.sari.caller)
        #expect(Set(page.results.map(\.view.row.id)) == Set(ids).subtracting([first]) && page.next == nil)
        for id in ids where id != first { try await relabel(id) }
        let empty = try await search.search(request, limit: 1, cursor: nil, by: scene.sari.caller)
        #expect(empty.results.isEmpty && empty.next == nil)
    }

    @Test func `words of what is to go are withheld`() async throws {
        let scene = try await Scene()
        let id = try await scene.record(["anggaran"], seed: 1)
        try await scene.archive.settleIndex()
        scene.archive.clock.advance(by: 31 * 86_400)
        #expect(try await scene.search("anggaran", as: scene.sari).first?.hits?.count == 1)
        let listed = try await scene.archive.retention.propose(by: .hostUser(0))
        try #require(listed.map(\.item.recording) == [id])
        let found = try #require(try await scene.search("anggaran", as: scene.sari).first)
        #expect(found.view.row.id == id && found.hits == nil)
    }

    /// Days begin where the archive is; a recording is of the day on which it began.
    @Test func `days part recordings`() async throws {
        let scene = try await Scene()
        var ids: [RecordingID] = []
        for (number, began) in ["2026-01-30T23:59:59Z", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"].enumerated() {
            let seed = UInt32(1 + 2 * number)
            ids.append(try await scene.record(["anggaran"], seed: seed, metadata: [("started", began)]))
        }
        try await scene.archive.settleIndex()
        #expect(try await Set(scene.found("anggaran after:2026-01-31")) == Set(ids[1...]))
        #expect(try await Set(scene.found("anggaran before:2026-02-01")) == Set(ids[..<2]))
        #expect(try await scene.found("anggaran after:2026-01-31 before:2026-02-01") == [ids[1]])
        #expect(try await scene.found("anggaran after:2026-02-02").isEmpty)
        #expect(try await scene.found("anggaran after:2026-02-01 before:2026-01-01").isEmpty)
    }

    @Test func `mistakes and strangers are told so`() async throws {
        let scene = try await Scene()
        func refusal(_ query: String, as member: ArchiveFixture.Member) async -> ArchiveError? {
            await archiveError { _ = try await scene.search(query, as: member) }
        }
        let mistake = await refusal("anggaran spaeker:budi", as: scene.sari)
        #expect(mistake?.code == .badRequest && mistake?.offset == 9)
        #expect(await refusal("anggaran level:hijau", as: scene.sari)?.code == .unknownName)
        #expect(await refusal("anggaran unit:hijau", as: scene.sari)?.code == .unknownName)
        #expect(await refusal("anggaran", as: scene.sender)?.code == .refused)
        let auditor = try await scene.archive.member(.auditor)
        #expect(await refusal("anggaran", as: auditor)?.code == .refused)
        #expect(try await scene.entries().map(\.decision) == [.refuse, .refuse])
    }
}

extension Scene {
    /// Entries of searches, the oldest first.
    func entries() async throws -> [LogEntry] {
        var filter = EntryFilter()
        filter.action = "recording.search"
        return try await archive.catalogue.read { [filter] in try $0.entries(filter, limit: 100) }
            .compactMap { LogEntry(leaf: $0.leaf) }
    }
}
