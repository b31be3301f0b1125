public import ArchiveCore
import DurableSQLite
import Foundation
import GRDB

/// index.sqlite: where which words are said, without the words (DESIGN.md section 5, Blind index).
///
/// Everything in it can be made anew from the archive, and nothing of it is backed up. Each visibility class has tables of its own, under
/// a key of its own. Who has the file and no key sees, for each class, the sequence of substitutes of each document's words, and which
/// substitutes share a stem.
public final class BlindIndex: Sendable {
    /// Which rules words are taken apart and joined by. A file of another version is emptied when it is opened.
    public static let version = 1

    let pool: DatabasePool
    private let path: String
    // Only blocks that the pool's one writer runs, one at a time, touch it.
    private nonisolated(unsafe) let writer = IndexWriter()

    /// Opens the index at `path`, making it where needed, and emptying it where another version of the analysis wrote it:
    /// ``contents()`` then says what is missing.
    ///
    /// Throws `storage` where a newer program has migrated it.
    public init(path: String, files: any FileSystem = LocalFileSystem()) throws {
        self.path = path
        pool = try DurableDatabase.open(path, readers: 4, files: files) { try Scorer.register(in: $0) }
        try DurableDatabase.migrate(pool, by: Self.migrator)
        try pool.write { database in
            let found = try Int.fetchOne(database, sql: "SELECT version FROM analysis")
            guard found != Self.version else { return }
            for number in try Self.classes(database) { try Self.drop(number, database) }
            try database.execute(
                sql: "DELETE FROM analysis; INSERT INTO analysis (version) VALUES (?)",
                arguments: [Self.version]
            )
        }
    }

