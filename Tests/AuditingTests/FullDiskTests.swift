import ArchiveCore
import ArchiveTesting
import Auditing
import Foundation
import Synchronization
import Testing
import TransparencyLog

/// A copy of a log on a disk that is full.
@Suite("A copy on a full disk")
struct FullDiskTests {
    @Test(arguments: [(0, 257), (300, 600)])
    func `is damaged nowhere, and goes on where there is room`(old: Int, new: Int) async throws {
        let signer = try LyingLog.signer()
        let after = try LyingLog.made(new, by: signer)
        var failures = 0
        for room in stride(from: 0, through: 1 << 20, by: 8000) {
            let folder = try TemporaryFolder()
            let disk = FullDisk()
            let copy = LogCopy(path: folder.file("copy"), files: disk)
            if old > 0 { _ = try await copy.sync(from: LyingLog.made(old, by: signer), trusting: signer.verifier) }
            disk.leave(room)
            let error = await archiveError { _ = try await copy.sync(from: after, trusting: signer.verifier) }
            disk.leave(nil)
            // It says what it is and accuses nobody; what the copy has is what was signed.
            if let error {
                failures += 1
                #expect(error.code == .exhausted, "\(error)")
            }
            let head = try copy.head()
            #expect(head != nil || (old == 0 && error != nil))
            if let head {
                #expect([old, new].contains(head.checkpoint.size))
                #expect(try copy.verify(readingEntries: true).firstUnreadable == nil)
                #expect(try CopyTests.leaves(copy) == Array(after.leaves.prefix(head.checkpoint.size)))
            }
            #expect(try everyFile(below: "\(copy.path)/evidence").isEmpty)
            let halves = try everyFile(below: copy.path).keys.filter { $0.hasSuffix(".tmp") }
            #expect(halves.isEmpty, "\(halves)")
            // The next one goes on.
            #expect(try await copy.sync(from: after, trusting: signer.verifier).head.checkpoint.size == new)
            #expect(try CopyTests.leaves(copy) == after.leaves)
            guard error != nil else { break }
        }
        #expect(failures > 3)
    }
}

/// The real file system, on which a test leaves room for so many bytes: a write takes what fits and then says that there is no
/// more, a new file or folder needs a byte; removing and renaming go on.
private final class FullDisk: FileSystem {
    private let base = LocalFileSystem()
    private let room = Mutex<Int?>(nil)

    /// From now on there is room for `bytes`; for all where it is nil.
    func leave(_ bytes: Int?) { room.withLock { $0 = bytes } }

    /// Takes up to `count` bytes of the room; how many there were.
    fileprivate func take(_ count: Int) -> Int {
        room.withLock { room in
            guard let left = room else { return count }
            let taken = min(left, count)
            room = left - taken
            return taken
        }
    }

    fileprivate static let full = ArchiveError(.exhausted, "no space left on device")

    func open(
        _ path: String,
        writing: Bool,
        create: Bool,
        label: FileLabel
    ) throws(ArchiveError) -> any OpenFile {
        if create, try base.length(path) == nil, take(1) < 1 { throw Self.full }
        return FullFile(base: try base.open(path, writing: writing, create: create, label: label), disk: self)
    }

    func makeFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        guard take(1) == 1 else { throw Self.full }
        try base.makeFolder(path, label: label)
    }

    func rename(_ from: String, to: String, label: FileLabel) throws(ArchiveError) {
        try base.rename(from, to: to, label: label)
    }
    func remove(_ path: String, label: FileLabel) throws(ArchiveError) { try base.remove(path, label: label) }
    func removeFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        try base.removeFolder(path, label: label)
    }
    func syncFolder(_ path: String, label: FileLabel) throws(ArchiveError) { try base.syncFolder(path, label: label) }
    func setMode(_ path: String, _ mode: UInt32, label: FileLabel) throws(ArchiveError) {
        try base.setMode(path, mode, label: label)
    }
    func mode(_ path: String) throws(ArchiveError) -> UInt32 { try base.mode(path) }
    func length(_ path: String) throws(ArchiveError) -> Int? { try base.length(path) }
    func names(in path: String) throws(ArchiveError) -> [String] { try base.names(in: path) }
    func available(at path: String) throws(ArchiveError) -> Int { try base.available(at: path) }
}

private final class FullFile: OpenFile {
    private let base: any OpenFile
    private let disk: FullDisk

    init(base: any OpenFile, disk: FullDisk) {
        self.base = base
        self.disk = disk
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, label: FileLabel) throws(ArchiveError) {
        let taken = disk.take(bytes.count)
        try base.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(taken)), at: offset, label: label)
        guard taken == bytes.count else { throw FullDisk.full }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArchiveError) -> Int {
        try base.read(into: buffer, at: offset)
    }
    func sync(label: FileLabel) throws(ArchiveError) { try base.sync(label: label) }
    func startWriteback(from offset: Int, count: Int) { base.startWriteback(from: offset, count: count) }
    func allocate(_ length: Int, label: FileLabel) throws(ArchiveError) { try base.allocate(length, label: label) }
    func punchHole(from offset: Int, count: Int, label: FileLabel) throws(ArchiveError) {
        try base.punchHole(from: offset, count: count, label: label)
    }
    func truncate(to length: Int, label: FileLabel) throws(ArchiveError) {
        try base.truncate(to: length, label: label)
    }
    var length: Int { get throws(ArchiveError) { try base.length } }
}
