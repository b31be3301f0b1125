/// What FTS5's phrases of one MATCH expression stand for, in their order, as the scorer gets it.
struct SearchPlan: Hashable {
    /// Something that may meet a clause: a word, or a phrase of several.
    struct Alternative: Hashable {
        var clause: UInt8
        var words: UInt8
        /// The column in which it has to stand, or ``anywhere``.
        var column = Self.anywhere

        static let anywhere = UInt8.max
    }

    /// One token.
    struct Phrase: Hashable {
        var alternative: UInt8
        /// Which of the alternative's words it is a form of.
        var word: UInt8
        var isExact: Bool
    }

    /// How many clauses a row has to meet.
    var clauses: Int
    var alternatives: [Alternative] = []
    var phrases: [Phrase] = []

    init(clauses: Int) { self.clauses = clauses }

    /// What ``bytes`` were made of; nil where they were made of none.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 2, (bytes.count - 2).isMultiple(of: 3) else { return nil }
        let end = 2 + 3 * Int(bytes[1])
        guard end <= bytes.count, bytes[0] <= 64 else { return nil }
        clauses = Int(bytes[0])
        alternatives = stride(from: 2, to: end, by: 3).map {
            Alternative(clause: bytes[$0], words: bytes[$0 + 1], column: bytes[$0 + 2])
        }
        phrases = stride(from: end, to: bytes.count, by: 3).map {
            Phrase(alternative: bytes[$0], word: bytes[$0 + 1], isExact: bytes[$0 + 2] != 0)
        }
        for alternative in alternatives where alternative.clause >= clauses { return nil }
        for phrase in phrases {
            guard phrase.alternative < alternatives.count else { return nil }
            guard phrase.word < alternatives[Int(phrase.alternative)].words else { return nil }
        }
    }

    /// It in a form that goes through SQL.
    var bytes: [UInt8] {
        [UInt8(clauses), UInt8(alternatives.count)] + alternatives.flatMap { [$0.clause, $0.words, $0.column] }
            + phrases.flatMap { [$0.alternative, $0.word, $0.isExact ? 1 : 0] }
    }
}
