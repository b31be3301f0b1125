import AccessPolicy
import ArchiveCore
import ArchiveTesting
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Retention
import Testing
import Transcription
import Transcripts
import Vault

/// A job goes to one transcriber at a time, and makes one revision at most.
@Suite struct JobTests {
    @Test func `what arrives is transcribed unasked, and once`() async throws {
        let scene = try await Scene(speaker: "Menteri Pertahanan")
        let taken = try #require(try await scene.desk.take(by: Scene.own))
        #expect(taken.recording == scene.recording && taken.unit == "umum" && taken.language == nil)
        #expect(try await scene.desk.take(by: Scene.own) == nil)
        let transcript = try Scene.said("selamat pagi", "rapat dibuka")
        #expect(try await scene.desk.finish(taken.id, taken.lease, by: Scene.own) { transcript } == 0)
        #expect(try await scene.job()?.state == .done)
        let read = try await scene.desk.read(scene.open(), revision: nil, as: .opened, by: scene.sari.caller)
        #expect(read.1.segments.map(\.text) == ["selamat pagi", "rapat dibuka"])
        // The track of one person says whose it is.
        #expect(read.1.segments.map(\.speaker) == ["Menteri Pertahanan", "Menteri Pertahanan"])
        #expect(read.0.facts.engine == "test" && read.0.row.principal == nil)
        // Nobody gets a second revision of it.
        await expectLost { _ = try await scene.desk.finish(taken.id, taken.lease, by: Scene.own) { transcript } }
        #expect(try await scene.newest() == 0)
        #expect(try await scene.archive.log.verify().fault == nil)
    }

    @Test func `a level above that of the transcriber waits for another`() async throws {
        let scene = try await Scene(level: "rahasia")
        #expect(try await scene.desk.take(by: .service(upTo: Level("terbatas"))) == nil)
        let low = try await scene.archive.member(.transcriber, clearance: Label(Level("biasa")))
        #expect(try await scene.desk.take(by: .machine(low.caller)) == nil)
        // Nor does an archivist take jobs, however cleared.
        #expect(await archiveError { _ = try await scene.desk.take(by: .machine(scene.sari.caller)) }?.code == .refused)
        let high = try await scene.archive.member(.transcriber, clearance: Label(Level("rahasia")))
        let taken = try #require(try await scene.desk.take(by: .machine(high.caller)))
        // Another machine of the same clearance has not got it.
        let other = try await scene.archive.member(.transcriber, clearance: Label(Level("rahasia")))
        for stranger in [Transcriber.machine(other.caller), Scene.own] {
            await expectLost { _ = try await scene.desk.renew(taken.id, taken.lease, heard: 1, by: stranger) }
            await expectLost { _ = try await scene.desk.audio(of: taken.id, taken.lease, by: stranger) }
            await expectLost {
                try await scene.desk.fail(taken.id, taken.lease, because: "x", isFinal: true, by: stranger)
            }
        }
        _ = try await scene.desk.finish(taken.id, taken.lease, by: .machine(high.caller)) { try Scene.said("a") }
        #expect(try await scene.archive.catalogue.read { try $0.transcript(of: scene.recording) }?.principal == high.id)
    }

    @Test func `a transcriber that is not heard of loses the job to the next`() async throws {
        let scene = try await Scene()
        let machine = Transcriber.machine(try await scene.archive.member(.transcriber).caller)
        let first = try #require(try await scene.desk.take(by: machine))
        scene.archive.clock.advance(by: 100)
        _ = try await scene.desk.renew(first.id, first.lease, heard: 3, by: machine)
        scene.archive.clock.advance(by: 100)
        #expect(try await scene.desk.take(by: Scene.own) == nil)
        #expect(try await scene.job()?.heard == 3)
        scene.archive.clock.advance(by: 21)
        let second = try #require(try await scene.desk.take(by: Scene.own))
        #expect(second.id == first.id && second.lease != first.lease)
        await expectLost { _ = try await scene.desk.renew(first.id, first.lease, heard: 4, by: machine) }
        await expectLost { _ = try await scene.desk.finish(first.id, first.lease, by: machine) { try Scene.said("a") } }
        let delivery = try await scene.desk.audio(of: second.id, second.lease, by: Scene.own)
        scene.archive.clock.advance(by: 121)
        _ = try #require(try await scene.desk.take(by: machine))
        // Also in the middle of what it reads.
        await expectLost { _ = try await delivery.bytes() }
        #expect(try await scene.newest() == nil)
    }

