public import ArchiveCore
import Foundation
public import GRDB

/// Opens SQLite so that a committed transaction survives a power loss and leaves no plaintext in temp space.
public enum DurableDatabase {
    /// Seconds that a connection waits for another's lock.
    private static let busyTimeout: TimeInterval = 10
    /// Kilobytes of pages that the connection that writes keeps.
    private static let writerCache = 16_384
    /// Pages of the write-ahead log, 16 MB, after which they are copied into the database.
    private static let checkpointPages = 4000

    /// A pool on `path` in WAL mode with `synchronous=FULL`, foreign keys, recursive triggers (so that a REPLACE fires
    /// delete triggers), temp space in memory and deleted content overwritten; all asserted before it is returned.
    ///
    /// - Parameters:
    ///   - readers: how many reads may run beside the writer.
    ///   - prepare: what else each connection needs before it is used, such as functions of the database's own.
    public static func open(
        _ path: String,
        readers: Int,
        files: any FileSystem = LocalFileSystem(),
        prepare: @escaping @Sendable (Database) throws -> Void = { _ in }
    ) throws -> DatabasePool {
        var configuration = GRDB.Configuration()
        configuration.maximumReaderCount = readers
        configuration.busyMode = .timeout(busyTimeout)
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA recursive_triggers = ON;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA secure_delete = ON;
                    PRAGMA trusted_schema = OFF;
                    """
            )
            try prepare(database)
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        // GRDB chooses NORMAL when it turns WAL on; a commit must mean durable here (invariant 1).
        try pool.writeWithoutTransaction { database in
            // What batches of writes touch again and again stays in the memory of the one connection that writes, and is
            // copied into the database once for many of them.
            try database.execute(
                sql: """
                    PRAGMA synchronous = FULL;
                    PRAGMA cache_size = -\(writerCache);
                    PRAGMA wal_autocheckpoint = \(checkpointPages);
                    """
            )
            try assertDurable(database, path: path)
        }
        for suffix in ["", "-wal", "-shm"] where try files.length(path + suffix) != nil {
            try files.setMode(path + suffix, 0o600, label: "database.mode")
        }
        try files.syncFolder(path.parentFolder, label: "database.sync-folder")
        return pool
    }

    /// Brings the schema to what this program knows; refuses one that a newer program has migrated.
    public static func migrate(_ pool: DatabasePool, by migrator: DatabaseMigrator) throws {
        guard try !pool.read(migrator.hasBeenSuperseded) else {
            throw ArchiveError(
                .storage,
                "\(pool.path) was written by a newer version of Risalah",
                hint: "use that version, or a newer one"
            )
        }
        try migrator.migrate(pool)
    }

    /// Throws `storage` where tables, indexes or triggers are not those that `migrator` makes: another program's, or changed
    /// behind the archive's back.
    public static func assertSchema(_ pool: DatabasePool, by migrator: DatabaseMigrator) throws {
        guard try !pool.read(migrator.hasSchemaChanges) else {
            throw ArchiveError(
                .storage,
                "the schema of \(pool.path) is not the one that this version of Risalah makes",
                hint: "use the version that made it; if that is this one, somebody has changed the database"
            )
        }
    }

    /// Throws `storage` where the writing connection is not set as ``open(_:readers:files:)`` sets it.
    public static func assertDurable(_ database: Database, path: String) throws {
        let expected: [(pragma: String, value: String)] = [
            ("synchronous", "2"), ("journal_mode", "wal"), ("foreign_keys", "1"), ("recursive_triggers", "1"),
            ("temp_store", "2"), ("secure_delete", "1"),
        ]
        for (pragma, value) in expected {
            let actual = try String.fetchOne(database, sql: "PRAGMA \(pragma)") ?? "nothing"
            guard actual == value else {
                throw ArchiveError(.storage, "\(path): \(pragma) is \(actual), not \(value)")
            }
        }
    }

    /// Faults of one kind that are named one by one.
    private static let namedFaults = 100

    /// What SQLite finds wrong with a database: pages, indexes, constraints, rows that refer to nothing. The first hundred of
    /// these and of those, and how many more rows refer to nothing.
    public static func faults(_ pool: DatabasePool) async throws -> [String] {
        do {
            return try await pool.read { database in
                let found = try String.fetchAll(database, sql: "PRAGMA integrity_check(\(namedFaults))")
                return try (found == ["ok"] ? [] : found) + danglingRows(database)
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            return [error.message ?? "it is malformed"]
        }
    }

    private static func danglingRows(_ database: Database) throws -> [String] {
        var named: [String] = []
        var omitted = 0
        let rows = try Row.fetchCursor(database, sql: "PRAGMA foreign_key_check")
        while let row = try rows.next() {
            guard named.count < namedFaults else {
                omitted += 1
                continue
            }
            named.append("a row of \(row["table"] as String) refers to none of \(row["parent"] as String)")
        }
        return omitted > 0 ? named + ["\(omitted) more rows refer to none"] : named
    }

    /// Rewrites the whole file without its free pages and empties the WAL, so that nothing deleted is left in either.
    ///
    /// Waits for readers as long as one holds the WAL back; `attempts` tries, a tenth of a second apart.
    ///
    /// The copy that VACUUM makes on the way goes to a file, which SQLite unlinks as it opens it (SQLITE_TMPDIR says where):
    /// in memory it would be as large as the database. It holds what the database holds, nothing in clear.
    public static func scrub(_ pool: DatabasePool, attempts: Int = 600) async throws {
        try await pool.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA temp_store = FILE")
            defer { try? database.execute(sql: "PRAGMA temp_store = MEMORY") }
            try database.execute(sql: "VACUUM")
        }
        for _ in 0..<attempts {
            let busy = try await pool.writeWithoutTransaction { database in
                // One look at a time: waiting here would keep every writer waiting.
                try database.execute(sql: "PRAGMA busy_timeout = 0")
                defer { try? database.execute(sql: "PRAGMA busy_timeout = \(Int(busyTimeout * 1000))") }
                return try Int.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)") ?? 1
            }
            if busy == 0 { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw ArchiveError(
            .storage,
            "a reader has kept the write-ahead log of \(pool.path) from being emptied",
            hint: "it is tried again at the next run"
        )
    }
}
