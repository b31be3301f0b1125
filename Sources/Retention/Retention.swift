import AccessPolicy
import ArchiveConfiguration
public import ArchiveCore
public import AuditLog
public import BlobStore
public import Catalogue
public import Foundation
public import Vault

/// Destroys what lists hold, completely and in order (DESIGN.md invariant 7):
/// entry of intent → state *destroying* → title sealed for the tombstone, where the series wants it → vault rows deleted → payload
/// removed → out of the search index → state *destroyed* with its tombstone;
/// a batch ends by sealing the surviving vault rows under a new generation key, VACUUM, and emptying the write-ahead logs.
/// Every step can be repeated, and a run first finishes what an earlier one left.
///
/// A transfer is the same after the other archive has what stands on its list; its tombstones say so.
public actor Retention {
    let vault: Vault
    let catalogue: Catalogue
    let blobs: any BlobStore
    let rules: RulesInForce
    let log: AuditLog
    let clock: any ArchiveClock
    let timeZone: TimeZone
    let index: any RecordingIndex
    private var isRunning = false

    /// Retention over these parts; `timeZone` is where the days of a cooling are counted.
    public init(
        vault: Vault,
        catalogue: Catalogue,
        blobs: any BlobStore,
        rules: RulesInForce,
        log: AuditLog,
        clock: any ArchiveClock,
        timeZone: TimeZone,
        index: any RecordingIndex
    ) {
        self.vault = vault
        self.catalogue = catalogue
        self.blobs = blobs
        self.rules = rules
        self.log = log
        self.clock = clock
        self.timeZone = timeZone
        self.index = index
    }

    var schedule: Schedule { rules.current.schedule }

    /// What became of one recording.
    public struct Outcome: Sendable {
        /// What a run can do with an item.
        public enum Kind: String, Sendable {
            /// Put on a frozen list.
            case proposed
            /// Gone.
            case destroyed
            /// Gone, after another archive had it.
            case transferred
            /// Left as it is.
            case skipped
            /// Left as it is, though its destruction had begun.
            case saved
        }

        /// The item.
        public let item: DestructionItem
        /// What became of it.
        public let kind: Kind
        /// Why it was left as it is.
        public let reason: String?
    }

    /// What may come between the intent to destroy a recording and the deletion of its keys. Tests place holds there.
    package typealias Interlude = @Sendable (RecordingID) async throws -> Void

    /// One at a time: a list is never frozen by the schedule while another is executed.
    func exclusively<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        guard !isRunning else {
            throw ArchiveError(.conflict, "retention is at work already", hint: "wait for it to end")
        }
        isRunning = true
        defer { isRunning = false }
        return try await body()
    }

    // MARK: Run

    /// Destroys what frozen lists hold whose cooling is over.
    ///
    /// What fails keeps nothing else from being destroyed, nor the batch from its end; the first failure is thrown then.
    ///
    /// - Throws: `conflict` where retention is at work, or the clock went forward and nobody has confirmed it.
    public func run(by actor: Actor) async throws -> [Outcome] { try await run(by: actor) { _ in } }

    /// The same, with something in between.
    package func run(by actor: Actor, between interlude: @escaping Interlude) async throws -> [Outcome] {
        try await exclusively {
            try await assertClock()
            let failures = Failures()
            var outcomes = try await finishAll(by: actor, failures)
            // What could not be finished just now is not begun again: it waits for the next run.
            let unfinished = Set(try await catalogue.read { try $0.unfinishedItems() }.map(\.recording))
            let now = clock.now
            for row in try await catalogue.read({ try $0.executableLists(at: now) }) {
                let items = try await catalogue.read { try $0.items(of: row.id) }
                await failures.collecting {
                    let remaining = try FrozenList(row, items).remaining.filter { !unfinished.contains($0.recording) }
                    for stretch in Self.stretches(of: remaining) {
                        outcomes += try await execute(stretch, by: actor, between: interlude, failures)
                    }
                }
            }
            await failures.collecting { try await forgetTitles(by: actor) }
            await failures.collecting { try await endBatch(by: actor) }
            if let first = failures.all.first { throw first }
            return outcomes
        }
    }

    /// Finishes what a crash interrupted; called before the service answers.
    ///
    /// - Returns: what could not be finished; the next run tries it again.
    @discardableResult
    public func recover() async throws -> [ArchiveError] {
        try await exclusively {
            let failures = Failures()
            _ = try await finishAll(by: .service, failures)
            await failures.collecting { try await endBatch(by: .service) }
            return failures.all
        }
    }

    private func finishAll(by actor: Actor, _ failures: Failures) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for stretch in Self.stretches(of: try await catalogue.read({ try $0.unfinishedItems() })) {
            let copies = try vault.copies(of: stretch.map(\.recording))
            outcomes += await failures.together(stretch) { try await finish($0, copies, by: actor) }
        }
        return outcomes
    }

    private func execute(
        _ items: [DestructionItem],
        by actor: Actor,
        between interlude: Interlude,
        _ failures: Failures
    ) async throws -> [Outcome] {
        var outcomes = await failures.together(items) { try await begin($0, by: actor) }
        let skipped = Set(outcomes.map(\.item.recording))
        let (begun, saved) = try await catalogue.read { reader -> ([DestructionItem], [DestructionItem]) in
            let rest = items.filter { !skipped.contains($0.recording) }
            return (
                try rest.filter { try reader.recording($0.recording)?.state == .destroying },
                // A hold has come already.
                try rest.filter { try reader.item($0.recording, of: $0.list)?.outcome == .saved }
            )
        }
        outcomes += saved.map { Outcome(item: $0, kind: .saved, reason: Verdict.Obstacle.held.rawValue) }
        for item in begun { try await interlude(item.recording) }
        let copies = try vault.copies(of: begun.map(\.recording))
        return outcomes + (await failures.together(begun) { try await finish($0, copies, by: actor) })
    }

    /// Items that are executed together: what would be made durable for each is made durable once.
    private static let atOnce = 100

    private static func stretches(of items: [DestructionItem]) -> [[DestructionItem]] {
        stride(from: 0, to: items.count, by: atOnce).map { Array(items[$0..<min($0 + atOnce, items.count)]) }
    }

    /// Ends lists of which nothing is left to do.
    private func endLists(by actor: Actor) async throws {
        let now = clock.now
        guard try await catalogue.read({ try !$0.exhaustedLists().isEmpty }) else { return }
        try await catalogue.write { [log] writer in
            for list in try writer.reader.exhaustedLists() {
                try writer.end(list.id, as: .done, at: now, because: "")
                let (items, gone) = (try writer.reader.items(of: list.id), try writer.reader.tombstones(of: list.id))
                let digest = try OutcomeDigest(list.id, items, gone).bytes
                var details = ["kind": list.kind.rawValue, "outcomes": digest.hexadecimal]
                for (outcome, count) in try writer.reader.outcomes(of: list.id) {
                    details[outcome.rawValue] = String(count)
                }
                try log.append(
                    to: writer,
                    actor: actor,
                    action: "destruction.end",
                    object: list.id.description,
                    details: details
                )
            }
        }
    }

    /// Does what deletes rows, and then makes noise of every copy of them, before anybody is told that they are gone.
    ///
    /// - Throws: `conflict`, before anything is done, where retention is at work; what `body` throws.
    public func scrubbing<Value: Sendable>(
        by actor: Actor,
        after body: @Sendable () async throws -> Value
    ) async throws -> Value {
        try await exclusively {
            let value = try await body()
            try await scrub(by: actor)
            return value
        }
    }

    /// Lists are done when nothing of what they held is left in any file.
    private func endBatch(by actor: Actor) async throws {
        try await scrub(by: actor)
        try await endLists(by: actor)
    }

    /// Makes noise of every copy of the deleted rows, and remembers that it was done only when it was; nothing where no row was
    /// deleted since.
    private func scrub(by actor: Actor) async throws {
        guard try await catalogue.read({ try $0.needsScrub() }) else { return }
        try await vault.renewGeneration()
        try await catalogue.scrub()
        try await index.scrub()
        try await catalogue.write { [log] writer in
            try writer.markScrubbed()
            try log.append(to: writer, actor: actor, action: "destruction.scrub")
        }
    }
}

/// What went wrong with one item while the others went on. A class because what collects is nested.
private final class Failures {
    private(set) var all: [ArchiveError] = []

    func add(_ error: ArchiveError) { all.append(error) }

    /// Does `step` to all of `items` at once or, where that fails, to each alone: what is wrong with one keeps no other.
    nonisolated(nonsending) func together<Item: Sendable, Result: Sendable>(
        _ items: [Item],
        _ step: ([Item]) async throws -> [Result]
    ) async -> [Result] {
        if items.count > 1, let results = try? await step(items) { return results }
        var results: [Result] = []
        for item in items { await collecting { results += try await step([item]) } }
        return results
    }

    nonisolated(nonsending) func collecting(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            add(error as? ArchiveError ?? ArchiveError(.storage, "\(error)"))
        }
    }
}
