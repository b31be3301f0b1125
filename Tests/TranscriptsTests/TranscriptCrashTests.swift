import ArchiveCore
import ArchiveTesting
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Testing
import Transcription
import Transcripts

/// A kill or a failure at each labelled call: a revision is there whole, with its job done, or not at all.
@Suite struct TranscriptCrashTests {
    @Test func `a kill anywhere leaves the job done once, or to be done`() async throws {
        let scene = try await Scene()
        let said = try Scene.said("satu", "dua")
        let photographs = try await scene.archive.photographs { try await scene.transcribe(said) }
        for label: FileLabel in ["payload.write", "payload.rename", "checkpoint.write"] {
            #expect(photographs.contains { $0.label == label }, "\(label)")
        }
        var outcomes: Set<Bool> = []
        for (number, (label, folder)) in photographs.enumerated() {
            let again = try await scene.archive.reopened(in: folder)
            let isDone = try await scene.newest(in: again) == 0
            outcomes.insert(isDone)
            let job = try #require(try await scene.job(in: again))
            #expect(job.state == (isDone ? .done : .waiting), "call \(number), \(label)")
            if !isDone { #expect(try await scene.transcribe(said, in: again) == 0) }
            #expect(try await scene.texts(in: again) == ["satu", "dua"], "call \(number), \(label)")
            #expect(try again.blobs.companions(of: scene.recording).map(\.number) == [0])
            #expect(try everyFile(below: again.layout.incoming).isEmpty)
            #expect(try await again.transcripts.take(by: Scene.own) == nil)
            #expect(try await again.log.verify().fault == nil)
        }
        #expect(outcomes.contains(false))
    }

    @Test func `a failure anywhere leaves nothing half-written`() async throws {
        let counted = try await Scene()
        let calls = try await counted.archive.photographs { try await counted.transcribe(Scene.said("satu")) }.count
        var failed = 0
        for number in 0..<calls {
            let scene = try await Scene()
            let job = try #require(try await scene.desk.take(by: Scene.own))
            scene.archive.files.fail { _, called in
                called == number ? ArchiveError(.inputOutput, "the test fails call \(number)") : nil
            }
            let error = await archiveError {
                _ = try await scene.desk.finish(job.id, job.lease, by: Scene.own) { try Scene.said("satu") }
            }
            scene.archive.files.heal()
            guard error != nil else { continue }
            failed += 1
            #expect(try everyFile(below: scene.archive.layout.incoming).isEmpty, "call \(number)")
            // As a restart finds it: where only telling it failed, it is there.
            let again = try await scene.archive.reopened()
            if try await scene.newest(in: again) == nil {
                #expect(try await scene.transcribe(Scene.said("satu"), in: again) == 0)
            }
            #expect(try await scene.texts(in: again) == ["satu"], "call \(number)")
        }
        #expect(failed > 5)
    }
}
