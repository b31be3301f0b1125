import Foundation
import GRDB
import GRDBSQLite

/// The auxiliary function of FTS5 that ranks: BM25 over words rather than over tokens.
///
/// A word of a query is several tokens of the index: those that share a stem with it. FTS5's own `bm25` would take each for a word of
/// its own, and rank a rare form above the one that was asked for. Here all forms are counted together, one that is not exactly the
/// word's for less; and words of a phrase count where they stand in its order only. The function gives NULL where a row has all the words
/// and not the phrase.
final class Scorer {
    /// The name under which SQL calls it: `blind_score(class_N, plan)`.
    static let name = "blind_score"

    /// What a place counts where another form of the word stands: an exact one is worth two and a half of them.
    private static let inexact = 0.4
    /// The usual constants of BM25: how soon more of a word stops to matter, and how much the length of a document does.
    private static let (saturation, length) = (1.2, 0.75)

    private struct Alternative {
        var clause: Int
        /// Where it has to stand; nil where any column will do.
        var column: Int?
        /// FTS5's phrases, each a token, by the place of the word that they stand for.
        var words: [[(phrase: Int32, isExact: Bool)]]
        /// How much it tells that a row has it.
        var weight = 0.0
    }

    private var alternatives: [Alternative] = []
    private let clauses: Int
    private let meanLength: Double
    /// One word's places, and what of them the words before it left; kept so that rows share the room.
    private var places: [Place] = []

    /// Where a phrase would begin for a word to be in it.
    private struct Place {
        /// The column above, the token's offset below; a phrase is within one column.
        var begin: Int64
        var isExact: Bool
    }

    private init(plan: SearchPlan, api: UnsafePointer<Fts5ExtensionApi>, _ context: OpaquePointer) {
        clauses = plan.clauses
        var rows: Int64 = 0
        var tokens: Int64 = 0
        _ = api.pointee.xRowCount(context, &rows)
        _ = api.pointee.xColumnTotalSize(context, -1, &tokens)
        meanLength = max(1, Double(tokens) / Double(max(1, rows)))
        alternatives = plan.alternatives.map {
            Alternative(
                clause: Int($0.clause),
                column: $0.column == SearchPlan.Alternative.anywhere ? nil : Int($0.column),
                words: Array(repeating: [], count: Int($0.words))
            )
        }
        for (index, phrase) in plan.phrases.enumerated() {
            alternatives[Int(phrase.alternative)].words[Int(phrase.word)].append((Int32(index), phrase.isExact))
        }
        for index in alternatives.indices {
            // Of a phrase, or of a word in one column, that its words are rare tells that it is: counting
            // its own rows would take a search.
            alternatives[index].weight = alternatives[index].words.reduce(0) { sum, phrases in
                let found = RowSet()
                for phrase in phrases { found.insertRows(of: phrase.phrase, api, context) }
                let count = Double(found.count)
                return sum + log(1 + (Double(rows) - count + 0.5) / (count + 0.5))
            }
        }
    }

    /// The score of the row that `context` stands on; nil where it has the words and not a phrase that it must have.
    private func score(_ api: UnsafePointer<Fts5ExtensionApi>, _ context: OpaquePointer) -> Double? {
        var size: CInt = 0
        _ = api.pointee.xColumnSize(context, -1, &size)
        let ratio = Double(size) / meanLength
        let damping = Self.saturation * (1 - Self.length + Self.length * ratio)
        var met: UInt64 = 0
        var score = 0.0
        for alternative in alternatives {
            let frequency =
                alternative.words.count == 1
                ? wordFrequency(alternative, api, context) : phraseFrequency(alternative, api, context)
            guard frequency > 0 else { continue }
            met |= 1 << UInt64(alternative.clause)
            score += alternative.weight * frequency * (Self.saturation + 1) / (frequency + damping)
        }
        return met.nonzeroBitCount == clauses ? score : nil
    }

    private func wordFrequency(
        _ alternative: Alternative,
        _ api: UnsafePointer<Fts5ExtensionApi>,
        _ context: OpaquePointer
    ) -> Double {
        var frequency = 0.0
        for (phrase, isExact) in alternative.words[0] {
            let worth = isExact ? 1 : Self.inexact
            Self.forEachPlace(of: phrase, in: alternative.column, api, context) { column, _ in
                frequency += worth * Self.columnWeights[column]
            }
        }
        return frequency
    }

