import ArchiveConfiguration
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import AuditLog
import Catalogue
import Crypto
import Foundation
import Testing
import TransparencyLog
import Witnessing

@testable import ArchiveServer

/// `log:` of risalah.yaml, and which cosignatures add up.
@Suite struct LogPublicationTests {
    private static let one = "saksi.example/satu+aedddb87+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"

    private func publication(_ yaml: String) throws -> LogPublication {
        try LogPublication(ConfigurationDocument(yaml: yaml, file: "risalah.yaml").root)
    }

    @Test func `witnesses are read as they stand there`() throws {
        let found = try publication(
            """
            publish_every: PT30S
            witnesses:
              - { vkey: \(Self.one), url: "https://saksi.example:8070/risalah/", ca: /etc/risalah/ca.pem }
            """
        )
        #expect(found.publishEvery.description == "PT30S")
        let witness = try #require(found.witnesses.first)
        #expect(witness.verifier.vkey == Self.one)
        #expect(witness.url == "https://saksi.example:8070/risalah")
        #expect(witness.authority == "/etc/risalah/ca.pem")
        #expect(try publication("witnesses: []").publishEvery.description == "PT1M")
    }

    @Test(
        arguments: [
            ("witnesses:\n  - { vkey: saksi, url: \"https://a\" }", 2, 13),
            // A log's key, of type 1.
            (
                "witnesses:\n  - { vkey: arsip.example/risalah+b9722bf6+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4, url: x }",
                2, 13
            ),
            ("witnesses:\n  - { vkey: \(one), url: ftp://a }", 2, nil),
            ("witnesses:\n  - { vkey: \(one), url: \"https://\" }", 2, nil),
            ("witnesses:\n  - { vkey: \(one), url: \"https://a?b\" }", 2, nil),
            ("witnesses:\n  - { vkey: \(one), url: \"https://u:p@a\" }", 2, nil),
            ("witnesses:\n  - { vkey: \(one), url: \"https://a\", ca: ca.pem }", 2, nil),
            ("witnesses:\n  - { vkey: \(one), url: \"https://a\" }\n  - { vkey: \(one), url: \"https://b\" }", 3, 13),
            ("publish_every: PT0S\nwitnesses: []", 1, 16),
            ("publish_every: P2D\nwitnesses: []", 1, 16),
            ("publish_every: PT1M", 1, 1),
            ("witnesses: []\nmore: 1", 2, 1),
        ] as [(String, Int, Int?)]
    )
    func `a mistake is refused with its place`(yaml: String, line: Int, column: Int?) throws {
        let error = #expect(throws: ConfigurationError.self) { try publication(yaml) }
        let found = try #require(error)
        #expect(found.line == line, "\(found)")
        if let column { #expect(found.column == column, "\(found)") }
    }

    // MARK: What adds up

    private struct Cast {
        let log: NoteSigner
        let witnesses: [CosignatureSigner]

        init() throws {
            log = try NoteSigner(name: "arsip.example/log", privateKey: .init())
            witnesses = try (0..<3).map { try CosignatureSigner(name: "saksi.example/\($0)", privateKey: .init()) }
        }

        func note(_ size: Int, _ root: String = "root", by witness: Int) throws -> SignedNote {
            let root = TreeHash.leaf(Data(root.utf8))
            let checkpoint = try Checkpoint(origin: log.name, size: size, root: root)
            let signed = try log.sign(checkpoint)
            let cosignature = try witnesses[witness].cosign(checkpoint, at: 1000 + size)
            return try SignedNote(text: signed.text, signatures: signed.signatures + [cosignature])
        }

        func add(_ size: Int, _ root: String = "root", by witness: Int, to heads: inout CosignedHeads) throws {
            let verifier = witnesses[witness].verifier
            try heads.add(note(size, root, by: witness), by: verifier, of: log.verifier)
        }
    }

    @Test func `only cosignatures of one checkpoint add up, each witness once`() throws {
        let cast = try Cast()
        var heads = CosignedHeads()
        #expect(heads.cosignatures(over: 0) == 0)
        #expect(try heads.newest() == nil)
        try cast.add(10, by: 0, to: &heads)
        try cast.add(10, by: 0, to: &heads)
        #expect(heads.cosignatures(over: 9) == 1)
        try cast.add(10, by: 1, to: &heads)
        try cast.add(11, by: 1, to: &heads)
        // Sizes count entries: a checkpoint of 10 covers the entry 9 and not 10.
        #expect(heads.cosignatures(over: 9) == 2)
        #expect(heads.cosignatures(over: 10) == 1)
        #expect(heads.cosignatures(over: 11) == 0)
        let newest = try #require(try heads.newest())
        #expect(try cast.log.verifier.checkpoint(in: newest).size == 11)
        // What a larger one has as many of is not kept, and still counts.
        try cast.add(12, by: 0, to: &heads)
        try cast.add(12, by: 1, to: &heads)
        #expect(heads.cosignatures(over: 0) == 2)
        try cast.add(12, by: 2, to: &heads)
        let all = try #require(try heads.newest())
        for witness in cast.witnesses { #expect(try witness.verifier.verify(all) == 1012) }
        #expect(heads.size(by: cast.witnesses[2].verifier) == 12)
    }

    @Test func `what a witness cosigned last is kept, however little it is`() throws {
        let cast = try Cast()
        var heads = CosignedHeads()
        try cast.add(10, by: 0, to: &heads)
        for size in 11...13 {
            try cast.add(size, by: 1, to: &heads)
            try cast.add(size, by: 2, to: &heads)
        }
        #expect(cast.witnesses.map { heads.size(by: $0.verifier) } == [10, 13, 13])
        let oldest = try #require(try heads.newest(by: cast.witnesses[0].verifier))
        #expect(try cast.log.verifier.checkpoint(in: oldest).size == 10)
        #expect(heads.cosignatures(over: 0) == 2)
        #expect(try heads.newest(by: CosignatureSigner(name: "x.example", privateKey: .init()).verifier) == nil)
        // It counts for what it covers, and only until it has cosigned more.
        try cast.add(14, by: 0, to: &heads)
        #expect(heads.size(by: cast.witnesses[0].verifier) == 14)
    }

    /// The catalogue keeps the same ones, apart for each origin.
    @Test func `a restart of the log forgets nothing that was cosigned`() async throws {
        let archive = try await ArchiveFixture()
        func record() async throws { try await archive.log.record(actor: .service, action: "test.entry") }
        let keys = try (0..<2).map { try CosignatureSigner(name: "saksi.example/\($0)", privateKey: .init()) }
        let addresses = keys.map { WitnessAddress(verifier: $0.verifier, url: "https://saksi.example") }
        func cosign(_ archive: ArchiveFixture, by witness: CosignatureSigner) async throws -> CosignedRow {
            let note = try SignedNote(parsing: try #require(try archive.log.checkpoint()))
            let checkpoint = try Checkpoint(parsing: note.text)
            let cosignature = try witness.cosign(checkpoint, at: 1_790_000_000)
            let row = CosignedRow(
                origin: checkpoint.origin,
                size: checkpoint.size,
                witness: witness.verifier.vkey,
                note: try SignedNote(text: note.text, signatures: note.signatures + [cosignature]).serialized
            )
            try await archive.catalogue.write { try $0.keep(row) }
            return row
        }
        try await record()
        let old = try archive.photograph()
        for _ in 0..<8 { try await record() }
        // Two histories under two origins: what was cosigned of the longer one is of no use for the other, and stays.
        let newest = try #require(try archive.log.checkpoint())
        let lost = try await cosign(archive, by: keys[0])
        let path = StorageLayout(root: old.path).checkpoint
        try LocalFileSystem().replace(path, with: newest.utf8, label: "test")
        _ = try await archive.examined(in: old).restart(because: "x", after: nil, by: .hostUser(7))
        let again = try await archive.reopened(in: old)
        try await again.catalogue.write { try $0.keep(lost) }
        let first = try await cosign(again, by: keys[0])
        try await again.log.record(actor: .service, action: "test.entry")
        let second = try await cosign(again, by: keys[1])
        #expect(first.origin != lost.origin && first.size < second.size && second.size < lost.size)
        let rounds = try WitnessRounds(addresses, catalogue: again.catalogue, log: again.log)
        try await rounds.restore()
        #expect(await rounds.standings.map(\.size) == [first.size, second.size])
        #expect(try await rounds.newest(by: keys[0].verifier.name)?.contains(first.origin) == true)
        let rows = try await again.catalogue.read {
            (try $0.cosigned(of: lost.origin), try $0.cosigned(of: first.origin))
        }
        #expect(rows.0 == [lost] && rows.1 == [first, second])
        // A witness that is asked no more keeps what it has signed, too.
        let fewer = try WitnessRounds([addresses[1]], catalogue: again.catalogue, log: again.log)
        try await fewer.restore()
        #expect(await fewer.standings.map(\.size) == [second.size])
        #expect(try await again.catalogue.read { try $0.cosigned(of: first.origin) } == [first, second])
        // What a newer one has as many cosignatures of goes.
        try await again.log.record(actor: .service, action: "test.entry")
        let third = try await cosign(again, by: keys[0])
        #expect(try await again.catalogue.read { try $0.cosigned(of: first.origin) } == [second, third])
    }

    @Test func `two texts for one size do not add up`() throws {
        let cast = try Cast()
        var heads = CosignedHeads()
        try cast.add(10, "one", by: 0, to: &heads)
        try cast.add(10, "other", by: 1, to: &heads)
        #expect(heads.cosignatures(over: 0) == 1)
    }

    @Test func `what does not verify is not added`() throws {
        let cast = try Cast()
        let other = try Cast()
        var heads = CosignedHeads()
        let note = try cast.note(10, by: 0)
        #expect(throws: LogError.self) {
            try heads.add(note, by: cast.witnesses[1].verifier, of: cast.log.verifier)
        }
        #expect(throws: LogError.self) {
            try heads.add(note, by: cast.witnesses[0].verifier, of: other.log.verifier)
        }
        #expect(heads.cosignatures(over: 0) == 0)
    }
}
