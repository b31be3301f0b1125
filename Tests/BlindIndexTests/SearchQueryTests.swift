import ArchiveCore
import Foundation
import Testing

@testable import BlindIndex

/// What people type, and what they are told where it is wrong.
@Suite struct SearchQueryTests {
    /// A query in a form that is easy to write down: clauses by `&`, terms by `|`.
    private func shape(_ text: String) throws -> String {
        let query = try SearchQuery(text)
        func shape(_ term: SearchQuery.Term) -> String {
            (term.field == .anywhere ? "" : "\(term.field.rawValue)=") + term.words.joined(separator: "+")
        }
        var parts = query.required.map { $0.map(shape).joined(separator: "|") }
        parts += query.excluded.map { "!" + shape($0) }
        parts += query.levels.map { "level=\($0)" } + query.units.map { "unit=\($0)" }
        parts += [query.after.map { "from=\($0)" }, query.before.map { "to=\($0)" }].compactMap(\.self)
        return parts.joined(separator: " & ")
    }

    @Test(arguments: [
        ("anggaran", "anggaran"),
        ("  Anggaran\tBELANJA \n", "anggaran & belanja"),
        ("\"alat utama\" anggaran", "alat+utama & anggaran"),
        ("“alat utama”", "alat+utama"),
        ("a b OR c d", "a & b|c & d"),
        ("a OR b OR c", "a|b|c"),
        ("a or b", "a & or & b"),
        ("\"OR\"", "or"),
        ("anggaran -belanja -\"alat utama\"", "anggaran & !belanja & !alat+utama"),
        ("rapat-rapat", "rapat+rapat"),
        ("speaker:\"Menteri Pertahanan\" kapal", "speaker=menteri+pertahanan & kapal"),
        ("Title:anggaran -title:belanja -speaker:budi", "title=anggaran & !title=belanja & !speaker=budi"),
        ("speaker:budi OR title:x", "speaker=budi|title=x"),
        ("a level:rahasia level:biasa unit:\"Biro Umum\"", "a & level=rahasia & level=biasa & unit=Biro Umum"),
        ("a after:2026-01-31 before:2024-02-29", "a & from=2026-01-31 & to=2024-02-29"),
        ("12:30 a", "12+30 & a"),
        ("Jum'at", "jumat"),
        ("\"a\"b", "a & b"),
    ]) func queriesAreRead(text: String, expected: String) throws {
        #expect(try shape(text) == expected)
    }

    @Test(arguments: [
        ("", 0), ("   ", 3), ("-a", 2), ("level:biasa", 11),
        ("a \"b c", 2), ("speaker:\"x", 8),
        ("OR a", 0), ("a OR", 2), ("a OR OR b", 5), ("a OR -b", 2), ("-a OR b", 3), ("a OR level:x", 2),
        ("level:x OR a", 8),
        ("a &", 2), ("a -", 3), ("a \"!\"", 2), ("a title:", 8), ("a speaker:— b", 10),
        ("a spaeker:x", 2), ("a -wrong:x", 3), ("a -level:x", 2), ("a unit:", 7),
        ("a after:2026", 8), ("a before:2026-02-29", 9), ("a after:2026-13-01", 8), ("a after:+026-01-01", 8),
        ("a after:2026-01-01 after:2026-01-02", 19),
    ]) func mistakesHaveAPlace(text: String, offset: Int) throws {
        let error = try #require(throws: SearchQueryError.self) { try SearchQuery(text) }
        #expect(error.offset == offset)
        #expect(error.error.code == .badRequest)
        #expect(error.error.offset == Int64(offset))
        #expect(!error.message.contains("\n") && !error.hint.isEmpty)
    }

    @Test func theCaretStandsUnderThePlace() throws {
        let error = try #require(throws: SearchQueryError.self) { try SearchQuery("été\t👍🏽x OR") }
        #expect(error.caret == "été 👍🏽x OR\n       ^")
        #expect(error.description.hasPrefix(error.caret))
    }

    @Test func longQueriesAreRefused() throws {
        let words = (0..<SearchQuery.mostWords).map { "w\($0)" }
        #expect(try SearchQuery(words.joined(separator: " ")).required.count == SearchQuery.mostWords)
        #expect(throws: SearchQueryError.self) { try SearchQuery((words + ["x"]).joined(separator: " ")) }
        #expect(throws: SearchQueryError.self) { try SearchQuery("\"\(words.joined(separator: " ")) x\"") }
        let long = String(repeating: "é", count: SearchQuery.mostBytes)
        let error = try #require(throws: SearchQueryError.self) { try SearchQuery(long) }
        #expect(error.caret.hasSuffix("^"))
    }

    @Test func plansComeBackAndOthersAreRefused() {
        var plan = SearchPlan(clauses: 2)
        plan.alternatives = [.init(clause: 0, words: 1), .init(clause: 1, words: 2, column: 3)]
        plan.phrases = [.init(alternative: 0, word: 0, isExact: true), .init(alternative: 1, word: 1, isExact: false)]
        #expect(SearchPlan(plan.bytes) == plan)
        for count in [0, 1, 2, 5, 7, 9, 10, 12, 13] { #expect(SearchPlan(Array(plan.bytes.prefix(count))) == nil) }
        // How many clauses, how many alternatives, a clause, an alternative, a word of it.
        for index in [0, 1, 2, 8, 9, 11] {
            var bytes = plan.bytes
            bytes[index] = 200
            #expect(SearchPlan(bytes) == nil)
        }
    }
}
