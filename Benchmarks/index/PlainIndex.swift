import BlindIndex
import DurableSQLite
import Foundation
import GRDB

/// What the blind index is measured against: one contentless FTS5 table over the stems of the clear text, with FTS5's own ranking, in a
/// database that is opened as every other one.
struct PlainIndex {
    let pool: DatabasePool

    init(path: String) throws {
        pool = try DurableDatabase.open(path, readers: 4)
        try pool.write {
            try $0.execute(sql: "CREATE VIRTUAL TABLE plain USING fts5(text, content='', tokenize='ascii')")
        }
    }

    func insert(_ documents: [(number: Int, segments: [String])], with analyzer: TextAnalyzer) throws {
        try pool.write { database in
            for (number, segments) in documents {
                let text = segments.map { analyzer.stemmed($0, language: "id") }.joined(separator: " ")
                try database.cachedStatement(sql: "INSERT INTO plain (rowid, text) VALUES (?, ?)")
                    .execute(arguments: [number, text])
            }
        }
    }

    func search(_ expression: String, limit: Int) async throws -> Int {
        try await pool.read { database in
            try Row.fetchAll(
                database.cachedStatement(
                    sql: "SELECT rowid, rank FROM plain WHERE plain MATCH ? ORDER BY rank LIMIT ?"
                ),
                arguments: [expression, limit]
            ).count
        }
    }

    func scrub() async throws {
        try await pool.write { try $0.execute(sql: "INSERT INTO plain (plain) VALUES ('optimize')") }
        try await DurableDatabase.scrub(pool)
    }
}
