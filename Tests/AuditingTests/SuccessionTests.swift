import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Auditing
import Foundation
import Testing
import TransparencyLog

/// A log that goes on under another origin is told from one that lies.
@Suite struct SuccessionTests {
    @Test func saysWhatIsLostAndWhoSigned() async throws {
        let restarted = try await Restarted()
        #expect(try restarted.succession(restarted.origins()).isVouchedFor)
        for stranger in [nil, try LyingLog.signer()] {
            #expect(try !restarted.succession(restarted.origins(signedBy: stranger)).isVouchedFor)
        }
        let seen = try #require(try await restarted.follow(accepting: false))
        #expect(seen.missing == 270..<300 && seen.common == 270 && seen.declared == 270 && seen.unproved == nil)
        #expect(seen.entries.map(\.seq) == [270] && seen.entries[0].entry.details["lost"] == "30")
        #expect(seen.succession.newKey == restarted.new.verifier)
        // Nobody accepted it: the old copy stays, and the next one waits beside it.
        #expect(try restarted.copy.requiredHead().key == restarted.old.verifier)
        #expect(try restarted.copy.successor.requiredHead().key == restarted.new.verifier)
        #expect(try restarted.copy.allOrigins().count == 1)

        let longer = try await Restarted(held: 100, ended: 300, kept: 270)
        let nothing = try #require(try await longer.follow(accepting: false))
        #expect(nothing.missing.isEmpty && nothing.common == 100 && nothing.declared == 100)
    }

    @Test func goesOnAndKeepsTheOldCopyWhole() async throws {
        let restarted = try await Restarted()
        func contents(_ copy: LogCopy) throws -> [String: Data] {
            let files = try everyFile(below: copy.path).map { (String($0.key.dropFirst(copy.path.count)), $0.value) }
            return Dictionary(uniqueKeysWithValues: files).filter { !$0.key.hasPrefix("/evidence") }
        }
        let before = try contents(restarted.copy)
        try await restarted.follow()
        #expect(try restarted.copy.requiredHead().key == restarted.new.verifier)
        #expect(try CopyTests.leaves(restarted.copy) == restarted.log.leaves)
        let copies = try restarted.copy.allOrigins()
        #expect(copies.count == 2 && copies[1].path == restarted.copy.path)
        #expect(try copies[0].requiredHead().key == restarted.old.verifier)
        #expect(try contents(copies[0]) == before)
        #expect(try CopyTests.leaves(copies[0]).count == 300)
        // Notes of either origin are checked by its own key.
        #expect(try restarted.copy.key(of: restarted.old.name) == restarted.old.verifier)
        #expect(try restarted.copy.key(of: restarted.new.name) == restarted.new.verifier)
        #expect(try restarted.copy.key(of: "arsip.example/none") == nil)
        // From here on it is a copy as any other.
        #expect(try await restarted.follow() == nil)
    }

    /// Whatever call fails on the way: the old copy counts, or the new one does, and who comes next ends what was begun.
    @Test func aCrashWhileItGivesWay() async throws {
        for label in ["copy.accept", "copy.aside", "copy.succeed", "copy.sync-folder", "copy.accepted"] as [FileLabel] {
            let restarted = try await Restarted(held: 20, kept: 10, later: 5)
            let files = FaultyFileSystem(failing: label)
            let copy = LogCopy(path: restarted.copy.path, files: files, clock: ManualClock())
            let error = await archiveError { _ = try await restarted.follow(of: copy) }
            #expect(error?.code == .inputOutput, "\(label)")
            try await restarted.follow()
            #expect(try restarted.copy.requiredHead().key == restarted.new.verifier, "\(label)")
            #expect(try restarted.copy.allOrigins().count == 2, "\(label)")
            #expect(try CopyTests.leaves(restarted.copy) == restarted.log.leaves, "\(label)")
        }
    }

    /// Two processes that accept the same origin at once: one does it, the other finds it done.
    @Test func twoAcceptAtOnce() async throws {
        let restarted = try await Restarted(held: 20, kept: 10, later: 5)
        let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 { group.addTask { try await restarted.follow() != nil } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(accepted.filter(\.self).count == 1)
        #expect(try restarted.copy.allOrigins().count == 2)
        #expect(try restarted.copy.requiredHead().key == restarted.new.verifier)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: restarted.folder.path).filter { $0.contains(".next") }
                == []
        )
    }

