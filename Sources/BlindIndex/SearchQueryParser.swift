/// Reads search queries: terms with blanks between, each `[-][FIELD:]WORD` or `[-][FIELD:]"PHRASE"`, and `OR` between two.
///
/// OR joins its two neighbours before all clauses are required: `a b OR c` is `a` and one of `b`, `c`, which is what people who know no
/// precedence mean.
struct SearchQueryParser {
    /// A part of the query between blanks.
    private struct Part {
        /// UTF-8 offset of its beginning.
        var offset: Int
        var isExcluded: Bool
        var field: Substring?
        var value: Substring
        var valueOffset: Int
        var isQuoted: Bool
        /// `OR` as people write it where they mean the operator.
        var isOr: Bool { !isExcluded && field == nil && !isQuoted && value == "OR" }
    }

    private enum Filter: String, CaseIterable {
        case level, unit, after, before
    }

    private static let openingQuotes: Set<Character> = ["\"", "“", "„"]
    private static let closingQuotes: Set<Character> = ["\"", "”", "“"]

    private let text: String
    private let analyzer = TextAnalyzer()
    private var query = SearchQuery()
    private var words = 0

    init(_ text: String) { self.text = text }

    /// The query; throws at the first mistake.
    mutating func read() throws -> SearchQuery {
        guard text.utf8.count <= SearchQuery.mostBytes else {
            throw error(
                at: SearchQuery.mostBytes,
                "the query is longer than \(SearchQuery.mostBytes) bytes",
                "search for less at once"
            )
        }
        /// Where an `OR` stands that has no right side yet.
        var pending: Int?
        /// Whether what came last is something that `OR` can join.
        var canJoin = false
        for part in try parts() {
            if part.isOr {
                guard canJoin else {
                    throw error(
                        at: part.offset,
                        "OR has nothing on its left that it could join",
                        "put it between two words or phrases, or quote it: \"OR\""
                    )
                }
                (pending, canJoin) = (part.offset, false)
                continue
            }
            let term = try readOrFilter(part)
            if let place = pending, term == nil || part.isExcluded {
                throw error(
                    at: place,
                    "OR has nothing on its right that it could join",
                    "put it between two words or phrases; filters and what is excluded always count"
                )
            }
            canJoin = term != nil && !part.isExcluded
            guard let term else { continue }
            if part.isExcluded {
                query.excluded.append(term)
            } else if pending != nil {
                query.required[query.required.count - 1].append(term)
            } else {
                query.required.append([term])
            }
            pending = nil
        }
        if let pending {
            throw error(
                at: pending,
                "OR has nothing on its right that it could join",
                "put it between two words or phrases"
            )
        }
        guard !query.required.isEmpty else {
            throw error(
                at: text.utf8.count,
                "there is nothing that a recording has to contain",
                "add a word, a phrase, title: or speaker:"
            )
        }
        return query
    }

    // MARK: Parts

    private func parts() throws -> [Part] {
        var parts: [Part] = []
        var rest = text[...]
        while true {
            rest = rest.drop { $0.isWhitespace }
            guard !rest.isEmpty else { return parts }
            parts.append(try part(&rest))
        }
    }

    private func part(_ rest: inout Substring) throws -> Part {
        let offset = offset(of: rest)
        let isExcluded = rest.first == "-"
        if isExcluded { rest = rest.dropFirst() }
        var field: Substring?
        let name = rest.prefix { !$0.isWhitespace && $0 != ":" && !Self.openingQuotes.contains($0) }
        let afterName = rest[name.endIndex...]
        // `12:30` is no field; a word of letters is meant for one.
        if afterName.first == ":", !name.isEmpty, name.allSatisfy(\.isLetter) {
            field = name
            rest = afterName.dropFirst()
        }
        let valueOffset = self.offset(of: rest)
        if let quote = rest.first, Self.openingQuotes.contains(quote) {
            let inner = rest.dropFirst()
            guard let end = inner.firstIndex(where: { Self.closingQuotes.contains($0) }) else {
                throw error(at: valueOffset, "this quote has no end", "close it with \"")
            }
            rest = inner[inner.index(after: end)...]
            return Part(
                offset: offset,
                isExcluded: isExcluded,
                field: field,
                value: inner[..<end],
                valueOffset: valueOffset,
                isQuoted: true
            )
        }
        let value = rest.prefix { !$0.isWhitespace && !Self.openingQuotes.contains($0) }
        rest = rest[value.endIndex...]
        return Part(
            offset: offset,
            isExcluded: isExcluded,
            field: field,
            value: value,
            valueOffset: valueOffset,
            isQuoted: false
        )
    }

    private func offset(of rest: Substring) -> Int { text.utf8.distance(from: text.startIndex, to: rest.startIndex) }

    // MARK: Terms and filters

    /// The term that `part` is; nil where it is a filter, which is kept.
    private mutating func readOrFilter(_ part: Part) throws -> SearchQuery.Term? {
        guard let name = part.field?.lowercased() else { return try term(part, in: .anywhere) }
        switch name {
        case "title": return try term(part, in: .title)
        case "speaker": return try term(part, in: .speaker)
        default: break
        }
        guard let filter = Filter(rawValue: name) else {
            throw error(
                at: part.offset + (part.isExcluded ? 1 : 0),
                "there is no field of that name; there are title, speaker, level, unit, after and before",
                "correct it, or quote the whole to search for it as text"
            )
        }
        guard !part.isExcluded else {
            throw error(
                at: part.offset,
                "\(filter.rawValue): cannot be excluded",
                "leave the - out, or name those that you want"
            )
        }
        guard !part.value.isEmpty else {
            throw error(
                at: part.valueOffset,
                "\(filter.rawValue): has no value",
                "write it behind the colon, without a blank"
            )
        }
        switch filter {
        case .level: query.levels.append(String(part.value))
        case .unit: query.units.append(String(part.value))
        case .after: query.after = try day(part, filter, unless: query.after)
        case .before: query.before = try day(part, filter, unless: query.before)
        }
        return nil
    }

    private mutating func term(_ part: Part, in field: SearchQuery.Field) throws -> SearchQuery.Term {
        let found = analyzer.foldedWords(of: String(part.value))
        guard !found.isEmpty else {
            throw error(
                at: part.valueOffset,
                "there is no word here",
                "search for letters or digits; other signs are not in the index"
            )
        }
        words += found.count
        guard words <= SearchQuery.mostWords else {
            throw error(
                at: part.offset,
                "the query has more than \(SearchQuery.mostWords) words",
                "search for less at once"
            )
        }
        return SearchQuery.Term(field: field, words: found)
    }

    private func day(_ part: Part, _ filter: Filter, unless known: SearchQuery.Day?) throws -> SearchQuery.Day {
        guard known == nil else {
            throw error(at: part.offset, "\(filter.rawValue): is there twice", "leave one of them out")
        }
        let numbers = part.value.split(separator: "-", omittingEmptySubsequences: false)
        let isWritten = numbers.map(\.count) == [4, 2, 2] && numbers.allSatisfy { $0.allSatisfy { "0"..."9" ~= $0 } }
        let values = numbers.compactMap { Int($0) }
        guard isWritten, let day = SearchQuery.Day(year: values[0], month: values[1], day: values[2]) else {
            throw error(at: part.valueOffset, "this is no date", "write it as year-month-day, such as 2026-05-31")
        }
        return day
    }

    private func error(at offset: Int, _ message: String, _ hint: String) -> SearchQueryError {
        SearchQueryError(query: text, offset: offset, message: message, hint: hint)
    }
}
