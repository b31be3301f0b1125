import ArchiveCore
import ArchiveTesting
import Crypto
import Foundation
import Synchronization
import Testing
import TransparencyLog

@testable import Witnessing

/// What a witness says without a network, and what it keeps.
@Suite struct WitnessTests {
    /// A witness in a folder of its own, and what it told its operator.
    final class Desk: Sendable {
        let folder: TemporaryFolder
        let clock = ManualClock(Date(timeIntervalSince1970: 1_795_000_000))
        let files = FaultyFileSystem()
        let reports = Reports()

        final class Reports: Sendable {
            private let kept = Mutex<[String]>([])
            var lines: [String] { kept.withLock { $0 } }
            func add(_ line: String) { kept.withLock { $0.append(line) } }
        }

        init() throws {
            folder = try TemporaryFolder()
            _ = try WitnessKey(making: "saksi.example/satu", in: folder.path)
        }

        func witness(_ logs: [NoteVerifier]) throws -> Witness {
            try Witness(
                state: folder.path,
                key: WitnessKey(in: folder.path),
                logs: logs,
                clock: clock,
                files: files,
                report: { [reports] in reports.add($0) }
            )
        }

        func evidence() throws -> [String] { try LocalFileSystem().names(in: folder.file("evidence")) }
    }

    private func cosigned(
        _ answer: WitnessAnswer,
        _ note: SignedNote,
        by witness: Witness
    ) throws -> Int {
        guard case .cosigned(let signature) = answer else {
            Issue.record("answered \(answer.status): \(answer.body)")
            return -1
        }
        return try witness.verifier.verify(note.adding(signature))
    }

    @Test func `a log that grows is cosigned step by step, also after a restart`() throws {
        let desk = try Desk()
        var log = try MadeLog()
        log.grow(to: 300)
        var witness = try desk.witness([log.verifier])
        var old = 0
        for size in [0, 1, 2, 7, 8, 255, 256, 256, 257, 300] {
            let time = try cosigned(
                try witness.answer(log.request(old: old, to: size)),
                log.note(of: size),
                by: witness
            )
            #expect(time == Int(desk.clock.now.timeIntervalSince1970))
            #expect(witness.heads.map(\.size) == [size])
            desk.clock.advance(by: 1)
            old = size
            witness.close()
            witness = try desk.witness([log.verifier])
            #expect(witness.heads.map(\.size) == [size])
        }
        #expect(try desk.evidence().isEmpty)
        #expect(desk.reports.lines.isEmpty)
        witness.close()
    }

    @Test func `a clock that was set back makes no statement look older`() throws {
        let desk = try Desk()
        var log = try MadeLog()
        log.grow(to: 3)
        let witness = try desk.witness([log.verifier])
        let first = try cosigned(try witness.answer(log.request(old: 0, to: 2)), log.note(of: 2), by: witness)
        desk.clock.advance(by: -100)
        #expect(try cosigned(try witness.answer(log.request(old: 2)), log.note(), by: witness) == first)
    }

