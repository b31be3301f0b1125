import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Ingest
import Preservation
import Retrieval
import Testing

/// What the archive states of files that recordings were made of: what it has read again, for those who see it.
@Suite struct OriginalsTests {
    private let scene: CheckScene
    private let reader: ArchiveFixture.Member
    private let seen: [RecordingID]
    private let secret: RecordingID
    private let sources: [OriginalSource]

    init() async throws {
        scene = try await CheckScene()
        let archive = scene.archive
        reader = try await archive.member(.archivist)
        sources = try (1...3).map { number in
            try OriginalSource(parsing: "sha256:\(String(repeating: "0\(number)", count: 32)),\(number)00,zoom")
        }
        var ids: [RecordingID] = []
        for (number, source) in sources.enumerated() {
            let opus = try MadeRecording.opus(seed: UInt32(20 + number))
            let said = try archive.submission([("source", source.text)])
            let level = number == 2 ? "rahasia" : "biasa"
            ids.append(try await archive.store(opus, level: level, submission: said, by: scene.sender).recording)
        }
        (seen, secret) = (Array(ids.prefix(2)), ids[2])
        archive.clock.advance(by: 60)
    }

    private func state(
        _ recordings: [RecordingID],
        for period: Duration = .seconds(60),
        by member: ArchiveFixture.Member? = nil
    ) async throws -> Retrieval.OriginalFacts {
        let archive = scene.archive
        let caller = (member ?? reader).caller
        let readable = try await archive.retrieval.statable(recordings, by: caller)
        let read = try await archive.preservation.checkPayloads(unreadOf: readable, for: period, by: .service)
        return try await archive.retrieval.certifyOriginals(recordings, read: read, by: caller) { ($0, "ab") }.statement
    }

    @Test func whatIsThereWasReadAgain() async throws {
        let facts = try await state(seen + seen)
        #expect(facts.items.map(\.row.id) == seen && facts.omitted.isEmpty)
        #expect(facts.items.map(\.source) == Array(sources.prefix(2)))
        let now = scene.archive.clock.now
        #expect(facts.items.allSatisfy { $0.checked == now && $0.checked > $0.row.received })
        // Once: what was read since it was stored is not read for every question.
        scene.archive.clock.advance(by: 60)
        #expect(try await state(seen).items.allSatisfy { $0.checked == now })
        var filter = EntryFilter()
        filter.action = "originals.certificate"
        let entries = try await scene.archive.catalogue.read { [filter] in try $0.entries(filter, limit: 10) }
        let details = entries.compactMap { LogEntry(leaf: $0.leaf)?.details }
        #expect(details == Array(repeating: ["sha256": "ab", "count": "2", "omitted": "0"], count: 2))
    }

    /// What is hidden, what is absent and what is gone are one answer (DESIGN.md invariant 4).
    @Test func whatIsNotTheirsIsNotThere() async throws {
        let absent = RecordingID()
        let facts = try await state([secret, seen[0], absent])
        #expect(facts.items.map(\.row.id) == [seen[0]] && facts.classification == Label(Level("biasa")))
        #expect(facts.omitted.map(\.recording) == [secret, absent])
        #expect(facts.omitted.allSatisfy { $0.reason == .notFound })
        // Nor was it read for who does not see it.
        let check = try await scene.archive.catalogue.read { try $0.payloadCheck(of: secret) }
        #expect(check?.isUnread == true)
        let insider = try await scene.archive.member(.archivist, clearance: Label(Level("rahasia")))
        let all = try await state([secret, seen[0]], by: insider)
        #expect(all.items.map(\.row.id) == [secret, seen[0]] && all.classification == Label(Level("rahasia")))
        let refused = await archiveError { _ = try await state(seen, by: scene.sender) }
        #expect(refused?.code == .refused)
        for many in [[], Array(repeating: absent, count: 101)] {
            #expect(await archiveError { _ = try await state(many) }?.code == .badRequest)
        }
    }

    @Test func whatIsNotWholeIsNamed() async throws {
        try scene.damage(seen[0]) { $0[40] ^= 1 }
        let incomplete = try await cut()
        let facts = try await state([seen[0], scene.short, incomplete, seen[1]])
        #expect(facts.items.map(\.row.id) == [seen[1]])
        #expect(facts.omitted.map(\.recording) == [seen[0], scene.short, incomplete])
        #expect(facts.omitted.map(\.reason) == [.damaged, .noSource, .incomplete])
        #expect(try await scene.actions(on: seen[0]).contains("storage.damage"))
        // It stays so when it is asked for again, and is not read again by that.
        #expect(try await state([seen[0]]).omitted.map(\.reason) == [.damaged])
    }

    /// An answer has its time; who asks again comes further.
    @Test func whatWasNotReadYetIsSaid() async throws {
        let first = try await state(seen, for: .zero)
        #expect(first.items.map(\.row.id) == [seen[0]] && first.omitted.map(\.reason) == [.unread])
        let second = try await state([seen[1]], for: .zero)
        #expect(second.items.map(\.row.id) == [seen[1]] && second.omitted.isEmpty)
    }

    /// A recording that has no end.
    private func cut() async throws -> RecordingID {
        let archive = scene.archive
        let opus = try MadeRecording.opus(seconds: 4, bitrate: 256_000, seed: 30)
        let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
        let said = try archive.submission([("source", sources[0].text)])
        let half = Array(sealed.bytes.prefix(sealed.bytes.count * 9 / 10))
        return try await archive.ingest.receive(body([half]), submission: said, isSealed: true, by: scene.sender.caller)
            .recording
    }
}
