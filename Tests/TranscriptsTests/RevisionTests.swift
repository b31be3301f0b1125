import AccessPolicy
import ArchiveCore
import ArchiveTesting
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Retention
import Retrieval
import Testing
import Transcription
import Transcripts
import Vault

/// People correct what was written down, and nothing that was there is lost.
@Suite struct RevisionTests {
    @Test func `a correction is the next revision, and the machine's stays`() async throws {
        let scene = try await Scene()
        try await scene.transcribe(Scene.said("anggaran alat utama", "sampai jumpa"))
        let corrected = try Scene.said("anggaran alutsista", "sampai jumpa")
        let made = try await scene.desk.put(scene.recording, after: 0, author: "Sari", by: scene.sari.caller) {
            corrected
        }
        #expect(made.row.revision == 1 && made.row.principal == scene.sari.id && made.facts.after == 0)
        #expect(try await scene.texts() == ["anggaran alutsista", "sampai jumpa"])
        #expect(try await scene.texts(revision: 0) == ["anggaran alat utama", "sampai jumpa"])
        let read = try await scene.desk.read(scene.open(), revision: 1, as: .opened, by: scene.sari.caller)
        #expect(read.1.revision == 1 && read.1.author == "Sari")
        let all = try await scene.desk.revisions(of: scene.recording, below: nil, limit: 10, by: scene.sari.caller)
        #expect(all.map(\.row.revision) == [1, 0] && all.map(\.facts.segments) == [2, 2])
        #expect(all.map(\.row.job).map { $0 != nil } == [false, true])
        #expect(
            await archiveError { _ = try await scene.texts(revision: 2) }?.code == .notFound
        )
        let entries = try await scene.archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.action = "transcript"
            return try reader.entries(filter, limit: 100).map(\.columns.action)
        }
        #expect(entries.count { $0 == "transcript.store" } == 2 && entries.count { $0 == "transcript.read" } == 3)
        #expect(try await scene.archive.log.verify().fault == nil)
    }

    @Test func `who looked at an older revision overwrites nothing`() async throws {
        let scene = try await Scene()
        for wrong in [0, 1] {
            let error = await archiveError {
                _ = try await scene.desk.put(scene.recording, after: wrong, author: nil, by: scene.sari.caller) {
                    try Scene.said("a")
                }
            }
            #expect(error?.code == .stale)
        }
        // Before the machine has done its own, too.
        let first = try await scene.desk.put(scene.recording, after: nil, author: nil, by: scene.sari.caller) {
            try Scene.said("a")
        }
        #expect(first.row.revision == 0)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<6 {
                group.addTask {
                    let said = try? Scene.said("oleh \(number)")
                    guard let said else { return false }
                    return
                        (try? await scene.desk.put(scene.recording, after: 0, author: nil, by: scene.sari.caller) {
                            said
                        }) != nil
                }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(outcomes.count { $0 } == 1)
        #expect(try scene.archive.blobs.companions(of: scene.recording).map(\.number) == [0, 1])
    }

    @Test func `only who may describe a recording corrects it, and only who has it open reads it`() async throws {
        let scene = try await Scene(level: "rahasia")
        try await scene.transcribe(Scene.said("a"))
        let (desk, archive) = (scene.desk, scene.archive)
        let below = try await archive.member(.archivist)
        let auditor = try await archive.member(.auditor, clearance: Label(Level("rahasia")))
        let access = try await scene.open()
        for member in [below, auditor, scene.sender] {
            let put = await archiveError {
                _ = try await desk.put(scene.recording, after: 0, author: nil, by: member.caller) {
                    try Scene.said("b")
                }
            }
            #expect(put?.description == ArchiveError.notFound.description)
            let list = await archiveError {
                _ = try await desk.revisions(of: scene.recording, below: nil, limit: 1, by: member.caller)
            }
            #expect(list?.description == ArchiveError.notFound.description)
            let read = await archiveError {
                _ = try await desk.read(access, revision: nil, as: .opened, by: member.caller)
            }
            #expect(read?.description == ArchiveError.notFound.description)
        }
        try await archive.retrieval.close(access, by: scene.sari.caller)
        let closed = await archiveError {
            _ = try await desk.read(access, revision: nil, as: .opened, by: scene.sari.caller)
        }
        #expect(closed?.code == .gone)
        #expect(try archive.blobs.companions(of: scene.recording).map(\.number) == [0])
    }

    @Test func `an access to a part opens that part of what was said`() async throws {
        let scene = try await Scene()
        try await scene.transcribe(Scene.said("nol", "satu", "dua", "tiga"))
        let access = try await scene.open(from: 1.5, to: 2.5)
        let part = try await scene.desk.read(access, revision: nil, as: .opened, by: scene.sari.caller).1
        #expect(part.segments.map(\.text) == ["satu", "dua"])
        #expect(part.segments.map(\.start.seconds) == [1, 2])
    }

    @Test func `nothing of what was said is on the disk in clear`() async throws {
        let scene = try await Scene()
        let word = "rahasiasekalikatanya"
        let said = try Scene.said(word, "dan lagi \(word)", speaker: "Menteri Pertahanan")
        try await scene.transcribe(said)
        _ = try await scene.desk.put(scene.recording, after: 0, author: "Sari Dewi", by: scene.sari.caller) { said }
        for secret in [word, "Menteri Pertahanan", "Sari Dewi", "\"language\"", "none"] {
            let storage = scene.archive.layout.storage
            #expect(try files(below: storage, containing: Data(secret.utf8)).isEmpty, "\(secret)")
        }
    }

    /// What is swapped, cut or changed on the disk is never shown.
    @Test func `a revision that is not what was kept is a fault`() async throws {
        let scene = try await Scene()
        try await scene.transcribe(Scene.said("satu"))
        _ = try await scene.desk.put(scene.recording, after: 0, author: nil, by: scene.sari.caller) {
            try Scene.said("duaa")
        }
        let paths = (0...1).map { scene.archive.layout.companion(.transcript(revision: $0), of: scene.recording) }
        let kept = try paths.map { try Data(contentsOf: URL(filePath: $0)) }
        func put(_ bytes: Data, at path: String) throws {
            try FileManager.default.removeItem(atPath: path)
            try bytes.write(to: URL(filePath: path))
        }
        var flipped = kept[1]
        flipped[flipped.count / 2] ^= 1
        for wrong in [kept[0], Data(kept[1].dropLast()), flipped, Data()] {
            try put(wrong, at: paths[1])
            let error = await archiveError { _ = try await scene.texts() }
            #expect(error?.code == .storage, "\(String(describing: error))")
        }
        try FileManager.default.removeItem(atPath: paths[1])
        #expect(await archiveError { _ = try await scene.texts() }?.code == .storage)
        try kept[1].write(to: URL(filePath: paths[1]))
        #expect(try await scene.texts() == ["duaa"])
    }

    @Test func `a transcript goes with its recording`() async throws {
        let scene = try await Scene()
        try await scene.transcribe(Scene.said("satu"))
        let (archive, id) = (scene.archive, scene.recording)
        let text = try Data(contentsOf: URL(filePath: archive.layout.companion(.transcript(revision: 0), of: id)))
        let old = try archive.photograph()
        archive.clock.advance(by: 40 * 86_400)
        try #require(try await archive.retention.propose(by: .service).count == 1)
        archive.clock.advance(by: 20 * 86_400)
        #expect(try await archive.retention.run(by: .service).map(\.kind) == [.destroyed])
        #expect(try archive.blobs.companions(of: id).isEmpty)
        for part in [Data(text.prefix(40)), Data(text.suffix(40))] {
            #expect(try files(below: archive.layout.storage, containing: part).isEmpty)
        }
        #expect(try await scene.newest() == nil)
        #expect(try await scene.job() == nil)
        // Nor does what a backup kept of it open with the keys of today.
        let path = StorageLayout(root: old.path).companion(.transcript(revision: 0), of: id)
        #expect(FileManager.default.contents(atPath: path) == text)
        #expect(try archive.vault.seals(of: [id]).isEmpty)
    }

    @Test func `what is being transcribed is not destroyed, for a week`() async throws {
        let scene = try await Scene(transcribedUpTo: nil)
        let (archive, id) = (scene.archive, scene.recording)
        archive.clock.advance(by: 40 * 86_400)
        try #require(try await archive.retention.propose(by: .service).count == 1)
        archive.clock.advance(by: 20 * 86_400)
        // A frozen list takes no new job; one from before may be under way.
        let refused = await archiveError { _ = try await scene.desk.ask([id], language: nil, by: scene.sari.caller) }
        #expect(refused?.code == .refused)
        let asked = archive.clock.now
        try await archive.catalogue.write {
            try $0.insert(TranscriptionRow(id: TranscriptionID(), recording: id, asked: asked))
        }
        let outcome = try #require(try await archive.retention.run(by: .service).first)
        #expect(outcome.kind == .skipped && outcome.reason == "transcribed")
        archive.clock.advance(by: 7 * 86_400 + 1)
        try #require(try await archive.retention.propose(by: .service).count == 1)
        archive.clock.advance(by: 20 * 86_400)
        #expect(try await archive.retention.run(by: .service).map(\.kind) == [.destroyed])
        #expect(try await scene.job() == nil)
    }
}
