import ArchiveCore
import ArchiveTesting
import BlobStore
import Catalogue
import Foundation
import Preservation
import Testing

/// Transcripts are in a backup as payloads are: whole, once, and gone with their recording.
@Suite struct TranscriptPreservationTests {
    @Test func aBackupHasEveryRevisionOnce() async throws {
        let scene = try await TranscriptScene()
        let first = try await scene.backups.backUp()
        #expect(first.slice.recordings == 2 && first.slice.transcripts == 2 && first.slice.copied == 4)
        #expect(first.ending.recordings == 2 && first.ending.transcripts == 2 && first.ending.missing == 0)
        let rows = try await scene.rows()
        let payloads = try await scene.archive.catalogue.read { try $0.totals().bytes }
        #expect(first.ending.bytes == payloads + rows.reduce(0) { $0 + $1.size })
        for (row, copy) in zip(rows, try await scene.copies()) {
            let original = try Data(contentsOf: URL(filePath: scene.file(row.revision)))
            #expect(try Data(contentsOf: URL(filePath: copy)) == original)
            #expect(try LocalFileSystem().mode(copy) == 0o400)
        }
        #expect(try await scene.backups.backUp().slice.copied == 0)
        try await scene.put("tiga")
        let last = try await scene.backups.backUp()
        #expect(last.slice.copied == 1 && last.ending.transcripts == 3)
        #expect(try await scene.entries("backup.done").last?["transcripts"] == "3")
        #expect(try scene.backups.temporaries(in: scene.backups.disk.path).isEmpty)
    }

    @Test func aDamagedCopyIsMadeGoodAndNeverByADamagedFile() async throws {
        let scene = try await TranscriptScene()
        try await scene.backups.backUp()
        let copies = try await scene.copies()
        let good = try Data(contentsOf: URL(filePath: copies[0]))
        try scene.backups.flip(copies[0], at: 20)
        #expect(try await scene.backups.backUp().slice.mended == 0)
        let mended = try await scene.backups.backUp(isVerifying: true)
        #expect(mended.slice.mended == 1 && mended.slice.faults.isEmpty)
        #expect(try Data(contentsOf: URL(filePath: copies[0])) == good)
        // Both files of the archive turn bad; one copy is gone.
        for revision in [0, 1] { try scene.backups.flip(scene.file(revision), at: 20) }
        try FileManager.default.removeItem(atPath: copies[1])
        let result = try await scene.backups.backUp(isVerifying: true)
        #expect(TranscriptScene.texts(result.slice.faults) == ["transcript-damaged \(scene.recording)"])
        #expect(result.slice.faults.first?.message.hasPrefix("revision 1 of its transcript") == true)
        #expect(result.ending.missing == 1 && result.ending.transcripts == 1)
        #expect(try Data(contentsOf: URL(filePath: copies[0])) == good)
        #expect(!FileManager.default.fileExists(atPath: copies[1]))
        #expect(try scene.backups.temporaries(in: scene.backups.disk.path).isEmpty)
    }

    @Test func oneThatIsGoneIsNamedAndMissed() async throws {
        let scene = try await TranscriptScene()
        try FileManager.default.removeItem(atPath: scene.file(0))
        let first = try await scene.backups.backUp()
        #expect(TranscriptScene.texts(first.slice.faults) == ["transcript-missing \(scene.recording)"])
        #expect(first.ending.missing == 1)
        // What came after the copy of the catalogue is for the next one, whatever became of it.
        let (backup, actor) = (scene.backups.backup(), BackupScene.administrator)
        let beginning = try await backup.begin(isNew: false, configuration: [], by: actor)
        let late = try await scene.put("tiga")
        let file = try Data(contentsOf: URL(filePath: scene.file(late)))
        try FileManager.default.removeItem(atPath: scene.file(late))
        let slice = try await backup.copyPayloads(after: nil, for: .seconds(600), by: actor)
        #expect(slice.faults.count == 2)
        #expect(try await backup.end(beginning.name, by: actor).missing == 1)
        try file.write(to: URL(filePath: scene.file(late)))
        #expect(try await scene.backups.backUp().ending.transcripts == 2)
    }

    @Test func leavesTheBackupWithItsRecording() async throws {
        let scene = try await TranscriptScene()
        try await scene.backups.backUp()
        #expect(try everyFile(below: scene.backups.layout.companions(.transcript)).count == 2)
        try await scene.backups.destroyAll()
        #expect(try everyFile(below: scene.archive.layout.transcripts).isEmpty)
        let result = try await scene.backups.backUp(isVerifying: true)
        #expect(result.ending.destructions == 2 && result.ending.transcripts == 0 && result.ending.missing == 0)
        #expect(result.slice.faults.isEmpty)
        #expect(try everyFile(below: scene.backups.layout.companions(.transcript)).isEmpty)
    }

    /// An archive that was restored from an older copy numbers its revisions as it did before.
    @Test func twoOfOneNumberAreKeptApart() async throws {
        let scene = try await TranscriptScene()
        let older = try scene.archive.photograph()
        try await scene.put("tiga")
        try await scene.backups.backUp()
        let known = try await scene.copies()[2]
        let before = try Data(contentsOf: URL(filePath: known))
        let again = try await scene.archive.reopened(in: older)
        // Of the same length, and sealed anew.
        try await scene.put("tiga", in: again)
        let row = try #require(try await again.catalogue.read { try $0.transcript(of: scene.recording) })
        #expect(row.revision == 2 && row.size == before.count)
        try FileManager.default.removeItem(atPath: scene.backups.layout.checkpoint)
        let result = try await scene.backups.backUp(scene.backups.backup(of: again))
        #expect(result.slice.copied == 1 && result.slice.mended == 0 && result.ending.missing == 0)
        #expect(try Data(contentsOf: URL(filePath: known)) == before)
        let path = scene.backups.layout.companion(row.file)
        #expect(
            try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: URL(filePath: scene.file(2, in: again)))
        )
    }

    @Test func aFullDiskLeavesOnlyWholeThings() async throws {
        let scene = try await TranscriptScene()
        let files = scene.archive.files
        files.fail { _, _ in nil }
        try await scene.backups.backUp()
        let calls = files.calls
        files.heal()
        // The payloads of two recordings, two revisions, the vault.
        let writes = calls.indices.filter { calls[$0] == "backup.write" }
        #expect(writes.count >= 5)
        for write in writes {
            let (disk, vaultDisk) = (try TemporaryFolder(), try TemporaryFolder())
            let backup = scene.backups.backup(to: disk.path, vault: vaultDisk.path)
            files.fail { label, number in
                number == write ? ArchiveError(.exhausted, "write: No space left on device") : nil
            }
            #expect(await archiveError { try await scene.backups.backUp(backup) }?.code == .exhausted)
            files.heal()
            let originals = try everyFile(below: scene.archive.layout.transcripts).map(\.value)
            for (path, bytes) in try everyFile(below: BackupLayout(root: disk.path).companions(.transcript)) {
                #expect(originals.contains(bytes), "\(path)")
            }
            #expect(try scene.backups.temporaries(in: disk.path).isEmpty)
            let next = try await scene.backups.backUp(backup)
            #expect(next.ending.missing == 0 && next.ending.transcripts == 2)
        }
    }
}
