import ArchiveCore
import ArchiveTesting
import GRDB
import GRDBSQLite
import Synchronization
import Testing

@testable import BlindIndex
@testable import Catalogue
@testable import Search

/// What a search does, and not only what it answers, has nothing to do with what is above the caller's clearance (DESIGN.md
/// invariant 4): it executes the same statements in the same number of steps over the same number of pages, so that no clock can
/// tell what is there.
@Suite struct IndependenceTests {
    /// What the connections of one database did.
    private struct Work: Equatable {
        /// Statements with their arguments, those that FTS5 makes of its own included.
        var statements: [String] = []
        /// Of SQLite's virtual machine.
        var steps = 0
        /// That were looked at, in memory or not.
        var pages = 0
    }

    /// Counts what is done by the connection that serves reads that come one after the other.
    private final class Meter: Sendable {
        private let pool: DatabasePool
        private let statements = Mutex<[String]>([])

        init(_ pool: DatabasePool) async throws {
            self.pool = pool
            try await pool.read { [self] database in
                database.trace { event in
                    guard case .statement(let statement) = event else { return }
                    self.statements.withLock { $0.append(statement.expandedSQL) }
                }
            }
        }

        /// What was done since this was asked last.
        func take() async throws -> Work {
            var work = Work(
                statements: statements.withLock { statements in
                    defer { statements = [] }
                    return statements
                }
            )
            (work.steps, work.pages) = try await pool.read { database in
                var steps: CInt = 0
                var statement = sqlite3_next_stmt(database.sqliteConnection, nil)
                while let next = statement {
                    steps += sqlite3_stmt_status(next, SQLITE_STMTSTATUS_VM_STEP, 1)
                    statement = sqlite3_next_stmt(database.sqliteConnection, next)
                }
                let pages = [SQLITE_DBSTATUS_CACHE_HIT, SQLITE_DBSTATUS_CACHE_MISS].map { status in
                    var (count, highest): (CInt, CInt) = (0, 0)
                    sqlite3_db_status(database.sqliteConnection, status, &count, &highest, 1)
                    return Int(count)
                }
                return (Int(steps), pages.reduce(0, +))
            }
            // Those of the look itself.
            statements.withLock { $0 = [] }
            return work
        }
    }

    private static let queries = [
        "anggaran", "rapat anggaran", "\"rapat rapat\"", "anggaran OR rapat -3", "kapal", "alutsista",
        "title:rapat pesawat",
    ]

    @Test func `a search does the same, whatever there is above the caller`() async throws {
        let scene = try await Scene()
        for number in 0..<5 {
            let texts = ["anggaran \(number)"] + Array(repeating: "rapat", count: number)
            try await scene.record(texts, title: "Rapat \(number)", seed: UInt32(11 + 2 * number))
        }
        try await scene.record(["rahasia"], level: "terbatas", seed: 31)
        try await scene.record(["rahasia"], level: "rahasia", seed: 33)
        try await scene.archive.settleIndex()
        let index = try await Meter(scene.archive.index.index.pool)
        let catalogue = try await Meter(scene.archive.catalogue.pool)
        func measure() async throws -> (index: [Work], catalogue: [[String]]) {
            var measured: (index: [Work], catalogue: [[String]]) = ([], [])
            for query in Self.queries {
                // Whatever is written has connections read again what they keep of the file.
                _ = try await scene.search(query, as: scene.sari)
                _ = try await (index.take(), catalogue.take())
                _ = try await scene.search(query, as: scene.sari)
                measured.index.append(try await index.take())
                // Rows of all classes stand in its tables: how deep those are is nobody's secret.
                // In any order: what may be shown is looked up by a dictionary.
                measured.catalogue.append(try await catalogue.take().statements.sorted())
            }
            return measured
        }
        let before = try await measure()
        #expect(before.index.allSatisfy { $0.steps > 10 && $0.pages > 0 })
        #expect(before.index[0].statements.contains { $0.contains("MATCH") })
        #expect(before.catalogue.allSatisfy { !$0.isEmpty })
        let again = try await measure()
        #expect(again.index == before.index && again.catalogue == before.catalogue)

        // Thousands of words: those that are looked for, and many that are nobody else's.
        for (number, level) in ["terbatas", "rahasia", "terbatas", "rahasia"].enumerated() {
            let own = (0..<1500).map { "kata\(number)x\($0)" }.joined(separator: " ")
            let asked = Array(repeating: "anggaran rapat kapal alutsista pesawat", count: 100).joined(separator: " ")
            try await scene.record([own, asked], title: "Rapat anggaran", level: level, seed: UInt32(41 + 2 * number))
        }
        try await scene.archive.settleIndex()
        #expect(try await scene.found("alutsista").count == 4)
        let after = try await measure()
        for (query, works) in zip(Self.queries, zip(before.index, after.index)) {
            #expect(works.0 == works.1, "\(query)")
        }
        #expect(after.catalogue == before.catalogue)
        // One document that is the caller's to see is felt.
        try await scene.record(["anggaran"], title: "Rapat", seed: 61)
        try await scene.archive.settleIndex()
        let seen = try await measure()
        #expect(seen.index[0] != before.index[0] && seen.catalogue[0] != before.catalogue[0])
    }
}
