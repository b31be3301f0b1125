import ArchiveCore
import Dispatch
import DurableSQLite
import Foundation
import GRDB
import Synchronization

/// What a transaction will have done once it commits. A class because its closures and the queue share it, on one thread.
final class PendingCommit {
    /// The tree with the entries so far.
    var tree: (any LogTree)?
    /// Whether something was closed that a stream in progress may rest on.
    var revokes = false
    /// What takes back in memory what its writes did there, should they not become durable; the newest last.
    var undo: [() -> Void] = []

    init(tree: (any LogTree)?) { self.tree = tree }

    /// Takes back what was done in memory since there were `count` things to take back.
    func takeBack(to count: Int) {
        while undo.count > count { undo.removeLast()() }
    }
}

/// Commits writes that wait at the same time together.
///
/// One drain runs at a time. It takes what waits, runs each in a savepoint of one transaction, signs the new head of the
/// log in the same transaction and commits. If the commit fails, all of them fail and the tree in memory stays where it
/// was. The callers are told when the observer has stored the head, or a newer one; while it waits for the disk, the next
/// transaction runs.
final class WriteQueue: Sendable {
    /// A waiting write. `run` does it and keeps its result; `finish` tells the caller, with an error of the whole batch
    /// where there is one.
    private struct Job: Sendable {
        let run: @Sendable (CatalogueWriter) throws -> Void
        let finish: @Sendable ((any Error)?) -> Void
    }

    /// Writes that are durable, and the head that has to be stored before their callers are told.
    private struct Commit {
        let jobs: [Job]
        let checkpoint: String
    }

    private struct State {
        var waiting: [Job] = []
        var isDraining = false
        /// In the order of the log.
        var committed: [Commit] = []
        var isPublishing = false
        var tree: (any LogTree)?
        var observer: (any CommitObserver)?
        /// Set when the head could not be stored: nothing more is acknowledged.
        var broken: ArchiveError?
    }

    /// More than this in one commit would make the first of them wait too long.
    private static let batchLimit = 256

    private let pool: DatabasePool
    private let publisher = DispatchQueue(label: "catalogue.checkpoints", qos: .userInitiated)
    private let state = Mutex(State())
    /// Commits so far that closed something.
    let revocations = Atomic<Int>(0)

    init(pool: DatabasePool) { self.pool = pool }

    func start(_ tree: any LogTree, observer: any CommitObserver) {
        state.withLock {
            $0.tree = tree
            $0.observer = observer
        }
    }

