import ArchiveCore
import ArchiveTesting
import Attachments
import Catalogue
import Foundation
import Preservation
import Testing

/// Attachments are in a backup as payloads are, come back with it, and are gone with their recording.
@Suite struct AttachmentPreservationTests {
    private struct Scene {
        let backups: BackupScene
        let slides = Random.bytes(150_000)

        init() async throws {
            backups = try await BackupScene()
            let sari = try await backups.archive.member(.archivist)
            for (name, bytes) in [("obrolan.txt", Array("Setuju".utf8)), ("paparan.pdf", slides)] {
                _ = try await backups.archive.attachments.attach(
                    to: backups.recordings[0],
                    named: name,
                    mediaType: "application/octet-stream",
                    by: sari.caller,
                    MadePieces(bytes)
                )
            }
        }
    }

    @Test func aBackupHasEachOnceAndBringsItBack() async throws {
        let scene = try await Scene()
        let (archive, id) = (scene.backups.archive, scene.backups.recordings[0])
        let first = try await scene.backups.backUp()
        #expect(first.slice.recordings == 2 && first.slice.attachments == 2 && first.slice.copied == 4)
        #expect(first.ending.attachments == 2 && first.ending.missing == 0)
        #expect(try await scene.backups.backUp().slice.copied == 0)
        let files = try await archive.catalogue.read { try $0.companions(of: [id]) }
        #expect(files.map(\.companion) == [.attachment(number: 0), .attachment(number: 1)])
        // A damaged one never takes the place of a copy, and a copy brings it back.
        let path = archive.layout.companion(.attachment(number: 1), of: id)
        let whole = try Data(contentsOf: URL(filePath: path))
        try scene.backups.flip(path, at: 70_000)
        let copy = scene.backups.layout.companion(files[1])
        try scene.backups.flip(copy, at: 1)
        let result = try await scene.backups.backUp(isVerifying: true)
        #expect(result.slice.faults.map(\.kind) == [.attachmentDamaged])
        try scene.backups.flip(copy, at: 1)
        try FileManager.default.removeItem(atPath: path)
        let source = try BackupSource(root: scene.backups.disk.path)
        #expect(try await source.copyCompanion(files[1], into: archive.blobs))
        #expect(try Data(contentsOf: URL(filePath: path)) == whole)
        #expect(try await archive.preservation.check(by: BackupScene.administrator).faults.isEmpty)
        #expect(try everyFile(below: archive.layout.incoming).isEmpty)
    }

    @Test func theyGoWithTheirRecording() async throws {
        let scene = try await Scene()
        let archive = scene.backups.archive
        try await scene.backups.backUp()
        #expect(try everyFile(below: scene.backups.layout.companions(.attachment)).count == 2)
        try await scene.backups.destroyAll()
        #expect(try everyFile(below: archive.layout.attachments).isEmpty)
        #expect(try await archive.catalogue.read { try $0.attachments(of: scene.backups.recordings[0]) }.isEmpty)
        let result = try await scene.backups.backUp(isVerifying: true)
        #expect(result.ending.attachments == 0 && result.ending.missing == 0 && result.slice.faults.isEmpty)
        #expect(try everyFile(below: scene.backups.layout.companions(.attachment)).isEmpty)
        #expect(try await archive.preservation.check(by: BackupScene.administrator).faults.isEmpty)
    }
}
