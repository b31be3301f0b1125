import ArchiveCore
import ArchiveTesting
import Foundation
import Testing

@testable import BlindIndex

/// The index answers as a search does that reads every document.
@Suite struct PropertyTests {
    private static let forms = [
        "anggaran", "dianggarkan", "menganggarkan", "keputusan", "memutuskan", "kapal", "kapalnya", "rapat", "meeting",
        "meetings", "runs", "running", "dina", "dinas", "Jum'at", "2,5", "éclair",
    ]

    /// A search without an index.
    private struct Naive {
        let analyzer = TextAnalyzer()

        /// Whether `term` is in `document`, by what each column says.
        func contains(_ term: SearchQuery.Term, in document: IndexDocument) -> Bool {
            let text = [document.segments.joined(separator: " ")]
            let passages: [String]
            switch term.field {
            case .anywhere:
                passages =
                    text + [document.title] + document.participants
                    + [document.description ?? ""] + document.speakers
            case .title: passages = [document.title]
            case .speaker: passages = document.speakers
            }
            return passages.contains { passage in
                let words = analyzer.foldedWords(of: passage)
                return words.indices.contains { start in
                    start + term.words.count <= words.count
                        && zip(words[start...], term.words).allSatisfy {
                            isForm($0, of: $1, in: Analysis(language: document.language))
                        }
                }
            }
        }

        private func isForm(_ word: String, of other: String, in analysis: Analysis) -> Bool {
            if word == other { return true }
            let numbers = [word, other].map(analyzer.number(ofFolded:))
            return analysis.languages.contains { language in
                analyzer.stem(numbers[0], language) == analyzer.stem(numbers[1], language)
            }
        }

        func answers(_ query: SearchQuery, _ document: IndexDocument) -> Bool {
            query.required.allSatisfy { $0.contains { contains($0, in: document) } }
                && !query.excluded.contains { contains($0, in: document) }
        }
    }

    private static func passage(_ count: ClosedRange<Int>, _ generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: count, using: &generator))
            .map { _ in forms.randomElement(using: &generator) ?? "" }.joined(separator: " ")
    }

    private static func document(_ generator: inout SeededGenerator) -> IndexDocument {
        IndexDocument(
            recording: RecordingID(),
            revision: 1,
            language: ["id", "en", nil, "jv"].randomElement(using: &generator) ?? nil,
            title: passage(0...2, &generator),
            participants: [passage(1...2, &generator), passage(1...1, &generator)],
            speakers: [passage(1...2, &generator), passage(0...2, &generator)],
            segments: (0..<Int.random(in: 0...3, using: &generator)).map { _ in passage(0...4, &generator) }
        )
    }

    private static func query(_ generator: inout SeededGenerator) -> String {
        var terms: [String] = []
        func term(_ generator: inout SeededGenerator) -> String {
            let field = ["", "", "", "title:", "speaker:"].randomElement(using: &generator) ?? ""
            return "\(field)\"\(passage(1...(Bool.random(using: &generator) ? 1 : 3), &generator))\""
        }
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let alternatives = (0..<(Bool.random(using: &generator) ? 1 : 2)).map { _ in term(&generator) }
            terms.append(alternatives.joined(separator: " OR "))
        }
        for _ in 0..<Int.random(in: 0...1, using: &generator) { terms.append("-\(term(&generator))") }
        return terms.joined(separator: " ")
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func theIndexAnswersAsReadingEverythingDoes(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let fixture = try IndexFixture()
        let naive = Naive()
        var held: [Int64: [IndexDocument]] = [:]
        var answered = 0
        for round in 0..<6 {
            for number in [1, 2] as [Int64] {
                var documents = (0..<20).map { _ in Self.document(&generator) }
                // Some that the index has move here, from the other class or changed.
                for index in 0..<4 where round > 0 {
                    let other = held[Int64.random(in: 1...2, using: &generator)]?.randomElement(using: &generator)
                    if let other, !documents.contains(where: { $0.recording == other.recording }) {
                        documents[index].recording = other.recording
                    }
                }
                for (place, own) in held {
                    held[place] = own.filter { own in !documents.contains { $0.recording == own.recording } }
                }
                held[number, default: []] += documents
                try await fixture.index.replace(documents, in: fixture.target(number))
                let doomed = held[number]?.shuffled(using: &generator).prefix(5).map(\.recording) ?? []
                try await fixture.index.remove(doomed)
                held[number]?.removeAll { doomed.contains($0.recording) }
            }
            if round == 3 { try await fixture.index.scrub() }
            for _ in 0..<40 {
                let text = Self.query(&generator)
                let query = try SearchQuery(text)
                let classes: [Int64] = Bool.random(using: &generator) ? [1] : [1, 2]
                let expected = classes.flatMap { held[$0] ?? [] }.filter { naive.answers(query, $0) }.map(\.recording)
                let found = try await fixture.results(text, in: classes)
                #expect(Set(found.map(\.recording)) == Set(expected), "\(text)")
                #expect(found.count == expected.count && found.allSatisfy { $0.score > 0 })
                answered += expected.count
            }
        }
        #expect(answered > 500)
        #expect(try await fixture.index.faults().isEmpty)
    }
}
