import Foundation
import Testing

@testable import BlindIndex

/// Where in a transcript a query is said, and what is shown of it.
@Suite struct HitFinderTests {
    private static func segments(_ texts: [(String, String)]) -> [TextSegment] {
        texts.enumerated().map { index, text in
            TextSegment(start: Double(index * 10), end: Double(index * 10 + 9), speaker: text.0, text: text.1)
        }
    }

    private let meeting = segments([
        ("Ketua", "Rapat dibuka pukul 09.30."),
        ("Budi Santoso", "Kita menganggarkan kapal selam, lalu kapal induk."),
        ("Ketua", "Apakah alat"),
        ("Sari", "utama sudah dianggarkan? Anggaran itu penting."),
        ("Budi Santoso", "Belum."),
        ("Sari", "Anggaran alat utama — anggaran kita."),
    ])

    private func hits(_ query: String, limit: Int = 10, order: HitFinder.Order = .time, language: String? = "id") throws
        -> [SearchHit]
    {
        try HitFinder(SearchQuery(query)).hits(in: meeting, language: language, limit: limit, order: order)
    }

    private func marked(_ hit: SearchHit) -> [String] {
        let bytes = Array(hit.snippet.utf8)
        return hit.marks.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test func wordsAreMarkedByTheirStems() throws {
        let found = try hits("anggaran")
        #expect(found.map(\.segments) == [1..<2, 3..<4, 5..<6])
        #expect(found.map(\.start) == [10, 30, 50] && found.map(\.end) == [19, 39, 59])
        #expect(found.map(\.speaker) == ["Budi Santoso", "Sari", "Sari"])
        #expect(found.map(marked) == [["menganggarkan"], ["dianggarkan", "Anggaran"], ["Anggaran", "anggaran"]])
        #expect(found[0].snippet == meeting[1].text)
        #expect(try hits("kapal anggaran").map(marked)[0] == ["menganggarkan", "kapal", "kapal"])
        #expect(try hits("anggaran", language: "jv").map(marked) == [["Anggaran"], ["Anggaran", "anggaran"]])
        #expect(try hits("tiada").isEmpty)
    }

    @Test func phrasesGoOverTheEndOfASegment() throws {
        let found = try hits("\"alat utama\"")
        #expect(found.map(\.segments) == [2..<4, 5..<6])
        #expect(found[0].start == 20 && found[0].end == 39 && found[0].speaker == "Ketua")
        #expect(found[0].snippet == "Apakah alat utama sudah dianggarkan? Anggaran itu penting.")
        #expect(found.map(marked) == [["alat", "utama"], ["alat", "utama"]])
        #expect(try hits("\"utama alat\"").isEmpty)
        #expect(try hits("\"anggaran kita kita\"").isEmpty)
        #expect(try hits("\"anggaran kita\"").map(\.segments) == [5..<6])
    }

    @Test func whatIsExcludedAndTitlesAreNotLookedFor() throws {
        #expect(try hits("kapal -anggaran title:rapat").map(marked) == [["kapal", "kapal"]])
        #expect(try hits("title:rapat").isEmpty)
    }

    @Test func theBestComeFirst() throws {
        #expect(try hits("anggaran \"alat utama\"", limit: 1, order: .best).map(\.segments) == [5..<6])
        // An exact form before another.
        #expect(try hits("dianggarkan", limit: 1, order: .best).map(\.segments) == [3..<4])
        #expect(try hits("menganggarkan", limit: 1, order: .best).map(\.segments) == [1..<2])
        // Who was asked for before others, though another says it exactly.
        #expect(try hits("anggaran speaker:budi", order: .best).map(\.segments) == [1..<2, 3..<4, 5..<6])
        #expect(try hits("anggaran speaker:budi", limit: 1, order: .best).map(\.segments) == [1..<2])
        #expect(try hits("anggaran", limit: 0).isEmpty)
    }

    @Test func namesAreWhereSomebodySpeaks() throws {
        let found = try hits("speaker:\"budi santoso\"")
        #expect(found.map(\.segments) == [1..<2, 4..<5])
        #expect(found.allSatisfy { $0.marks.isEmpty } && found[1].snippet == "Belum.")
        #expect(try hits("santoso").map(\.segments) == [1..<2, 4..<5])
        #expect(try hits("speaker:\"santoso budi\"").isEmpty)
    }

    @Test func longSegmentsAreCut() throws {
        let words = (0..<500).map { $0 == 250 ? "Anggaran" : "kata\($0)" }
        let long = [TextSegment(start: 0, end: 9, speaker: nil, text: words.joined(separator: " ") + ".")]
        let found = try HitFinder(SearchQuery("anggaran")).hits(in: long, language: "id", limit: 5)
        #expect(found.count == 1 && marked(found[0]) == ["Anggaran"])
        #expect(found[0].snippet.hasPrefix("…kata242 ") && found[0].snippet.hasSuffix(" kata266…"))
        let first = try HitFinder(SearchQuery("kata1")).hits(in: long, language: "id", limit: 5)
        #expect(first[0].snippet.hasPrefix("kata0 kata1 ") && first[0].snippet.hasSuffix("…"))
        let last = try HitFinder(SearchQuery("kata499")).hits(in: long, language: "id", limit: 5)
        #expect(last[0].snippet.hasSuffix(" kata499."))
    }

    @Test func oddTextsDoNotCrash() throws {
        let endless = String(repeating: "é", count: 5000)
        let odd = ["", "  ", "👍🏽 會議 rapat\u{0}\u{301}", endless, "\(endless)rapat rapat", "會議"].enumerated().map {
            TextSegment(start: Double($0), end: Double($0), speaker: $0 == 1 ? "" : nil, text: $1)
        }
        for query in ["rapat", "會議", "\"會議 rapat\"", endless.prefix(400).description, "speaker:x", "\"rapat 會\""] {
            let found = try HitFinder(SearchQuery(query)).hits(in: odd, language: nil, limit: 10)
            for hit in found {
                #expect(
                    hit.snippet.utf8.count < 1500 && hit.marks.allSatisfy { $0.upperBound <= hit.snippet.utf8.count }
                )
                #expect(!hit.snippet.contains("\u{FFFD}"))
            }
            #expect(
                found.isEmpty == ["speaker:x", endless.prefix(400).description].contains(query),
                "\(query.prefix(20))"
            )
        }
        #expect(try HitFinder(SearchQuery("rapat")).hits(in: [], language: nil, limit: 10).isEmpty)
    }

    /// One finder for many transcripts finds what a new one for each does.
    @Test func whatIsRememberedChangesNothing() throws {
        let finder = HitFinder(try SearchQuery("anggaran dina"))
        for language in ["id", "en", nil, "id", "jv"] as [String?] {
            let own = Self.segments([("A", "dinas menganggarkan"), ("B", "anggarans Dina dinas")])
            let fresh = HitFinder(try SearchQuery("anggaran dina"))
            #expect(
                finder.hits(in: own, language: language, limit: 9) == fresh.hits(in: own, language: language, limit: 9)
            )
        }
        let id = finder.hits(in: Self.segments([("A", "dinas")]), language: "id", limit: 9)
        let en = finder.hits(in: Self.segments([("A", "dinas")]), language: "en", limit: 9)
        #expect(id.isEmpty && en.count == 1)
    }
}
