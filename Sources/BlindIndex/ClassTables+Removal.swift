import ArchiveCore
import DurableSQLite
import Foundation
import GRDB

extension ClassTables {
    /// Takes the row `number` out of index and documents.
    ///
    /// A contentless FTS5 table wants to be told what a row held. What it makes of it is a mark for each distinct token and row, and the
    /// number of tokens of each column to subtract from its statistics; neither depends on the order of the tokens, on how often each came,
    /// or in which column. So the row is rebuilt from its distinct terms, filled up to the number of tokens that each column had.
    func remove(_ number: Int64, _ database: Database) throws {
        guard
            let row = try database.cachedRow(
                sql: "SELECT terms, counts FROM \(documents) WHERE number = ?",
                arguments: [number]
            )
        else { return }
        let token = try database.cachedStatement(sql: "SELECT token FROM \(terms) WHERE id = ?")
        var tokens: [String] = []
        try NumberList.forEach(in: row["terms"] as Data) { id in
            guard let bytes = try Data.fetchOne(token, arguments: [id]) else {
                throw ArchiveError(
                    .storage,
                    "the index has a document with a term that it does not have",
                    hint: "have it made anew with risalahd reindex"
                )
            }
            tokens.append(Base32.encode(bytes))
        }
        var ends: [Int] = []
        NumberList.forEach(in: row["counts"] as Data) { ends.append(Int($0)) }
        var arguments: [any DatabaseValueConvertible] = [number]
        for (index, end) in ends.enumerated() {
            let start = index == 0 ? 0 : ends[index - 1]
            // There are at least as many tokens as distinct ones.
            let column = (start..<end).map { $0 < tokens.count ? tokens[$0] : tokens[0] }
            arguments.append(column.joined(separator: " "))
        }
        try database.cachedStatement(sql: deleteRow).execute(arguments: StatementArguments(arguments))
        try database.executeCached(sql: "DELETE FROM \(documents) WHERE number = ?", arguments: [number])
    }

    /// Deletes terms that no document has any more, and has FTS5 rewrite its index without what was removed: until then it keeps the
    /// tokens of removed rows.
    func purge(_ database: Database) throws {
        var used = Set<Int64>()
        let lists = try Data.fetchCursor(database, sql: "SELECT terms FROM \(documents)")
        while let list = try lists.next() { NumberList.forEach(in: list) { used.insert($0) } }
        let unused = try Int64.fetchAll(database, sql: "SELECT id FROM \(terms)").filter { !used.contains($0) }
        for id in unused {
            try database.executeCached(sql: "DELETE FROM \(terms) WHERE id = ?", arguments: [id])
        }
        try database.execute(sql: "INSERT INTO \(index) (\(index)) VALUES ('optimize')")
    }
}
