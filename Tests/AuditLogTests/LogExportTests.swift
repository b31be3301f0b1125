import ArchiveCore
import ArchiveTesting
import AuditLog
import Auditing
import Catalogue
import Foundation
import TestSupport
import Testing

/// An exported log is what Go's own packages take for one (`golang.org/x/mod/sumdb`).
@Suite(.serialized) struct `Exported logs` {
    private static let source = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Scripts/verify-log.go").standardized.path

    /// The program, built: starting the compiler for each look would take longer than looking.
    private struct Verifier {
        let program: String

        init(in temporary: TemporaryFolder) throws {
            program = temporary.file("verify-log")
            let environment = [
                "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": temporary.file("cache"), "GOFLAGS": "",
                "HOME": temporary.path,
            ]
            let source = `Exported logs`.source
            let built = try Program.run(
                "go",
                ["build", "-o", program, source],
                environment: environment,
                limit: 1200
            )
            try #require(built.status == 0, "\(built.errorText)")
        }

        func callAsFunction(_ folders: String...) throws -> Program.Outcome {
            try Program.run(program, folders, limit: 600)
        }
    }

    private func grow(_ archive: ArchiveFixture, to count: Int) async throws {
        let before = try await archive.catalogue.read { try $0.entryCount() }
        try await archive.catalogue.write { writer in
            for number in before..<count {
                try archive.log.append(to: writer, actor: .service, action: "test.entry", object: String(number))
            }
        }
    }

    private func export(_ log: AuditLog, to folder: String) async throws -> (size: Int, files: Int) {
        let checkpoint = try #require(try log.checkpoint())
        return try await LogExport(
            folder: folder,
            checkpoint: checkpoint,
            verificationKey: log.verificationKey
        ).write { path in try #require(try await log.file(path), "\(path)") }
    }

    @Test func `verify under Go, whatever their size, and not when a byte of them was changed`() async throws {
        let (archive, temporary) = (try await ArchiveFixture(), try TemporaryFolder())
        let sizes = [1, 255, 256, 257, 600, 70_000]
        for size in sizes {
            try await grow(archive, to: size)
            let written = try await export(archive.log, to: temporary.file("log-\(size)"))
            #expect(written.size == size)
        }
        let verify = try Verifier(in: temporary)
        for size in sizes {
            let verdict = try verify(temporary.file("log-\(size)"))
            #expect(verdict.status == 0 && verdict.text.hasPrefix("\(size) "), "\(verdict.errorText)")
        }
        for (path, place) in [
            ("checkpoint", 30), ("tile/0/001", 5), ("tile/0/002.p/88", 88 * 32 - 1), ("tile/1/000.p/2", 40),
            ("tile/entries/000", 700), ("tile/entries/002.p/88", 9),
        ] {
            let file = URL(filePath: temporary.file("log-600/\(path)"))
            let good = try Data(contentsOf: file)
            var bad = good
            bad[place] ^= 1
            try bad.write(to: file)
            #expect(try verify(temporary.file("log-600")).status == 1, "\(path)")
            try good.write(to: file)
        }
    }

    @Test func `are brought up to date, and never mixed with another log`() async throws {
        let (archive, temporary) = (try await ArchiveFixture(), try TemporaryFolder())
        let folder = temporary.file("log")
        try await grow(archive, to: 300)
        #expect(try await export(archive.log, to: folder).files == 2 + 2 * 2 + 1)
        try await grow(archive, to: 513)
        // Two tiles and their bundles, the partial ones at the edge, and a level more; not the first tile again.
        #expect(try await export(archive.log, to: folder).files == 2 + 2 * 2 + 1)
        let verify = try Verifier(in: temporary)
        let verdict = try verify(folder)
        #expect(verdict.status == 0 && verdict.text.hasPrefix("513 "), "\(verdict.errorText)")
        let other = try await ArchiveFixture()
        try await grow(other, to: 5)
        #expect(await archiveError { _ = try await export(other.log, to: folder) }?.code == .conflict)
        #expect(try verify(folder).status == 0)
    }

    /// Two at once would write the same temporary files, and the slower one its older checkpoint over the newer.
    @Test func `have one writer at a time, and never go back`() async throws {
        let (archive, temporary) = (try await ArchiveFixture(), try TemporaryFolder())
        let folder = temporary.file("log")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // As a web server may have it.
        let link = temporary.file("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder)
        try await grow(archive, to: 300)
        let key = archive.log.verificationKey
        let old = try #require(try await archive.catalogue.read { try $0.headCheckpoint() })
        try await grow(archive, to: 600)
        let new = try #require(try await archive.catalogue.read { try $0.headCheckpoint() })
        func file(_ path: String) async throws -> Data { try #require(try await archive.log.file(path), "\(path)") }
        var refused: [ArchiveError.Code?] = []
        let slow = LogExport(folder: folder, checkpoint: old, verificationKey: key)
        let fast = LogExport(folder: link, checkpoint: new, verificationKey: key)
        _ = try await slow.write { path in
            let error = await archiveError { _ = try await fast.write(patience: .zero, file) }
            refused.append(error?.code)
            return try await file(path)
        }
        #expect(!refused.isEmpty && refused.allSatisfy { $0 == .conflict })
        #expect(try await fast.write(file).size == 600)
        let before = try Data(contentsOf: URL(filePath: "\(folder)/checkpoint"))
        _ = try await slow.write(file)
        #expect(try Data(contentsOf: URL(filePath: "\(folder)/checkpoint")) == before && before == Data(new.utf8))
        let verify = try Verifier(in: temporary)
        let verdict = try verify(folder)
        #expect(verdict.status == 0 && verdict.text.hasPrefix("600 "), "\(verdict.errorText)")
    }
}
