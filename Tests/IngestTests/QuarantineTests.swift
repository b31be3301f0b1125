import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Testing
import Vault

/// What could not become a recording: seen, tried again, given up, or gone when its time is over.
@Suite struct QuarantineTests {
    private static let administrator = Actor.hostUser(0)

    private struct Scene {
        let archive: ArchiveFixture
        let sender: ArchiveFixture.Member
        let sealed: MadeRecording.Sealed
        let upload: UploadID
    }

    /// An archive with a payload aside that says no series.
    private func scene() async throws -> Scene {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try MadeRecording.seal(shortOpus.get(), to: [archive.recipient()])
        let submission = try archive.submission(series: nil)
        let error = await archiveError {
            _ = try await archive.ingest.receive(
                body([sealed.bytes]),
                submission: submission,
                isSealed: true,
                by: sender.caller
            )
        }
        #expect(error?.code == .badMetadata)
        let items = try await archive.ingest.quarantined()
        let item = try #require(items.first)
        #expect(items.count == 1 && item.bytes == sealed.payload.count)
        #expect(item.reason == "bad-metadata" && item.principal == sender.id)
        #expect(item.expires == archive.clock.now.addingTimeInterval(archive.ingest.limits.quarantine))
        return Scene(archive: archive, sender: sender, sealed: sealed, upload: item.upload)
    }

    private func actions(_ archive: ArchiveFixture, _ prefix: String) async throws -> [String] {
        try await archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.action = prefix
            return try reader.entries(filter, limit: 100).map(\.columns.action)
        }
    }

    @Test func whatWasMissingMakesItARecordingOfItsSenders() async throws {
        let scene = try await scene()
        let archive = scene.archive
        for instance in [archive, try await archive.reopened()] {
            let receipt = try await instance.ingest.release(
                scene.upload,
                adding: [("series", "sementara")],
                by: Self.administrator
            )
            #expect(receipt.state == .stored)
            try await instance.expectOnly([receipt.recording])
            #expect(try instance.plaintext(of: receipt.recording) == shortOpus.get())
            #expect(try await instance.recordings().first?.sender == scene.sender.id)
            #expect(try await instance.ingest.quarantined().isEmpty)
            #expect(try await actions(instance, "quarantine") == ["quarantine.release"])
            // Its sender, who asks again, hears what it has become.
            let again = try await instance.ingest.receive(
                body([scene.sealed.bytes]),
                submission: instance.submission(),
                isSealed: true,
                by: scene.sender.caller
            )
            #expect(again.recording == receipt.recording)
            try await instance.expectWholeLog()
        }
    }

    /// What was said is not changed, and what still is wrong keeps it there, whole.
    @Test(arguments: [[], [("title", "Lain")], [("series", "tidak-ada")], [("colour", "red")]])
    func whatIsStillWrongStays(_ additions: [(String, String)]) async throws {
        let scene = try await scene()
        let error = await archiveError {
            _ = try await scene.archive.ingest.release(
                scene.upload,
                adding: additions.map { (name: $0.0, value: $0.1) },
                by: Self.administrator
            )
        }
        #expect(error?.code == .badMetadata || error?.code == .unknownName, "\(String(describing: error))")
        for instance in [scene.archive, try await scene.archive.reopened()] {
            try await instance.expectOnly([], aside: 1)
            #expect(try everyFile(below: instance.layout.quarantine).values.first == Data(scene.sealed.payload))
            let receipt = try await instance.ingest.release(
                scene.upload,
                adding: [("series", "sementara")],
                by: Self.administrator
            )
            #expect(try instance.plaintext(of: receipt.recording) == shortOpus.get())
        }
    }

    @Test func aReleaseSurvivesAKillAnywhere() async throws {
        let scene = try await scene()
        let photographs = try await scene.archive.photographs {
            _ = try await scene.archive.ingest.release(
                scene.upload,
                adding: [("series", "sementara")],
                by: Self.administrator
            )
        }
        #expect(photographs.count > 8)
        for (label, folder) in photographs {
            let again = try await scene.archive.reopened(in: folder)
            if try await again.recordings().isEmpty {
                // Aside once more, or on its way with nobody who sends it: it is a one-shot, so recovery has filed it.
                #expect(try everyFile(below: again.layout.quarantine).count == 1, "before \(label)")
                let hasSeries = try await actions(again, "quarantine.release").count == 1
                _ = try await again.ingest.release(
                    scene.upload,
                    adding: hasSeries ? [] : [("series", "sementara")],
                    by: Self.administrator
                )
            }
            let row = try #require(try await again.recordings().first)
            #expect(row.state == .stored, "before \(label)")
            #expect(try again.plaintext(of: row.id) == shortOpus.get(), "before \(label)")
            try await again.expectOnly([row.id])
            try await again.expectWholeLog()
        }
    }

    @Test(arguments: [false, true])
    func goesWithItsKeys(byItself: Bool) async throws {
        let scene = try await scene()
        let archive = scene.archive
        if byItself {
            archive.clock.advance(by: archive.ingest.limits.quarantine - 1)
            try await archive.ingest.expireQuarantine()
            try await archive.expectOnly([], aside: 1)
            archive.clock.advance(by: 1)
            // By a clock that went forward nothing is destroyed.
            let now = archive.clock.now
            try await archive.catalogue.write { try $0.doubtClock(noticed: now, seconds: 86_400) }
            #expect(await archiveError { try await archive.ingest.expireQuarantine() }?.code == .conflict)
            try await archive.expectOnly([], aside: 1)
            try await archive.catalogue.write { try $0.trustClock() }
        }
        let photographs = try await archive.photographs {
            if byItself {
                try await archive.ingest.expireQuarantine()
            } else {
                try await archive.ingest.dropQuarantined(scene.upload, by: Self.administrator)
            }
        }
        try await archive.expectOnly([])
        let action = byItself ? "quarantine.expire" : "quarantine.drop"
        #expect(try await actions(archive, "quarantine") == [action])
        for (label, folder) in photographs {
            let again = try await archive.reopened(in: folder)
            let isLogged = try await actions(again, "quarantine") == [action]
            try await again.expectOnly([], aside: isLogged ? 0 : 1)
            #expect(try await again.ingest.quarantined().count == (isLogged ? 0 : 1), "before \(label)")
            try await again.expectWholeLog()
        }
        for _ in 0..<2 {
            let error = await archiveError {
                try await archive.ingest.dropQuarantined(scene.upload, by: Self.administrator)
            }
            #expect(error?.code == .notFound)
        }
    }

    /// What was destroyed, or is somebody else's, does not come back through here.
    @Test func whatWasSeenBeforeStaysAside() async throws {
        let archive = try await ArchiveFixture()
        let (first, thief) = (try await archive.member(.recorder), try await archive.member(.recorder))
        let sealed = try MadeRecording.seal(longOpus.get(), to: [archive.recipient()])
        func send(_ bytes: [UInt8], _ sender: ArchiveFixture.Member) async throws -> RecordingID {
            try await archive.ingest.receive(
                body([bytes]),
                submission: archive.submission(),
                isSealed: true,
                by: sender.caller
            ).recording
        }
        let mine = try await send(sealed.bytes, first)
        let error = await archiveError { _ = try await send(sealed.bytes.dropLast(1000), thief) }
        #expect(error?.code == .refused)
        let item = try #require(try await archive.ingest.quarantined().first)
        #expect(item.reason == "seen-before")
        let again = await archiveError {
            _ = try await archive.ingest.release(item.upload, adding: [], by: Self.administrator)
        }
        #expect(again?.code == .refused)
        try await archive.expectOnly([mine], aside: 1)
    }
}
