import ArchiveCore
import ArchiveTesting
import Foundation
import GRDB

extension ArchiveFixture {
    /// What the search index has of a recording and of no other: tokens as they stand in its vocabulary, and how they end in FTS5's own
    /// tables, where the beginning of a term can be shared with the one before it.
    func indexTokens(of recording: RecordingID) throws -> [Data] {
        try DatabaseQueue(path: layout.indexDatabase).read { database in
            var (own, others): (Set<Data>, Set<Data>) = ([], [])
            for number in try Int64.fetchAll(database, sql: "SELECT number FROM class") {
                let terms = try Row.fetchAll(database, sql: "SELECT id, token FROM terms_\(number)").reduce(into: [:]) {
                    $0[$1["id"] as Int64] = $1["token"] as Data
                }
                for row in try Row.fetchAll(database, sql: "SELECT recording, terms FROM documents_\(number)") {
                    let tokens = Set(Self.numbers(row["terms"]).compactMap { terms[$0] })
                    if row["recording"] == recording.description {
                        own.formUnion(tokens)
                    } else {
                        others.formUnion(tokens)
                    }
                }
            }
            return own.subtracting(others).flatMap { [$0, Data(Base32.encode($0).suffix(10).utf8)] }
        }
    }

    /// Whether the search index knows of a recording.
    func isIndexed(_ recording: RecordingID) throws -> Bool {
        try DatabaseQueue(path: layout.indexDatabase).read { database in
            try Bool.fetchOne(
                database,
                sql: "SELECT EXISTS (SELECT * FROM place WHERE recording = ?)",
                arguments: [recording.description]
            ) ?? false
        }
    }

    /// Ascending numbers as the index writes them: the differences, seven bits to a byte, the last with its high bit clear.
    private static func numbers(_ list: Data) -> [Int64] {
        var (numbers, last, value, shift): ([Int64], Int64, Int64, Int64) = ([], 0, 0, 0)
        for byte in list {
            value |= Int64(byte & 0x7F) << shift
            shift += 7
            guard byte & 0x80 == 0 else { continue }
            last += value
            numbers.append(last)
            (value, shift) = (0, 0)
        }
        return numbers
    }
}
