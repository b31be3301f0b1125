import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import BlobStore
import Catalogue
import Foundation
import Testing
import Transcription
import Transcripts
import Vault

@testable import ArchiveServer

extension RestoreTests {
    /// Somebody said `text` in a recording, and the archive's own transcriber heard it.
    private func transcribe(_ text: String, _ recording: RecordingID, in archive: Archive) async throws {
        let desk = try TranscriptDesk(
            vault: archive.vault,
            catalogue: archive.catalogue,
            blobs: DirectoryStore(layout: archive.layout),
            rules: archive.rules,
            log: archive.log,
            clock: archive.clock,
            retrieval: archive.retrieval,
            turns: archive.companionTurns
        )
        let segment = try TranscriptSegment(
            start: #require(TranscriptTime(seconds: 0)),
            end: #require(TranscriptTime(seconds: 1)),
            speaker: nil,
            text: text
        )
        let transcript = try Transcript(language: "id", engine: "test", model: nil, segments: [segment])
        let asked = archive.clock.now
        try await archive.catalogue.write { writer in
            try writer.insert(TranscriptionRow(id: TranscriptionID(), recording: recording, asked: asked))
        }
        let own = Transcriber.service(upTo: Level("biasa"))
        let job = try #require(try await desk.take(by: own))
        try #require(job.recording == recording)
        _ = try await desk.finish(job.id, job.lease, by: own) { transcript }
    }

    /// What the newest revision says.
    private func text(of recording: RecordingID, in archive: Archive) async throws -> [String] {
        let row = try #require(try await archive.catalogue.read { try $0.transcript(of: recording) })
        let blobs = try DirectoryStore(layout: archive.layout)
        let reader = try #require(try blobs.read(.transcript(recording, revision: row.revision)))
        let seal = try #require(try archive.vault.seals(of: [recording])[recording])
        let opened = try seal.open(Data(reader.contents()), field: DescribingFields.transcript(row.revision))
        return try Transcript(compressed: opened).segments.map(\.text)
    }

    @Test func `transcripts come back with their recordings, and one that does not is named`() async throws {
        let scene = try await Scene()
        let clock = scene.served.clock
        try await transcribe("satu", scene.kept, in: scene.served.archive)
        try await transcribe("dua", scene.kept, in: scene.served.archive)
        try await transcribe("tiga", scene.doomed, in: scene.served.archive)
        clock.advance(by: 60)
        let backup = try await scene.backUp()
        #expect(backup.transcripts == 3 && backup.missing == 0)
        clock.advance(by: 31 * 86_400)
        _ = try await scene.served.archive.administer(.proposeDestruction, by: .hostUser(0))
        clock.advance(by: 15 * 86_400)
        _ = try await scene.served.archive.administer(.runDestruction, by: .hostUser(0))
        try await scene.served.close()

        let report = try await scene.restore(vault: backup.vault, to: "restored")
        #expect(report.destroyedAgain == 1)
        #expect(report.storage.faults.isEmpty && report.payloads.faults.isEmpty, "\(report.storage.faults)")
        let archive = try await Archive.open(root: scene.disks.file("restored"), clock: clock)
        #expect(try await text(of: scene.kept, in: archive) == ["dua"])
        let blobs = try DirectoryStore(layout: archive.layout)
        #expect(try blobs.companions(of: scene.kept).map(\.number) == [0, 1])
        #expect(try blobs.companions(of: scene.doomed).map(\.number) == [])
        // The next one follows.
        try await transcribe("empat", scene.kept, in: archive)
        #expect(try await text(of: scene.kept, in: archive) == ["empat"])
        #expect(try await archive.checkStorage(by: .hostUser(0)).faults.isEmpty)
        try archive.close()

        let copies = try everyFile(below: scene.disks.file("backup/transcripts")).keys
        let first = try #require(copies.first { $0.contains("\(scene.kept).0.") })
        try FileManager.default.removeItem(atPath: first)
        let lacking = try await scene.restore(vault: backup.vault, to: "lacking")
        let faults = lacking.storage.faults.map { "\($0.fault) \($0.object)" }
        #expect(faults == ["transcript-missing \(scene.kept)"])
    }
}
