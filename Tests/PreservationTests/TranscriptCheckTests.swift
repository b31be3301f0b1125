import ArchiveCore
import ArchiveTesting
import BlobStore
import Catalogue
import Foundation
import GRDB
import Preservation
import Testing
import Transcripts
import Vault

/// Rows and files of transcripts are compared, each fault is named, and only what is certain is put right.
@Suite struct TranscriptCheckTests {
    @Test func namesWhatIsMissingShortenedOrChanged() async throws {
        let scene = try await TranscriptScene()
        #expect(try await scene.faults() == [])
        #expect(try await scene.deepFaults() == [])
        let (whole, first) = (scene.file(1), scene.file(0))
        let bytes = try Data(contentsOf: URL(filePath: whole))
        try scene.backups.flip(whole, at: bytes.count - 1)
        // Of its length it is: only reading tells.
        #expect(try await scene.faults() == [])
        for _ in 0..<2 { #expect(try await scene.deepFaults() == ["transcript-damaged \(scene.recording)"]) }
        // Once, however often it is looked at.
        #expect(try await scene.entries("storage.damage") == [["revision": "1", "fault": "transcript-damaged"]])
        try FileManager.default.removeItem(atPath: first)
        try FileManager.default.removeItem(atPath: whole)
        try bytes.dropLast().write(to: URL(filePath: whole))
        let expected: Set = ["transcript-missing \(scene.recording)", "transcript-length \(scene.recording)"]
        #expect(try await Set(scene.faults()) == expected)
        #expect(try await Set(scene.deepFaults()) == expected)
        try FileManager.default.removeItem(atPath: whole)
        try bytes.write(to: URL(filePath: whole))
        #expect(try await scene.deepFaults() == ["transcript-missing \(scene.recording)"])
        #expect(try await scene.entries("storage.mended") == [["revision": "1"]])
        #expect(try await scene.entries("storage.damage").count == 2)
    }

    /// A digest that was changed along with the bytes helps nobody: they do not open.
    @Test func whatDoesNotOpenIsNamed() async throws {
        let scene = try await TranscriptScene()
        let other = try Data(contentsOf: URL(filePath: scene.file(0)))
        try FileManager.default.removeItem(atPath: scene.file(1))
        try other.write(to: URL(filePath: scene.file(1)))
        try Self.change(
            scene.archive,
            """
            DROP TRIGGER transcript_never_changes;
            UPDATE transcript SET
                digest = (SELECT digest FROM transcript WHERE revision = 0),
                size = (SELECT size FROM transcript WHERE revision = 0) WHERE revision = 1
            """
        )
        #expect(try await scene.faults() == [])
        #expect(try await scene.readAll().map(\.message) == ["revision 1 of its transcript does not open"])
    }

    private static func change(_ archive: ArchiveFixture, _ sql: String) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        try DatabaseQueue(path: archive.layout.archiveDatabase, configuration: configuration).write {
            try $0.execute(sql: sql)
        }
    }

    // MARK: Without a row

