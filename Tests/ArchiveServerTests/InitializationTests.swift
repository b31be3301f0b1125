import ArchiveCore
import ArchiveTesting
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ArchiveServer

/// `risalahd init` makes a whole archive or none, and never touches one that is there.
@Suite("Making an archive")
struct InitializationTests {
    private func initialize(_ root: String, _ files: any FileSystem = LocalFileSystem()) async throws {
        try await Archive.makeForTest(at: root, clock: ManualClock(), files: files)
    }

    @Test(arguments: ["policy.yaml", "retention.yaml"])
    func `a mistake in Config is found before anything is written`(file: String) async throws {
        let folder = try TemporaryFolder()
        let (config, mistaken) = (folder.file("Config"), folder.file("Config/\(file)"))
        try FileManager.default.createDirectory(atPath: config, withIntermediateDirectories: true)
        try "nonsense: [".write(toFile: mistaken, atomically: true, encoding: .utf8)
        let error = await archiveError { try await initialize(folder.path) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("\(file)") == true, "\(String(describing: error))")
        #expect(try everyFile(below: folder.path).keys.sorted() == [mistaken])
        // Mended, it can be repeated.
        try FileManager.default.removeItem(atPath: mistaken)
        try await initialize(folder.path)
        try await Archive.open(root: folder.path, clock: ManualClock()).close()
    }

    @Test func `what fails on the way is undone`() async throws {
        let made = try TemporaryFolder()
        let seen = FaultyFileSystem()
        let labels = Labels()
        seen.fail { label, _ in
            labels.add(label)
            return nil
        }
        try await initialize(made.path, seen)
        #expect(labels.all.count > 5)
        for label in labels.all {
            let folder = try TemporaryFolder()
            let files = FaultyFileSystem()
            files.failOnce(label)
            let error = await archiveError { try await initialize(folder.path, files) }
            #expect(error?.code == .inputOutput, "\(label)")
            // The lock stays: another init may be waiting for it.
            let left = try everyFile(below: folder.path).keys.filter { !$0.hasSuffix("/Storage/lock") }
            #expect(left.isEmpty, "\(label): \(left)")
            try await initialize(folder.path)
            try await Archive.open(root: folder.path, clock: ManualClock()).close()
        }
    }

    @Test func `of many that begin at once one makes it`() async throws {
        let folder = try TemporaryFolder()
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 { group.addTask { (try? await initialize(folder.path)) != nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
        try await Archive.open(root: folder.path, clock: ManualClock()).close()
    }

    @Test func `an archive that is there is not touched`() async throws {
        let folder = try TemporaryFolder()
        try await initialize(folder.path)
        let before = try everyFile(below: folder.path)
        #expect(await archiveError { try await initialize(folder.path) }?.code == .configuration)
        // Nor is one whose VERSION was lost, or which a crash left half made.
        try FileManager.default.removeItem(atPath: StorageLayout(root: folder.path).versionFile)
        let error = await archiveError { try await initialize(folder.path) }
        #expect(error?.message.contains("VERSION") == true, "\(String(describing: error))")
        let after = try everyFile(below: folder.path)
        #expect(after == before.filter { !$0.key.hasSuffix("/VERSION") })
    }

    @Test func `a schema that is not ours is refused`() async throws {
        for database in ["archive.sqlite", "vault.sqlite"] {
            let folder = try TemporaryFolder()
            try await initialize(folder.path)
            let path = folder.file("Storage/\(database)")
            let changed = try Program.run("sqlite3", [path, "CREATE TABLE stranger (id INTEGER)"])
            try #require(changed.status == 0)
            let error = await archiveError { _ = try await Archive.open(root: folder.path, clock: ManualClock()) }
            #expect(error?.code == .storage)
            #expect(error?.message.contains(path) == true, "\(String(describing: error))")
        }
    }
}

/// Labels in the order in which they were first met.
private final class Labels: Sendable {
    private let met = Mutex<[FileLabel]>([])
    var all: [FileLabel] { met.withLock { $0 } }
    func add(_ label: FileLabel) {
        met.withLock { if !$0.contains(label) { $0.append(label) } }
    }
}
