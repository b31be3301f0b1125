import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import DurableSQLite
import Foundation
import GRDB
import Synchronization
import Testing
import Vault

/// Facts and entries commit together, several writers at once, and the tree in memory follows commits only (DESIGN.md
/// invariants 1 and 3).
@Suite struct GroupCommitTests {
    private struct Mistake: Error {}

    private static func principal(_ id: PrincipalID) -> PrincipalRow {
        PrincipalRow(
            principal: Principal(
                id: id,
                role: .recorder,
                clearance: Label(Level("biasa")),
                unit: "umum",
                state: .invited
            ),
            addedBy: "uid:0",
            person: Data(count: 32),
            created: Date(timeIntervalSince1970: 0),
            sealed: Data(count: 8)
        )
    }

    /// A fact with its entry; with `mistake` it fails after both.
    private static func add(_ id: PrincipalID, to archive: ArchiveFixture, mistake: Bool = false) async throws -> Int {
        let log = archive.log
        return try await archive.catalogue.write { writer in
            try writer.insert(principal(id), inviteDigest: Data(count: 32), inviteExpires: .distantFuture)
            let seq = try log.append(
                to: writer,
                actor: .service,
                action: "test.add",
                object: id.description,
                texts: ["reason": "alasan \(id)"]
            )
            if mistake { throw Mistake() }
            return seq
        }
    }

    private func state(_ archive: ArchiveFixture) async throws -> (principals: Set<String>, entries: [String]) {
        try await archive.catalogue.read { reader in
            (
                Set(try reader.principals().map(\.principal.id.description)),
                try reader.entries(EntryFilter(), limit: 10_000).compactMap { $0.columns.object }
            )
        }
    }

