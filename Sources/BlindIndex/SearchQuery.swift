/// What somebody searches for, read from what they typed. Docs/search.md says how it is written.
///
/// Words, phrases, `title:` and `speaker:` are for the index and for ``HitFinder``; levels, units and days are for who knows the
/// recordings.
public struct SearchQuery: Sendable, Hashable {
    /// Where a term has to stand.
    public enum Field: String, Sendable, Hashable, CaseIterable {
        /// In the transcript, or in title, participants, description or names of speakers.
        case anywhere
        /// In the title.
        case title
        /// In the name of one who speaks.
        case speaker
    }

    /// A word, or several that follow one another; each matches whatever shares its stem.
    public struct Term: Sendable, Hashable {
        /// Where it has to stand.
        public let field: Field
        /// Its words, folded; at least one.
        public let words: [String]
    }

    /// A date without a time, in whichever zone its reader means.
    public struct Day: Sendable, Hashable, CustomStringConvertible {
        /// The year, of the Gregorian calendar.
        public let year: Int
        /// 1 to 12.
        public let month: Int
        /// 1 to 31, one that the month has.
        public let day: Int

        /// The day of these numbers; nil where the calendar has none.
        init?(year: Int, month: Int, day: Int) {
            guard year >= 1, 1...12 ~= month else { return nil }
            let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
            let last = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            guard 1...last ~= day else { return nil }
            (self.year, self.month, self.day) = (year, month, day)
        }

        /// ISO 8601.
        public var description: String {
            [(year, 4), (month, 2), (day, 2)].map { number, width in
                let digits = String(number)
                return String(repeating: "0", count: max(0, width - digits.count)) + digits
            }.joined(separator: "-")
        }
    }

    /// The most bytes of a query.
    public static let mostBytes = 1000
    /// The most words that one may have, all terms together.
    public static let mostWords = 32

    /// Clauses that a recording has to meet, each by at least one of its terms; there is at least one.
    public internal(set) var required: [[Term]] = []
    /// Terms that no part of a recording may have.
    public internal(set) var excluded: [Term] = []
    /// Names of levels, of which a recording has to have one; empty where any will do.
    public internal(set) var levels: [String] = []
    /// Names of units, likewise.
    public internal(set) var units: [String] = []
    /// The first day that counts.
    public internal(set) var after: Day?
    /// The first day that counts no more.
    public internal(set) var before: Day?

    init() {}

    /// Reads `text`; throws ``SearchQueryError`` at the first mistake.
    public init(_ text: String) throws {
        var parser = SearchQueryParser(text)
        self = try parser.read()
    }
}