    @Test func aKillAnywhereLeavesNothingThatACheckDoesNotRemove() async throws {
        let scene = try await TranscriptScene()
        let photographs = try await scene.archive.photographs { try await scene.put("tiga") }
        var removed = 0
        for (number, (label, folder)) in photographs.enumerated() {
            let again = try await scene.archive.reopened(in: folder)
            let faults = try await scene.faults(in: again)
            // The copy of the checkpoint may have been cut off, too.
            #expect(faults.allSatisfy { $0.hasSuffix(" !") }, "call \(number), \(label): \(faults)")
            removed += faults.count { $0 == "transcript-unexpected \(scene.recording) !" }
            #expect(try await scene.faults(in: again) == [], "call \(number), \(label)")
            let newest = try await again.catalogue.read { try $0.transcript(of: scene.recording)?.revision }
            #expect(try again.blobs.companions(of: scene.recording).map(\.number) == Array(0...(newest ?? 0)))
            if newest == 1 { #expect(try await scene.put("tiga", in: again) == 2) }
            #expect(try await scene.texts(in: again) == ["tiga"], "call \(number), \(label)")
        }
        #expect(removed > 0)
    }

    /// One that is being kept has its file before it has its row.
    @Test func waitsForWhoeverKeepsOne() async throws {
        let scene = try await TranscriptScene()
        let (archive, recording) = (scene.archive, scene.recording)
        let turns = Turns<RecordingID>()
        let preservation = Preservation(
            vault: archive.vault,
            catalogue: archive.catalogue,
            blobs: archive.blobs,
            log: archive.log,
            layout: archive.layout,
            clock: archive.clock,
            companionTurns: turns,
            index: archive.index
        )
        let elsewhere = try await archive.reopened()
        try await scene.put("tiga", in: elsewhere)
        let row = try #require(try await elsewhere.catalogue.read { try $0.transcript(of: recording) })
        let bytes = try Data(contentsOf: URL(filePath: scene.file(row.revision, in: elsewhere)))
        let check = try await turns.holding([recording]) {
            try await archive.catalogue.write { try $0.begin(row.file) }
            try archive.blobs.keep(Array(bytes), of: recording, as: .transcript(revision: row.revision))
            let check = Task { try await preservation.check(by: BackupScene.administrator).faults }
            // Long enough for one that does not wait.
            for _ in 0..<5 { #expect(try await scene.faults(in: elsewhere) == []) }
            try await archive.catalogue.write { try $0.insert(row) }
            return check
        }
        #expect(try await check.value == [])
        #expect(try await scene.texts() == ["tiga"])
    }

    /// A catalogue that was put in the place of a newer one knows less than lies there.
    @Test func keepsWhatANewerCatalogueKnew() async throws {
        let scene = try await TranscriptScene()
        let older = try scene.archive.photograph()
        for text in ["tiga", "empat"] { try await scene.put(text) }
        let again = try await scene.archive.reopened(in: older)
        let files = [2, 3].map { scene.file($0, in: again) }
        for (revision, path) in zip([2, 3], files) {
            try FileManager.default.copyItem(atPath: scene.file(revision), toPath: path)
            let faults = try await scene.faults(in: again)
            #expect(faults == Array(repeating: "transcript-unexpected \(scene.recording)", count: revision - 1))
        }
        for path in files { #expect(FileManager.default.fileExists(atPath: path)) }
    }

    @Test func namesATranscriptOfNoRecording() async throws {
        let scene = try await TranscriptScene()
        let id = RecordingID()
        try scene.archive.blobs.keep([1, 2, 3], of: id, as: .transcript(revision: 4))
        #expect(try await scene.faults() == ["transcript-unexpected \(id)"])
        #expect(try scene.archive.blobs.companions(of: id).map(\.number) == [4])
    }

    @Test func removesWhatADestructionLeftOnlyWithoutItsKeys() async throws {
        let scene = try await TranscriptScene()
        let before = try Data(contentsOf: URL(filePath: scene.file(0)))
        try await scene.backups.destroyAll()
        try before.write(to: URL(filePath: scene.file(0)))
        #expect(try await scene.faults() == ["transcript-left \(scene.recording) !"])
        #expect(try await scene.entries("storage.repair") == [["removed": "transcript"]])
        #expect(try scene.archive.blobs.companions(of: scene.recording).map(\.number) == [])
        #expect(try await scene.faults() == [])
        // Keys and transcript were put back, and the catalogue was not.
        let other = try await TranscriptScene()
        try Self.change(
            other.archive,
            """
            UPDATE recording SET state = 'destroyed', sealed = NULL, time_index = NULL WHERE id = '\(other.recording)';
            DELETE FROM transcript WHERE recording = '\(other.recording)'
            """
        )
        try other.archive.blobs.remove(.recording(other.recording))
        #expect(
            try await Set(other.faults()) == ["keys-left \(other.recording)", "transcript-left \(other.recording)"]
        )
        #expect(try other.archive.blobs.companions(of: other.recording).map(\.number) == [0, 1])
        #expect(try other.archive.vault.holdsKeys(of: other.recording))
    }

    // MARK: Jobs

    @Test func putsBackAJobWhoseWorkerIsNotHeardOf() async throws {
        let scene = try await TranscriptScene()
        let desk = scene.archive.transcripts
        let job = try await desk.ask([scene.recording], language: "id", by: scene.sari.caller)[0].row.id
        let own = Transcriber.service(upTo: Level("rahasia"))
        let taken = try #require(try await desk.take(by: own))
        #expect(try await scene.faults() == [])
        scene.archive.clock.advance(by: 3600)
        #expect(try await scene.faults() == ["job-left \(job) !"])
        let row = try await scene.archive.catalogue.read { try $0.transcription(job) }
        #expect(row?.state == .waiting && row?.attempts == 1 && row?.problem == "worker-lost")
        #expect(try await scene.faults() == [])
        #expect(try await scene.entries("storage.repair") == [["job": "\(job)", "state": "waiting"]])
        // Whoever had it comes too late.
        let error = await archiveError {
            _ = try await desk.finish(job, taken.lease, by: own) { try TranscriptScene.said("x") }
        }
        #expect(error?.code == .gone)
        #expect(try await desk.take(by: own)?.id == job)
    }

    @Test func endsAJobWhoseRecordingIsGone() async throws {
        let scene = try await TranscriptScene()
        let job = try await scene.archive.transcripts.ask([scene.recording], language: nil, by: scene.sari.caller)[0]
            .row.id
        try Self.change(
            scene.archive,
            "UPDATE recording SET state = 'destroyed', sealed = NULL, time_index = NULL WHERE id = '\(scene.recording)'"
        )
        #expect(try await scene.faults().contains("job-left \(job) !"))
        #expect(try await scene.archive.catalogue.read { try $0.transcription(job)?.state } == .cancelled)
    }
}
