public import ArchiveCore
internal import Foundation
internal import Synchronization

/// One recording on its way: a folder below ``ClientHome/spool`` with the sealed age file as it grows and its
/// ``SpoolState``. Whoever holds one holds its lock.
///
/// Order of writing (DESIGN.md invariant 1): bytes → fsync → offered to the archive. Order of removing: receipt of the
/// archive → state → bytes → folder.
public final class SpoolEntry: Sendable {
    private struct Inner {
        var state: SpoolState
        /// Bytes that were written.
        var written: Int64
        /// Bytes that are on stable storage.
        var synced: Int64
        /// The acknowledged offset that the state file has.
        var noted: Int64
    }

    /// How far the noted offset may lie behind the known one: HEAD tells the truth anyway.
    private static let noteEvery: Int64 = 1 << 20

    /// Its name in the spool.
    public let id: UploadID
    let folder: String
    private let lock: FileLock
    private let files: any FileSystem
    let file: any OpenFile
    private let inner: Mutex<Inner>
    private let growth = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// Begins one in `home`; it is in the spool when all of it is there.
    init(in home: ClientHome, started: Date, filing: RecordingMetadata, files: any FileSystem) throws(ArchiveError) {
        id = UploadID()
        folder = home.folder(of: id)
        self.files = files
        let new = "\(home.spool)/.\(id)"
        try files.makeFolder(new, label: "spool.folder")
        guard let lock = try FileLock(folder: new) else {
            throw ArchiveError(.conflict, "another process has \(new)")
        }
        self.lock = lock
        file = try files.open("\(new)/\(Self.fileName)", writing: true, create: true, label: "spool.open")
        let state = SpoolState(started: started, filing: filing)
        inner = Mutex(Inner(state: state, written: 0, synced: 0, noted: 0))
        try files.replace("\(new)/\(Self.stateName)", with: Self.encoded(state), label: "spool.state")
        try files.rename(new, to: folder, label: "spool.rename")
        try files.syncFolder(home.spool, label: "spool.sync-folder")
    }

    /// Takes over what a process that ended has left.
    ///
    /// - Throws: `not-found`; `conflict` where a process has it; `storage` where its state cannot be read.
    public convenience init(_ id: UploadID, in home: ClientHome) throws(ArchiveError) {
        try self.init(id, in: home, files: LocalFileSystem())
    }

    init(_ id: UploadID, in home: ClientHome, files: any FileSystem) throws(ArchiveError) {
        self.id = id
        folder = home.folder(of: id)
        self.files = files
        guard try files.length(folder) != nil else {
            throw ArchiveError(.notFound, "the spool has no recording \(id)", hint: "risalah uploads lists them")
        }
        guard let lock = try FileLock(folder: folder) else {
            throw ArchiveError(.conflict, "recording \(id) is being recorded or sent by another process")
        }
        self.lock = lock
        let state = try Self.state(in: folder, files)
        file = try files.open("\(folder)/\(Self.fileName)", writing: true, create: false, label: "spool.open")
        // What was written and not synced before the process ended is offered only when it is durable.
        try file.sync(label: "spool.sync")
        let length = Int64(try file.length)
        inner = Mutex(Inner(state: state, written: length, synced: length, noted: state.acknowledged))
    }

    static let fileName = "recording.age"
    static let stateName = "state.json"

    static func state(in folder: String, _ files: any FileSystem) throws(ArchiveError) -> SpoolState {
        guard let bytes = try files.contents("\(folder)/\(stateName)"),
            let state = try? CanonicalJSON.decode(SpoolState.self, from: Data(bytes))
        else { throw ArchiveError(.storage, "\(folder)/\(stateName) is missing or cannot be read") }
        return state
    }

    var state: SpoolState { inner.withLock { $0.state } }
    /// Bytes that were written.
    var written: Int64 { inner.withLock { $0.written } }
    /// Whether all that will ever come has been written.
    var hasEnded: Bool { state.length != nil }

    // MARK: Whoever records

    /// Appends sealed bytes; they count when ``sync()`` has returned.
    func append(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        let place = written
        try file.write(bytes, at: Int(place), label: "spool.write")
        inner.withLock { $0.written = place + Int64(bytes.count) }
    }