    @Test func aCommonPartThatIsAnotherIsNamed() async throws {
        let restarted = try await Restarted(changing: 260)
        let fault = try #require(try await restarted.fault())
        #expect(fault.kind == .forked && fault.entry == 260 && fault.evidence != nil)
        // The old copy stays the one that counts, and the same fault is not kept twice.
        #expect(try restarted.copy.requiredHead().key == restarted.old.verifier)
        #expect(try await restarted.fault()?.evidence == fault.evidence)
    }

    /// The first checkpoint of the origin was signed for other entries than the log has there now.
    @Test func anotherBeginningThanWasSigned() async throws {
        let (restarted, other) = (try await Restarted(), try await Restarted(later: 3))
        var leaves = restarted.log.leaves
        leaves[restarted.begins] = other.log.leaves[0]
        let note = try LyingLog(leaves, signer: restarted.new).note(size: restarted.begins + 1)
        var origins = try restarted.origins()
        origins[1].checkpoint = String(decoding: note, as: UTF8.self)
        #expect(try await restarted.fault(nil, origins)?.kind == .forked)
    }

    /// A log that has become shorter than its own first checkpoint is said to be so, and not the copy to be damaged.
    @Test func fewerEntriesThanItsFirstCheckpoint() async throws {
        let restarted = try await Restarted()
        let shorter = LyingLog(Array(restarted.log.leaves.prefix(restarted.begins)), signer: restarted.new)
        let fault = try #require(try await restarted.fault(shorter))
        #expect(fault.kind == .rolledBack && fault.message.contains("was signed for 271"))
    }

    /// The entry has to say what the notes say.
    @Test func anEntryThatDoesNotHoldUp() async throws {
        let changes: [(inout Restarted.Details) -> Void] = [
            { $0["origin"] = "arsip.example/other" }, { $0["size"] = "299" }, { $0["root"] = nil },
            { $0["kept"] = "+270" }, { $0["kept"] = nil }, { $0["kept"] = "-1" }, { $0["lost"] = "29" },
            { ($0["kept"], $0["lost"]) = ("271", "29") }, { ($0["kept"], $0["lost"]) = ("300", "0") },
        ]
        for change in changes {
            let restarted = try await Restarted(later: 3, saying: change)
            let fault = try #require(try await restarted.fault())
            #expect(fault.kind == .restart && fault.entry == 270)
            let evidence = try #require(fault.evidence)
            let names = try FileManager.default.contentsOfDirectory(atPath: evidence)
            #expect(Set(names).isSuperset(of: ["entry", "origins.json", "checkpoint-held", "checkpoint-received"]))
        }
        // Another entry altogether.
        let restarted = try await Restarted(later: 3)
        var leaves = restarted.log.leaves
        leaves[restarted.begins] = try LyingLog.leaves(1)[0]
        let log = LyingLog(leaves, signer: restarted.new)
        var origins = try restarted.origins()
        origins[1].checkpoint = try Restarted.signed(log.note(size: restarted.begins + 1), by: [restarted.old])
        #expect(try await restarted.fault(log, origins)?.kind == .restart)
    }

    @Test func originsThatDoNotExplainAnything() async throws {
        let restarted = try await Restarted()
        let honest = try restarted.origins()
        #expect(throws: LogFault.self) { try restarted.succession([]) }
        #expect(throws: LogFault.self) { try restarted.succession([honest[1]]) }
        #expect(throws: LogFault.self) { try restarted.succession([honest[0]]) }
        #expect(throws: LogFault.self) { try restarted.succession(honest.reversed()) }
        let stranger = try LyingLog.signer(restarted.old.name)
        let forged = String(decoding: try LyingLog.made(300, by: stranger).note(), as: UTF8.self)
        let foreign = String(decoding: try LyingLog.made(300, by: LyingLog.signer()).note(), as: UTF8.self)
        for change in [
            { $0.checkpoint = nil }, { $0.checkpoint = "x" }, { $0.begins = 271 }, { $0.begins = -1 },
            { $0.verificationKey = honest[0].verificationKey }, { $0.verificationKey = "x" },
            { $0.superseded = nil }, { $0.superseded = "x" }, { $0.superseded = forged }, { $0.superseded = foreign },
            { $0.superseded = $0.checkpoint }, { $0.lost = true },
        ] as [(inout LogOrigin) -> Void] {
            var origins = honest
            change(&origins[1])
            #expect(throws: LogFault.self) { try restarted.succession(origins) }
        }
    }
}