    @Test func `every refusal of the specification has its status`() throws {
        let desk = try Desk()
        var log = try MadeLog()
        log.grow(to: 20)
        let witness = try desk.witness([log.verifier])
        func answer(_ old: Int, _ proof: [TreeHash], _ note: SignedNote) throws -> WitnessAnswer {
            try witness.answer(Data(AddCheckpoint(oldSize: old, proof: proof, note: note).serialized.utf8))
        }
        #expect(try witness.answer(Data("old x\n".utf8)).status == 400)
        #expect(try witness.answer(Data(repeating: 0xFF, count: 100)).status == 400)
        // A note that is no checkpoint.
        #expect(try answer(0, [], log.signer.sign("no checkpoint\n")).status == 400)
        // The old size is above the new.
        #expect(try answer(11, [], log.note(of: 10)).status == 400)
        // Another key of the same name, and another log.
        #expect(try answer(0, [], MadeLog().note(of: 0)).status == 403)
        #expect(try answer(0, [], MadeLog("lain.example/log").note(of: 0)).status == 404)
        // A proof where there is nothing to prove.
        #expect(try answer(0, [.empty], log.note(of: 10)).status == 422)
        // The empty log has one root.
        let odd = try log.signer.sign(Checkpoint(origin: log.signer.name, size: 0, root: .leaf(Data())))
        #expect(try answer(0, [], odd).status == 409)
        _ = try cosigned(try witness.answer(log.request(old: 0, to: 10)), log.note(of: 10), by: witness)
        for old in [0, 9, 11] {
            let conflict = try answer(old, [], log.note(of: 20))
            #expect(conflict.status == 409)
            #expect(conflict.body == "10\n")
            #expect(conflict.mediaType == "text/x.tlog.size")
        }
        #expect(try answer(10, log.proof(from: 10).dropLast(), log.note()).status == 422)
        #expect(try answer(10, log.proof(from: 9), log.note()).status == 422)
        #expect(try answer(10, [.empty], log.note(of: 10)).status == 422)
        #expect(witness.heads.map(\.size) == [10])
        _ = try cosigned(try witness.answer(log.request(old: 10)), log.note(), by: witness)
    }

