public import ArchiveCore
public import Foundation

/// A spooled recording as `risalah uploads` lists it; as JSON, an item of its `--json`.
public struct SpooledRecording: Codable, Sendable {
    /// Where it stands.
    public enum State: String, Codable, Sendable {
        /// A process is recording or sending it.
        case live
        /// Recorded to its end, and not all of it sent.
        case waiting
        /// Its recorder was ended before it could finish; what is there can be sent.
        case interrupted
        /// The archive has refused it for good.
        case refused
        /// Its state cannot be read.
        case damaged
    }

    /// Its name in the spool.
    public let id: UploadID
    /// When it began.
    public let started: Date?
    /// Its level.
    public let level: Level?
    /// Bytes, sealed, that were spooled.
    public let spooled: Int64
    /// Bytes that the archive was last known to have.
    public let acknowledged: Int64
    /// Where it stands.
    public let state: State
    /// The code with which the archive refused it.
    public let refusal: String?
}

extension ClientHome {
    /// What is in the spool, oldest first.
    public func spooledRecordings() throws(ArchiveError) -> [SpooledRecording] {
        let files = LocalFileSystem()
        var found: [SpooledRecording] = []
        for name in try files.names(in: spool) {
            guard let id = UploadID(name), try files.kind(of: "\(spool)/\(name)") == .folder else { continue }
            if let recording = try spooledRecording(id, files) { found.append(recording) }
        }
        return found.sorted {
            ($0.started ?? .distantFuture, $0.id.description) < ($1.started ?? .distantFuture, $1.id.description)
        }
    }

    private func spooledRecording(_ id: UploadID, _ files: LocalFileSystem) throws(ArchiveError) -> SpooledRecording? {
        let folder = folder(of: id)
        let lock: FileLock?
        do throws(ArchiveError) {
            lock = try FileLock(folder: folder)
        } catch  where error.code == .notFound {
            // Sent and removed since the folder was read.
            return nil
        }
        let state = try? SpoolEntry.state(in: folder, files)
        let standing: SpooledRecording.State =
            switch state {
            case _ where lock == nil: .live
            case nil: .damaged
            case let state? where state.refusal != nil: .refused
            case let state? where state.isWhole: .waiting
            default: .interrupted
            }
        return SpooledRecording(
            id: id,
            started: state?.started,
            level: state?.filing.level,
            spooled: Int64(try files.length("\(folder)/\(SpoolEntry.fileName)") ?? 0),
            acknowledged: state?.acknowledged ?? 0,
            state: standing,
            refusal: state?.refusal
        )
    }

    /// Removes the spooled recording `id`, whatever is left of it.
    ///
    /// - Throws: `not-found`; `conflict` where a process has it.
    public func dropSpooled(_ id: UploadID) throws(ArchiveError) {
        let files = LocalFileSystem()
        let folder = folder(of: id)
        guard try files.length(folder) != nil else {
            throw ArchiveError(.notFound, "the spool has no recording \(id)", hint: "risalah uploads lists them")
        }
        guard let lock = try FileLock(folder: folder) else {
            throw ArchiveError(.conflict, "recording \(id) is being recorded or sent by another process")
        }
        try withExtendedLifetime(lock) { () throws(ArchiveError) in try SpoolEntry.remove(folder, files) }
    }

    /// Bytes on the disk that the spool takes.
    func spoolUsage() throws(ArchiveError) -> Int64 {
        let files = LocalFileSystem()
        var total: Int64 = 0
        for name in try files.names(in: spool) {
            // What is allocated and not the length: what was given back takes none.
            total += Int64(try files.allocated("\(spool)/\(name)/\(SpoolEntry.fileName)") ?? 0)
        }
        return total
    }
}