    @Test func manyWritersShareCommitsAndOneFailsAlone() async throws {
        let archive = try await ArchiveFixture()
        archive.files.fail { _, _ in nil }
        let count = 400
        let results = await withTaskGroup(of: (PrincipalID, Result<Int, any Error>).self) { group in
            for number in 0..<count {
                group.addTask {
                    let id = PrincipalID()
                    do {
                        return (id, .success(try await Self.add(id, to: archive, mistake: number % 5 == 0)))
                    } catch {
                        return (id, .failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let good = results.compactMap { id, result in (try? result.get()).map { (id.description, $0) } }
        #expect(good.count == count * 4 / 5)
        for (_, result) in results {
            if case .failure(let error) = result { #expect(error is Mistake) }
        }
        // Every acknowledged write has its row and its entry at the place that it was told; no other has either.
        let (principals, entries) = try await state(archive)
        #expect(principals == Set(good.map(\.0)))
        #expect(entries.count == good.count)
        for (id, seq) in good { #expect(entries[seq] == id) }
        // Six calls write one checkpoint: remove, open, write, sync, rename, sync the folder.
        let commits = archive.files.calls.filter { $0 == "checkpoint.write" }.count / 6
        #expect(commits >= 1 && commits < good.count)
        // The tree in memory is the tree of the entries: the head it signs next is theirs.
        _ = try await Self.add(PrincipalID(), to: archive)
        let verification = try await archive.log.verify()
        #expect(verification.fault == nil, "\(String(describing: verification.fault))")
        #expect(verification.size == good.count + 1)
        let again = try await archive.reopened()
        #expect(try await again.log.verify().root == verification.root)
        #expect(try await state(again).principals.count == good.count + 1)
    }

    /// Deterministic: what waits while one write is under way goes into one commit.
    @Test func whatWaitsTogetherIsCommittedTogether() async throws {
        let archive = try await ArchiveFixture()
        _ = try await Self.add(PrincipalID(), to: archive)
        archive.files.fail { _, _ in nil }
        let (gate, queued) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await archive.catalogue.write { _ in
                    queued.signal()
                    // The writer is held until the others wait; a limit in case they never do.
                    _ = gate.wait(timeout: .now() + 120)
                }
            }
            await Task.detached { _ = queued.wait(timeout: .now() + 120) }.value
            let started = Counter()
            for number in 0..<20 {
                group.addTask {
                    started.increase()
                    do { _ = try await Self.add(PrincipalID(), to: archive, mistake: number == 7) } catch is Mistake {}
                }
            }
            while started.value < 20 { await Task.yield() }
            // A started task has at most its call into the queue before it.
            for _ in 0..<1000 { await Task.yield() }
            gate.signal()
            try await group.waitForAll()
        }
        let commits = archive.files.calls.filter { $0 == "checkpoint.write" }.count / 6
        #expect((1...3).contains(commits))
        #expect(try await archive.log.verify().size == 20)
        #expect(try await archive.log.verify().fault == nil)
    }

    @Test func aFailingWriteLeavesNothing() async throws {
        let archive = try await ArchiveFixture()
        _ = try await Self.add(PrincipalID(), to: archive)
        let head = try archive.log.checkpoint()
        let copy = try everyFile(below: archive.layout.storage)[archive.layout.checkpoint]
        let id = PrincipalID()
        await #expect(throws: Mistake.self) { try await Self.add(id, to: archive, mistake: true) }
        let (principals, entries) = try await state(archive)
        #expect(!principals.contains(id.description) && !entries.contains(id.description))
        #expect(
            try await archive.catalogue.read { try $0.entries(EntryFilter(), limit: 10) }.flatMap(\.texts).count == 1
        )
        #expect(try archive.log.checkpoint() == head)
        #expect(try everyFile(below: archive.layout.storage)[archive.layout.checkpoint] == copy)
        // A constraint counts as a failure like any other.
        let (twice, log) = (PrincipalID(), archive.log)
        await #expect(throws: DatabaseError.self) {
            try await archive.catalogue.write { writer in
                try log.append(to: writer, actor: .service, action: "test.twice", object: twice.description)
                for _ in 0..<2 {
                    try writer.insert(
                        Self.principal(twice),
                        inviteDigest: Data(count: 32),
                        inviteExpires: .distantFuture
                    )
                }
            }
        }
        #expect(try await !state(archive).entries.contains(twice.description))
        #expect(try await Self.add(PrincipalID(), to: archive) == 1)
        #expect(try await archive.log.verify().fault == nil)
    }

    /// Each call that stores the checkpoint fails in turn: nothing is acknowledged from there on, not even after the disk
    /// is mended, and a restart is consistent.
    @Test func afterAFailedCheckpointNothingIsAcknowledged() async throws {
        let base = try await ArchiveFixture()
        let first = PrincipalID()
        _ = try await Self.add(first, to: base)
        for failing in 0..<6 {
            let archive = try await base.reopened()
            archive.files.fail { label, number in
                label == "checkpoint.write" && number == failing
                    ? ArchiveError(.exhausted, "the test fails call \(number)") : nil
            }
            let (lost, later) = (PrincipalID(), PrincipalID())
            let error = await archiveError { _ = try await Self.add(lost, to: archive) }
            #expect(error?.code == .storage, "call \(failing)")
            archive.files.heal()
            let next = await archiveError { _ = try await Self.add(later, to: archive) }
            #expect(next?.code == .storage, "call \(failing)")
            let again = try await archive.reopened()
            let (principals, entries) = try await state(again)
            #expect(principals.contains(first.description) && !principals.contains(later.description))
            // What was not acknowledged may be there, with its entry, or not, without.
            #expect(principals.contains(lost.description) == entries.contains(lost.description))
            #expect(try await again.log.verify().fault == nil, "call \(failing)")
            _ = try await Self.add(later, to: again)
            #expect(try await again.log.verify().fault == nil, "call \(failing)")
        }
    }

    /// Many writers at once: all that was acknowledged is below the checkpoint that was stored, wherever the disk failed.
    @Test(arguments: [0, 7, 13, 20])
    func nothingIsAcknowledgedAboveTheStoredCheckpoint(failing: Int) async throws {
        let archive = try await ArchiveFixture()
        _ = try await Self.add(PrincipalID(), to: archive)
        archive.files.fail { label, number in
            label == "checkpoint.write" && number >= failing ? ArchiveError(.exhausted, "the test fails it") : nil
        }
        let results = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var last: Int?
                    for _ in 0..<40 {
                        guard let seq = try? await Self.add(PrincipalID(), to: archive) else { return last }
                        last = seq
                    }
                    return last
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count == 8 && results.compactMap(\.self).allSatisfy { $0 < 319 })
        let copy = try everyFile(below: archive.layout.storage)[archive.layout.checkpoint]
        let lines = try #require(copy.map { String(decoding: $0, as: UTF8.self).split(separator: "\n") })
        let stored = try #require(Int(lines[1]))
        #expect(results.compactMap(\.self).allSatisfy { $0 < stored }, "\(results) of \(stored)")
        let again = try await archive.reopened()
        #expect(try await again.log.verify().fault == nil)
        _ = try await Self.add(PrincipalID(), to: again)
    }

    /// The disk takes its time for the head of one transaction: the next one runs, and is acknowledged after it.
    @Test func theNextTransactionDoesNotWaitForTheCheckpoint() async throws {
        let archive = try await ArchiveFixture()
        let limit = DispatchTime.now() + 180
        let (mayStore, mayCommit, isRunning) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        archive.files.fail { label, number in
            if label == "checkpoint.write", number == 0 { _ = mayStore.wait(timeout: limit) }
            return nil
        }
        let log = archive.log
        let first = Task {
            try await archive.catalogue.write { writer in
                isRunning.signal()
                _ = mayCommit.wait(timeout: limit)
                return try log.append(to: writer, actor: .service, action: "test.first")
            }
        }
        await Task.detached { _ = isRunning.wait(timeout: limit) }.value
        let id = PrincipalID()
        let acknowledged = Mutex(false)
        let second = Task {
            let seq = try await Self.add(id, to: archive)
            acknowledged.withLock { $0 = true }
            return seq
        }
        // The task has at most its call into the queue before it.
        for _ in 0..<1000 { await Task.yield() }
        mayCommit.signal()
        var isThere = false
        while !isThere, DispatchTime.now() < limit {
            isThere = try await state(archive).principals.contains(id.description)
        }
        #expect(isThere && !acknowledged.withLock { $0 })
        mayStore.signal()
        let (one, other) = (try await first.value, try await second.value)
        #expect(other == one + 1)
        #expect(try await archive.log.verify().fault == nil)
    }

    /// A kill before each call that stores the checkpoint.
    @Test func aCrashAroundTheCheckpointIsConsistent() async throws {
        let archive = try await ArchiveFixture()
        var acknowledged: [(Int, PrincipalID)] = []
        let photographs = try await archive.photographs {
            for _ in 0..<3 {
                let id = PrincipalID()
                _ = try await Self.add(id, to: archive)
                acknowledged.append((archive.files.calls.count, id))
            }
        }
        #expect(photographs.count == 18)
        for (number, (_, folder)) in photographs.enumerated() {
            let again = try await archive.reopened(in: folder)
            let (principals, entries) = try await state(again)
            for (call, id) in acknowledged where call <= number {
                #expect(principals.contains(id.description), "call \(number)")
            }
            #expect(Set(entries) == principals && entries.count == principals.count)
            #expect(try await again.log.verify().fault == nil)
            _ = try await Self.add(PrincipalID(), to: again)
            #expect(try await again.log.verify().fault == nil)
        }
    }

    @Test func withoutALogNothingIsWritten() async throws {
        let folder = try TemporaryFolder()
        let catalogue = try Catalogue(path: folder.file("archive.sqlite"))
        let entry = LogEntry(
            time: .distantPast,
            actor: .service,
            action: "test",
            object: nil,
            label: nil,
            decision: .allow,
            details: [:],
            commitments: [:]
        )
        let error = await archiveError {
            try await catalogue.write { writer in _ = try writer.append(SealedEntry(entry: entry)) }
        }
        #expect(error?.code == .unexpected)
        #expect(try catalogue.logHead() == nil)
    }

    @Test func revocationsAreCountedWhenTheyAreCommitted() async throws {
        let archive = try await ArchiveFixture()
        let member = try await archive.member(.archivist)
        let before = archive.catalogue.revocations
        _ = try await Self.add(PrincipalID(), to: archive)
        #expect(archive.catalogue.revocations == before)
        try await archive.catalogue.write { try $0.setState(.disabled, of: member.id) }
        #expect(archive.catalogue.revocations == before + 1)
        let recording = RecordingID()
        try await archive.catalogue.write { try $0.markDestroying(recording) }
        try await archive.catalogue.write { try $0.closeAccesses(of: member.id) }
        _ = try await archive.catalogue.write { try $0.close(AccessID()) }
        #expect(archive.catalogue.revocations == before + 4)
    }
}

private final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func increase() { count.withLock { $0 += 1 } }
}