    @Test func `a log that was rewritten gets no cosignature, and the evidence is kept`() throws {
        let desk = try Desk()
        var log = try MadeLog()
        log.grow(to: 10)
        var fork = log
        log.grow(to: 15)
        fork.grow(to: 15, "rewritten")
        let witness = try desk.witness([log.verifier])
        _ = try cosigned(try witness.answer(log.request(old: 0)), log.note(), by: witness)
        // The same size, another root, from whatever size it pretends to come.
        for old in [0, 15] { #expect(try witness.answer(fork.request(old: old)).status == 409) }
        fork.grow(to: 30, "rewritten")
        #expect(try witness.answer(fork.request(old: 15)).status == 422)
        #expect(try witness.answer(fork.request(old: 15)).status == 422)
        #expect(try desk.evidence().count == 2)
        #expect(desk.reports.lines.count == 2)
        // What is kept proves it without the witness: two notes of one key that contradict each other.
        let name = try #require(try desk.evidence().first { $0.contains("-other-root-") })
        let bytes = try Data(contentsOf: URL(filePath: desk.folder.file("evidence/\(name)")))
        let incident = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        let verifier = try NoteVerifier(vkey: #require(incident["log"] as? String))
        let (one, other) = (
            try verifier.checkpoint(in: SignedNote(parsing: #require(incident["cosigned"] as? String))),
            try verifier.checkpoint(in: SignedNote(parsing: #require(incident["refused"] as? String)))
        )
        #expect(one.size == 15 && other.size == 15 && one.root != other.root)
        // The true log goes on.
        log.grow(to: 40)
        _ = try cosigned(try witness.answer(log.request(old: 15)), log.note(), by: witness)
    }

    @Test func `evidence is bounded`() throws {
        let desk = try Desk()
        var log = try MadeLog()
        log.grow(to: 5)
        let witness = try desk.witness([log.verifier])
        _ = try cosigned(try witness.answer(log.request(old: 0)), log.note(), by: witness)
        for number in 0..<Witness.incidentLimit + 5 {
            var fork = log
            fork.grow(to: 6 + number, "rewritten")
            let note = try fork.note()
            let body = try AddCheckpoint(oldSize: 5, proof: [.empty], note: note).serialized
            #expect(try witness.answer(Data(body.utf8)).status == 422)
        }
        #expect(try desk.evidence().count == Witness.incidentLimit)
        // Of the five more the first, the second and the fourth are told.
        #expect(desk.reports.lines.count == Witness.incidentLimit + 3)
        #expect(desk.reports.lines.last?.contains("4 more came since the start") == true)
        witness.close()
        // A start forgets the count, and not that there is no room.
        let again = try desk.witness([log.verifier])
        var fork = log
        fork.grow(to: 200, "rewritten")
        let body = try AddCheckpoint(oldSize: 5, proof: [.empty], note: fork.note()).serialized
        for _ in 0..<2 { #expect(try again.answer(Data(body.utf8)).status == 422) }
        #expect(try desk.evidence().count == Witness.incidentLimit)
        #expect(desk.reports.lines.last?.contains("2 more came since the start") == true)
    }

    @Test func `nothing is cosigned that could not be stored`() throws {
        let desk = try Desk()
        var log = try MadeLog()
        log.grow(to: 8)
        let witness = try desk.witness([log.verifier])
        _ = try cosigned(try witness.answer(log.request(old: 0, to: 4)), log.note(of: 4), by: witness)
        desk.files.fail { label, _ in
            label == "witness.head" ? ArchiveError(.inputOutput, "no more") : nil
        }
        let next = try log.request(old: 4)
        #expect(throws: ArchiveError.self) { try witness.answer(next) }
        desk.files.heal()
        #expect(witness.heads.map(\.size) == [4])
        witness.close()
        let again = try desk.witness([log.verifier])
        _ = try cosigned(try again.answer(next), log.note(), by: again)
    }

    @Test func `a state that was changed is not believed`() throws {
        let desk = try Desk()
        var log = try MadeLog()
        log.grow(to: 8)
        let witness = try desk.witness([log.verifier])
        _ = try cosigned(try witness.answer(log.request(old: 0)), log.note(), by: witness)
        // One process at a time.
        let second = #expect(throws: ArchiveError.self) { try desk.witness([log.verifier]) }
        #expect(second?.code == .conflict)
        witness.close()
        let name = try #require(try LocalFileSystem().names(in: desk.folder.file("heads")).first)
        let path = desk.folder.file("heads/\(name)")
        // Signed by the log, and not by this witness.
        try Data(log.note(of: 4).serialized.utf8).write(to: URL(filePath: path))
        let error = #expect(throws: ArchiveError.self) { try desk.witness([log.verifier]) }
        #expect(error?.code == .logMismatch)
        // The key of the log has changed under the same name.
        let other = try MadeLog()
        let changed = #expect(throws: ArchiveError.self) { try desk.witness([other.verifier]) }
        #expect(changed?.code == .logMismatch)
    }

    @Test func `a head that is gone is an error, not a new log`() throws {
        let desk = try Desk()
        var log = try MadeLog()
        log.grow(to: 8)
        var other = try MadeLog("lain.example/log")
        other.grow(to: 3)
        let witness = try desk.witness([log.verifier, other.verifier])
        _ = try cosigned(try witness.answer(log.request(old: 0)), log.note(), by: witness)
        witness.close()
        #expect(try String(contentsOfFile: desk.folder.file("known"), encoding: .utf8) == "\(log.signer.name)\n")
        let name = try #require(try LocalFileSystem().names(in: desk.folder.file("heads")).first)
        let (head, aside) = (desk.folder.file("heads/\(name)"), desk.folder.file("aside"))
        try FileManager.default.moveItem(atPath: head, toPath: aside)
        let error = #expect(throws: ArchiveError.self) { try desk.witness([log.verifier, other.verifier]) }
        #expect(error?.code == .logMismatch && error?.message.contains("is gone") == true)
        // A log that was never cosigned is new, and whoever brings the head back goes on.
        try desk.witness([other.verifier]).close()
        try FileManager.default.moveItem(atPath: aside, toPath: head)
        let again = try desk.witness([log.verifier, other.verifier])
        #expect(again.heads.map(\.size) == [8])
        _ = try cosigned(try again.answer(other.request(old: 0)), other.note(), by: again)
        again.close()
        // What is not in the list yet, from a crash after the head, is put there by a start.
        try FileManager.default.removeItem(atPath: desk.folder.file("known"))
        try desk.witness([log.verifier, other.verifier]).close()
        let known = try String(contentsOfFile: desk.folder.file("known"), encoding: .utf8)
        #expect(Set(known.split(separator: "\n")) == [log.signer.name[...], other.signer.name[...]])
    }

    @Test func `nothing is cosigned of a log that could not be remembered`() throws {
        let desk = try Desk()
        var log = try MadeLog()
        log.grow(to: 8)
        let witness = try desk.witness([log.verifier])
        desk.files.fail { label, _ in
            label == "witness.known" ? ArchiveError(.inputOutput, "no more") : nil
        }
        let request = try log.request(old: 0)
        #expect(throws: ArchiveError.self) { try witness.answer(request) }
        desk.files.heal()
        #expect(witness.heads.isEmpty)
        _ = try cosigned(try witness.answer(request), log.note(), by: witness)
    }

    @Test func `several keys of one log are trusted, signatures of others dropped`() throws {
        let desk = try Desk()
        var log = try MadeLog()
        log.grow(to: 4)
        let other = try MadeLog()
        let witness = try desk.witness([other.verifier, log.verifier])
        let noisy = try log.note().adding(MadeLog("lain.example").signer.sign("x\n").signatures[0])
        let body = try AddCheckpoint(oldSize: 0, proof: [], note: noisy).serialized
        _ = try cosigned(try witness.answer(Data(body.utf8)), log.note(), by: witness)
        let name = try #require(try LocalFileSystem().names(in: desk.folder.file("heads")).first)
        let kept = try String(contentsOfFile: desk.folder.file("heads/\(name)"), encoding: .utf8)
        #expect(!kept.contains("lain.example"))
    }

    @Test func `requests at the same time never go back`() async throws {
        let desk = try Desk()
        var log = try MadeLog()
        log.grow(to: 64)
        let witness = try desk.witness([log.verifier])
        let made = log
        await withTaskGroup(of: Void.self) { group in
            for size in 1...64 {
                group.addTask {
                    // Each asks again from where the witness says that it is, as a client does.
                    var old = 0
                    for _ in 0..<200 {
                        guard old <= size, let body = try? made.request(old: old, to: size),
                            case .conflict(let known)? = try? witness.answer(body)
                        else { return }
                        old = known
                    }
                }
            }
        }
        #expect(witness.heads.map(\.size) == [64])
        witness.close()
        #expect(try desk.witness([log.verifier]).heads.map(\.size) == [64])
    }

    // MARK: The key

    @Test func `a key is made once, read by its owner alone, and never printed`() throws {
        let folder = try TemporaryFolder()
        let key = try WitnessKey(making: "saksi.example/satu", in: folder.file("new"))
        let read = try WitnessKey(in: folder.file("new"))
        #expect(read.signer.verifier == key.signer.verifier)
        #expect(try LocalFileSystem().mode(folder.file("new/key")) == 0o600)
        let again = #expect(throws: ArchiveError.self) { try WitnessKey(making: "x", in: folder.file("new")) }
        #expect(again?.code == .conflict)
        #expect(try WitnessKey(in: folder.file("new")).signer.verifier == key.signer.verifier)
        let unnamed = #expect(throws: ArchiveError.self) { try WitnessKey(making: "a b", in: folder.file("bad")) }
        #expect(unnamed?.code == .badRequest)
        try LocalFileSystem().setMode(folder.file("new/key"), 0o640, label: "test")
        let open = #expect(throws: ArchiveError.self) { try WitnessKey(in: folder.file("new")) }
        #expect(open?.code == .configuration)
        let none = #expect(throws: ArchiveError.self) { try WitnessKey(in: folder.path) }
        #expect(none?.code == .configuration)
    }

    @Test(arguments: ["", "\n", "PRIVATE+KEY+a+00000000+BAAA\n", "PRIVATE+KEY+a\n", "saksi"])
    func `what is no key is refused`(text: String) throws {
        let folder = try TemporaryFolder()
        try LocalFileSystem().replace(folder.file("key"), with: text.utf8, label: "test")
        let error = #expect(throws: ArchiveError.self) { try WitnessKey(in: folder.path) }
        #expect(error?.code == .configuration)
    }
}
