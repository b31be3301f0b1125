import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import GRDB
import Preservation
import Testing
import Vault

/// What is read besides payloads is read a part at a time, and told in bounds.
@Suite struct ContentsCheckTests {
    /// Puts `count` statements into a list, none of which opens; they refer to neither list nor principal.
    private func addStatements(_ count: Int, _ scene: CheckScene) throws {
        try scene.change(
            scene.archive.layout.archiveDatabase,
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
            INSERT INTO list_statement (list, number, kind, principal, person, made, digest, sealed, scan)
            SELECT 'l', i, 'opinion', 'p', x'00', '2026-11-22T00:00:00.000Z', zeroblob(32), zeroblob(100),
                iif(i = 1, zeroblob(100), NULL) FROM n
            """,
            [count]
        )
    }

    private func contents(_ scene: CheckScene) async throws -> [(faults: String, contents: String)] {
        try await scene.archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.action = "storage.check"
            return try reader.entries(filter, limit: 2000).compactMap { LogEntry(leaf: $0.leaf)?.details }
        }.compactMap { details in details["contents"].map { (details["faults"] ?? "", $0) } }
    }

    @Test(arguments: [nil, 1 << 40] as [Int?])
    func inPartsTheSameIsFoundAsAtOnce(_ rate: Int?) async throws {
        let scene = try await CheckScene()
        try addStatements(50, scene)
        try scene.change(
            scene.archive.layout.archiveDatabase,
            "UPDATE recording SET time_index = zeroblob(100) WHERE id = ?",
            [scene.short.description]
        )
        let (preservation, actor) = (scene.archive.preservation, CheckScene.administrator)
        let since = scene.archive.clock.now.addingTimeInterval(-60)
        var found: [StorageFault] = []
        var (step, parts): (Int?, Int) = (0, 0)
        while let first = step {
            #expect(try await preservation.contentsChecked(since: since) == nil)
            let check = try await preservation.checkContents(from: first, for: .zero, rate: rate, by: actor)
            found += check.faults
            (step, parts) = (check.next, parts + 1)
            try #require(check.next ?? .max > first)
        }
        #expect(rate == nil ? parts > 6 : parts == ContentsCheck.steps)
        let named = Set(found.map { "\($0.kind.rawValue) \($0.object)" })
        let statements = (1...50).map { "text-damaged list l statement \($0)" } + ["text-damaged list l scan 1"]
        #expect(named.isSuperset(of: statements + ["description-damaged \(scene.short)"]), "\(named)")
        // Of a part in which something was found there is an entry; of all of it one says that nothing was left out.
        let parted = try await contents(scene)
        #expect(parted.dropLast().allSatisfy { $0.contents == "part" } && parted.last?.contents == "true", "\(parted)")
        #expect(parted.reduce(0) { $0 + (Int($1.faults) ?? 0) } == found.count)
        #expect(try await preservation.contentsChecked(since: since) == scene.archive.clock.now)
        let whole = try await preservation.checkContents(from: 0, for: .seconds(600), rate: rate, by: actor)
        #expect(whole.next == nil && whole.omitted == 0)
        #expect(whole.faults.map { "\($0)" }.sorted() == found.map { "\($0)" }.sorted())
    }

    @Test func whatIsFoundIsBounded() async throws {
        let scene = try await CheckScene()
        try addStatements(150, scene)
        try scene.change(
            scene.archive.layout.vaultDatabase,
            """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
            INSERT INTO sealed_row (kind, id, version, generation, sealed)
            SELECT 'header-part', i, 1, (SELECT max(id) FROM generation), zeroblob(40) FROM n
            """
        )
        let rows = try scene.archive.vault.damagedRows()
        #expect(rows.named.count == DamagedRows.limit && rows.omitted == 100)
        let faults = try await scene.archive.catalogue.faults()
        #expect(faults.count == 101 && faults.last == "200 more rows refer to none", "\(faults.suffix(2))")
        let check = try await scene.archive.preservation.checkContents(
            from: 0,
            for: .seconds(600),
            rate: nil,
            by: CheckScene.administrator
        )
        #expect(check.faults.count == StorageCheck.limit)
        #expect(check.faults.count + check.omitted == 101 + 1100 + 151)
    }
}
