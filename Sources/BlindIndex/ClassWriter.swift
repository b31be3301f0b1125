import ArchiveCore
import Foundation
import GRDB

/// What is remembered of a class while documents are written to it: the terms of words that came before.
final class ClassWriter {
    let tables: ClassTables
    private let hasher: TermHasher
    /// By analysis; made when the first document of it comes.
    private var vocabularies: [Analysis: Vocabulary] = [:]
    private var boundary: (id: Int64, text: [UInt8])?
    private var boundaryTurn: Int32 = 0
    /// Rises with each document, so that a term is listed once for it.
    private var turn: Int32 = 0

    /// Terms of words by the analyzer's numbers.
    private struct Vocabulary {
        static let tokenLength = 16
        /// Zero where the term was not looked up yet: ids begin at one.
        var ids: [Int64] = []
        /// The turn in which it was listed last.
        var turns: [Int32] = []
        /// Sixteen characters each.
        var tokens: [UInt8] = []

        mutating func makeRoom(for count: Int) {
            guard ids.count < count else { return }
            // More than is asked for, so that it is not moved with each document.
            let added = max(count - ids.count, ids.count / 2)
            ids.append(contentsOf: repeatElement(0, count: added))
            turns.append(contentsOf: repeatElement(0, count: added))
            tokens.append(contentsOf: repeatElement(0, count: added * Self.tokenLength))
        }
    }

    init(tables: ClassTables, hasher: TermHasher) {
        self.tables = tables
        self.hasher = hasher
    }

    /// Writes `document` as row `number`, which no document has.
    func insert(
        _ document: IndexDocument,
        as number: Int64,
        with analyzer: TextAnalyzer,
        _ database: Database
    ) throws {
        turn += 1
        let analysis = Analysis(language: document.language)
        var ids: [Int64] = []
        var arguments: [any DatabaseValueConvertible] = [number]
        var counts: [Int64] = []
        for column in Column.allCases {
            var text: [UInt8] = []
            let count = try append(column, of: document, analysis, analyzer, to: &text, listing: &ids, database)
            arguments.append(String(decoding: text, as: UTF8.self))
            counts.append(Int64(count))
        }
        ids.sort()
        let statement = try database.cachedStatement(sql: tables.insertRow)
        try statement.execute(arguments: StatementArguments(arguments))
        // Counts do not ascend; their sums do.
        var sum: Int64 = 0
        let sums = counts.map { count in
            sum += count
            return sum
        }
        try database.cachedStatement(
            sql: """
                INSERT INTO \(tables.documents) (number, recording, revision, time, terms, counts)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                number, document.recording.description, document.revision, document.seconds, NumberList.encode(ids),
                NumberList.encode(sums),
            ]
        )
    }

    /// Appends the tokens of a column to `text`; returns how many.
    private func append(
        _ column: Column,
        of document: IndexDocument,
        _ analysis: Analysis,
        _ analyzer: TextAnalyzer,
        to text: inout [UInt8],
        listing ids: inout [Int64],
        _ database: Database
    ) throws -> Int {
        var words: [TextAnalyzer.Word] = []
        var count = 0
        for piece in column.pieces(of: document) {
            words.removeAll(keepingCapacity: true)
            analyzer.append(wordsOf: piece, to: &words)
            if column.partsPieces, !words.isEmpty, count > 0 {
                let boundary = try theBoundary(database)
                if boundaryTurn != turn { ids.append(boundary.id) }
                boundaryTurn = turn
                text.append(contentsOf: boundary.text)
                text.append(UInt8(ascii: " "))
                count += 1
            }
            count += words.count
            try append(words, analysis, analyzer, to: &text, listing: &ids, database)
        }
        return count
    }

    private func append(
        _ words: [TextAnalyzer.Word],
        _ analysis: Analysis,
        _ analyzer: TextAnalyzer,
        to text: inout [UInt8],
        listing ids: inout [Int64],
        _ database: Database
    ) throws {
        // Taken out of the dictionary while it changes, so that it is not copied.
        var vocabulary = vocabularies.removeValue(forKey: analysis) ?? Vocabulary()
        defer { vocabularies[analysis] = vocabulary }
        let length = Vocabulary.tokenLength
        text.reserveCapacity(text.count + words.count * (length + 1))
        for word in words {
            let index = Int(word.number)
            if index >= vocabulary.ids.count { vocabulary.makeRoom(for: analyzer.count) }
            if vocabulary.ids[index] == 0 {
                let term = try term(of: word.number, analysis, analyzer, database)
                vocabulary.ids[index] = term.id
                vocabulary.tokens.replaceSubrange(index * length..<(index + 1) * length, with: term.token.text.utf8)
            }
            if vocabulary.turns[index] != turn {
                vocabulary.turns[index] = turn
                ids.append(vocabulary.ids[index])
            }
            text.append(contentsOf: vocabulary.tokens[index * length..<(index + 1) * length])
            text.append(UInt8(ascii: " "))
        }
    }

    // MARK: Terms

    private func term(
        of number: Int32,
        _ analysis: Analysis,
        _ analyzer: TextAnalyzer,
        _ database: Database
    ) throws -> (id: Int64, token: TermHasher.Token) {
        let token = analyzer.withFolded(number) { hasher.word($0, in: analysis) }
        if let id = try knownTerm(token, database) { return (id, token) }
        let stems = StemmedLanguage.allCases.map { language -> Data? in
            guard analysis.languages.contains(language) else { return nil }
            return analyzer.withFolded(analyzer.stem(number, language)) { hasher.stem($0, language).bytes }
        }
        return (try insertTerm(token, stems: stems, database), token)
    }

    private func theBoundary(_ database: Database) throws -> (id: Int64, text: [UInt8]) {
        if let boundary { return boundary }
        let token = hasher.boundary
        let id = try knownTerm(token, database) ?? insertTerm(token, stems: [nil, nil], database)
        let made = (id: id, text: Array(token.text.utf8))
        boundary = made
        return made
    }

    private func knownTerm(_ token: TermHasher.Token, _ database: Database) throws -> Int64? {
        let statement = try database.cachedStatement(sql: "SELECT id FROM \(tables.terms) WHERE token = ?")
        return try Int64.fetchOne(statement, arguments: [token.bytes])
    }

    private func insertTerm(_ token: TermHasher.Token, stems: [Data?], _ database: Database) throws -> Int64 {
        try database.cachedStatement(
            sql: "INSERT INTO \(tables.terms) (token, indonesian, english) VALUES (?, ?, ?)"
        ).execute(arguments: StatementArguments([token.bytes] + stems))
        return database.lastInsertedRowID
    }
}
