import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import GRDB
import Ingest
import Testing
import Vault

/// What a recording was made of rests as a keyed digest, which finds it without looking at others.
@Suite struct SourceTests {
    private static let hex = String(repeating: "c3", count: 32)

    private func archive(with seeds: Range<UInt32>) async throws -> (ArchiveFixture, [RecordingID]) {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let said = try archive.submission([("source", "sha256:\(Self.hex),4711,zoom")])
        var ids: [RecordingID] = []
        for seed in seeds {
            let opus = try MadeRecording.opus(seed: seed)
            ids.append(try await archive.store(opus, submission: said, by: sender).recording)
        }
        return (archive, ids)
    }

    @Test func theTagIsKeyedAndTheDigestIsNowhereInClear() async throws {
        let (archive, ids) = try await archive(with: 1..<3)
        let (other, others) = try await self.archive(with: 1..<2)
        let rows = try await archive.catalogue.read { reader in try ids.map { try reader.recording($0)?.source } }
        let foreign = try await other.catalogue.read { try $0.recording(others[0])?.source }
        let tag = try #require(rows[0])
        #expect(tag.count == 32 && rows[1] == tag && foreign != nil && foreign != tag)
        let raw = Data(repeating: 0xC3, count: 32)
        for secret in [Data(Self.hex.utf8), raw] {
            let found = try everyFile(below: archive.layout.storage).filter { $0.value.range(of: secret) != nil }
            #expect(found.isEmpty, "\(found.keys)")
        }
    }

    @Test func itIsFoundByItsIndex() async throws {
        let (archive, ids) = try await archive(with: 3..<5)
        let row = try await archive.catalogue.read { try $0.recording(ids[0]) }
        let tag = try #require(row?.source)
        let found = try await archive.catalogue.read { reader in
            var filter = RecordingFilter(classes: try reader.classes().map(\.id))
            filter.source = tag
            let all = try reader.recordings(filter, limit: 10).map(\.recording.id)
            filter.classes = []
            return (all, try reader.recordings(filter, limit: 10).count)
        }
        #expect(Set(found.0) == Set(ids) && found.1 == 0)
        let plan = try await DatabaseQueue(path: archive.layout.archiveDatabase).read { database in
            try Row.fetchAll(
                database,
                sql: """
                    EXPLAIN QUERY PLAN SELECT * FROM recording
                    JOIN visibility_class ON visibility_class.id = recording.class
                    WHERE recording.class IN (1, 2) AND recording.state IN ('stored', 'incomplete')
                        AND recording.source = ? ORDER BY recording.position DESC, recording.id DESC LIMIT 1
                    """,
                arguments: [tag]
            ).map { $0["detail"] as String }
        }
        #expect(plan.contains { $0.contains("recording_by_source (source=?)") }, "\(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
    }
}
