import ArchiveCore
import ArchiveTesting
import Foundation
import GRDB
import Testing

@testable import BlindIndex

/// An index in a folder of its own, with classes whose keys it knows.
final class IndexFixture: Sendable {
    let folder: TemporaryFolder
    let index: BlindIndex
    private let keys: [Int64: SecretBytes]

    init(folder: TemporaryFolder? = nil, keys: [Int64: SecretBytes]? = nil) throws {
        self.folder = try folder ?? TemporaryFolder()
        index = try BlindIndex(path: self.folder.file("index.sqlite"))
        self.keys = keys ?? Dictionary(uniqueKeysWithValues: (1...4).map { ($0, SecretBytes(randomCount: 32)) })
    }

    /// The same index as a process that was killed now leaves it.
    func photograph() throws -> IndexFixture {
        try IndexFixture(folder: TemporaryFolder(photographing: folder.path), keys: keys)
    }

    func target(_ number: Int64) -> IndexClass { IndexClass(number: number, key: keys[number] ?? SecretBytes([])) }

    /// A document of one segment in Indonesian.
    func document(_ text: String, language: String? = "id", title: String = "", speakers: [String] = [])
        -> IndexDocument
    {
        IndexDocument(
            recording: RecordingID(),
            revision: 1,
            language: language,
            title: title,
            speakers: speakers,
            segments: [text]
        )
    }

    @discardableResult
    func add(_ documents: IndexDocument..., to number: Int64 = 1) async throws -> [RecordingID] {
        try await index.replace(documents, in: target(number))
        return documents.map(\.recording)
    }

    /// Whose documents answer, best first.
    func search(_ query: String, in classes: Int64...) async throws -> [RecordingID] {
        try await results(query, in: classes.isEmpty ? [1] : classes).map(\.recording)
    }

    func results(_ query: String, in classes: [Int64] = [1]) async throws -> [SearchResult] {
        try await index.search(SearchQuery(query), in: classes.map(target), limit: 1000).results
    }

    /// The tokens that a class has for a word, of texts and of stems.
    func tokens(of word: String, in number: Int64) -> [TermHasher.Token] {
        let hasher = TermHasher(key: target(number).key)
        let analyzer = TextAnalyzer()
        return analyzer.foldedWords(of: word).flatMap { folded -> [TermHasher.Token] in
            let word = analyzer.number(ofFolded: folded)
            return Analysis.allCases.map { analysis in analyzer.withFolded(word) { hasher.word($0, in: analysis) } }
                + StemmedLanguage.allCases.map { language in
                    analyzer.withFolded(analyzer.stem(word, language)) { hasher.stem($0, language) }
                }
        }
    }

    /// The names of files in which one of the tokens of `word` stands, in either form.
    func files(withTokensOf word: String, in number: Int64) throws -> [String] {
        try tokens(of: word, in: number).flatMap { token in
            try ArchiveTesting.files(below: folder.path, containing: token.text.utf8)
                + ArchiveTesting.files(below: folder.path, containing: token.bytes)
        }
    }

    /// All places of all tokens of a class, as FTS5 has them.
    func instances(of number: Int64) async throws -> [String] {
        try await index.pool.write { database in
            try database.execute(
                sql: "CREATE VIRTUAL TABLE temp.places USING fts5vocab('main', 'class_\(number)', 'instance')"
            )
            defer { try? database.execute(sql: "DROP TABLE temp.places") }
            return try Row.fetchAll(database, sql: "SELECT * FROM temp.places ORDER BY 1, 2, 3, 4").map(\.description)
        }
    }
}
