import ArchiveCore
import ArchiveTesting
import Auditing
import Foundation
import Testing
import TransparencyLog

/// A copy of a log that tells the truth.
@Suite struct CopyTests {
    static let sizes = [1, 255, 256, 257, 600]

    /// The leaves of a copy, read from its files alone.
    static func leaves(_ copy: LogCopy) throws -> [Data] {
        let size = try copy.requiredHead().checkpoint.size
        return try Tile.all(level: 0, treeSize: size).flatMap { tile in
            let bytes = try Data(contentsOf: URL(filePath: "\(copy.path)/\(tile.bundlePath)"))
            return try EntryBundle.decode(bytes, width: tile.width)
        }
    }

    @Test(arguments: sizes, sizes)
    func growsFromAnySizeToAnyOther(old: Int, new: Int) async throws {
        let folder = try TemporaryFolder()
        let signer = try LyingLog.signer()
        let copy = LogCopy(path: folder.file("copy"))
        let size = max(old, new)
        _ = try await copy.sync(from: LyingLog.made(min(old, new), by: signer), trusting: signer.verifier)
        let log = try LyingLog.made(size, by: signer)
        let synced = try await copy.sync(from: log)
        #expect(synced.before == min(old, new))
        #expect(synced.head.checkpoint.size == size)
        #expect(try Self.leaves(copy) == log.leaves)
        #expect(try copy.verify(readingEntries: true).firstUnreadable == nil)
        // Exactly the layout of C2SP tlog-tiles, with nothing of an earlier size left in it.
        let expected = Tile.all(level: 0, treeSize: size).map { "\(copy.path)/\($0.bundlePath)" }
        #expect(try everyFile(below: "\(copy.path)/tile").keys.sorted() == expected.sorted())
        #expect(try everyFile(below: "\(copy.path)/evidence").isEmpty)
    }

    @Test func fetchesOnlyWhatIsMissing() async throws {
        let folder = try TemporaryFolder()
        let signer = try LyingLog.signer()
        let copy = LogCopy(path: folder.file("copy"))
        _ = try await copy.sync(from: LyingLog.made(600, by: signer), trusting: signer.verifier)
        let same = try LyingLog.made(600, by: signer)
        _ = try await copy.sync(from: same)
        #expect(same.paths.isEmpty)
        let longer = try LyingLog.made(1100, by: signer)
        _ = try await copy.sync(from: longer)
        #expect(longer.paths.sorted() == ["tile/entries/002", "tile/entries/003", "tile/entries/004.p/76"])
    }

    @Test func goesOnFromWhatAnInterruptedOneHasLeft() async throws {
        let folder = try TemporaryFolder()
        let signer = try LyingLog.signer()
        let copy = LogCopy(path: folder.file("copy"))
        let log = try LyingLog.made(3000, by: signer)
        log.lie { $0.reach = 9 }
        let lost = await archiveError { _ = try await copy.sync(from: log, trusting: signer.verifier) }
        #expect(lost?.code == .unreachable)
        #expect(try copy.head() == nil)
        log.lie { $0.reach = nil }
        _ = try await copy.sync(from: log, trusting: signer.verifier)
        #expect(log.paths.count < 12, "\(log.paths)")
        #expect(try Self.leaves(copy) == log.leaves)
    }

    /// What lies there from before is not believed.
    @Test func fetchesAgainWhatWasDamagedMeanwhile() async throws {
        let folder = try TemporaryFolder()
        let signer = try LyingLog.signer()
        let copy = LogCopy(path: folder.file("copy"))
        let log = try LyingLog.made(600, by: signer)
        let other = try EntryBundle.encode(LyingLog.leaves(256, variant: "b"))
        try LocalFileSystem().makeFolder("\(copy.path)/tile/entries", label: "test")
        try LocalFileSystem().replace("\(copy.path)/tile/entries/000", with: other, label: "test")
        _ = try await copy.sync(from: log, trusting: signer.verifier)
        #expect(try Self.leaves(copy) == log.leaves)
    }

    @Test func aLostFrontierIsMadeAgain() async throws {
        let folder = try TemporaryFolder()
        let signer = try LyingLog.signer()
        let copy = LogCopy(path: folder.file("copy"))
        _ = try await copy.sync(from: LyingLog.made(257, by: signer), trusting: signer.verifier)
        for contents in [nil, "{}", #"{"hashes":[],"size":0}"#] {
            try LocalFileSystem().remove("\(copy.path)/frontier", label: "test")
            if let contents {
                try LocalFileSystem().replace("\(copy.path)/frontier", with: contents.utf8, label: "test")
            }
            let size = try copy.requiredHead().checkpoint.size + 1
            _ = try await copy.sync(from: LyingLog.made(size, by: signer))
            #expect(try copy.verify().head.checkpoint.size == size)
        }
    }

    @Test func anotherKeyThanTheKeptIsRefused() async throws {
        let folder = try TemporaryFolder()
        let signer = try LyingLog.signer()
        let other = try LyingLog.signer()
        let copy = LogCopy(path: folder.file("copy"))
        let log = try LyingLog.made(5, by: signer)
        let without = await archiveError { _ = try await copy.sync(from: log) }
        #expect(without?.code == .configuration)
        _ = try await copy.sync(from: log, trusting: signer.verifier)
        let refused = await archiveError { _ = try await copy.sync(from: log, trusting: other.verifier) }
        #expect(refused?.code == .logMismatch)
    }

    @Test func twoAtOnceWaitForEachOther() async throws {
        let folder = try TemporaryFolder()
        let signer = try LyingLog.signer()
        let copy = LogCopy(path: folder.file("copy"))
        let log = try LyingLog.made(600, by: signer)
        let found = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    try await copy.sync(from: log, trusting: signer.verifier, patience: .seconds(60)).before
                }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        // One copied, the others found it done.
        #expect(found.sorted() == [0, 600, 600])
    }

    @Test func whoeverCannotWaitIsTold() async throws {
        let folder = try TemporaryFolder()
        let signer = try LyingLog.signer()
        let copy = LogCopy(path: folder.file("copy"))
        try LocalFileSystem().makeFolder(copy.path, label: "test")
        let path = "\(copy.path).lock"
        let descriptor = open(path, O_RDWR | O_CREAT, 0o600)
        try #require(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
        defer { close(descriptor) }
        let error = await archiveError {
            _ = try await copy.sync(from: LyingLog.made(1, by: signer), trusting: signer.verifier, patience: .zero)
        }
        #expect(error?.code == .conflict)
    }
}
