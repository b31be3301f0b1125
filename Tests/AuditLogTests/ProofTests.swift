import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Testing
import TransparencyLog

/// What the archive keeps of its tree proves every entry and every growth, across the edges of tiles.
@Suite struct `Proofs of the log` {
    /// A log of so many entries, written in one transaction.
    private static func archive(_ count: Int) async throws -> ArchiveFixture {
        let archive = try await ArchiveFixture()
        let before = try await archive.catalogue.read { try $0.entryCount() }
        try await archive.catalogue.write { writer in
            for number in before..<count {
                try archive.log.append(to: writer, actor: .service, action: "test.entry", object: String(number))
            }
        }
        return archive
    }

    @Test(arguments: [1, 2, 255, 256, 257, 600]) func `of any entry verify`(_ count: Int) async throws {
        let archive = try await Self.archive(count)
        let verifier = try NoteVerifier(vkey: archive.log.verificationKey)
        let size = try await archive.catalogue.read { try $0.entryCount() }
        #expect(size == count)
        for seq in Set([0, 1, 254, 255, 256, 257, 511, 512, count - 1]) where seq < count {
            let text = try #require(try await archive.log.proof(of: seq)).text
            let proof = try LogProof(parsing: text)
            let leaf = try #require(proof.extra)
            #expect(try proof.verify(leaf: .leaf(leaf), by: verifier).size == count)
            #expect(LogEntry(leaf: leaf)?.object == String(seq))
        }
        #expect(try await archive.log.proof(of: count) == nil)
        #expect(try await archive.log.proof(of: -1) == nil)
    }

    @Test func `of growth verify between any two sizes, and none is made of sizes that never were`() async throws {
        let archive = try await Self.archive(520)
        let leaves = try await archive.catalogue.read { try $0.leaves(0..<520) }.map { TreeHash.leaf($0) }
        func root(_ size: Int) -> TreeHash {
            var frontier = TreeFrontier()
            for leaf in leaves.prefix(size) { frontier.append(leaf: leaf) }
            return frontier.root
        }
        let sizes = [1, 2, 255, 256, 257, 511, 512, 513, 520]
        for old in sizes {
            for new in sizes where new >= old {
                try await archive.log.consistencyProof(from: old, to: new)
                    .verify(oldRoot: root(old), newRoot: root(new))
            }
        }
        for (old, new) in [(0, 5), (-1, 5), (6, 5), (5, 521)] {
            #expect(
                await archiveError { _ = try await archive.log.consistencyProof(from: old, to: new) }?.code
                    == .badRequest
            )
        }
    }

    @Test func `rest on tiles and bundles that are as wide as was asked, or not there`() async throws {
        let archive = try await Self.archive(300)
        let log = archive.log
        for (level, number, width, isThere) in [
            (0, 0, 256, true), (0, 0, 1, true), (0, 1, 44, true), (0, 1, 45, false), (0, 1, 256, false),
            (1, 0, 1, true), (1, 0, 2, false), (2, 0, 1, false), (0, 2, 1, false), (7, 0, 1, false),
        ] {
            let tile = try Tile(level: level, number: number, width: width)
            let hashes = try await log.hashes(of: tile)
            #expect((hashes?.count == width * 32) == isThere, "\(tile.path)")
            guard level == 0 else { continue }
            let bundle = try await log.bundle(under: tile)
            #expect((bundle != nil) == isThere)
            guard let bundle, let hashes else { continue }
            let entries = try EntryBundle.decode(bundle, width: width)
            #expect(Data(entries.map { TreeHash.leaf($0).data }.joined()) == hashes)
        }
    }

    /// The tree in memory follows commits only: a transaction that fails at the edge of a tile leaves no hash of it.
    @Test func `are not disturbed by a transaction that failed at the edge of a tile`() async throws {
        let archive = try await Self.archive(255)
        struct Mistake: Error {}
        await #expect(throws: Mistake.self) {
            try await archive.catalogue.write { writer in
                try archive.log.append(to: writer, actor: .service, action: "test.lost")
                throw Mistake()
            }
        }
        #expect(try await archive.catalogue.read { try $0.tileHashCount() } == 0)
        try await archive.log.record(actor: .service, action: "test.kept")
        #expect(try await archive.catalogue.read { try $0.tileHashCount() } == 1)
        #expect(try await archive.log.verify().fault == nil)
        let again = try await archive.reopened()
        #expect(try await again.log.verify().fault == nil)
    }
}
