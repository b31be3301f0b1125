import ArchiveCore
import Crypto
import DurableSQLite
import Foundation
import GRDB
import Synchronization

/// vault.sqlite: sealed rows that are inserted and deleted, never changed.
///
/// The root key seals a generation key; a subkey of that seals the rows, with kind, id and version as associated data,
/// so that no row can stand in for another.
final class VaultStore: Sendable {
    struct Generation {
        var id: Int64
        /// What the root key seals.
        var secret: SecretBytes
        /// What seals the rows.
        var key: SymmetricKey

        init(id: Int64, secret: SecretBytes) {
            self.id = id
            self.secret = secret
            key = Sealing.subkey(of: secret, for: "vault rows")
        }
    }

    let pool: DatabasePool
    let root: Mutex<SecretBytes>
    let current: Mutex<Generation>

    init(path: String, root: SecretBytes, at now: Date, files: any FileSystem) throws {
        pool = try DurableDatabase.open(path, readers: 4, files: files)
        self.root = Mutex(root)
        try DurableDatabase.migrate(pool, by: Self.migrator)
        let (found, isNew) = try pool.write { database in
            if let newest = try Self.newestGeneration(database, root: root) { return (newest, false) }
            return (try Self.insertGeneration(database, root: root), true)
        }
        current = Mutex(found)
        if isNew { try pool.write { try self.keepFacts($0, of: root, made: now) } }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 sealed rows") { database in
            try database.execute(
                sql: """
                    CREATE TABLE generation (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        sealed BLOB NOT NULL
                    ) STRICT;
                    CREATE TABLE generation_waiting (
                        generation INTEGER NOT NULL REFERENCES generation (id) ON DELETE CASCADE,
                        root TEXT NOT NULL,
                        sealed BLOB NOT NULL,
                        PRIMARY KEY (generation, root)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE sealed_row (
                        kind TEXT NOT NULL CHECK (kind IN
                            ('upload', 'header-part', 'recording', 'header', 'excerpt', 'identity', 'secret')),
                        id TEXT NOT NULL,
                        version INTEGER NOT NULL CHECK (version >= 1),
                        generation INTEGER NOT NULL REFERENCES generation (id),
                        sealed BLOB NOT NULL,
                        PRIMARY KEY (kind, id, version)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX sealed_row_by_generation ON sealed_row (generation);
                    CREATE TRIGGER sealed_row_never_changes BEFORE UPDATE ON sealed_row
                        BEGIN SELECT RAISE(ABORT, 'rows of the vault never change'); END;
                    CREATE TRIGGER sealed_row_is_never_replaced BEFORE INSERT ON sealed_row
                        WHEN EXISTS (SELECT 1 FROM sealed_row
                            WHERE kind = NEW.kind AND id = NEW.id AND version >= NEW.version)
                        BEGIN SELECT RAISE(ABORT, 'versions in the vault only rise'); END;
                    CREATE TRIGGER generation_never_changes BEFORE UPDATE ON generation
                        BEGIN SELECT RAISE(ABORT, 'generations never change'); END;
                    """
            )
        }
        return migrator
    }

    /// See ``DurableDatabase/assertSchema(_:by:)``.
    func assertSchema() throws { try DurableDatabase.assertSchema(pool, by: Self.migrator) }

    // MARK: Generations

    private static func context(generation id: Int64) -> String { "generation \(id)" }

    static func newestGeneration(_ database: Database, root: SecretBytes) throws -> Generation? {
        guard
            let row = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT id, sealed FROM generation ORDER BY id DESC LIMIT 1")
            )
        else { return nil }
        let id: Int64 = row["id"]
        func open(_ sealed: Data, _ key: SymmetricKey) -> SecretBytes? {
            (try? Sealing.open(sealed, with: key, context: context(generation: id))).map { SecretBytes($0) }
        }
        if let key = open(row["sealed"], Sealing.subkey(of: root, for: "generation")) {
            return Generation(id: id, secret: key)
        }
        let waiting = try Data.fetchOne(
            database.cachedStatement(sql: "SELECT sealed FROM generation_waiting WHERE generation = ? AND root = ?"),
            arguments: [id, fingerprint(of: root)]
        )
        if let key = waiting.flatMap({ open($0, waitingKey(of: root)) }) {
            return Generation(id: id, secret: key)
        }
        throw ArchiveError(
            .configuration,
            "the root key does not open this vault",
            hint: "it takes the root key in use: the newest, where 'risalahd keys rotate root' was run"
        )
    }

    static func insertGeneration(_ database: Database, root: SecretBytes) throws -> Generation {
        let last =
            try Int64.fetchOne(
                database.cachedStatement(sql: "SELECT seq FROM sqlite_sequence WHERE name = 'generation'")
            ) ?? 0
        let fresh = Generation(id: last + 1, secret: SecretBytes(randomCount: 32))
        try database.executeCached(
            sql: "INSERT INTO generation (id, sealed) VALUES (?, ?)",
            arguments: [fresh.id, try seal(fresh, with: Sealing.subkey(of: root, for: "generation"))]
        )
        return fresh
    }

    static func seal(_ generation: Generation, with key: SymmetricKey) throws -> Data {
        try Sealing.seal(generation.secret.exposedBytes, with: key, context: context(generation: generation.id))
    }

    /// Seals every row anew under a fresh generation key and forgets the old one: what was deleted before is noise from
    /// here on, wherever a copy of its row may still lie (DESIGN.md invariant 7).
    ///
    /// - Parameter body: what is done first, in the same transaction.
    func renewGeneration(after body: @escaping @Sendable (Database) throws -> Void = { _ in }) async throws {
        try await pool.writeWithoutTransaction { database in
            let old = self.current.withLock { $0 }
            var fresh = old
            try database.inTransaction(.immediate) {
                try body(database)
                fresh = try Self.insertGeneration(database, root: self.root.withLock { $0 })
                try self.sealForNextRoots(database, fresh)
                while try Self.renewSome(database, from: old, to: fresh) {}
                try database.executeCached(sql: "DELETE FROM generation WHERE id <> ?", arguments: [fresh.id])
                return .commit
            }
            // Still the one writer: nobody seals under the old key between the commit and this.
            let committed = fresh
            self.current.withLock { $0 = committed }
        }
        try await DurableDatabase.scrub(pool)
    }

    /// Rows renewed between two looks at the table: memory stays flat however many recordings there are.
    private static let renewedAtOnce = 1000

    /// Seals some of the rows of an `old` generation anew; false when there are none left.
    private static func renewSome(_ database: Database, from old: Generation, to fresh: Generation) throws -> Bool {
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT kind, id, version, sealed FROM sealed_row WHERE generation = ? LIMIT ?"
            ),
            arguments: [old.id, renewedAtOnce]
        )
        for row in rows {
            let (kind, id, version): (String, String, Int) = (row["kind"], row["id"], row["version"])
            let plaintext = try Sealing.open(row["sealed"], with: old.key, context: context(kind, id, version))
            try replace(database, kind, id, version, plaintext, under: fresh)
        }
        return !rows.isEmpty
    }

    // MARK: Rows

    private static func context(_ kind: String, _ id: String, _ version: Int) -> String { "\(kind) \(id) \(version)" }

    private static func replace(
        _ database: Database,
        _ kind: String,
        _ id: String,
        _ version: Int,
        _ plaintext: Data,
        under: Generation
    ) throws {
        let sealed = try Sealing.seal(plaintext, with: under.key, context: context(kind, id, version + 1))
        try database.executeCached(
            sql: "INSERT INTO sealed_row (kind, id, version, generation, sealed) VALUES (?, ?, ?, ?, ?)",
            arguments: [kind, id, version + 1, under.id, sealed]
        )
        try database.executeCached(
            sql: "DELETE FROM sealed_row WHERE kind = ? AND id = ? AND version <= ?",
            arguments: [kind, id, version]
        )
    }

    /// Puts the next version of a row in the place of the one before: inserted, then the older one deleted, so that a
    /// row always has one version and none is ever changed.
    func put(_ database: Database, _ kind: RowKind, _ id: String, _ contents: Data) throws {
        let newest =
            try Int.fetchOne(
                database.cachedStatement(sql: "SELECT max(version) FROM sealed_row WHERE kind = ? AND id = ?"),
                arguments: [kind.rawValue, id]
            ) ?? 0
        // The write lock that this transaction holds excludes a change of generation.
        try Self.replace(database, kind.rawValue, id, newest, contents, under: current.withLock { $0 })
    }

    /// Deletes a row; an absent one is no error.
    func delete(_ database: Database, _ kind: RowKind, _ id: String) throws {
        try database.executeCached(
            sql: "DELETE FROM sealed_row WHERE kind = ? AND id = ?",
            arguments: [kind.rawValue, id]
        )
    }

    /// Deletes every row of `kind` whose id begins with `prefix`.
    func delete(_ database: Database, _ kind: RowKind, prefix: String) throws {
        try database.executeCached(
            sql: "DELETE FROM sealed_row WHERE kind = ? AND id >= ? AND id < ?",
            arguments: [kind.rawValue, prefix, prefix + "\u{10FFFF}"]
        )
    }

    /// A row, opened; nil where there is none.
    func contents(_ database: Database, _ kind: RowKind, _ id: String) throws -> Data? {
        try database.cachedRow(
            sql: "SELECT version, generation, sealed FROM sealed_row WHERE kind = ? AND id = ?",
            arguments: [kind.rawValue, id]
        ).map { try open(database, $0, kind, id) }
    }

    /// Every row of `kind` whose id begins with `prefix`, opened, or why one does not open.
    func contents(
        _ database: Database,
        _ kind: RowKind,
        prefix: String
    ) throws -> [(id: String, contents: Result<Data, ArchiveError>)] {
        var found: [(id: String, contents: Result<Data, ArchiveError>)] = []
        try forEach(database, kind, prefix: prefix) { found.append(($0, $1)) }
        return found
    }

    /// Gives `body` what ``contents(_:_:prefix:)`` gives, one row at a time, in the order of their ids.
    func forEach(
        _ database: Database,
        _ kind: RowKind,
        prefix: String,
        _ body: (_ id: String, _ contents: Result<Data, ArchiveError>) throws -> Void
    ) throws {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: "SELECT id, version, generation, sealed FROM sealed_row WHERE kind = ? AND id >= ? AND id < ?"
            ),
            arguments: [kind.rawValue, prefix, prefix + "\u{10FFFF}"]
        )
        while let row = try rows.next() {
            let id: String = row["id"]
            let contents: Result<Data, ArchiveError>
            do {
                contents = .success(try open(database, row, kind, id))
            } catch let error as ArchiveError {
                contents = .failure(error)
            }
            try body(id, contents)
        }
    }

    private func open(_ database: Database, _ row: Row, _ kind: RowKind, _ id: String) throws -> Data {
        let generation: Int64 = row["generation"]
        var known = current.withLock { $0 }
        if known.id != generation {
            // A reader can be on either side of a change of generation that commits just now.
            guard let stored = try Self.newestGeneration(database, root: root.withLock { $0 }), stored.id == generation
            else {
                throw ArchiveError(.storage, "\(kind.rawValue) \(id) is sealed under a generation that is gone")
            }
            known = stored
        }
        return try Sealing.open(
            row["sealed"],
            with: known.key,
            context: Self.context(kind.rawValue, id, row["version"])
        )
    }
}
