public import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
import Crypto
import Foundation

extension Backup {
    /// What became of some payloads.
    public struct Slice: Sendable {
        /// Recordings whose payloads were looked at.
        public fileprivate(set) var recordings = 0
        /// Revisions of transcripts that were looked at.
        public fileprivate(set) var transcripts = 0
        /// Attachments that were looked at.
        public fileprivate(set) var attachments = 0
        /// Bytes of all.
        public fileprivate(set) var bytes = 0
        /// Those of them that were written now.
        public fileprivate(set) var copied = 0
        /// Copies that had been damaged since they were written, and are written anew.
        public fileprivate(set) var mended = 0
        /// Those that cannot be copied, since they are not what was received or kept any more.
        public fileprivate(set) var faults: [StorageFault] = []
        /// The last of the recordings; nil where none is left.
        public fileprivate(set) var last: RecordingID?
    }

    fileprivate enum Outcome {
        case kept, copied, mended
        case fault(StorageFault)
        /// It was destroyed meanwhile.
        case gone
    }

    /// Copies payloads that are not there, in the order of their recordings, each followed by its transcripts and attachments. Each is read
    /// back and digested before it gets its name; one that is damaged in the archive never takes the place of a copy.
    ///
    /// - Parameters:
    ///   - recording: where to go on; nil at the beginning.
    ///   - period: after which no further payload is begun.
    ///   - isVerifying: whether copies that are there are read too, and at the beginning what earlier backups left.
    public func copyPayloads(
        after recording: RecordingID?,
        for period: Duration,
        isVerifying: Bool = false,
        by actor: Actor
    ) async throws -> Slice {
        try await noting("payloads", by: actor) {
            try await copySlice(after: recording, until: .now + period, isVerifying: isVerifying)
        }
    }

    private func copySlice(
        after recording: RecordingID?,
        until end: ContinuousClock.Instant,
        isVerifying: Bool
    ) async throws -> Slice {
        let lock = try claim(isNew: false)
        defer { lock.release() }
        var slice = Slice()
        slice.last = recording
        if isVerifying, recording == nil { slice.faults = try await damagedFiles() }
        var isOver = false
        while !isOver {
            let some = try await originals(after: slice.last, limit: 100)
            if some.isEmpty { slice.last = nil }
            for originals in some where !isOver {
                for original in originals { slice.add(try await copy(original, isVerifying: isVerifying), original) }
                isOver = ContinuousClock.now >= end
            }
            isOver = isOver || some.isEmpty
        }
        return slice
    }

    /// Of each of some recordings, in the order of their ids, the payload and what follows it.
    private func originals(after recording: RecordingID?, limit: Int) async throws -> [[Original]] {
        let (payloads, companions) = try await archive.catalogue.read { reader in
            let payloads = try reader.payloadsToKeep(after: recording, limit: limit)
            return (payloads, try reader.companions(of: payloads.map(\.id)))
        }
        let following = Dictionary(grouping: companions, by: \.recording)
        return payloads.map { payload in
            [Original(payload, layout)] + (following[payload.id] ?? []).map { Original($0, layout) }
        }
    }

    private func copy(_ original: Original, isVerifying: Bool) async throws -> Outcome {
        let path = original.copy
        let length = try files.length(path)
        if length == original.size {
            guard isVerifying else { return .kept }
            if try await digest(ofFile: path) == original.digest { return .kept }
        }
        let temporary = BackupLayout.temporary(path)
        do {
            let outcome = try await write(original, to: path, by: temporary)
            if case .copied = outcome, length != nil { return .mended }
            return outcome
        } catch {
            try? files.remove(temporary, label: "backup.undo")
            throw error
        }
    }

    /// Writes a payload as `temporary` and reads it back, before it becomes `path`.
    private func write(_ original: Original, to path: String, by temporary: String) async throws -> Outcome {
        try files.makeFolder(path.parentFolder.parentFolder, label: "backup.make-folder")
        try files.makeFolder(path.parentFolder, label: "backup.make-folder")
        try files.remove(temporary, label: "backup.remove-temporary")
        guard let reader = try source(original.key) else { return try await missing(original) }
        guard try await write(original, from: reader, to: temporary) else {
            try files.remove(temporary, label: "backup.undo")
            return .fault(original.fault(isThere: true))
        }
        guard try await digest(ofFile: temporary) == original.digest else {
            throw ArchiveError(
                .inputOutput,
                "\(temporary) does not hold what was written there",
                hint: "do not trust this disk"
            )
        }
        try files.setMode(temporary, 0o400, label: "backup.read-only")
        try files.rename(temporary, to: path, label: "backup.rename")
        try files.syncFolder(path.parentFolder, label: "backup.sync-folder")
        return .copied
    }

    private func source(_ key: BlobKey) throws -> (any BlobReader)? {
        do {
            return try archive.blobs.read(key)
        } catch {
            // It went between two looks; else the copying of it says what is wrong.
            guard try archive.blobs.length(of: key) == nil else { throw error }
            return nil
        }
    }

    private func missing(_ original: Original) async throws -> Outcome {
        let state = try await archive.catalogue.read { try $0.recording(original.recording)?.state }
        guard state.isKept else { return .gone }
        return .fault(original.fault(isThere: false))
    }

    private static let step = 1 << 20