    /// Makes what was appended durable, and offers it to the archive.
    func sync() throws(ArchiveError) {
        let (before, end) = inner.withLock { ($0.synced, $0.written) }
        guard end > before else { return }
        try file.sync(label: "spool.sync")
        inner.withLock { $0.synced = max($0.synced, end) }
        growth.continuation.yield()
    }

    /// No more comes; `whole` where the stream was sealed to its end.
    func end(whole: Bool) throws(ArchiveError) {
        // Whoever sends hears of the end also where the disk does not take it any more.
        defer { growth.continuation.yield() }
        let written = written
        let synced = Result { () throws(ArchiveError) in try sync() }
        try update { state in
            state.length = max(written, state.acknowledged)
            state.isWhole = whole
        }
        try synced.get()
    }

    /// No more comes to what a process that ended has left: it ends where it is, and the archive says what is missing.
    public func endWhereItIs() throws(ArchiveError) {
        // Whoever asks for it once more has reason to think that the archive thinks otherwise now.
        if state.refusal != nil { try update { $0.refusal = nil } }
        guard !hasEnded else { return }
        try end(whole: false)
    }

    /// Gives acknowledged bytes at the front back to the disk, and returns how many.
    func releaseFront() throws(ArchiveError) -> Int64 {
        let (from, end) = inner.withLock { ($0.state.released, $0.state.acknowledged / 4096 * 4096) }
        guard end > from else { return 0 }
        // Noted first: what is not there must not be taken for something that could be sent.
        try update { $0.released = end }
        try file.punchHole(from: Int(from), count: Int(end - from), label: "spool.release")
        return end - from
    }

    // MARK: Whoever sends

    /// Waits until more than `offset` bytes are durable or no more come.
    func growth(beyond offset: Int64) async throws -> (durable: Int64, length: Int64?) {
        while true {
            let (synced, written, length) = inner.withLock { ($0.synced, $0.written, $0.state.length) }
            // Where the disk did not take the end, what can still be read of it is best at the archive.
            if length != nil { return (max(synced, written), length) }
            if synced > offset { return (synced, nil) }
            var signals = growth.stream.makeAsyncIterator()
            _ = await signals.next()
            try Task.checkCancellation()
        }
    }

    /// The archive has `offset` bytes durably.
    func acknowledge(_ offset: Int64) throws(ArchiveError) {
        let isWorthNoting = inner.withLock { inner in
            guard offset > inner.state.acknowledged else { return false }
            inner.state.acknowledged = offset
            return offset - inner.noted >= Self.noteEvery
        }
        if isWorthNoting { try update { _ in } }
    }

    /// Changes the state durably.
    func update(_ change: (inout SpoolState) -> Void) throws(ArchiveError) {
        let result = inner.withLock { inner -> Result<Void, ArchiveError> in
            change(&inner.state)
            inner.noted = inner.state.acknowledged
            return Result { () throws(ArchiveError) in
                let bytes = try Self.encoded(inner.state)
                try files.replace("\(folder)/\(Self.stateName)", with: bytes, label: "spool.state")
            }
        }
        try result.get()
    }

    private static func encoded(_ state: SpoolState) throws(ArchiveError) -> Data {
        guard let data = try? CanonicalJSON.encode(state) else {
            throw ArchiveError(.unexpected, "the state of a recording cannot be written as JSON")
        }
        return data
    }

    /// Removes it from the spool.
    public func remove() throws(ArchiveError) { try Self.remove(folder, files) }

    static func remove(_ folder: String, _ files: any FileSystem) throws(ArchiveError) {
        // The state last: without it the rest is nothing that could be sent.
        let names = try files.names(in: folder)
        for name in names.filter({ $0 != stateName }) + names.filter({ $0 == stateName }) {
            try files.remove("\(folder)/\(name)", label: "spool.remove")
        }
        try files.removeFolder(folder, label: "spool.remove")
        try files.syncFolder(folder.parentFolder, label: "spool.sync-folder")
    }
}

extension ClientHome {
    /// Where the spooled recording `id` is.
    func folder(of id: UploadID) -> String { "\(spool)/\(id)" }
}