    func enqueue<Value: Sendable>(_ body: @escaping @Sendable (CatalogueWriter) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let outcome = Mutex<Result<Value, any Error>?>(nil)
            let box = OutcomeBox(outcome)
            let job = Job(
                run: { writer in
                    do {
                        let value = try body(writer)
                        box.outcome.withLock { $0 = .success(value) }
                    } catch {
                        box.outcome.withLock { $0 = .failure(error) }
                        throw error
                    }
                },
                finish: { failure in
                    let result = box.outcome.withLock { $0 }
                    switch (result, failure) {
                    case (.failure(let own)?, _): continuation.resume(throwing: own)
                    case (_, let failure?): continuation.resume(throwing: failure)
                    case (.success(let value)?, nil): continuation.resume(returning: value)
                    case (nil, nil):
                        continuation.resume(throwing: ArchiveError(.unexpected, "a write was never run"))
                    }
                }
            )
            let mustDrain = state.withLock { state in
                state.waiting.append(job)
                defer { state.isDraining = true }
                return !state.isDraining
            }
            if mustDrain { drain() }
        }
    }

    /// A noncopyable Mutex cannot be captured by two closures; a class can.
    private final class OutcomeBox<Value: Sendable>: Sendable {
        let outcome: Mutex<Result<Value, any Error>?>
        init(_ outcome: consuming Mutex<Result<Value, any Error>?>) { self.outcome = outcome }
    }

    private func drain() {
        pool.asyncWriteWithoutTransaction { database in
            let (jobs, tree, broken) = self.state.withLock { state -> ([Job], (any LogTree)?, ArchiveError?) in
                let jobs = Array(state.waiting.prefix(Self.batchLimit))
                state.waiting.removeFirst(jobs.count)
                return (jobs, state.tree, state.broken)
            }
            if let broken {
                for job in jobs { job.finish(broken) }
            } else {
                self.commit(jobs, on: tree, in: database)
            }
            // At the end of the line: others want this connection too, and under load something always waits here.
            let mustDrain = self.state.withLock { state in
                state.isDraining = !state.waiting.isEmpty
                return state.isDraining
            }
            if mustDrain { self.drain() }
        }
    }

    /// Throws why nothing is written any more, where that is so.
    func assertWorking() throws(ArchiveError) {
        if let broken = state.withLock(\.broken) { throw broken }
    }

    /// Waits until the heads of all commits are stored; none may follow.
    func finish() { publisher.sync {} }

    private func commit(_ jobs: [Job], on tree: (any LogTree)?, in database: Database) {
        let pending = PendingCommit(tree: tree)
        var checkpoint: String?
        do {
            try database.inTransaction(.immediate) {
                if jobs.count == 1 {
                    // The transaction is its savepoint. Within one of its own, SQLite walks what that has changed so far at the
                    // end of every statement (memjrnlTruncate in 3.40): ten thousand items would take minutes.
                    try jobs[0].run(CatalogueWriter(database: database, pending: pending))
                } else {
                    for job in jobs { try run(job, pending, in: database) }
                }
                if let grown = pending.tree, grown.size != tree?.size ?? 0 {
                    checkpoint = try CatalogueWriter(database: database, pending: pending).store(head: grown)
                }
                return .commit
            }
        } catch {
            pending.takeBack(to: 0)
            for job in jobs { job.finish(error) }
            return
        }
        if pending.revokes { revocations.add(1, ordering: .sequentiallyConsistent) }
        guard let checkpoint else {
            for job in jobs { job.finish(nil) }
            return
        }
        let (mustPublish, isAlone) = state.withLock { state in
            state.tree = pending.tree
            state.committed.append(Commit(jobs: jobs, checkpoint: checkpoint))
            defer { state.isPublishing = true }
            return (!state.isPublishing, state.waiting.isEmpty)
        }
        guard mustPublish else { return }
        // Where nobody waits for the connection, another thread would only cost time.
        if isAlone { publish() } else { publisher.async { self.publish() } }
    }

    /// Runs one write, so that nothing of it stays where it fails: its caller hears of that by `finish`.
    private func run(_ job: Job, _ pending: PendingCommit, in database: Database) throws {
        let before = (tree: pending.tree, undo: pending.undo.count)
        // What GRDB's inSavepoint does, with statements that are compiled once.
        try database.executeCached(sql: "SAVEPOINT job")
        do {
            try job.run(CatalogueWriter(database: database, pending: pending))
        } catch {
            pending.tree = before.tree
            pending.takeBack(to: before.undo)
            try database.executeCached(sql: "ROLLBACK TO SAVEPOINT job")
        }
        try database.executeCached(sql: "RELEASE SAVEPOINT job")
    }

    /// Stores the newest head of what was committed, and tells the callers; one runs at a time.
    private func publish() {
        while true {
            let (commits, observer, broken) = state.withLock { state in
                defer { state.committed = [] }
                if state.committed.isEmpty { state.isPublishing = false }
                return (state.committed, state.observer, state.broken)
            }
            guard let newest = commits.last else { return }
            var failure = broken
            if failure == nil {
                do {
                    try observer?.committed(checkpoint: newest.checkpoint)
                } catch {
                    // It is durable, and its head is not where a restart looks for it: acknowledge nothing more.
                    failure = ArchiveError(
                        .storage,
                        "the log has grown and its checkpoint could not be stored: \(error)",
                        hint: "mend the disk and start the service again"
                    )
                    state.withLock { [failure] in $0.broken = failure }
                }
            }
            for job in commits.flatMap(\.jobs) { job.finish(failure) }
        }
    }
}
