import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Synchronization
import Testing
import TransparencyLog

/// Another key signs the log from some entry on, under an origin of its own, and nothing is lost.
@Suite struct `A log whose key is changed` {
    private func action(_ archive: ArchiveFixture, _ seq: Int) async throws -> LogEntry? {
        try await archive.catalogue.read { try $0.leaves(seq..<seq + 1).first }.flatMap(LogEntry.init(leaf:))
    }

    private func record(_ archive: ArchiveFixture, _ count: Int) async throws {
        for number in 0..<count {
            try await archive.log.record(actor: .service, action: "test.entry", object: String(number))
        }
    }

    @Test func `goes on while it is written, and the keys before introduce the new one`() async throws {
        let archive = try await ArchiveFixture()
        try await record(archive, 3)
        let first = try NoteVerifier(vkey: archive.log.verificationKey)
        let held = try #require(try archive.log.checkpoint())
        let origins = try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 { group.addTask { try await record(archive, 20) } }
            // What asks meanwhile finds nothing wrong.
            group.addTask {
                for _ in 0..<5 {
                    let fault = try await archive.log.verify().fault
                    #expect(fault == nil)
                }
            }
            group.addTask {
                for _ in 0..<20 {
                    let proof = try #require(try await archive.log.proof(of: 1))
                    let key = try NoteVerifier(vkey: archive.log.verificationKey(of: proof.note.serialized))
                    _ = try proof.verify(leaf: .leaf(#require(proof.extra)), by: key)
                }
            }
            let one = try await archive.log.rotate(because: "Kunci lama bocor", by: .hostUser(7))
            let two = try await archive.log.rotate(because: "Sekali lagi", by: .hostUser(7))
            try await group.waitForAll()
            return [one, two]
        }
        #expect(archive.log.verificationKey == origins[1].verificationKey)
        #expect(try await archive.log.verify().size == 65)
        let newest = try #require(try archive.log.checkpoint())
        for (number, origin) in origins.enumerated() {
            let entry = try #require(try await action(archive, origin.begins))
            let details = entry.details
            #expect(entry.action == "log.rotate" && entry.actor == "uid:7" && details["lost"] == "0")
            #expect(details["kept"] == details["size"])
            // What came after is what was before, whole.
            let before = number == 0 ? first : try NoteVerifier(vkey: origins[0].verificationKey)
            let superseded = try before.checkpoint(in: SignedNote(parsing: #require(origin.superseded)))
            #expect(superseded.size <= origin.begins && details["origin"] == before.name)
            let note = try SignedNote(parsing: #require(origin.checkpoint))
            for key in [first, before] { try key.verify(note) }
            let own = try NoteVerifier(vkey: origin.verificationKey).checkpoint(in: note)
            let last = try NoteVerifier(vkey: origins[1].verificationKey).checkpoint(in: SignedNote(parsing: newest))
            for old in [superseded, own] where old.size < last.size {
                let proof = try await archive.log.consistencyProof(from: old.size, to: last.size)
                #expect(throws: Never.self) { try proof.verify(oldRoot: old.root, newRoot: last.root) }
            }
        }
        #expect(throws: LogError.self) { try first.checkpoint(in: SignedNote(parsing: newest)) }
        #expect(try archive.log.verificationKey(of: held) == first.vkey)
        #expect(try await archive.log.origins().map(\.isLost) == [false, false, false])
        let again = try await archive.reopened()
        #expect(again.log.verificationKey == origins[1].verificationKey)
        try await record(again, 1)
        #expect(try await again.log.verify().fault == nil)
        // A database from before all that is one that was put back.
        #expect(try await again.log.origins().map(\.name) == [first.name] + origins.map(\.name))
    }

    /// A kill before each labelled call: the next start goes on with the key that the database has, and knows the origin.
    @Test func `is finished by the next start`() async throws {
        let archive = try await ArchiveFixture()
        try await record(archive, 2)
        let photographs = try await archive.photographs {
            _ = try await archive.log.rotate(because: "Kunci lama bocor", by: .hostUser(7))
        }
        #expect(photographs.map(\.label).contains("checkpoint.write"))
        for (label, folder) in photographs {
            let again = try await archive.reopened(in: folder)
            // The transaction is durable before the first of these calls.
            #expect(again.log.verificationKey == archive.log.verificationKey, "\(label)")
            let origins = try await again.log.origins()
            #expect(origins.allSatisfy { !$0.isLost } && origins.last?.verificationKey == again.log.verificationKey)
            #expect(try await again.log.verify().fault == nil, "\(label)")
            _ = try await again.log.rotate(because: "Lagi", by: .hostUser(7))
            #expect(try await again.log.verify().fault == nil, "\(label)")
        }
    }

    /// Who verifies has read the copy of the checkpoint, and before they ask whose it is, the key has changed.
    @Test func `is whole in the moment of the change`() async throws {
        let archive = try await ArchiveFixture()
        try await record(archive, 1)
        var notes: [String] = []
        for _ in 0..<2 {
            _ = try await archive.log.rotate(because: "Kunci lama bocor", by: .hostUser(7))
            notes.append(try #require(try archive.log.checkpoint()))
        }
        let (former, current, path) = (notes[0], notes[1], archive.layout.checkpoint)
        // The length is asked for before the file is opened.
        #expect(former.utf8.count == current.utf8.count)
        for (stale, isWhole) in [(1, true), (100, false)] {
            let reads = Atomic(0)
            archive.files.fail { label, _ in
                guard label == "contents.open" else { return nil }
                let read = reads.add(1, ordering: .relaxed).oldValue
                do {
                    try (read < stale ? former : current).write(toFile: path, atomically: true, encoding: .utf8)
                    return nil
                } catch {
                    return ArchiveError(.inputOutput, "\(error)")
                }
            }
            let fault = try await archive.log.verify().fault
            archive.files.heal()
            #expect((fault == nil) == isWhole, "\(fault?.reason ?? "")")
            #expect(reads.load(ordering: .relaxed) == 2)
        }
    }

    /// A backup knows the archive by a checkpoint, also by one of a key before.
    @Test func `shows that it was put back before its key changed`() async throws {
        let archive = try await ArchiveFixture()
        try await record(archive, 3)
        let early = try #require(try archive.log.checkpoint())
        let (older, old) = (try archive.photograph(), try archive.photograph())
        try await record(archive, 3)
        let late = try #require(try archive.log.checkpoint())
        for _ in 0..<2 { _ = try await archive.log.rotate(because: "Kunci lama bocor", by: .hostUser(7)) }
        let newest = try #require(try archive.log.checkpoint())
        for note in [early, late, newest] { try await archive.log.assertGrown(from: note, in: "the backup") }

        let back = try await archive.reopened(in: older)
        _ = try await back.log.rotate(because: "Kunci lama bocor", by: .hostUser(7))
        try await record(back, 10)
        try await back.log.assertGrown(from: early, in: "the backup")
        let error = await archiveError { try await back.log.assertGrown(from: late, in: "the backup") }
        #expect(error?.code == .logMismatch && error?.message.contains("the backup") == true)

        // With the vault of today, that knows the keys which the catalogue has forgotten.
        let (from, to) = (archive.layout.vaultDatabase, StorageLayout(root: old.path).vaultDatabase)
        for suffix in ["", "-wal"] {
            try? FileManager.default.removeItem(atPath: to + suffix)
            try FileManager.default.copyItem(atPath: from + suffix, toPath: to + suffix)
        }
        let forgetful = try await archive.reopened(in: old)
        try await forgetful.log.assertGrown(from: early, in: "the backup")
        for note in [late, newest] {
            let error = await archiveError { try await forgetful.log.assertGrown(from: note, in: "the backup") }
            #expect(error?.code == .logMismatch)
        }
        // It says so itself from a restart on, and that is no fault that a backup finds.
        _ = try await forgetful.log.restart(because: "Diska hilang", after: newest, keeping: 3, by: .hostUser(7))
        let restarted = try await forgetful.reopened()
        for note in [early, late, newest] { try await restarted.log.assertGrown(from: note, in: "the backup") }
    }
}
