import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Retention
import Testing
import Vault

/// By a clock that went forward nothing is destroyed until two persons have confirmed the time (DESIGN.md invariant 9).
@Suite struct ClockTests {
    @Test func twoPersonsConfirmAClockThatWentForward() async throws {
        let scene = try await ListScene()
        let (archive, desk) = (scene.archive, scene.desk)
        let list = try await scene.propose()
        try await scene.witness(list)
        try await scene.approve(list)
        archive.clock.advance(by: 3 * ListScene.day)
        let now = archive.clock.now
        try await archive.catalogue.write { try $0.doubtClock(noticed: now, seconds: 86_400) }
        for _ in 1...2 {
            let error = await archiveError { _ = try await scene.run() }
            #expect(
                error?.code == .conflict && error?.message.contains("86400 s") == true,
                "\(String(describing: error))"
            )
            #expect(await archiveError { _ = try await archive.retention.propose(by: ListScene.administrator) } != nil)
        }
        for id in scene.recordings { #expect(try archive.vault.holdsKeys(of: id)) }

        // Another time than the archive's confirms nothing, nor does the same person twice.
        for wrong in [-180.0, 180, -86_400] {
            let error = await archiveError {
                _ = try await desk.confirmClock(at: now + wrong, needed: 2, by: scene.wati.caller)
            }
            #expect(error?.code == .conflict)
        }
        let (_, first) = try await desk.confirmClock(at: now + 60, needed: 2, by: scene.wati.caller)
        #expect(first?.confirmedBy == [scene.wati.id])
        let again = await archiveError {
            _ = try await desk.confirmClock(at: now, needed: 2, by: scene.wati.caller)
        }
        #expect(again?.code == .conflict)
        #expect(await archiveError { _ = try await scene.run() }?.code == .conflict)

        // A further step: who confirmed the one before has to look again.
        try await archive.catalogue.write { try $0.doubtClock(noticed: now, seconds: 60) }
        #expect(try await desk.clockDoubt(for: scene.eko.caller).doubt?.confirmedBy == [])
        _ = try await desk.confirmClock(at: now, needed: 2, by: scene.eko.caller)
        let (_, last) = try await desk.confirmClock(at: now, needed: 2, by: scene.wati.caller)
        #expect(last == nil)
        #expect(try await Set(scene.run().values) == ["destroyed"])
        #expect(
            await archiveError {
                _ = try await desk.confirmClock(at: now, needed: 2, by: scene.eko.caller)
            }?.code == .conflict
        )
        #expect(try await scene.actions("clock.confirm", on: nil).count == 3)
    }

    @Test func onlyWhoApprovesDestructionsConfirmsIt() async throws {
        let scene = try await ListScene()
        #expect(await archiveError { _ = try await scene.desk.clockDoubt(for: scene.sari.caller) }?.code == .refused)
        let error = await archiveError {
            _ = try await scene.desk.confirmClock(at: scene.archive.clock.now, needed: 2, by: scene.sari.caller)
        }
        #expect(error?.code == .refused)
    }
}