    @Test func `what fails is tried again later, and then given up`() async throws {
        let scene = try await Scene()
        let pauses: [TimeInterval] = [60, 240, 960, 3840]
        for pause in pauses {
            let taken = try #require(try await scene.desk.take(by: Scene.own))
            try await scene.desk.fail(taken.id, taken.lease, because: "engine-failed", isFinal: false, by: Scene.own)
            scene.archive.clock.advance(by: pause - 1)
            #expect(try await scene.desk.take(by: Scene.own) == nil)
            scene.archive.clock.advance(by: 1)
        }
        let last = try #require(try await scene.desk.take(by: Scene.own))
        try await scene.desk.fail(last.id, last.lease, because: "engine-failed", isFinal: false, by: Scene.own)
        let job = try #require(try await scene.job())
        #expect(job.state == .failed && job.attempts == 5 && job.problem == "engine-failed")
        scene.archive.clock.advance(by: 86_400)
        #expect(try await scene.desk.take(by: Scene.own) == nil)
        // People see it, and can ask again.
        let failed = try await scene.desk.jobs(in: [.failed], limit: 10, cursor: nil, by: scene.sari.caller)
        #expect(failed.jobs.map(\.row.id) == [last.id])
        let again = try await scene.desk.ask([scene.recording], language: "id", by: scene.sari.caller)
        #expect(again.first?.row.id != last.id && again.first?.language == "id")
        #expect(try await scene.desk.take(by: Scene.own)?.language == "id")
    }

    @Test func `one that is never heard of again is given up, too`() async throws {
        let scene = try await Scene()
        for _ in 1...5 {
            _ = try #require(try await scene.desk.take(by: Scene.own))
            scene.archive.clock.advance(by: 121)
        }
        #expect(try await scene.desk.take(by: Scene.own) == nil)
        let job = try await scene.job()
        #expect(job?.state == .failed && job?.problem == "worker-lost")
    }

