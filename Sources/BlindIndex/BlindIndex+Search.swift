public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A recording that answers a query.
public struct SearchResult: Sendable, Hashable {
    /// Whose it is.
    public let recording: RecordingID
    /// How well it answers, above zero: BM25 within its class, which neither sees the others nor is seen by them.
    public let score: Double
    /// The number of its class.
    public let classNumber: Int64
}

/// Where a page of results ended: the next begins behind it.
public struct SearchCursor: Sendable, Hashable, Codable {
    /// The score of the last result.
    public let score: Double
    /// Whose that was.
    public let recording: RecordingID

    /// The place behind a result.
    public init(score: Double, recording: RecordingID) {
        self.score = score
        self.recording = recording
    }
}

/// Some of the results, best first.
public struct SearchPage: Sendable, Hashable {
    /// In the order of their scores, equal ones in that of their ids.
    public let results: [SearchResult]
    /// How many recordings answer, those of other pages included.
    public let total: Int
    /// Where the next page begins; nil where this is the last.
    public let next: SearchCursor?
}

extension BlindIndex {
    /// The recordings of `classes` that answer `query`: best first, from behind `cursor`, `limit` at most.
    ///
    /// No table of another class is touched. Filters of the query are the caller's to apply: levels and units by the classes, days by
    /// the times. A page says what is there now: what is written between two pages can move results from one to the other.
    ///
    /// - Parameters:
    ///   - start: from when on, in whole seconds; nil for the beginning of time.
    ///   - end: before when, in whole seconds; nil for its end.
    ///   - mayGoOn: asked again and again meanwhile.
    /// Throws `storage` where a class was written under another key, `badRequest` where `mayGoOn` has said no.
    public func search(
        _ query: SearchQuery,
        in classes: [IndexClass],
        from start: Date? = nil,
        before end: Date? = nil,
        limit: Int,
        after cursor: SearchCursor? = nil,
        while mayGoOn: @escaping @Sendable () -> Bool = { true }
    ) async throws -> SearchPage {
        let times = start == nil && end == nil ? nil : Times(from: start, before: end)
        return try await pool.read { database in
            try database.withPatience(while: mayGoOn) {
                let analyzer = TextAnalyzer()
                var found: [Found] = []
                var seen: Set<Int64> = []
                for target in classes where seen.insert(target.number).inserted {
                    try Self.search(query, in: target, during: times, with: analyzer, database) { found.append($0) }
                }
                return try Self.page(of: found, limit: limit, after: cursor, database)
            }
        }
    }

    /// A row that answers.
    private struct Found {
        var score: Double
        var classNumber: Int64
        var row: Int64
    }

    /// Which recordings count: those of some time.
    private struct Times {
        let seconds: Range<Int64>

        init(from start: Date?, before end: Date?) {
            let first = start.map(IndexDocument.seconds)
            let last = end.map(IndexDocument.seconds)
            seconds = (first ?? .min)..<max(first ?? .min, last ?? .max)
        }
    }

    private static func search(
        _ query: SearchQuery,
        in target: IndexClass,
        during times: Times?,
        with analyzer: TextAnalyzer,
        _ database: Database,
        _ body: (Found) -> Void
    ) throws {
        let hasher = TermHasher(key: target.key)
        let known = try database.cachedRow(
            sql: "SELECT fingerprint FROM class WHERE number = ?",
            arguments: [target.number]
        )
        // Nothing was written to it yet.
        guard let fingerprint: Data = known?["fingerprint"] else { return }
        try hasher.assertFingerprint(fingerprint, of: target.number)
        let tables = ClassTables(target.number)
        var builder = ClassQueryBuilder(tables: tables, hasher: hasher, analyzer: analyzer, database: database)
        guard let built = try builder.build(query) else { return }
        var excluded = Set<Int64>()
        for other in built.excluded { try match(other, tables, database) { row, _ in excluded.insert(row) } }
        let time = try database.cachedStatement(sql: "SELECT time FROM \(tables.documents) WHERE number = ?")
        try match(built, tables, database) { row, score in
            guard !excluded.contains(row) else { return }
            if let times {
                guard let second = try Int64.fetchOne(time, arguments: [row]), times.seconds.contains(second) else {
                    return
                }
            }
            body(Found(score: score, classNumber: target.number, row: row))
        }
    }

    private static func match(
        _ query: ClassQuery,
        _ tables: ClassTables,
        _ database: Database,
        _ body: (_ row: Int64, _ score: Double) throws -> Void
    ) throws {
        let index = tables.index
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: "SELECT rowid, \(Scorer.name)(\(index), ?) FROM \(index) WHERE \(index) MATCH ?"
            ),
            arguments: [Data(query.plan.bytes), query.expression]
        )
        while let row = try rows.next() {
            if let score: Double = row[1] { try body(row[0], score) }
        }
    }

    /// Looks up whose rows those are that can be on the page, and no others.
    private static func page(
        of found: [Found],
        limit: Int,
        after cursor: SearchCursor?,
        _ database: Database
    ) throws -> SearchPage {
        let best = found.filter { $0.score <= cursor?.score ?? .infinity }.sorted { $0.score > $1.score }
        // All of one score are needed to tell their order: of the cursor's, and of the last that has room.
        let ties = cursor.map { cursor in best.prefix { $0.score == cursor.score }.count } ?? 0
        let last = ties + max(0, limit)
        var wanted = best.prefix(last + 1)
        if let lowest = wanted.last?.score, wanted.count == last + 1 {
            wanted = best.prefix { $0.score >= lowest }
        }
        var results = try named(wanted, database)
        if let cursor {
            results.removeAll { $0.score == cursor.score && $0.recording.description <= cursor.recording.description }
        }
        results.sort {
            ($1.score, $0.recording.description) < ($0.score, $1.recording.description)
        }
        let page = Array(results.prefix(max(0, limit)))
        let next = results.count > page.count ? page.last : nil
        return SearchPage(
            results: page,
            total: found.count,
            next: next.map { SearchCursor(score: $0.score, recording: $0.recording) }
        )
    }
    /// Says whose rows they are, in one look for each class.
    private static func named(_ found: ArraySlice<Found>, _ database: Database) throws -> [SearchResult] {
        var results: [SearchResult] = []
        for (number, found) in Dictionary(grouping: found, by: \.classNumber) {
            let scores = Dictionary(uniqueKeysWithValues: found.map { ($0.row, $0.score) })
            let statement = try database.cachedStatement(
                sql: """
                    SELECT number, recording FROM \(ClassTables(number).documents)
                    WHERE number IN (SELECT value FROM json_each(?))
                    """
            )
            let rows = try Row.fetchCursor(statement, arguments: ["\(found.map(\.row))"])
            while let row = try rows.next() {
                guard let score = scores[row[0]], let recording = RecordingID(row[1] as String) else { continue }
                results.append(SearchResult(recording: recording, score: score, classNumber: number))
            }
        }
        guard results.count == found.count else {
            throw ArchiveError(
                .storage,
                "the index has a row of no recording",
                hint: "have it made anew with risalahd reindex"
            )
        }
        return results
    }
}
