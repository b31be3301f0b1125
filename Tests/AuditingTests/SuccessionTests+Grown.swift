import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Auditing
import Foundation
import Testing
import TransparencyLog

/// Databases that were put back whole, went on unnoticed, or were put back twice.
extension SuccessionTests {
    /// The fork is counted for whoever restarts the log, and what comes of that is accepted.
    @Test(arguments: [(280, 40), (10, 400), (270, 0)]) func aPutBackThatHadGrown(kept: Int, grown: Int) async throws {
        let restarted = try await Restarted(kept: kept, grown: grown)
        let wrong = LyingLog(Array(restarted.log.leaves.prefix(restarted.begins)), signer: restarted.old)
        let fault = try #require(try await restarted.fault(wrong))
        #expect(fault.kind == (restarted.begins < 300 ? .rolledBack : .forked))
        #expect(fault.kept == kept)
        // Known from the evidence the second time.
        wrong.lie { _ in }
        #expect(try await restarted.fault(wrong)?.kept == kept)
        let seen = try #require(try await restarted.follow())
        #expect(seen.common == kept && seen.missing == kept..<300)
    }

    /// What sizes alone would have said.
    @Test func moreKeptThanThereIsInCommon() async throws {
        let restarted = try await Restarted(kept: 250, grown: 40, told: 290)
        let fault = try #require(try await restarted.fault())
        #expect(fault.kind == .forked && fault.entry == 250)
    }

    @Test func fewerKeptThanThereAreInCommon() async throws {
        let restarted = try await Restarted(told: 0)
        let seen = try #require(try await restarted.follow())
        #expect(seen.declared == 0 && seen.common == 270 && seen.missing == 270..<300)
    }

    /// Who began a copy after the put-back has nothing that was lost.
    @Test func aCopyOfTheGrownBranch() async throws {
        let restarted = try await Restarted(kept: 250, grown: 100)
        let branch = LyingLog(Array(restarted.log.leaves.prefix(340)), signer: restarted.old)
        let copy = LogCopy(path: restarted.folder.file("other"), clock: ManualClock())
        _ = try await copy.sync(from: branch, trusting: restarted.old.verifier)
        let seen = try #require(try await restarted.follow(of: copy))
        #expect(seen.missing.isEmpty && seen.common == 340 && seen.declared == 250)
    }

    /// An archive that admits to less than it signed is not believed; a later restart may admit to all of it.
    @Test func aCopyThatHasMoreThanIsAdmitted() async throws {
        let restarted = try await Restarted(held: 300, ended: 290)
        let fault = try #require(try await restarted.fault())
        #expect(fault.kind == .restart && fault.message.contains("290") && fault.message.contains("300"))
        let third = try LyingLog.signer("arsip.example/third")
        let held = try restarted.copy.requiredHead().note
        let leaves =
            try restarted.log.leaves + [
                Restarted.restart(after: held, by: restarted.old.verifier, kept: 270)
            ]
        let log = LyingLog(leaves, signer: third)
        let checkpoint = try Restarted.signed(log.note(), by: [restarted.old, restarted.new])
        let origins =
            try restarted.origins() + [
                Restarted.later(third.verifier, begins: leaves.count - 1, checkpoint, after: held)
            ]
        let seen = try #require(try await restarted.follow(log, origins))
        #expect(seen.missing == 270..<300 && seen.entries.count == 2 && seen.succession.isVouchedFor)
    }

    /// The old origin signed another tree of as many entries as the copy has.
    @Test func anotherTreeOfTheSameSize() async throws {
        let restarted = try await Restarted(later: 3)
        let other = try LyingLog(
            LyingLog.leaves(270) + LyingLog.leaves(30, variant: "x", from: 270),
            signer: restarted.old
        )
        let leaves =
            try LyingLog.leaves(270) + [
                Restarted.restart(after: other.note(), by: restarted.old.verifier, kept: 270)
            ]
        let log = LyingLog(leaves, signer: restarted.new)
        let checkpoint = try Restarted.signed(log.note(), by: [restarted.old])
        let origins = try [
            Restarted.first(restarted.old.verifier),
            Restarted.later(restarted.new.verifier, begins: 270, checkpoint, after: other.note()),
        ]
        #expect(try await restarted.fault(log, origins)?.kind == .forked)
    }

    /// More was signed than the copy has: said, since it cannot be proved that the copy's entries are among it.
    @Test func moreWasSupersededThanTheCopyHas() async throws {
        let restarted = try await Restarted(held: 300, ended: 310)
        #expect(try await restarted.follow()?.unproved == 310)
    }

    /// A second database was put back, from before the second origin: A went on as B, and, B lost, as C.
    @Test func anOriginThatIsLost() async throws {
        let restarted = try await Restarted(held: 300, kept: 270)
        let (old, lost) = (restarted.old, restarted.new)
        let third = try LyingLog.signer("arsip.example/third")
        let copyOfLost = LogCopy(path: restarted.folder.file("lost"), clock: ManualClock())
        _ = try await copyOfLost.sync(from: restarted.log, trusting: lost.verifier)
        let superseded = try restarted.log.note()
        let leaves = try LyingLog.leaves(260) + [Restarted.restart(after: superseded, by: lost.verifier, kept: 260)]
        let log = LyingLog(leaves, signer: third)
        let between = try restarted.origins()[1]
        func origins(_ signers: [NoteSigner]) throws -> [LogOrigin] {
            var gone = between
            gone.lost = true
            let checkpoint = try Restarted.signed(log.note(), by: signers)
            return [
                Restarted.first(old.verifier), gone,
                Restarted.later(third.verifier, begins: 260, checkpoint, after: superseded),
            ]
        }
        // Each introduction alone leads there, and none does not.
        #expect(try restarted.succession(origins([lost])).isVouchedFor)
        #expect(try restarted.succession(origins([old])).isVouchedFor)
        #expect(try !restarted.succession(origins([])).isVouchedFor)
        for copy in [restarted.copy, copyOfLost] {
            let seen = try #require(try await restarted.follow(log, origins([old, lost]), of: copy))
            #expect(seen.common == 260 && seen.succession.isVouchedFor && seen.entries.map(\.seq) == [260])
            #expect(try copy.requiredHead().key == third.verifier)
        }
        // The archive may not leave the lost one out: the checkpoint that it came after is that one's.
        let fresh = try await Restarted(held: 300, kept: 270)
        #expect(throws: LogFault.self) {
            try LogSuccession(
                from: fresh.copy.requiredHead(),
                [Restarted.first(fresh.old.verifier), origins([old])[2]]
            )
        }
    }

    /// Only the key is another: nothing is missing, and nothing may be.
    @Test func aKeyThatWasChangedLosesNothing() async throws {
        let rotated = try await Restarted(kept: 300, action: "log.rotate")
        let seen = try #require(try await rotated.follow(accepting: false))
        #expect(seen.missing.isEmpty && seen.common == 300 && seen.declared == 300 && seen.isRotation)
        #expect(seen.succession.isVouchedFor)
        try await rotated.follow()
        #expect(try rotated.copy.requiredHead().key == rotated.new.verifier)
        #expect(try await Restarted(kept: 300).follow(accepting: false)?.isRotation == false)

        let lossy = try await Restarted(kept: 270, action: "log.rotate")
        do {
            try await lossy.follow(accepting: false)
            Issue.record("entries were lost, and it was no restart")
        } catch let fault as LogFault {
            #expect(fault.kind == .restart)
        }
    }
}
