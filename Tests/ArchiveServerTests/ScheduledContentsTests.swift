import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Preservation
import TestSupport
import Testing

@testable import ArchiveServer

/// What is no payload is read by the service, too, as often as each payload.
@Suite("The service reads databases and texts by its schedule") struct ScheduledContentsTests {
    private func checks(_ archive: Archive) async throws -> [[String: String]] {
        try await archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.action = "storage.check"
            return try reader.entries(filter, limit: 100).compactMap { LogEntry(leaf: $0.leaf)?.details }
        }
    }

    @Test func `once in the time that risalah.yaml says, whatever is restarted`() async throws {
        let folder = try TemporaryFolder()
        let root = folder.file("archive")
        let clock = ManualClock(Date(timeIntervalSince1970: 1_800_000_000))
        try await Archive.makeForTest(at: root, clock: clock)
        let archive = try await Archive.open(root: root, clock: clock)
        var round = ContentsRound()
        #expect(try await archive.checkContentsOnSchedule(&round, for: .seconds(60)).isEmpty)
        #expect(try await checks(archive).isEmpty)
        clock.advance(by: 91 * 86_400)
        // A part at a time, until all was read.
        var turns = 0
        while try await checks(archive).isEmpty, turns < 5000 {
            #expect(try await archive.checkContentsOnSchedule(&round, for: .zero).isEmpty)
            turns += 1
        }
        #expect(turns > 6)
        #expect(try await checks(archive) == [["contents": "true", "faults": "0"]])
        var restarted = ContentsRound()
        _ = try await archive.checkContentsOnSchedule(&round, for: .seconds(60))
        _ = try await archive.checkContentsOnSchedule(&restarted, for: .seconds(60))
        #expect(try await checks(archive).count == 1)

        let layout = StorageLayout(root: root)
        let script = """
            import sqlite3, sys
            with sqlite3.connect(sys.argv[1]) as vault:
                vault.execute("INSERT INTO sealed_row (kind, id, version, generation, sealed) "
                    "SELECT 'header-part', 'x', 1, max(id), zeroblob(40) FROM generation")
            """
        let changed = try Program.run("python3", ["-c", script, layout.vaultDatabase])
        try #require(changed.status == 0, "\(changed.errorText)")
        clock.advance(by: 91 * 86_400)
        let faults = try await archive.checkContentsOnSchedule(&restarted, for: .seconds(60))
        #expect(faults.map { "\($0.kind.rawValue) \($0.object)" } == ["keys-damaged header-part x"])
        #expect(try await checks(archive).last == ["contents": "true", "faults": "1"])
        try archive.close()
    }
}
