import ArchiveCore
import ArchiveTesting
import BlobStore
import Foundation
import Synchronization
import Testing

/// The order in which payloads become durable, and what a failure of each call leaves (DESIGN.md invariant 1).
@Suite struct WriteDisciplineTests {
    private let folder: TemporaryFolder
    private let layout: StorageLayout
    private let files = FaultyFileSystem()
    private let blobs: DirectoryStore
    private let upload = UploadID()
    private let recording = RecordingID()
    private let contents = Array("ciphertext, as far as a blob store knows".utf8)

    init() throws {
        folder = try TemporaryFolder()
        layout = StorageLayout(root: folder.path)
        blobs = try DirectoryStore(layout: layout, files: files)
    }

    /// What a sender's stream does: append, sync, then the final name.
    private func store() throws {
        let writer = try blobs.append(to: .incoming(upload))
        try writer.truncate(to: 0)
        let half = contents.count / 2
        try contents[..<half].withUnsafeBytes { try writer.append($0) }
        try contents[half...].withUnsafeBytes { try writer.append($0) }
        try writer.sync()
        try blobs.commit(.incoming(upload), as: recording)
    }

    private func stored(_ key: BlobKey) throws -> [UInt8]? {
        guard let reader = try blobs.read(key) else { return nil }
        var bytes = [UInt8](repeating: 0, count: reader.length + 10)
        let count = try bytes.withUnsafeMutableBytes { try reader.read(into: $0, at: 0) }
        #expect(count == reader.length)
        return Array(bytes.prefix(count))
    }