    @Test func `people ask, take back, and see only what is theirs to see`() async throws {
        let scene = try await Scene(level: "rahasia", transcribedUpTo: nil)
        let (desk, archive) = (scene.desk, scene.archive)
        #expect(try await desk.take(by: Scene.own) == nil)
        let budi = try await archive.member(.archivist)
        let ids = [scene.recording]
        #expect(await archiveError { _ = try await desk.ask(ids, language: nil, by: budi.caller) }?.code == .notFound)
        #expect(
            await archiveError { _ = try await desk.ask(ids, language: "bahasa indonesia", by: scene.sari.caller) }?
                .code == .badRequest
        )
        let asked = try #require(try await desk.ask(ids, language: "id-ID", by: scene.sari.caller).first)
        #expect(asked.row.state == .waiting && asked.row.principal == scene.sari.id)
        // The same again is the same.
        #expect(try await desk.ask(ids, language: "en", by: scene.sari.caller).first?.row.id == asked.row.id)
        for (member, count) in [(scene.sari, 1), (budi, 0)] {
            let page = try await desk.jobs(in: [.waiting, .running], limit: 10, cursor: nil, by: member.caller)
            #expect(page.jobs.count == count && page.next == nil)
        }
        #expect(await archiveError { _ = try await desk.job(asked.row.id, by: budi.caller) }?.code == .notFound)
        #expect(await archiveError { _ = try await desk.cancel(asked.row.id, by: budi.caller) }?.code == .notFound)
        let taken = try #require(try await desk.take(by: Scene.own))
        #expect(try await desk.cancel(asked.row.id, by: scene.sari.caller).row.state == .cancelled)
        await expectLost { _ = try await desk.renew(taken.id, taken.lease, heard: 0, by: Scene.own) }
        #expect(
            await archiveError { _ = try await desk.cancel(asked.row.id, by: scene.sari.caller) }?.code == .conflict
        )
        // Which language it is says something of the meeting: it is not on the disk in clear.
        #expect(try files(below: archive.layout.storage, containing: Data("id-ID".utf8)).isEmpty)
    }

    @Test func `after a restart the archive's own transcriber goes on at once`() async throws {
        let scene = try await Scene()
        let taken = try #require(try await scene.desk.take(by: Scene.own))
        let again = try await scene.archive.reopened()
        let next = try #require(try await again.transcripts.take(by: Scene.own))
        #expect(next.id == taken.id)
        #expect(try await scene.job(in: again)?.attempts == 1)
        // What a machine elsewhere has it keeps.
        let machine = Transcriber.machine(try await scene.archive.member(.transcriber).caller)
        scene.archive.clock.advance(by: 121)
        let theirs = try #require(try await scene.desk.take(by: machine))
        let third = try await scene.archive.reopened()
        #expect(try await third.transcripts.take(by: Scene.own) == nil)
        _ = try await third.transcripts.renew(theirs.id, theirs.lease, heard: 1, by: machine)
    }

    @Test func `of many transcribers one gets it`() async throws {
        let scene = try await Scene()
        let taken = try await withThrowingTaskGroup(of: TakenJob?.self) { group in
            for _ in 0..<20 { group.addTask { try await scene.desk.take(by: Scene.own) } }
            return try await group.reduce(into: [TakenJob]()) { if let job = $1 { $0.append(job) } }
        }
        #expect(taken.count == 1)
        let revisions = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try? await scene.desk.finish(taken[0].id, taken[0].lease, by: Scene.own) { try Scene.said("a") }
                }
            }
            return await group.reduce(into: [Int]()) { if let number = $1 { $0.append(number) } }
        }
        #expect(revisions == [0])
        #expect(try scene.archive.blobs.companions(of: scene.recording).map(\.number) == [0])
    }

    /// The machine gets an age file that its own key opens, and hears the very recording.
    @Test func `audio comes opened to the archive's own, sealed to a machine`() async throws {
        let scene = try await Scene()
        let taken = try #require(try await scene.desk.take(by: Scene.own))
        let opened = try await scene.desk.audio(of: taken.id, taken.lease, by: Scene.own).bytes()
        #expect(opened == scene.opus)
        scene.archive.clock.advance(by: 121)
        let member = try await scene.archive.member(.transcriber)
        let machine = Transcriber.machine(member.caller)
        let theirs = try #require(try await scene.desk.take(by: machine))
        let sealed = try await scene.desk.audio(of: theirs.id, theirs.lease, by: machine).bytes()
        #expect(try MadeRecording.open(sealed, with: member.hybrid) == opened)
        // The next machine gets it for a key of its own.
        scene.archive.clock.advance(by: 121)
        let other = try await scene.archive.member(.transcriber)
        let next = try #require(try await scene.desk.take(by: .machine(other.caller)))
        let again = try await scene.desk.audio(of: next.id, next.lease, by: .machine(other.caller)).bytes()
        #expect(try MadeRecording.open(again, with: other.hybrid) == opened)
        #expect(try scene.archive.vault.headers().count == 1)
        try await scene.desk.fail(next.id, next.lease, because: "x", isFinal: false, by: .machine(other.caller))
        #expect(try scene.archive.vault.headers().isEmpty)
        scene.archive.clock.advance(by: 3600)
        let last = try #require(try await scene.desk.take(by: machine))
        _ = try await scene.desk.audio(of: last.id, last.lease, by: machine)
        // A certificate that no longer counts ends it.
        try await scene.archive.catalogue.write { try $0.setState(.disabled, of: member.id) }
        await expectLost { _ = try await scene.desk.audio(of: last.id, last.lease, by: machine) }
    }

    /// Being stopped is no attempt, however often.
    @Test func `what was not tried does not count`() async throws {
        let scene = try await Scene()
        for _ in 1...8 {
            let taken = try #require(try await scene.desk.take(by: Scene.own))
            try await scene.desk.fail(
                taken.id,
                taken.lease,
                because: "stopped",
                isFinal: false,
                counts: false,
                by: Scene.own
            )
        }
        let job = try #require(try await scene.job())
        #expect(job.state == .waiting && job.attempts == 0)
    }

    @Test func `what a person writes down takes the job back`() async throws {
        let scene = try await Scene()
        let taken = try #require(try await scene.desk.take(by: Scene.own))
        _ = try await scene.desk.put(scene.recording, after: nil, author: nil, by: scene.sari.caller) {
            try Scene.said("ditulis orang")
        }
        await expectLost {
            _ = try await scene.desk.finish(taken.id, taken.lease, by: Scene.own) { try Scene.said("mesin") }
        }
        #expect(try await scene.texts() == ["ditulis orang"])
        #expect(try await scene.job()?.state == .cancelled)
    }

    /// Nobody gets at the sound by what was made for a job that is no more.
    @Test func `a job that is cancelled or taken back leaves no header`() async throws {
        let scene = try await Scene()
        let member = try await scene.archive.member(.transcriber)
        let machine = Transcriber.machine(member.caller)
        let taken = try #require(try await scene.desk.take(by: machine))
        _ = try await scene.desk.audio(of: taken.id, taken.lease, by: machine)
        #expect(try scene.archive.vault.headers().count == 1)
        _ = try await scene.desk.cancel(taken.id, by: scene.sari.caller)
        #expect(try scene.archive.vault.headers().isEmpty)
        _ = try await scene.desk.ask([scene.recording], language: nil, by: scene.sari.caller)
        let next = try #require(try await scene.desk.take(by: machine))
        _ = try await scene.desk.audio(of: next.id, next.lease, by: machine)
        #expect(try scene.archive.vault.headers().count == 1)
        let caller = scene.sari.caller
        _ = try await scene.desk.put(scene.recording, after: nil, author: nil, by: caller) { try Scene.said("a") }
        #expect(try scene.archive.vault.headers().isEmpty)
    }

    @Test func `a transcriber says no more than the recording is long`() async throws {
        let scene = try await Scene()
        let taken = try #require(try await scene.desk.take(by: Scene.own))
        _ = try await scene.desk.renew(taken.id, taken.lease, heard: 1e300, by: Scene.own)
        #expect(try await scene.job()?.heard == taken.duration)
    }

    /// It was theirs, or never was.
    private func expectLost(_ body: () async throws -> Void) async {
        let error = await archiveError(body)
        #expect(error?.code == .gone || error?.code == .notFound, "\(String(describing: error))")
    }
}
