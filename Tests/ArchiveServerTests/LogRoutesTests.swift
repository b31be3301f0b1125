import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Testing
import TransparencyLog

@testable import ArchiveServer

@Suite("The log is served as C2SP tlog-tiles, to auditors")
struct LogRoutesTests {
    private func entries(_ archive: ServedArchive, _ action: String) async throws -> [LogEntry] {
        var filter = EntryFilter()
        filter.action = action
        return try await archive.archive.catalogue.read { [filter] in try $0.entries(filter, limit: 1000) }
            .compactMap { LogEntry(leaf: $0.leaf) }
    }

    @Test func `tiles, bundles and proofs lead to the checkpoint`() async throws {
        let archive = try await ServedArchive(Date(timeIntervalSinceNow: -10))
        try await archive.enrol("wati", .auditor)
        try await archive.archive.catalogue.write { writer in
            for number in 0..<300 {
                try archive.archive.log.append(
                    to: writer,
                    actor: .service,
                    action: "test.entry",
                    object: String(number)
                )
            }
        }
        let peer = archive.peer("wati")
        func get(_ paths: String...) throws -> [Exchange] {
            try peer.ask(paths.map { Peer.Ask(method: "GET", path: "/v1/audit/\($0)") }).map(\.answer)
        }
        let verifier = try NoteVerifier(vkey: archive.archive.log.verificationKey)
        let checkpoint = try verifier.checkpoint(in: SignedNote(parsing: get("checkpoint")[0].text))
        let rest = checkpoint.size - 256
        let answers = try get(
            "tile/0/000",
            "tile/0/001.p/\(rest)",
            "tile/entries/000",
            "tile/entries/001.p/\(rest)",
            "tile/1/000.p/1"
        )
        #expect(answers.allSatisfy { $0.status == 200 && $0.header("content-type") == "application/octet-stream" })
        let hashes = answers[0].body + answers[1].body
        let bundles =
            try EntryBundle.decode(answers[2].body, width: 256) + EntryBundle.decode(answers[3].body, width: rest)
        var tree = TreeFrontier()
        for (index, leaf) in bundles.enumerated() {
            #expect(TreeHash.leaf(leaf).data == hashes.dropFirst(index * 32).prefix(32))
            let completed = tree.append(leafBytes: leaf)
            if index == 255 { #expect(completed.map(\.data) == [answers[4].body]) }
        }
        #expect(tree.root == checkpoint.root)
        let proof = try LogProof(parsing: get("proof?seq=42")[0].text)
        try proof.verify(leaf: .leaf(bundles[42]), by: verifier)
        #expect(proof.extra == bundles[42])
        // What the log does not have, or has no such name for.
        let absent = try get(
            "tile/0/000.p/0",
            "tile/0/002",
            "tile/8/000",
            "tile/entries/x",
            "tile/1/000",
            "proof?seq=99999"
        )
        #expect(absent.map(\.status) == Array(repeating: 404, count: 6))
        #expect(try get("proof", "proof?seq=x", "consistency?from=0&to=1").map(\.status) == [400, 400, 400])
        try await archive.close()
    }

    /// Else a log would grow by as many entries as it has tiles whenever somebody reads it.
    @Test func `reading tiles is one entry in ten minutes`() async throws {
        let archive = try await ServedArchive(Date(timeIntervalSinceNow: -10))
        for name in ["wati", "eko"] { try await archive.enrol(name, .auditor) }
        let ask = Peer.Ask(method: "GET", path: "/v1/audit/tile/0/000.p/1")
        #expect(try archive.peer("wati").ask(Array(repeating: ask, count: 5)).allSatisfy { $0.answer.status == 200 })
        #expect(try await entries(archive, "audit.read").count == 1)
        #expect(try archive.peer("eko").ask([ask, ask]).allSatisfy { $0.answer.status == 200 })
        #expect(try await entries(archive, "audit.read").count == 2)
        archive.clock.advance(by: 601)
        #expect(try archive.peer("wati").ask([ask, ask]).allSatisfy { $0.answer.status == 200 })
        let made = try await entries(archive, "audit.read")
        #expect(made.count == 3 && made.allSatisfy { $0.details == ["what": "tiles"] && $0.decision == .allow })
        try await archive.close()
    }
}
