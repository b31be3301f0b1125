public import ArchiveCore
import Foundation
import Synchronization

/// The real file system, of which a loss of power takes what was not synced: contents of files since they were last synced,
/// in blocks of 4 KiB, and names since their folder was.
///
/// It reads and writes as any other until ``losePower(_:then:)``, which leaves on the disk what POSIX promises and, of the
/// rest, as much as chance has it: all, nothing or some of the blocks of a file; names from some change on. What does not
/// pass through it, as the databases do not, it leaves as it is.
///
/// A rename is one step, as on every file system with a journal, but is certain to have left its old folder only once
/// that one was synced too. Folders themselves, and permissions, are durable at once.
public final class LossyFileSystem: FileSystem {
    static let block = 4096

    private let base = LocalFileSystem()
    private let state: Mutex<LossState>

    /// A file system.
    ///
    /// - Parameter attic: a folder of its own on the same disk, where what was removed waits until that is durable.
    public init(attic: String) throws(ArchiveError) {
        try base.makeFolder(attic, label: "lossy.attic")
        // What a process that was killed left there has no name any more.
        for name in try base.names(in: attic) { try base.remove("\(attic)/\(name)", label: "lossy.attic") }
        state = Mutex(LossState(attic: attic))
    }

    /// Takes from the disk what a loss of power takes, while nothing else passes, and does `end` before anything else may:
    /// a process that is to be dead by then ends itself there.
    public func losePower(_ chance: inout some RandomNumberGenerator, then end: () -> Void = {}) throws(ArchiveError) {
        var generator = chance
        defer { chance = generator }
        try state.withLock { (state) throws(ArchiveError) in
            try state.lose(&generator)
            end()
        }
    }

    /// See `FileSystem`.
    public func open(
        _ path: String,
        writing: Bool,
        create: Bool,
        label: FileLabel
    ) throws(ArchiveError) -> any OpenFile {
        try state.withLock { (state) throws(ArchiveError) in
            let known = try base.length(path)
            let file = try base.open(path, writing: writing, create: create, label: label)
            if known == nil { state.noteCreated(path) }
            let id = writing ? state.identify(path, isNew: known == nil) : nil
            return LossyFile(base: file, id: id, owner: self)
        }
    }

    /// See `FileSystem`.
    public func rename(_ from: String, to: String, label: FileLabel) throws(ArchiveError) {
        try state.withLock { (state) throws(ArchiveError) in
            let replaced = state.keep(to)
            try base.rename(from, to: to, label: label)
            state.noteRenamed(from, to: to, replaced: replaced)
        }
    }

    /// See `FileSystem`.
    public func remove(_ path: String, label: FileLabel) throws(ArchiveError) {
        try state.withLock { (state) throws(ArchiveError) in
            let kept = state.keep(path)
            try base.remove(path, label: label)
            if let kept { state.noteRemoved(path, kept: kept) }
        }
    }

    /// See `FileSystem`.
    public func makeFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        try state.withLock { (_) throws(ArchiveError) in try base.makeFolder(path, label: label) }
    }

    /// See `FileSystem`.
    public func removeFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        try state.withLock { (_) throws(ArchiveError) in try base.removeFolder(path, label: label) }
    }

    /// See `FileSystem`.
    public func syncFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        try state.withLock { (state) throws(ArchiveError) in
            try base.syncFolder(path, label: label)
            state.noteSynced(folder: path)
        }
    }

    /// See `FileSystem`.
    public func setMode(_ path: String, _ mode: UInt32, label: FileLabel) throws(ArchiveError) {
        try state.withLock { (_) throws(ArchiveError) in try base.setMode(path, mode, label: label) }
    }

    /// See `FileSystem`.
    public func mode(_ path: String) throws(ArchiveError) -> UInt32 { try base.mode(path) }
    /// See `FileSystem`.
    public func length(_ path: String) throws(ArchiveError) -> Int? {
        try state.withLock { (_) throws(ArchiveError) in try base.length(path) }
    }
    /// See `FileSystem`.
    public func names(in path: String) throws(ArchiveError) -> [String] {
        try state.withLock { (_) throws(ArchiveError) in try base.names(in: path) }
    }
    /// See `FileSystem`.
    public func available(at path: String) throws(ArchiveError) -> Int { try base.available(at: path) }

    /// Does `body` while no power is lost, after what stands in `range` of the file was kept, up to its end where that has
    /// none.
    fileprivate func passing<Value: Sendable>(
        _ id: Int?,
        changing range: Range<Int>? = nil,
        _ body: () throws(ArchiveError) -> Value
    ) throws(ArchiveError) -> Value {
        try state.withLock { (state) throws(ArchiveError) in
            if let id, let range { try state.keepBlocks(of: id, in: range) }
            return try body()
        }
    }

    fileprivate func sync(_ id: Int?, _ body: () throws(ArchiveError) -> Void) throws(ArchiveError) {
        try state.withLock { (state) throws(ArchiveError) in
            try body()
            if let id { state.noteSynced(id) }
        }
    }
}

private final class LossyFile: OpenFile {
    private let base: any OpenFile
    private let id: Int?
    private let owner: LossyFileSystem

    init(base: any OpenFile, id: Int?, owner: LossyFileSystem) {
        self.base = base
        self.id = id
        self.owner = owner
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArchiveError) -> Int {
        try owner.passing(nil) { () throws(ArchiveError) in try base.read(into: buffer, at: offset) }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, label: FileLabel) throws(ArchiveError) {
        try owner.passing(id, changing: offset..<(offset + bytes.count)) { () throws(ArchiveError) in
            try base.write(bytes, at: offset, label: label)
        }
    }

    func sync(label: FileLabel) throws(ArchiveError) {
        try owner.sync(id) { () throws(ArchiveError) in try base.sync(label: label) }
    }

    func startWriteback(from offset: Int, count: Int) { base.startWriteback(from: offset, count: count) }

    func allocate(_ length: Int, label: FileLabel) throws(ArchiveError) {
        try owner.passing(id, changing: 0..<0) { () throws(ArchiveError) in
            try base.allocate(length, label: label)
        }
    }

    func punchHole(from offset: Int, count: Int, label: FileLabel) throws(ArchiveError) {
        try owner.passing(id, changing: offset..<(offset + count)) { () throws(ArchiveError) in
            try base.punchHole(from: offset, count: count, label: label)
        }
    }

    func truncate(to length: Int, label: FileLabel) throws(ArchiveError) {
        try owner.passing(id, changing: length..<Int.max) { () throws(ArchiveError) in
            try base.truncate(to: length, label: label)
        }
    }

    var length: Int { get throws(ArchiveError) { try base.length } }
}
