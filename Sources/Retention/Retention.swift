import AccessPolicy
import ArchiveConfiguration
public import ArchiveCore
public import AuditLog
public import BlobStore
public import Catalogue
import Crypto
public import Foundation
public import Vault

/// Destroys what its schedule says, completely and in order (DESIGN.md invariant 7):
/// entry of intent → state *destroying* → vault rows deleted → payload removed → state *destroyed* with its tombstone;
/// a batch ends by sealing the surviving vault rows under a new generation key, VACUUM, and emptying the write-ahead logs.
/// Every step can be repeated, and a run first finishes what an earlier one left.
public actor Retention {
    private let vault: Vault
    private let catalogue: Catalogue
    private let blobs: any BlobStore
    private let rules: RulesInForce
    private let log: AuditLog
    private let clock: any ArchiveClock
    private let timeZone: TimeZone
    private var isRunning = false

    /// Retention over these parts; `timeZone` is where the days of a cooling are counted.
    public init(
        vault: Vault,
        catalogue: Catalogue,
        blobs: any BlobStore,
        rules: RulesInForce,
        log: AuditLog,
        clock: any ArchiveClock,
        timeZone: TimeZone
    ) {
        self.vault = vault
        self.catalogue = catalogue
        self.blobs = blobs
        self.rules = rules
        self.log = log
        self.clock = clock
        self.timeZone = timeZone
    }

    private var schedule: Schedule { rules.current.schedule }

    /// What became of one recording.
    public struct Outcome: Sendable {
        /// What a run can do with an item.
        public enum Kind: String, Sendable {
            /// Put on a frozen list.
            case proposed
            /// Gone.
            case destroyed
            /// Left as it is.
            case skipped
        }

        /// The item.
        public let item: DestructionItem
        /// What became of it.
        public let kind: Kind
        /// Why it was skipped.
        public let reason: String?
    }

    /// Recordings taken onto one list.
    private static let listLimit = 10_000

    /// One at a time: a list is never frozen while another is executed.
    private func exclusively<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        guard !isRunning else {
            throw ArchiveError(.conflict, "retention is at work already", hint: "wait for it to end")
        }
        isRunning = true
        defer { isRunning = false }
        return try await body()
    }

    // MARK: Propose

    /// Puts recordings whose time is over, and whose series asks for nobody's approval, on frozen lists, one a series.
    ///
    /// A list can be executed when the cooling of its series is over.
    public func propose(by actor: Actor) async throws -> [Outcome] {
        try await exclusively {
            var outcomes: [Outcome] = []
            for series in schedule.series where series.isDestroyedWithoutApproval {
                outcomes += try await propose(series.code, by: actor)
            }
            return outcomes
        }
    }

    private func propose(_ code: String, by actor: Actor) async throws -> [Outcome] {
        let now = clock.now
        return try await catalogue.write { [log, rules, timeZone] writer in
            // By the schedule that is in force in this transaction, whatever was loaded while it waited for its turn.
            guard let series = rules.current.schedule[code], series.isDestroyedWithoutApproval else { return [] }
            let executable = series.cooling.date(after: now, in: timeZone)
            let due = try writer.reader.due(at: now, series: [series.code], limit: Self.listLimit)
            guard !due.isEmpty else { return [] }
            let list = ListID()
            let items = due.map { recording in
                DestructionItem(
                    recording: recording.id,
                    list: list,
                    series: series.code,
                    due: recording.due,
                    executable: executable
                )
            }
            let frozen = try FrozenList(items)
            try writer.insertList(list, items: items, frozen: now, executable: executable, digest: frozen.digest)
            try log.append(
                to: writer,
                actor: actor,
                action: "destruction.propose",
                object: list.description,
                details: [
                    "series": series.code, "count": String(items.count), "digest": frozen.digest.hexadecimal,
                    "executable": Timestamp.text(executable),
                ]
            )
            return items.map { Outcome(item: $0, kind: .proposed, reason: nil) }
        }
    }

    // MARK: Run

    /// Destroys what frozen lists hold whose cooling is over.
    ///
    /// What fails keeps nothing else from being destroyed, nor the batch from its end; the first failure is thrown then.
    public func run(by actor: Actor) async throws -> [Outcome] {
        try await exclusively {
            var failures = Failures()
            var outcomes = try await finishAll(by: actor, &failures)
            // What could not be finished just now is not begun again: it waits for the next run.
            let unfinished = Set(try await catalogue.read { try $0.unfinishedItems() }.map(\.recording))
            let now = clock.now
            for (id, digest) in try await catalogue.read({ try $0.executableLists(at: now) }) {
                let list = try FrozenList(try await catalogue.read { try $0.items(of: id) })
                guard list.digest == digest else {
                    failures.add(Self.changed(id))
                    continue
                }
                for item in list.remaining where !unfinished.contains(item.recording) {
                    await failures.collecting { outcomes.append(try await execute(item, by: actor)) }
                }
            }
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
            var failures = Failures()
            _ = try await finishAll(by: .service, &failures)
            await failures.collecting { try await endBatch(by: .service) }
            return failures.all
        }
    }

    private func finishAll(by actor: Actor, _ failures: inout Failures) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for item in try await catalogue.read({ try $0.unfinishedItems() }) {
            await failures.collecting {
                try await finish(item, by: actor)
                outcomes.append(Outcome(item: item, kind: .destroyed, reason: nil))
            }
        }
        return outcomes
    }

    private static func changed(_ list: ListID) -> ArchiveError {
        ArchiveError(
            .storage,
            "destruction list \(list) is not what was frozen; nothing of it was destroyed",
            hint: "somebody has changed the database: run `risalahd audit verify`"
        )
    }

    private func execute(_ item: DestructionItem, by actor: Actor) async throws -> Outcome {
        if let reason = try await begin(item, by: actor) {
            return Outcome(item: item, kind: .skipped, reason: reason)
        }
        try await finish(item, by: actor)
        return Outcome(item: item, kind: .destroyed, reason: nil)
    }

    /// Reads everything again just before the recording's turn, and states the intent; a reason means that it is skipped.
    private func begin(_ item: DestructionItem, by actor: Actor) async throws -> String? {
        let now = clock.now
        return try await catalogue.write { [log, rules] writer in
            let recording = try writer.reader.recording(item.recording)
            if let reason = Self.reasonToSkip(item, recording, rules.current.schedule, now) {
                try writer.markSkipped(item)
                try log.append(
                    to: writer,
                    actor: actor,
                    action: "destruction.skip",
                    object: item.recording.description,
                    label: recording?.visibility.label,
                    details: ["list": item.list.description, "reason": reason]
                )
                return reason
            }
            try log.append(
                to: writer,
                actor: actor,
                action: "destruction.intent",
                object: item.recording.description,
                label: recording?.visibility.label,
                details: ["list": item.list.description, "series": item.series]
            )
            try writer.markDestroying(item.recording)
            return nil
        }
    }

    private static func reasonToSkip(
        _ item: DestructionItem,
        _ recording: RecordingRow?,
        _ schedule: Schedule,
        _ now: Date
    ) -> String? {
        guard let recording, recording.state == .stored || recording.state == .incomplete else { return "not-stored" }
        guard recording.due <= now else { return "not-due" }
        guard recording.series == item.series else { return "series-changed" }
        guard let series = schedule.series.first(where: { $0.code == item.series }),
            series.isDestroyedWithoutApproval, !recording.needsApproval
        else { return "approval-required" }
        return nil
    }

    private func finish(_ item: DestructionItem, by actor: Actor) async throws {
        // Copies of it that broke off on their way in, or wait in quarantine, have the same key: they go with it.
        let copies = try vault.copies(of: item.recording)
        if !copies.isEmpty {
            // First, for they are found by the key.
            try await catalogue.write { [clock] writer in
                for copy in copies { try writer.endDestroyed(copy, at: clock.now) }
            }
        }
        try vault.destroyKeysAndCopies(of: item.recording)
        try blobs.remove(.recording(item.recording))
        for copy in copies {
            try blobs.remove(.incoming(copy))
            try blobs.remove(.quarantined(copy))
        }
        let now = clock.now
        let rule = schedule.series.first { $0.code == item.series }?.rule ?? item.series
        try await catalogue.write { [log] writer in
            guard let intent = try writer.reader.lastEntry(on: item.recording, action: "destruction.intent") else {
                throw ArchiveError(
                    .storage,
                    "recording \(item.recording) is being destroyed without an entry of intent"
                )
            }
            let label = try writer.reader.recording(item.recording)?.visibility.label
            try writer.markDestroyed(item, at: now, intent: intent, rule: rule)
            try log.append(
                to: writer,
                actor: actor,
                action: "destruction.done",
                object: item.recording.description,
                label: label,
                details: ["list": item.list.description, "intent": String(intent), "copies": String(copies.count)]
            )
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
            try await endBatch(by: actor)
            return value
        }
    }

    /// Makes noise of every copy of the deleted rows, and remembers that it was done only when it was; nothing where no row was
    /// deleted since.
    private func endBatch(by actor: Actor) async throws {
        guard try await catalogue.read({ try $0.needsScrub() }) else { return }
        try await vault.renewGeneration()
        try await catalogue.scrub()
        try await catalogue.write { [log] writer in
            try writer.markScrubbed()
            try log.append(to: writer, actor: actor, action: "destruction.scrub")
        }
    }
}

/// What went wrong with one item while the others went on.
private struct Failures {
    private(set) var all: [ArchiveError] = []

    mutating func add(_ error: ArchiveError) { all.append(error) }

    nonisolated(nonsending) mutating func collecting(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            add(error as? ArchiveError ?? ArchiveError(.storage, "\(error)"))
        }
    }
}

/// A destruction list and the digest of what stands on it: what is executed is exactly what was frozen.
private struct FrozenList {
    let digest: Data
    /// What is not yet destroyed or skipped.
    let remaining: [DestructionItem]

    private struct Line: Encodable {
        var recording: RecordingID
        var series: String
        var due: Date
    }

    init(_ items: [DestructionItem]) throws {
        let lines = items.map { Line(recording: $0.recording, series: $0.series, due: $0.due) }
            .sorted { $0.recording.description < $1.recording.description }
        digest = Data(SHA256.hash(data: try CanonicalJSON.encode(lines)))
        remaining = items.filter { $0.outcome == .frozen }
    }
}

extension Retention {
    /// The digest that a list of these items is frozen with.
    public static func digest(of items: [DestructionItem]) throws -> Data { try FrozenList(items).digest }
}
