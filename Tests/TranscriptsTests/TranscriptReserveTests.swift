import ArchiveCore
import ArchiveTesting
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Testing
import Transcription
import Transcripts

/// The disk is nearly full: what is left of it is kept for live streams, and for the log.
@Suite struct TranscriptReserveTests {
    private static let reserve = 5 << 20

    /// The desk of the scene with a reserve, as a service has it.
    private func desk(_ scene: Scene) throws -> TranscriptDesk {
        let archive = scene.archive
        var settings = TranscriptDesk.Settings()
        settings.reserve = Self.reserve
        return try TranscriptDesk(
            vault: archive.vault,
            catalogue: archive.catalogue,
            blobs: archive.blobs,
            rules: archive.rules,
            log: archive.log,
            clock: archive.clock,
            retrieval: archive.retrieval,
            turns: Turns(),
            settings: settings
        )
    }

    @Test func `no transcript is written into the reserve, and what a machine heard waits`() async throws {
        let scene = try await Scene()
        let (archive, desk) = (scene.archive, try desk(scene))
        let said = try Scene.said("satu", "dua")
        archive.files.pretend(available: Self.reserve)
        let put = await archiveError {
            _ = try await desk.put(scene.recording, after: nil, author: nil, by: scene.sari.caller) { said }
        }
        #expect(put?.code == .exhausted, "\(String(describing: put))")
        let job = try #require(try await desk.take(by: Scene.own))
        let heard = await archiveError { _ = try await desk.finish(job.id, job.lease, by: Scene.own) { said } }
        #expect(heard?.code == .exhausted)
        // Nothing of it is known, or there.
        #expect(try await scene.newest() == nil)
        #expect(try archive.blobs.companions(of: scene.recording).isEmpty)
        #expect(try await scene.job()?.state == .running)
        // With just the room for it, it is taken.
        archive.files.pretend(available: Self.reserve + (64 << 10))
        #expect(try await desk.finish(job.id, job.lease, by: Scene.own) { said } == 0)
        #expect(try await scene.texts() == ["satu", "dua"])
        #expect(try await archive.log.verify().fault == nil)
    }
}
