import Foundation
import GRDB

/// A query as one class understands it: an expression for FTS5 that holds tokens only, and what they stand for.
///
/// The expression says which rows may answer; phrases and columns are looked at by ``Scorer``. A phrase would be as many phrases for FTS5 as
/// its words' forms can be combined. And a row in which a phrase or a column filter does not match makes FTS5 (of SQLite 3.40) forget, for
/// a later row, places of words that it stands on already.
struct ClassQuery {
    /// What follows MATCH.
    var expression: String
    var plan: SearchPlan
    /// Phrases, and words of one column, that no row may have; each a query of its own, of which every row is left out.
    var excluded: [ClassQuery] = []

    /// A form of a word.
    struct Form: Hashable {
        var token: String
        var isExact: Bool
    }
}

/// Makes queries for one class.
struct ClassQueryBuilder {
    /// The most forms of one word that are looked for; Indonesian words have a dozen or two, misspellings included.
    private static let mostForms = 100

    private let tables: ClassTables
    private let hasher: TermHasher
    private let analyzer: TextAnalyzer
    private let database: Database
    private var known: [String: [ClassQuery.Form]] = [:]

    init(tables: ClassTables, hasher: TermHasher, analyzer: TextAnalyzer, database: Database) {
        self.tables = tables
        self.hasher = hasher
        self.analyzer = analyzer
        self.database = database
    }

    /// `query` in tokens; nil where the class lacks a word that it needs.
    mutating func build(_ query: SearchQuery) throws -> ClassQuery? {
        guard var built = try build(query.required) else { return nil }
        var without: [String] = []
        for term in query.excluded {
            guard let other = try build([[term]]) else { continue }
            if term.words.count == 1, term.field == .anywhere {
                without.append(other.expression)
            } else {
                built.excluded.append(other)
            }
        }
        if !without.isEmpty {
            built.expression = "(\(built.expression)) NOT (\(without.joined(separator: " OR ")))"
        }
        return built
    }

    private mutating func build(_ required: [[SearchQuery.Term]]) throws -> ClassQuery? {
        var plan = SearchPlan(clauses: required.count)
        var clauses: [String] = []
        for (index, terms) in required.enumerated() {
            let texts = try terms.compactMap { try expression($0, clause: index, &plan) }
            guard !texts.isEmpty else { return nil }
            clauses.append("(\(texts.joined(separator: " OR ")))")
        }
        return ClassQuery(expression: clauses.joined(separator: " AND "), plan: plan)
    }

    /// nil where the class lacks one of its words.
    private mutating func expression(
        _ term: SearchQuery.Term,
        clause: Int,
        _ plan: inout SearchPlan
    ) throws -> String? {
        let forms = try term.words.map { try self.forms(of: $0) }
        guard forms.allSatisfy({ !$0.isEmpty }) else { return nil }
        let alternative = UInt8(plan.alternatives.count)
        plan.alternatives.append(.init(clause: UInt8(clause), words: UInt8(forms.count), column: term.field.column))
        for (word, forms) in forms.enumerated() {
            plan.phrases += forms.map { .init(alternative: alternative, word: UInt8(word), isExact: $0.isExact) }
        }
        let words = forms.map { "(\($0.map(\.token).joined(separator: " OR ")))" }
        return "(\(words.joined(separator: " AND ")))"
    }

    /// The tokens of the class that are forms of `word`, those that are the word itself first.
    private mutating func forms(of word: String) throws -> [ClassQuery.Form] {
        if let forms = known[word] { return forms }
        let number = analyzer.number(ofFolded: word)
        let exact = Analysis.allCases.map { analysis in
            analyzer.withFolded(number) { hasher.word($0, in: analysis).bytes }
        }
        let stems = StemmedLanguage.allCases.map { language in
            analyzer.withFolded(analyzer.stem(number, language)) { hasher.stem($0, language).bytes }
        }
        let marks = exact.map { _ in "?" }.joined(separator: ", ")
        let statement = try database.cachedStatement(
            sql: """
                SELECT token FROM \(tables.terms) WHERE token IN (\(marks)) OR indonesian = ? OR english = ? ORDER BY token
                """
        )
        let found = try Data.fetchAll(statement, arguments: StatementArguments(exact + stems)).map { bytes in
            ClassQuery.Form(token: TermHasher.Token(bytes: bytes).text, isExact: exact.contains(bytes))
        }
        let forms = Array((found.filter(\.isExact) + found.filter { !$0.isExact }).prefix(Self.mostForms))
        known[word] = forms
        return forms
    }
}

extension SearchQuery.Field {
    /// The column of a plan's alternative.
    fileprivate var column: UInt8 {
        switch self {
        case .anywhere: SearchPlan.Alternative.anywhere
        case .title: UInt8(Column.title.rawValue)
        case .speaker: UInt8(Column.speaker.rawValue)
        }
    }
}