    private func phraseFrequency(
        _ alternative: Alternative,
        _ api: UnsafePointer<Fts5ExtensionApi>,
        _ context: OpaquePointer
    ) -> Double {
        var kept: [Place] = []
        for (index, phrases) in alternative.words.enumerated() {
            places.removeAll(keepingCapacity: true)
            for (phrase, isExact) in phrases {
                Self.forEachPlace(of: phrase, in: alternative.column, api, context) { column, offset in
                    guard offset >= index else { return }
                    places.append(Place(begin: Int64(column) << 32 | Int64(offset - index), isExact: isExact))
                }
            }
            places.sort { $0.begin < $1.begin }
            kept = index == 0 ? places : Self.common(kept, places)
            if kept.isEmpty { return 0 }
        }
        return kept.reduce(0) {
            $0 + ($1.isExact ? 1 : Self.inexact) * Self.columnWeights[Int($1.begin >> 32)]
        }
    }

    /// The places of both, exact where both are; both ascend.
    private static func common(_ left: [Place], _ right: [Place]) -> [Place] {
        var common: [Place] = []
        var other = right.startIndex
        for place in left {
            while other < right.endIndex, right[other].begin < place.begin { other += 1 }
            guard other < right.endIndex else { break }
            if right[other].begin == place.begin {
                common.append(Place(begin: place.begin, isExact: place.isExact && right[other].isExact))
            }
        }
        return common
    }

    private static let columnWeights = Column.allCases.map(\.weight)

    private static func forEachPlace(
        of phrase: Int32,
        in wanted: Int?,
        _ api: UnsafePointer<Fts5ExtensionApi>,
        _ context: OpaquePointer,
        _ body: (_ column: Int, _ offset: Int) -> Void
    ) {
        var iterator = Fts5PhraseIter()
        var (column, offset): (CInt, CInt) = (-1, -1)
        guard api.pointee.xPhraseFirst(context, phrase, &iterator, &column, &offset) == SQLITE_OK else { return }
        while column >= 0 {
            if wanted == nil || wanted == Int(column) { body(Int(column), Int(offset)) }
            api.pointee.xPhraseNext(context, &iterator, &column, &offset)
        }
    }

    // MARK: The function

    /// Makes the function known to a connection.
    static func register(in database: Database) throws {
        let api = FTS5.api(database)
        let code = api.pointee.xCreateFunction(UnsafeMutablePointer(mutating: api), name, nil, Self.function, nil)
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }

    private static let function: fts5_extension_function = { api, context, result, count, values in
        guard let api, let context, let result, let values, count == 1 else { return }
        guard let scorer = Scorer.kept(api, context, plan: values[0]) else {
            return sqlite3_result_error(result, "a search plan that is none", -1)
        }
        if let score = scorer.score(api, context) {
            sqlite3_result_double(result, score)
        } else {
            sqlite3_result_null(result)
        }
    }

    /// The scorer of the query that runs: made with its first row, and kept by FTS5 as long as the query.
    private static func kept(
        _ api: UnsafePointer<Fts5ExtensionApi>,
        _ context: OpaquePointer,
        plan: OpaquePointer?
    ) -> Scorer? {
        if let known = api.pointee.xGetAuxdata(context, 0) {
            return Unmanaged<Scorer>.fromOpaque(known).takeUnretainedValue()
        }
        let bytes = UnsafeRawBufferPointer(start: sqlite3_value_blob(plan), count: Int(sqlite3_value_bytes(plan)))
        guard let plan = SearchPlan(Array(bytes)) else { return nil }
        let scorer = Scorer(plan: plan, api: api, context)
        let owned = Unmanaged.passRetained(scorer)
        let code = api.pointee.xSetAuxdata(context, owned.toOpaque()) { kept in
            if let kept { Unmanaged<Scorer>.fromOpaque(kept).release() }
        }
        // FTS5 has released it where it could not keep it.
        return code == SQLITE_OK ? scorer : nil
    }
}

/// Rows in which one of several tokens stands.
private final class RowSet {
    private var words: [UInt64] = []
    private(set) var count = 0

    func insertRows(of phrase: Int32, _ api: UnsafePointer<Fts5ExtensionApi>, _ context: OpaquePointer) {
        let own = Unmanaged.passUnretained(self).toOpaque()
        _ = api.pointee.xQueryPhrase(context, phrase, own) { api, context, own in
            guard let api, let context, let own else { return SQLITE_ERROR }
            Unmanaged<RowSet>.fromOpaque(own).takeUnretainedValue().insert(Int(api.pointee.xRowid(context)))
            return SQLITE_OK
        }
    }

    private func insert(_ row: Int) {
        let (word, bit) = (row >> 6, UInt64(1) << UInt64(row & 63))
        if word >= words.count { words.append(contentsOf: repeatElement(0, count: word + 1 - words.count)) }
        if words[word] & bit == 0 { count += 1 }
        words[word] |= bit
    }
}