    /// Opens the index at `path`; where that is no database any more, an empty one in its stead.
    public static func open(path: String, files: any FileSystem = LocalFileSystem()) throws -> BlindIndex {
        do {
            return try BlindIndex(path: path, files: files)
        } catch let error as DatabaseError where [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(error.resultCode) {
            for suffix in ["-wal", "-shm", ""] where try files.length(path + suffix) != nil {
                try files.remove(path + suffix, label: "index.remove")
            }
            return try BlindIndex(path: path, files: files)
        }
    }

    /// Closes the database.
    public func close() throws { try pool.close() }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 classes") { database in
            try database.execute(
                sql: """
                    CREATE TABLE analysis (version INTEGER NOT NULL, scope TEXT) STRICT;
                    CREATE TABLE class (
                        number INTEGER PRIMARY KEY,
                        fingerprint BLOB NOT NULL,
                        removals INTEGER NOT NULL DEFAULT 0
                    ) STRICT;
                    CREATE TABLE removal (removed INTEGER NOT NULL, scrubbed INTEGER NOT NULL) STRICT;
                    CREATE TABLE place (
                        recording TEXT PRIMARY KEY,
                        class INTEGER NOT NULL REFERENCES class (number)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX place_by_class ON place (class);
                    INSERT INTO removal (removed, scrubbed) VALUES (0, 0);
                    """
            )
        }
        return migrator
    }

    static func classes(_ database: Database) throws -> [Int64] {
        try Int64.fetchAll(database, sql: "SELECT number FROM class ORDER BY number")
    }

    // MARK: Writing

    /// Puts documents into a class, all or none; what the index had of their recordings goes, in whichever class it was.
    ///
    /// Many at once cost less each than one. Tokens that went are in the file until ``scrub()``.
    ///
    /// Throws `storage` where the class was written under another key, `badRequest` where one recording comes twice.
    public func replace(_ documents: [IndexDocument], in target: IndexClass) async throws {
        guard Set(documents.map(\.recording)).count == documents.count else {
            throw ArchiveError(.badRequest, "two documents of one recording are to be indexed at once")
        }
        try await write { writer, database in
            try writer.remove(documents.map(\.recording), database)
            try writer.insert(documents, in: target, database)
        }
    }

    /// Takes recordings out; those that are not there are none the less gone. Their tokens are in the file until ``scrub()``.
    public func remove(_ recordings: [RecordingID]) async throws {
        try await write { try $0.remove(recordings, $1) }
    }

    /// Takes a class out with everything in it. What it was is in the file until ``scrub()``.
    public func drop(class number: Int64) async throws {
        try await write { writer, database in
            writer.forget(number)
            guard try Self.classes(database).contains(number) else { return }
            try Self.drop(number, database)
        }
    }

    /// Takes out every class that is none of `known`, or is under another key than there; how many.
    public func drop(allBut known: [IndexClass]) async throws -> Int {
        let fingerprints = Dictionary(
            uniqueKeysWithValues: known.map { ($0.number, TermHasher(key: $0.key).fingerprint) }
        )
        let foreign = try await pool.read { database in
            try Row.fetchAll(database, sql: "SELECT number, fingerprint FROM class")
                .filter { fingerprints[$0["number"]] != $0["fingerprint"] }.map { $0["number"] as Int64 }
        }
        guard !foreign.isEmpty else { return 0 }
        return try await write { writer, database in
            for number in foreign {
                writer.forget(number)
                try Self.drop(number, database)
            }
            return foreign.count
        }
    }

    private static func drop(_ number: Int64, _ database: Database) throws {
        try ClassTables(number).drop(database)
        try database.execute(sql: "DELETE FROM place WHERE class = ?", arguments: [number])
        try database.execute(sql: "DELETE FROM class WHERE number = ?", arguments: [number])
        try database.execute(sql: "UPDATE removal SET removed = removed + 1")
    }

    /// Brings what was committed from the write-ahead log into the database. What a write that finds the disk full leaves in the log can then
    /// be cut off, for which there need not be room for anything.
    public func settle() async throws {
        try await pool.writeWithoutTransaction { _ = try $0.checkpoint(.passive) }
    }

    private func write<Value: Sendable>(
        _ body: @escaping @Sendable (IndexWriter, Database) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.writeWithoutTransaction { [self] database in
                do {
                    var value: Value?
                    try database.inTransaction {
                        value = try body(writer, database)
                        return .commit
                    }
                    guard let value else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
                    return value
                } catch {
                    // It remembers ids of terms that will not be there, where the commit failed, too: FTS5 writes most of what
                    // it has only then.
                    writer.forget()
                    throw error
                }
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            // What was written of it fills the write-ahead log, and others need the room.
            try? await pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            throw ArchiveError(
                .exhausted,
                "the disk is full: no more of the search index can be written",
                hint: "make room; the index then follows by itself"
            )
        }
    }

    // MARK: Scrubbing

    /// Whether something was removed since ``scrub()`` last ended, so that tokens of it may be in the file.
    public func needsScrub() async throws -> Bool {
        try await pool.read { try Bool.fetchOne($0, sql: "SELECT removed > scrubbed FROM removal") ?? false }
    }

    /// Leaves nothing of what was removed in any file: tokens that no other document shares are in none afterwards.
    ///
    /// Classes of which something was removed are rewritten, then the database; searches go on meanwhile, writers wait. Can be
    /// repeated, and begins again where it was interrupted. Throws `storage` where a reader does not let go of the write-ahead log.
    public func scrub() async throws {
        let seen = try await pool.read { try Int64.fetchOne($0, sql: "SELECT removed FROM removal") ?? 0 }
        for number in try await pool.read(Self.classes) {
            try await write { writer, database in
                let removals = try Int64.fetchOne(
                    database,
                    sql: "SELECT removals FROM class WHERE number = ?",
                    arguments: [number]
                )
                guard let removals, removals > 0 else { return }
                writer.forget(number)
                try ClassTables(number).purge(database)
                try database.execute(sql: "UPDATE class SET removals = 0 WHERE number = ?", arguments: [number])
            }
        }
        try await DurableDatabase.scrub(pool)
        // What was removed meanwhile is still to be scrubbed; another scrub may have ended before.
        try await pool.write { database in
            try database.execute(sql: "UPDATE removal SET scrubbed = max(scrubbed, ?)", arguments: [seen])
        }
    }

    // MARK: Contents

    /// What it was said to be an index of; nil where nothing was said yet, and where it was emptied since.
    public func scope() async throws -> String? {
        try await pool.read { try String.fetchOne($0, sql: "SELECT scope FROM analysis") }
    }

    /// Says what it is an index of.
    public func setScope(_ scope: String?) async throws {
        try await pool.write { try $0.execute(sql: "UPDATE analysis SET scope = ?", arguments: [scope]) }
    }

    /// Which recordings it has, in which state and class, of those whose ids begin with `prefix`; for comparing it with the archive.
    public func contents(beginningWith prefix: String = "") async throws -> [IndexedDocument] {
        try await pool.read { database in
            try Self.classes(database).flatMap { number in
                let rows = try Row.fetchCursor(
                    database.cachedStatement(
                        sql: """
                            SELECT recording, revision FROM \(ClassTables(number).documents)
                            WHERE recording >= ? AND recording < ?
                            """
                    ),
                    arguments: [prefix, prefix + "\u{10FFFF}"]
                )
                var documents: [IndexedDocument] = []
                while let row = try rows.next() {
                    guard let recording = RecordingID(row[0] as String) else {
                        throw ArchiveError(.storage, "the index has a document of no recording")
                    }
                    documents.append(IndexedDocument(recording: recording, revision: row[1], classNumber: number))
                }
                return documents
            }
        }
    }

    /// What is wrong with the file itself: pages, tables, and what FTS5 finds in its own structures; at most a hundred for each.
    public func faults() async throws -> [String] {
        var faults = try await DurableDatabase.faults(pool)
        for number in try await pool.read(Self.classes) {
            let index = ClassTables(number).index
            do {
                try await pool.write {
                    try $0.execute(sql: "INSERT INTO \(index) (\(index)) VALUES ('integrity-check')")
                }
            } catch let error as DatabaseError {
                faults.append("\(index): \(error.message ?? "it is malformed")")
            }
        }
        return faults
    }
}
