import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Retention
import Retrieval
import Testing
import Vault

/// What a recording was made of is kept, and finds it for those who see it.
@Suite struct SourceTests {
    private static let secret = Label(Level("rahasia"))

    private let archive: ArchiveFixture
    private let sender: ArchiveFixture.Member
    private let source: OriginalSource

    init() async throws {
        archive = try await ArchiveFixture()
        sender = try await archive.member(.recorder)
        source = try OriginalSource(parsing: "sha256:\(String(repeating: "c3", count: 32)),4711,zoom")
    }

    private func store(seed: UInt32, level: String = "biasa", _ source: OriginalSource? = nil) async throws
        -> RecordingID
    {
        let said = try archive.submission(
            series: "rapat",
            source.map { [("source", $0.text)] } ?? []
        )
        return try await archive.store(MadeRecording.opus(seed: seed), level: level, submission: said, by: sender)
            .recording
    }

    private func found(_ digest: SourceDigest, by member: ArchiveFixture.Member) async throws -> [RecordingID] {
        var query = Retrieval.Query()
        query.source = digest
        return try await archive.retrieval.find(query, cursor: nil, by: member.caller).views.map(\.row.id)
    }

    /// Of what the caller may not see it says what it says of what there is not (DESIGN.md invariant 4).
    @Test func onlyThoseWhoSeeItFindIt() async throws {
        let high = try await store(seed: 1, level: "rahasia", source)
        let plain = try await store(seed: 2)
        let (reader, insider) = (
            try await archive.member(.archivist), try await archive.member(.archivist, clearance: Self.secret)
        )
        #expect(try await found(source.sha256, by: reader).isEmpty)
        #expect(try await found(source.sha256, by: insider) == [high])
        archive.clock.advance(by: 1)
        let low = try await store(seed: 3, source)
        #expect(try await found(source.sha256, by: reader) == [low])
        #expect(try await found(source.sha256, by: insider) == [low, high])
        #expect(try await found(SourceDigest(bytes: Array(repeating: 1, count: 32)), by: insider).isEmpty)
        await expectError(.refused) { _ = try await found(source.sha256, by: sender) }
        #expect(try await archive.retrieval.show(plain, by: reader.caller).fields.source == nil)
    }

    @Test func descriptionsAndCorrectionsLeaveIt() async throws {
        let id = try await store(seed: 4, source)
        let (reader, manager) = (try await archive.member(.archivist), try await archive.member(.recordsManager))
        for title in ["Satu", "Dua"] {
            archive.clock.advance(by: 1)
            _ = try await archive.retrieval.describe(
                id,
                .fields(title: title, participants: ["Sari"], description: .set("Lain")),
                expecting: nil,
                because: nil,
                by: reader.caller
            )
        }
        _ = try await archive.retrieval.describe(id, .revert(to: 1), expecting: nil, because: nil, by: reader.caller)
        _ = try await archive.retrieval.correct(
            id,
            Correction(series: "kerja", meeting: .set("Pleno"), reason: "Salah jenis"),
            by: manager.caller
        )
        let view = try await archive.retrieval.show(id, by: reader.caller)
        #expect(view.fields.source == source && view.fields.meeting == "Pleno" && view.row.revision == 5)
        #expect(try await found(source.sha256, by: reader) == [id])
    }

    /// A restart finds it too: the key of the tag is the vault's.
    @Test func aRestartFindsIt() async throws {
        let id = try await store(seed: 5, source)
        let reader = try await archive.member(.archivist)
        let reopened = try await archive.reopened()
        var query = Retrieval.Query()
        query.source = source.sha256
        #expect(try await reopened.retrieval.find(query, cursor: nil, by: reader.caller).views.map(\.row.id) == [id])
    }
}
