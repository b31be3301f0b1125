public import ArchiveCore
import DurableSQLite
import Foundation
import GRDB
import Synchronization

/// archive.sqlite: what is known of recordings, principals, uploads and accesses, and the log.
///
/// Facts and their entries commit together (DESIGN.md invariant 3). Writers that come at the same time share one commit,
/// a savepoint each: one fails alone, all become durable at once.
public final class Catalogue: Sendable {
    let pool: DatabasePool
    private let writes: WriteQueue
    private let path: String

    /// Opens the catalogue at `path`, making and migrating it where needed.
    ///
    /// The log can be written only after ``startLog(_:observer:)``.
    public init(path: String, files: any FileSystem = LocalFileSystem()) throws {
        self.path = path
        pool = try DurableDatabase.open(path, readers: 8, files: files)
        try DurableDatabase.migrate(pool, by: Schema.migrator)
        writes = WriteQueue(pool: pool)
    }

    /// Closes the database.
    public func close() throws {
        defer { writes.finish() }
        try pool.close()
    }

    /// Throws `storage` where a checkpoint could not be stored, so that nothing is written until a restart.
    public func assertWritable() throws { try writes.assertWorking() }

    /// Throws `storage` where the connection that writes is not set to be durable, or the schema is not this program's.
    public func assertSound() async throws {
        try DurableDatabase.assertSchema(pool, by: Schema.migrator)
        try await pool.writeWithoutTransaction { try DurableDatabase.assertDurable($0, path: self.path) }
    }

    /// ``CatalogueReader/logHead()``, for callers that cannot wait asynchronously.
    public func logHead() throws -> LogHeadRow? { try readNow { try $0.logHead() } }

    /// Gives the log its tree; from here on entries can be appended.
    public func startLog(_ tree: any LogTree, observer: any CommitObserver) { writes.start(tree, observer: observer) }

    /// A consistent view of everything committed.
    public func read<Value: Sendable>(_ body: @Sendable (CatalogueReader) throws -> Value) async throws -> Value {
        try await pool.read { try body(CatalogueReader(database: $0)) }
    }

    /// A consistent view, for callers that cannot wait asynchronously.
    public func readNow<Value>(_ body: (CatalogueReader) throws -> Value) throws -> Value {
        try pool.read { try body(CatalogueReader(database: $0)) }
    }

    /// Runs `body` in a transaction and returns when that is durable; if `body` throws, nothing of it stays.
    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (CatalogueWriter) throws -> Value
    ) async throws -> Value {
        try await writes.enqueue(body)
    }

    /// Rises with every commit that closed an access, disabled a principal or began a destruction: a stream in progress that
    /// sees it change looks again whether it may go on (DESIGN.md invariant 2).
    public var revocations: Int { writes.revocations.load(ordering: .sequentiallyConsistent) }

    /// Removes free pages and empties the write-ahead log, so that nothing deleted is left in either.
    public func scrub() async throws { try await DurableDatabase.scrub(pool) }
}

/// Reads within one transaction.
public struct CatalogueReader {
    let database: Database
}

/// Reads and writes within one transaction.
public struct CatalogueWriter {
    let database: Database
    let pending: PendingCommit

    /// Reads that see this transaction's own writes.
    public var reader: CatalogueReader { CatalogueReader(database: database) }

    /// Has `body` take back what this transaction does in memory, should it not become durable.
    public func onRollback(_ body: @escaping @Sendable () -> Void) { pending.undo.append(body) }

    /// Has every stream in progress look again whether it may go on.
    public func revoke() { pending.revokes = true }
}