    @Test func contentsAndModeAreDurableBeforeTheNameAndTheNameBeforeTheEnd() throws {
        files.fail { _, _ in nil }
        try store()
        #expect(
            files.calls == [
                "payload.open", "payload.sync-folder", "payload.truncate", "payload.write", "payload.write",
                "payload.sync", "payload.make-folder", "payload.read-only", "payload.rename", "payload.sync-folder",
                "payload.sync-folder",
            ]
        )
        #expect(try stored(.recording(recording)) == contents)
        #expect(try blobs.length(of: .incoming(upload)) == nil)
        #expect(try files.mode(layout.payload(recording)) == 0o400)
    }

    @Test func bothFoldersOfARenameAreSynced() throws {
        let synced = SyncedFolders()
        let blobs = try DirectoryStore(layout: layout, files: synced)
        let writer = try blobs.append(to: .incoming(upload))
        #expect(synced.paths == [layout.incoming])
        try contents.withUnsafeBytes { try writer.append($0) }
        try writer.sync()
        try blobs.commit(.incoming(upload), as: recording)
        #expect(synced.paths.dropFirst() == [layout.payload(recording).parentFolder, layout.incoming])
        let second = UploadID()
        _ = try blobs.append(to: .incoming(second))
        try blobs.quarantine(second, named: RecordingID())
        #expect(synced.paths.suffix(2) == [layout.quarantine, layout.incoming])
        try blobs.remove(.recording(recording))
        #expect(synced.paths.last == layout.payload(recording).parentFolder)
    }

    /// A rename that fails leaves the payload read-only; whoever goes on with it needs it writable, root or not.
    @Test func whatWasNotRenamedCanBeWrittenAgain() throws {
        let writer = try blobs.append(to: .incoming(upload))
        try contents.withUnsafeBytes { try writer.append($0) }
        try writer.sync()
        files.failOnce("payload.rename")
        #expect(throws: ArchiveError.self) { try blobs.commit(.incoming(upload), as: recording) }
        files.heal()
        #expect(try files.mode(layout.payload(upload)) == 0o400)
        let again = try blobs.append(to: .incoming(upload))
        #expect(try files.mode(layout.payload(upload)) == 0o600)
        try again.rewrite(from: 0)
        try again.sync()
        try blobs.commit(.incoming(upload), as: recording)
        #expect(try stored(.recording(recording)) == contents)
        #expect(try files.mode(layout.payload(recording)) == 0o400)
    }

    /// Every call in turn: never a half file under the final name, and the whole can be repeated.
    @Test func eachCallCanFailAndBeRepeated() throws {
        files.fail { _, _ in nil }
        try store()
        let calls = files.calls
        try blobs.remove(.recording(recording))
        try #require(calls.count == 11)
        for failing in calls.indices {
            files.fail { _, number in
                number == failing ? ArchiveError(.inputOutput, "the test fails call \(number)") : nil
            }
            #expect(throws: ArchiveError.self, "call \(failing), \(calls[failing])") { try store() }
            files.heal()
            let found = try stored(.recording(recording))
            #expect(found == nil || found == contents, "call \(failing), \(calls[failing])")
            if found == nil { try store() } else { try blobs.commit(.incoming(upload), as: recording) }
            #expect(try stored(.recording(recording)) == contents)
            #expect(try blobs.length(of: .incoming(upload)) == nil)
            try blobs.remove(.recording(recording))
        }
    }

    /// A disk that fills takes a part of a write: what was counted is what counts, and the rest is written over.
    @Test func aShortWriteIsNotCounted() throws {
        let writer = try blobs.append(to: .incoming(upload))
        try contents.withUnsafeBytes { try writer.append($0) }
        files.failOnce("payload.write")
        #expect(throws: ArchiveError.self) { try contents.withUnsafeBytes { try writer.append($0) } }
        #expect(writer.length == contents.count)
        #expect(try blobs.length(of: .incoming(upload)) == contents.count * 3 / 2)
        files.heal()
        try Array("tail".utf8).withUnsafeBytes { try writer.append($0) }
        try writer.truncate(to: writer.length)
        #expect(try stored(.incoming(upload)) == contents + Array("tail".utf8))
    }

    @Test func everyErrorNamesThePath() throws {
        try FileManager.default.removeItem(atPath: layout.incoming)
        let error = #expect(throws: ArchiveError.self) { try blobs.append(to: .incoming(upload)) }
        #expect(error?.code == .inputOutput)
        #expect(error?.message.contains("\(upload).payload") == true)
    }

    @Test func whatIsAbsentIsNilAndItsRemovalIsNoError() throws {
        #expect(try blobs.read(.recording(recording)) == nil)
        #expect(try blobs.length(of: .quarantined(upload)) == nil)
        try blobs.remove(.recording(recording))
        #expect(throws: ArchiveError.self) { try blobs.commit(.incoming(upload), as: recording) }
        #expect(try blobs.incoming().isEmpty)
    }

    @Test func anIncomingPayloadGoesOnAtItsEnd() throws {
        try contents.withUnsafeBytes { try blobs.append(to: .incoming(upload)).append($0) }
        let writer = try blobs.append(to: .incoming(upload))
        #expect(writer.length == contents.count)
        try contents.withUnsafeBytes { try writer.append($0) }
        #expect(try stored(.incoming(upload)) == contents + contents)
        #expect(try blobs.incoming() == [upload])
        // What is no payload is nobody's upload.
        try Data().write(to: URL(filePath: "\(layout.incoming)/note.txt"))
        #expect(try blobs.incoming() == [upload])
        #expect(try files.mode(layout.payload(upload)) == 0o600)
    }

    @Test func readsAtAnyOffset() throws {
        try store()
        let reader = try #require(try blobs.read(.recording(recording)))
        for offset in 0...contents.count {
            var buffer = [UInt8](repeating: 0xFF, count: 7)
            let count = try buffer.withUnsafeMutableBytes { try reader.read(into: $0, at: offset) }
            #expect(Array(buffer.prefix(count)) == Array(contents[offset...].prefix(7)))
        }
    }
}

/// The real file system; remembers which folders were synced.
private final class SyncedFolders: FileSystem {
    private let base = LocalFileSystem()
    private let kept = Mutex<[String]>([])
    var paths: [String] { kept.withLock { $0 } }

    func open(_ path: String, writing: Bool, create: Bool, label: FileLabel) throws(ArchiveError) -> any OpenFile {
        try base.open(path, writing: writing, create: create, label: label)
    }
    func rename(_ from: String, to: String, label: FileLabel) throws(ArchiveError) {
        try base.rename(from, to: to, label: label)
    }
    func remove(_ path: String, label: FileLabel) throws(ArchiveError) { try base.remove(path, label: label) }
    func makeFolder(_ path: String, label: FileLabel) throws(ArchiveError) { try base.makeFolder(path, label: label) }
    func removeFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        try base.removeFolder(path, label: label)
    }
    func syncFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        kept.withLock { $0.append(path) }
        try base.syncFolder(path, label: label)
    }
    func setMode(_ path: String, _ mode: UInt32, label: FileLabel) throws(ArchiveError) {
        try base.setMode(path, mode, label: label)
    }
    func mode(_ path: String) throws(ArchiveError) -> UInt32 { try base.mode(path) }
    func length(_ path: String) throws(ArchiveError) -> Int? { try base.length(path) }
    func names(in path: String) throws(ArchiveError) -> [String] { try base.names(in: path) }
    func available(at path: String) throws(ArchiveError) -> Int { try base.available(at: path) }
}
