@testable import ArchiveClient
import ArchiveCore
import ArchiveTesting
import Foundation
import Testing

/// A spool on a disk that does not keep its word.
@Suite struct SpoolEntryTests {
    private let folder: TestFolder
    private let home: ClientHome
    private let files = FaultyFileSystem()

    init() throws {
        folder = try TestFolder()
        home = ClientHome(path: folder.file("home"))
        try LocalFileSystem().makeFolder(home.path, label: "test")
        try LocalFileSystem().makeFolder(home.spool, label: "test")
    }

    private func begin() throws -> SpoolEntry {
        try SpoolEntry(in: home, started: Date(), filing: RecordingMetadata(), files: files)
    }

    private func append(_ count: Int, _ value: UInt8, to entry: SpoolEntry) throws {
        try Array(repeating: value, count: count).withUnsafeBytes { try entry.append($0) }
    }

    /// What the disk did not take for certain is not offered while more may come; at the end it is the best there is, and
    /// the recording is not called whole.
    @Test func bytesThatAreNotDurableAreNotOffered() async throws {
        let entry = try begin()
        try append(5000, 1, to: entry)
        try entry.sync()
        #expect(try await entry.growth(beyond: 0) == (5000, nil))
        files.failOnce("spool.sync")
        try append(3000, 2, to: entry)
        let failure = await expectError(.inputOutput) { try entry.sync() }
        #expect(failure?.message.contains("spool.sync") == true)
        #expect(try await entry.growth(beyond: 0) == (5000, nil))
        try entry.end(whole: false)
        #expect(try await entry.growth(beyond: 5000) == (8000, 8000))
        #expect(!entry.state.isWhole)
    }

    /// An end that cannot be made durable is told, and known to whoever sends all the same.
    @Test func anEndThatTheDiskDoesNotTake() async throws {
        let entry = try begin()
        try append(5000, 1, to: entry)
        files.fail { label, _ in
            label == "spool.sync" ? ArchiveError(.inputOutput, "the disk does not take it") : nil
        }
        _ = await expectError(.inputOutput) { try entry.end(whole: true) }
        #expect(try await entry.growth(beyond: 0) == (5000, 5000))
    }

    /// Nothing of an entry that could not be begun is taken for one.
    @Test(arguments: ["spool.folder", "spool.open", "spool.state", "spool.rename", "spool.sync-folder"])
    func anEntryThatCannotBegin(label: String) async throws {
        files.failOnce(FileLabel(stringLiteral: label))
        _ = await expectError(.inputOutput) { _ = try begin() }
        files.heal()
        let left = try LocalFileSystem().names(in: home.spool).filter { !$0.hasPrefix(".") }
        // After the rename all of it is there: it is found again, and empty.
        #expect(left.count == (label == "spool.sync-folder" ? 1 : 0))
        for name in left {
            let found = try SpoolEntry(#require(UploadID(name)), in: home, files: files)
            #expect(found.written == 0 && !found.hasEnded)
        }
    }
}
