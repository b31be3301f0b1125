public import ArchiveCore
import BlobStore
import Catalogue
import Crypto
import Foundation

extension Backup {
    /// What became of some payloads.
    public struct Slice: Sendable {
        /// Payloads that were looked at.
        public fileprivate(set) var recordings = 0
        /// Bytes of those.
        public fileprivate(set) var bytes = 0
        /// Those of them that were written now.
        public fileprivate(set) var copied = 0
        /// Copies that had been damaged since they were written, and are written anew.
        public fileprivate(set) var mended = 0
        /// Payloads that cannot be copied, since they are not what was received any more.
        public fileprivate(set) var faults: [StorageFault] = []
        /// The last of them; nil where none is left.
        public fileprivate(set) var last: RecordingID?
    }

    fileprivate enum Outcome {
        case kept, copied, mended
        case fault(StorageFault)
        /// It was destroyed meanwhile.
        case gone
    }

    /// Copies payloads that are not there, in the order of their recordings. Each is read back and digested before it gets
    /// its name; one that is damaged in the archive never takes the place of a copy.
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
            let payloads = try await payloads(after: slice.last, limit: 100)
            if payloads.isEmpty { slice.last = nil }
            for payload in payloads where !isOver {
                slice.add(try await copy(payload, isVerifying: isVerifying), payload)
                isOver = ContinuousClock.now >= end
            }
            isOver = isOver || payloads.isEmpty
        }
        return slice
    }

    private func payloads(after recording: RecordingID?, limit: Int) async throws -> [PayloadToKeep] {
        try await archive.catalogue.read { try $0.payloadsToKeep(after: recording, limit: limit) }
    }

    private func copy(_ payload: PayloadToKeep, isVerifying: Bool) async throws -> Outcome {
        let path = layout.payload(payload.id)
        let length = try files.length(path)
        if length == payload.size {
            guard isVerifying else { return .kept }
            if try await digest(ofFile: path) == payload.digest { return .kept }
        }
        let temporary = BackupLayout.temporary(path)
        do {
            let outcome = try await write(payload, to: path, by: temporary)
            if case .copied = outcome, length != nil { return .mended }
            return outcome
        } catch {
            try? files.remove(temporary, label: "backup.undo")
            throw error
        }
    }

    /// Writes a payload as `temporary` and reads it back, before it becomes `path`.
    private func write(_ payload: PayloadToKeep, to path: String, by temporary: String) async throws -> Outcome {
        try files.makeFolder(layout.payloads, label: "backup.make-folder")
        try files.makeFolder(path.parentFolder, label: "backup.make-folder")
        try files.remove(temporary, label: "backup.remove-temporary")
        guard let reader = try source(payload.id) else { return try await missing(payload) }
        guard try await write(payload, from: reader, to: temporary) else {
            try files.remove(temporary, label: "backup.undo")
            return .fault(StorageFault(.payloadDamaged, payload.id, "its payload is not what was received"))
        }
        guard try await digest(ofFile: temporary) == payload.digest else {
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

    private func source(_ recording: RecordingID) throws -> (any BlobReader)? {
        do {
            return try archive.blobs.read(.recording(recording))
        } catch {
            // It went between two looks; else the copying of it says what is wrong.
            guard try archive.blobs.length(of: .recording(recording)) == nil else { throw error }
            return nil
        }
    }

    private func missing(_ payload: PayloadToKeep) async throws -> Outcome {
        let state = try await archive.catalogue.read { try $0.recording(payload.id)?.state }
        guard state.isKept else { return .gone }
        return .fault(StorageFault(.payloadMissing, payload.id, "its payload of \(payload.size) bytes is not there"))
    }

    private static let step = 1 << 20

    /// Writes a payload to `path`, durably; false where it is not what was received or cannot be read.
    private func write(_ payload: PayloadToKeep, from reader: any BlobReader, to path: String) async throws -> Bool {
        guard reader.length == payload.size else { return false }
        let file = try files.open(path, writing: true, create: true, label: "backup.open")
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.step, alignment: 16)
        defer { buffer.deallocate() }
        var digest = SHA256()
        var position = 0
        while position < payload.size {
            let count = Self.read(reader, into: buffer, at: position)
            if count <= 0 { break }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            digest.update(bufferPointer: bytes)
            try file.write(bytes, at: position, label: "backup.write")
            position += count
            // Others want the processor too.
            await Task.yield()
        }
        if position < payload.size || Data(digest.finalize()) != payload.digest { return false }
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

    /// Counts the payloads that are there, of those that are to be: what came after the catalogue was copied is for the
    /// next backup, whether or not its payload was copied already.
    func count(_ ending: inout Ending) async throws {
        var last: RecordingID?
        repeat {
            let payloads = try await payloads(after: last, limit: 1000)
            for payload in payloads {
                if try files.length(layout.payload(payload.id)) == payload.size {
                    ending.recordings += 1
                    ending.bytes += payload.size
                } else if try await isInCopy(payload.id, of: ending.row.entries) {
                    ending.missing += 1
                }
            }
            last = payloads.last?.id
        } while last != nil
    }

    /// Whether a copy of the catalogue with so many entries has the recording: facts and entries commit together.
    private func isInCopy(_ recording: RecordingID, of entries: Int) async throws -> Bool {
        try await archive.catalogue.read { reader in
            // It may be being destroyed by now.
            guard try (reader.recording(recording)?.state).isKept else { return false }
            // The first: each time that it is sent again is such an entry, too.
            let stored = try reader.firstEntry(on: recording, action: "recording.store")
            return stored.map { $0.seq < entries } ?? true
        }
    }
}

extension Backup.Slice {
    fileprivate mutating func add(_ outcome: Backup.Outcome, _ payload: PayloadToKeep) {
        last = payload.id
        switch outcome {
        case .gone: return
        case .fault(let fault): faults.append(fault)
        case .kept: break
        case .copied: copied += 1
        case .mended: mended += 1
        }
        recordings += 1
        bytes += payload.size
    }
}
