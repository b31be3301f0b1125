import ArchiveCore
import ArchiveTesting
import BlobStore
import Catalogue
import Foundation
import GRDB
import Preservation
import Retention
import Testing
import Vault

/// Catalogue, vault, payloads and log are compared, each fault is named, and only what is certain is put right.
@Suite struct CheckTests {
    @Test func findsNothingInAWholeArchive() async throws {
        let scene = try await CheckScene()
        let check = try await scene.check()
        #expect(check.faults.isEmpty)
        #expect(check.recordings == 2)
        let sizes = try await scene.archive.catalogue.read { try $0.totals().bytes }
        #expect(check.bytes == sizes)
        #expect(check.entries > 0)
    }

    @Test func namesAMissingAndAShortenedPayload() async throws {
        let scene = try await CheckScene()
        try FileManager.default.removeItem(atPath: scene.archive.layout.payload(scene.short))
        try scene.damage(scene.long) { $0.removeLast() }
        let faults = try await scene.faults()
        #expect(Set(faults) == ["payload-missing \(scene.short)", "payload-length \(scene.long)"])
        // Twice the same: nothing was changed.
        #expect(try await scene.faults().count == 2)
    }

    @Test func namesKeysThatAreMissingOrOfAnotherPayload() async throws {
        let scene = try await CheckScene()
        try scene.archive.vault.destroyKeys(of: [scene.short])
        try scene.change(
            scene.archive.layout.archiveDatabase,
            "UPDATE recording SET digest = ? WHERE id = ?",
            [Data(repeating: 7, count: 32), scene.long.description]
        )
        #expect(Set(try await scene.faults()) == ["keys-missing \(scene.short)", "keys-damaged \(scene.long)"])
        #expect(try scene.archive.blobs.length(of: .recording(scene.short)) != nil)
    }

    @Test func namesARowOfTheVaultThatDoesNotOpen() async throws {
        let scene = try await CheckScene()
        let vault = scene.archive.layout.vaultDatabase
        try scene.change(vault, "DROP TRIGGER sealed_row_never_changes")
        try scene.change(
            vault,
            "UPDATE sealed_row SET sealed = zeroblob(length(sealed)) WHERE kind = 'recording' AND id = ?",
            [scene.long.description]
        )
        #expect(try await scene.faults() == ["keys-damaged \(scene.long)"])
    }

    @Test func namesADescriptionThatDoesNotOpen() async throws {
        let scene = try await CheckScene()
        try scene.change(
            scene.archive.layout.archiveDatabase,
            "UPDATE recording SET sealed = zeroblob(length(sealed)) WHERE id = ?",
            [scene.short.description]
        )
        #expect(try await scene.faults() == ["description-damaged \(scene.short)"])
    }

    @Test func removesNothingThatTheCatalogueDoesNotKnow() async throws {
        let scene = try await CheckScene()
        // A catalogue that was put back from before the recording.
        for table in ["upload WHERE recording", "recording WHERE id"] {
            try scene.change(scene.archive.layout.archiveDatabase, "DELETE FROM \(table) = '\(scene.short)'")
        }
        let expected: Set = ["payload-unexpected \(scene.short)", "keys-unexpected \(scene.short)"]
        #expect(Set(try await scene.faults()) == expected)
        #expect(try scene.archive.blobs.length(of: .recording(scene.short)) != nil)
        #expect(try scene.archive.vault.holdsKeys(of: scene.short))
    }

    @Test func namesFilesThatAreNotTheArchives() async throws {
        let scene = try await CheckScene()
        let layout = scene.archive.layout
        let foreign = [
            "\(layout.storage)/notes.txt", "\(layout.recordings)/zz9", "\(layout.recordings)/aa/copy.payload.old",
        ]
        try FileManager.default.createDirectory(
            atPath: "\(layout.recordings)/aa",
            withIntermediateDirectories: true
        )
        for path in foreign { try Data("x".utf8).write(to: URL(filePath: path)) }
        try Data("half".utf8).write(to: URL(filePath: "\(layout.checkpoint).tmp"))
        let faults = Set(try await scene.faults())
        #expect(faults == Set(foreign.map { "file-unexpected \($0)" } + ["temporary-left \(layout.checkpoint).tmp !"]))
        for path in foreign { #expect(FileManager.default.fileExists(atPath: path)) }
        #expect(!FileManager.default.fileExists(atPath: "\(layout.checkpoint).tmp"))
    }

    @Test func namesAnEntryThatWasChanged() async throws {
        let scene = try await CheckScene()
        let path = scene.archive.layout.archiveDatabase
        try scene.change(path, "DROP TRIGGER entry_never_changes")
        try scene.change(path, "UPDATE entry SET actor = 'nobody' WHERE seq = 1")
        #expect(try await scene.faults() == ["log entry 1"])
    }

    @Test func namesAnUploadWithFewerBytesThanWereAcknowledged() async throws {
        let scene = try await CheckScene()
        let upload = try await scene.unfinishedUpload()
        #expect(try await scene.faults().isEmpty)
        let path = scene.archive.layout.payload(upload)
        let bytes = try Data(contentsOf: URL(filePath: path))
        try bytes.dropLast().write(to: URL(filePath: path))
        #expect(try await scene.faults() == ["upload-damaged \(upload)"])
    }

    // MARK: After a destruction

    /// Destroys the short recording; its payload as it was.
    private func destroy(in scene: CheckScene) async throws -> Data {
        let payload = try Data(contentsOf: URL(filePath: scene.archive.layout.payload(scene.short)))
        scene.archive.clock.advance(by: 31 * 86_400)
        _ = try await scene.archive.retention.propose(by: CheckScene.administrator)
        scene.archive.clock.advance(by: 15 * 86_400)
        _ = try await scene.archive.retention.run(by: CheckScene.administrator)
        let state = try await scene.archive.catalogue.read { try $0.recording(scene.short)?.state }
        try #require(state == .destroyed)
        return payload
    }

    @Test func removesAPayloadThatADestructionLeft() async throws {
        let scene = try await CheckScene()
        let payload = try await destroy(in: scene)
        try payload.write(to: URL(filePath: scene.archive.layout.payload(scene.short)))
        #expect(try await scene.faults() == ["payload-left \(scene.short) !"])
        #expect(try scene.archive.blobs.length(of: .recording(scene.short)) == nil)
        #expect(try await scene.actions(on: scene.short).contains("storage.repair"))
        #expect(try await scene.faults().isEmpty)
    }

    @Test func removesKeysThatADestructionLeftOnlyWithoutTheirPayload() async throws {
        let scene = try await CheckScene()
        // The catalogue says that it is gone; keys and payload were put back from a backup.
        try scene.change(
            scene.archive.layout.archiveDatabase,
            "UPDATE recording SET state = 'destroyed', sealed = NULL, time_index = NULL WHERE id = ?",
            [scene.short.description]
        )
        let path = scene.archive.layout.payload(scene.short)
        let both = Set(try await scene.faults())
        #expect(both == ["keys-left \(scene.short)", "payload-left \(scene.short)"])
        try FileManager.default.removeItem(atPath: path)
        #expect(try await scene.faults() == ["keys-left \(scene.short) !"])
        #expect(try !scene.archive.vault.holdsKeys(of: scene.short))
        #expect(try await scene.archive.catalogue.read { try $0.needsScrub() })
    }
}