    /// Writes a payload to `path`, durably; false where it is not what was received or cannot be read.
    private func write(_ original: Original, from reader: any BlobReader, to path: String) async throws -> Bool {
        guard reader.length == original.size else { return false }
        let file = try files.open(path, writing: true, create: true, label: "backup.open")
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.step, alignment: 16)
        defer { buffer.deallocate() }
        var digest = SHA256()
        var position = 0
        while position < original.size {
            let count = Self.read(reader, into: buffer, at: position)
            if count <= 0 { break }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            digest.update(bufferPointer: bytes)
            try file.write(bytes, at: position, label: "backup.write")
            position += count
            // Others want the processor too.
            await Task.yield()
        }
        if position < original.size || Data(digest.finalize()) != original.digest { return false }
        try file.sync(label: "backup.sync")
        return true
    }

    /// What was read; -1 where nothing can be.
    private static func count(_ read: () throws(ArchiveError) -> Int) -> Int {
        do {
            return try read()
        } catch {
            return -1
        }
    }

    /// SHA-256 of a file; nil where it cannot be read to its end.
    func digest(ofFile path: String) async throws -> Data? {
        let file = try files.open(path, writing: false, create: false, label: "backup.read")
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.step, alignment: 16)
        defer { buffer.deallocate() }
        var digest = SHA256()
        var position = 0
        var count = 0
        repeat {
            count = Self.read(file, into: buffer, at: position)
            digest.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<max(0, count)]))
            position += count
            await Task.yield()
        } while count > 0
        return count == 0 ? Data(digest.finalize()) : nil
    }

    private static func read(_ reader: any BlobReader, into buffer: UnsafeMutableRawBufferPointer, at offset: Int)
        -> Int
    {
        count { () throws(ArchiveError) in try reader.read(into: buffer, at: offset) }
    }

    private static func read(_ file: any OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        count { () throws(ArchiveError) in try file.read(into: buffer, at: offset) }
    }

    // MARK: What is there

    /// Counts the payloads, transcripts and attachments that are there, of those that are to be: what came after the catalogue was copied is
    /// for the next backup, whether or not it was copied already.
    func count(_ ending: inout Ending) async throws {
        var last: RecordingID?
        repeat {
            let some = try await originals(after: last, limit: 1000)
            for original in some.joined() {
                if try files.length(original.copy) == original.size {
                    switch original.companion?.kind {
                    case nil: ending.recordings += 1
                    case .transcript?: ending.transcripts += 1
                    case .attachment?: ending.attachments += 1
                    }
                    ending.bytes += original.size
                } else if try await isInCopy(original, of: ending.row.entries) {
                    ending.missing += 1
                }
            }
            last = some.last?.first?.recording
        } while last != nil
    }

    /// Whether a copy of the catalogue with so many entries has the payload, or what follows it: facts and entries commit together.
    private func isInCopy(_ original: Original, of entries: Int) async throws -> Bool {
        try await archive.catalogue.read { reader in
            // It may be being destroyed by now.
            guard try (reader.recording(original.recording)?.state).isKept else { return false }
            if let companion = original.companion {
                return try Self.entry(storing: companion, original, reader).map { $0 < entries } ?? true
            }
            // The first: each time that it is sent again is such an entry, too.
            let stored = try reader.firstEntry(on: original.recording, action: "recording.store")
            return stored.map { $0.seq < entries } ?? true
        }
    }

    /// The entry by which what follows a recording was kept.
    private static func entry(
        storing companion: Companion,
        _ original: Original,
        _ reader: CatalogueReader
    ) throws -> Int? {
        var filter = EntryFilter()
        filter.object = original.recording.description
        filter.action = "\(companion.kind.rawValue).store"
        filter.decision = .allow
        filter.isNewestFirst = true
        return try reader.entries(filter, limit: 10_000).first { entry in
            LogEntry(leaf: entry.leaf)?.details["digest"] == original.digest.hexadecimal
        }?.seq
    }
}

/// What a backup has a copy of: the payload of a recording, or what follows it.
private struct Original {
    let recording: RecordingID
    /// nil for its payload.
    let companion: Companion?
    let size: Int
    let digest: Data
    /// Where its copy is.
    let copy: String

    init(_ payload: PayloadToKeep, _ layout: BackupLayout) {
        (recording, companion, size, digest) = (payload.id, nil, payload.size, payload.digest)
        copy = layout.payload(payload.id)
    }

    init(_ file: CompanionFile, _ layout: BackupLayout) {
        (recording, companion, size, digest) = (file.recording, file.companion, file.size, file.digest)
        copy = layout.companion(file)
    }

    var key: BlobKey { companion.map { .companion(recording, $0) } ?? .recording(recording) }

    /// It cannot be copied: it is not what it was, or not there.
    func fault(isThere: Bool) -> StorageFault {
        guard let companion else {
            return isThere
                ? StorageFault(.payloadDamaged, recording, "its payload is not what was received")
                : StorageFault(.payloadMissing, recording, "its payload of \(size) bytes is not there")
        }
        return isThere
            ? StorageFault(.damaged(companion.kind), recording, "\(companion) is not what was kept")
            : StorageFault(.missing(companion.kind), recording, "\(companion) of \(size) bytes is not there")
    }
}

extension Backup.Slice {
    fileprivate mutating func add(_ outcome: Backup.Outcome, _ original: Original) {
        last = original.recording
        switch outcome {
        case .gone: return
        case .fault(let fault): faults.append(fault)
        case .kept: break
        case .copied: copied += 1
        case .mended: mended += 1
        }
        switch original.companion?.kind {
        case nil: recordings += 1
        case .transcript?: transcripts += 1
        case .attachment?: attachments += 1
        }
        bytes += original.size
    }
}
