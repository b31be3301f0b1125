import ArchiveCore
import ArchiveTesting
import BlobStore
import Catalogue
import Foundation
import Ingest
import Retention
import Retrieval
import Testing
import Vault

/// Crashes.
extension DestructionTests {
    /// A kill before each labelled call of a run; the photographs are made while it works.
    @Test func aCrashAtEachCallIsFinishedAtTheNextStart() async throws {
        let scene = try await Scene()
        let photographs = try await scene.archive.photographs {
            _ = try await scene.archive.retention.run(by: Self.administrator)
        }
        // Intent; the payload and its folder; the tombstone; the scrub.
        let labels = photographs.map(\.label)
        #expect(labels.filter { $0 == "payload.remove" }.count == 1)
        let removal = try #require(labels.firstIndex(of: "payload.remove"))
        #expect(labels[..<removal].allSatisfy { $0 == "checkpoint.write" } && removal > 0)
        #expect(labels[removal + 1] == "payload.sync-folder")
        #expect(labels[(removal + 2)...].allSatisfy { $0 == "checkpoint.write" })
        var ends = 0
        for (number, (label, folder)) in photographs.enumerated() {
            let again = try await scene.archive.reopened(in: folder, recovers: false)
            let (row, unscrubbed) = try await again.catalogue.read { reader in
                (try reader.recording(scene.doomed), try reader.needsScrub())
            }
            // The intent is durable before anything else: the state, and the keys, follow it.
            let intent = try await Self.destroyed(again, scene.doomed).first
            #expect(intent == "destruction.intent")
            #expect(number > removal + 1 || row?.state == .destroying, "call \(number), \(label)")
            if row?.state == .destroying { #expect(unscrubbed) }
            let hasKeys = try again.vault.holdsKeys(of: scene.doomed)
            #expect(hasKeys == (number < removal), "call \(number), \(label)")
            let hasPayload = try again.blobs.length(of: .recording(scene.doomed)) != nil
            #expect(hasPayload == (number <= removal), "call \(number), \(label)")
            // Its list is done when nothing of it is in any file.
            var end = EntryFilter()
            end.action = "destruction.end"
            if try await again.catalogue.read({ [end] in try !$0.entries(end, limit: 1).isEmpty }) {
                ends += 1
                #expect(!unscrubbed, "call \(number), \(label)")
                for secret in scene.secrets { #expect(try files(below: folder.path, containing: secret).isEmpty) }
            }
            // It is out of the index before anybody says that it is gone.
            #expect(try row?.state == .destroying || !again.isIndexed(scene.doomed), "call \(number), \(label)")
            // What is being destroyed is shown to nobody.
            let shown = await archiveError {
                _ = try await again.retrieval.show(scene.doomed, by: scene.reader.caller)
            }
            #expect(shown?.code == .notFound)
            try await again.recover()
            try await expectGone(scene, in: again, "call \(number), \(label)")
        }
        #expect(ends > 0)
    }

    /// Each call fails once: the run says so and the next one finishes.
    @Test func aFailedStepIsFinishedByTheNextRun() async throws {
        for label: FileLabel in ["payload.remove", "payload.sync-folder"] {
            let scene = try await Scene()
            scene.archive.files.failOnce(label)
            let error = await archiveError { _ = try await scene.archive.retention.run(by: Self.administrator) }
            #expect(error?.code == .inputOutput, "\(label)")
            #expect(try !scene.archive.vault.holdsKeys(of: scene.doomed))
            let opened = await archiveError {
                _ = try await scene.archive.retrieval.deliver(scene.access, as: .sealed, by: scene.reader.caller)
            }
            #expect(opened?.code == .gone)
            scene.archive.files.heal()
            let outcomes = try await scene.archive.retention.run(by: Self.administrator)
            #expect(outcomes.map(\.kind) == [.destroyed])
            try await expectGone(scene, in: scene.archive, "\(label)")
        }
    }

    /// Keys were deleted and the databases not scrubbed: the next run scrubs, though it has nothing to destroy.
    @Test func whatIsUnscrubbedIsScrubbedLater() async throws {
        let scene = try await Scene()
        let photographs = try await scene.archive.photographs {
            _ = try await scene.archive.retention.run(by: Self.administrator)
        }
        // The tombstone is durable, the scrub's entry is not.
        var found = false
        for (_, folder) in photographs {
            let again = try await scene.archive.reopened(in: folder, recovers: false)
            let (row, unscrubbed) = try await again.catalogue.read { reader in
                (try reader.recording(scene.doomed), try reader.needsScrub())
            }
            guard row?.state == .destroyed, unscrubbed else { continue }
            found = true
            #expect(try scene.secrets.contains { try !files(below: again.layout.storage, containing: $0).isEmpty })
            #expect(try await again.retention.run(by: Self.administrator).isEmpty)
            try await expectGone(scene, in: again, "after the second run")
        }
        #expect(found)
    }
}
