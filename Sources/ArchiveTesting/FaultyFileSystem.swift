public import ArchiveCore
import Synchronization

/// The real file system, or another, in which a test makes labelled calls fail, counts them, or learns their order.
public final class FaultyFileSystem: FileSystem {
    private struct State {
        var calls: [FileLabel] = []
        var fault: (@Sendable (FileLabel, Int) -> ArchiveError?)?
        var available: Int?
    }

    private let base: any FileSystem
    private let state = Mutex(State())

    /// A file system without faults.
    public init(over base: any FileSystem = LocalFileSystem()) { self.base = base }

    /// A file system in which the call of `label` that comes after `others` more of that label fails.
    public convenience init(failing label: FileLabel, after others: Int = 0) {
        self.init()
        failOnce(label, after: others)
    }

    /// Labels of the calls so far, in order.
    public var calls: [FileLabel] { state.withLock(\.calls) }

    /// From now on calls for which `fault` gives an error fail with it; it gets the label and the number of the call, from
    /// 0, counted from here.
    public func fail(_ fault: @escaping @Sendable (FileLabel, Int) -> ArchiveError?) {
        state.withLock { state in
            state.calls = []
            state.fault = fault
        }
    }

    /// From now on the call of `label` that comes after `others` more of that label fails, and no other.
    public func failOnce(_ label: FileLabel, after others: Int = 0) {
        let count = Counter()
        fail { called, _ in
            guard called == label, count.next() == others else { return nil }
            return ArchiveError(.inputOutput, "the test fails \(label)")
        }
    }

    /// From now on nothing fails.
    public func heal() { state.withLock { $0.fault = nil } }

    fileprivate func pass(_ label: FileLabel) throws(ArchiveError) {
        let (fault, number) = state.withLock { state in
            state.calls.append(label)
            return (state.fault, state.calls.count - 1)
        }
        // Outside the lock: it may look at the disk.
        if let error = fault?(label, number) { throw error }
    }

    /// See `FileSystem`.
    public func open(
        _ path: String,
        writing: Bool,
        create: Bool,
        label: FileLabel
    ) throws(ArchiveError) -> any OpenFile {
        try pass(label)
        return FaultyFile(base: try base.open(path, writing: writing, create: create, label: label), owner: self)
    }

    /// See `FileSystem`.
    public func rename(_ from: String, to: String, label: FileLabel) throws(ArchiveError) {
        try pass(label)
        try base.rename(from, to: to, label: label)
    }

    /// See `FileSystem`.
    public func remove(_ path: String, label: FileLabel) throws(ArchiveError) {
        try pass(label)
        try base.remove(path, label: label)
    }

    /// See `FileSystem`.
    public func makeFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        try pass(label)
        try base.makeFolder(path, label: label)
    }

    /// See `FileSystem`.
    public func removeFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        try pass(label)
        try base.removeFolder(path, label: label)
    }

    /// See `FileSystem`.
    public func syncFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        try pass(label)
        try base.syncFolder(path, label: label)
    }

    /// See `FileSystem`.
    public func setMode(_ path: String, _ mode: UInt32, label: FileLabel) throws(ArchiveError) {
        try pass(label)
        try base.setMode(path, mode, label: label)
    }

    /// See `FileSystem`.
    public func mode(_ path: String) throws(ArchiveError) -> UInt32 { try base.mode(path) }
    /// See `FileSystem`.
    public func length(_ path: String) throws(ArchiveError) -> Int? { try base.length(path) }
    /// See `FileSystem`.
    public func names(in path: String) throws(ArchiveError) -> [String] { try base.names(in: path) }
    /// See `FileSystem`.
    public func available(at path: String) throws(ArchiveError) -> Int {
        if let available = state.withLock(\.available) { return available }
        return try base.available(at: path)
    }

    /// From now on the disk says that it has `bytes` free; nil for what it really has.
    public func pretend(available bytes: Int?) { state.withLock { $0.available = bytes } }
}

private final class FaultyFile: OpenFile {
    private let base: any OpenFile
    private let owner: FaultyFileSystem

    init(base: any OpenFile, owner: FaultyFileSystem) {
        self.base = base
        self.owner = owner
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArchiveError) -> Int {
        try base.read(into: buffer, at: offset)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, label: FileLabel) throws(ArchiveError) {
        do {
            try owner.pass(label)
        } catch {
            // A disk that fills takes a part before it refuses.
            try base.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 2)), at: offset, label: label)
            throw error
        }
        try base.write(bytes, at: offset, label: label)
    }

    func sync(label: FileLabel) throws(ArchiveError) {
        try owner.pass(label)
        try base.sync(label: label)
    }

    func startWriteback(from offset: Int, count: Int) { base.startWriteback(from: offset, count: count) }

    func allocate(_ length: Int, label: FileLabel) throws(ArchiveError) {
        try owner.pass(label)
        try base.allocate(length, label: label)
    }

    func punchHole(from offset: Int, count: Int, label: FileLabel) throws(ArchiveError) {
        try owner.pass(label)
        try base.punchHole(from: offset, count: count, label: label)
    }

    func truncate(to length: Int, label: FileLabel) throws(ArchiveError) {
        try owner.pass(label)
        try base.truncate(to: length, label: label)
    }

    var length: Int { get throws(ArchiveError) { try base.length } }
}

/// Counts from 0.
private final class Counter: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.add(1, ordering: .relaxed).oldValue }
}
