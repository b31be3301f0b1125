import ArchiveCore
import ArchiveTesting
import BlobStore
import Foundation
import Testing

/// A loss of power takes what was not synced, and nothing else (DESIGN.md invariant 1): first of the file system that makes
/// such losses for other tests, then of the blob store over it.
@Suite struct PowerLossTests {
    private let folder: TemporaryFolder
    private let layout: StorageLayout
    private let files: LossyFileSystem
    private let upload = UploadID()
    private let recording = RecordingID()

    init() throws {
        folder = try TemporaryFolder()
        layout = StorageLayout(root: folder.path)
        files = try LossyFileSystem(attic: folder.file("attic"))
    }

    private func write(_ bytes: [UInt8], to file: any OpenFile, at offset: Int = 0) throws {
        try bytes.withUnsafeBytes { try file.write($0, at: offset, label: "test") }
    }

    private func bytes(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map(Array.init) }

    /// What `make` leaves in the file `name` after losses of every kind.
    private func outcomes(_ name: String, _ make: (LossyFileSystem, String) throws -> Void) throws -> Set<[UInt8]?> {
        var found: Set<[UInt8]?> = []
        for seed in UInt64(1)...24 {
            let path = folder.file("\(seed)")
            try LocalFileSystem().makeFolder(path, label: "test")
            let files = try LossyFileSystem(attic: folder.file("attic-\(seed)"))
            try make(files, path)
            var chance = SeededGenerator(seed: seed)
            try files.losePower(&chance)
            found.insert(bytes("\(path)/\(name)"))
            try FileManager.default.removeItem(atPath: path)
        }
        return found
    }

    private func make(_ name: String, _ contents: [UInt8], _ files: LossyFileSystem, in path: String) throws {
        let file = try files.open("\(path)/\(name)", writing: true, create: true, label: "test")
        try write(contents, to: file)
        try file.sync(label: "test")
        try files.syncFolder(path, label: "test")
    }

    private let old = [UInt8](repeating: 1, count: 10_000)
    private let new = [UInt8](repeating: 2, count: 12_000)

    @Test func whatWasSyncedStays() throws {
        let found = try outcomes("a") { files, path in try make("a", old, files, in: path) }
        #expect(found == [old])
    }

    @Test func aNameThatWasNotSyncedMayGo() throws {
        let found = try outcomes("a") { files, path in
            let file = try files.open("\(path)/a", writing: true, create: true, label: "test")
            try write(old, to: file)
            try file.sync(label: "test")
        }
        #expect(found == [old, nil])
    }

    @Test func bytesThatWereNotSyncedMayGoBlockByBlock() throws {
        let found = try outcomes("a") { files, path in
            try make("a", old, files, in: path)
            let file = try files.open("\(path)/a", writing: true, create: false, label: "test")
            try write(new, to: file)
        }
        #expect(found.isSuperset(of: [old, new]) && found.count > 4)
        for case let bytes? in found {
            #expect([old.count, new.count].contains(bytes.count))
            for (block, first) in stride(from: 0, to: bytes.count, by: 4096).enumerated() {
                // Blocks beyond the old end that were not written read as zeros; one that lies on it is of both.
                let values = Set(bytes[first..<min(first + 4096, bytes.count)])
                #expect(values.isSubset(of: block < 2 ? [1, 2] : [0, 1, 2]))
                #expect(block == 2 || values.count == 1)
            }
        }
    }

    @Test func aCutThatWasNotSyncedMayComeBack() throws {
        let found = try outcomes("a") { files, path in
            try make("a", old, files, in: path)
            let file = try files.open("\(path)/a", writing: true, create: false, label: "test")
            try file.truncate(to: 5000, label: "test")
        }
        #expect(found == [old, Array(old.prefix(5000))])
    }

    @Test func aRemovalThatWasNotSyncedMayComeBack() throws {
        let found = try outcomes("a") { files, path in
            try make("a", old, files, in: path)
            try files.remove("\(path)/a", label: "test")
        }
        #expect(found == [old, nil])
        let synced = try outcomes("a") { files, path in
            try make("a", old, files, in: path)
            try files.remove("\(path)/a", label: "test")
            try files.syncFolder(path, label: "test")
        }
        #expect(synced == [nil])
    }

    @Test func aRenameIsOneStep() throws {
        let found = try outcomes("a") { files, path in
            try make("a", old, files, in: path)
            try files.replace("\(path)/a", with: new, label: "test")
        }
        #expect(found == [new])
        let unsynced = try outcomes("a") { files, path in
            try make("a", old, files, in: path)
            try make("b", new, files, in: path)
            try files.rename("\(path)/b", to: "\(path)/a", label: "test")
        }
        #expect(unsynced == [old, new])
    }

    // MARK: The blob store over it

    private static let contents = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    @Test(arguments: UInt64(1)...6)
    func whatTheBlobStoreHasStoredStays(_ seed: UInt64) throws {
        let blobs = try DirectoryStore(layout: layout, files: files)
        let writer = try blobs.append(to: .incoming(upload))
        try Self.contents.withUnsafeBytes { try writer.append($0) }
        try writer.sync()
        try blobs.commit(.incoming(upload), as: recording)
        var chance = SeededGenerator(seed: seed)
        try files.losePower(&chance)
        #expect(bytes(layout.payload(recording)) == Self.contents)
        #expect(bytes(layout.payload(upload)) == nil)
    }

    /// The call that makes a name durable fails once, whoever comes next goes on, and the power goes.
    @Test(arguments: UInt64(1)...6)
    func aNameIsDurableAlsoWhereItsSyncFailedOnce(_ seed: UInt64) throws {
        let faulty = FaultyFileSystem(over: files)
        let blobs = try DirectoryStore(layout: layout, files: faulty)
        faulty.failOnce("payload.sync-folder")
        #expect(throws: ArchiveError.self) { try blobs.append(to: .incoming(upload)) }
        let writer = try blobs.append(to: .incoming(upload))
        try Self.contents.withUnsafeBytes { try writer.append($0) }
        try writer.sync()
        var chance = SeededGenerator(seed: seed)
        try files.losePower(&chance)
        #expect(bytes(layout.payload(upload)) == Self.contents)
    }

    @Test(arguments: UInt64(1)...6)
    func whatWasRemovedStaysGoneAlsoWhereItsSyncFailedOnce(_ seed: UInt64) throws {
        let faulty = FaultyFileSystem(over: files)
        let blobs = try DirectoryStore(layout: layout, files: faulty)
        let writer = try blobs.append(to: .incoming(upload))
        try Self.contents.withUnsafeBytes { try writer.append($0) }
        try writer.sync()
        try blobs.commit(.incoming(upload), as: recording)
        faulty.failOnce("payload.sync-folder")
        #expect(throws: ArchiveError.self) { try blobs.remove(.recording(recording)) }
        try blobs.remove(.recording(recording))
        var chance = SeededGenerator(seed: seed)
        try files.losePower(&chance)
        #expect(bytes(layout.payload(recording)) == nil)
    }
}
