public import Age
public import ArchiveCore
public import ArchiveInterface
import AuditLog
import BlobStore
import Catalogue
public import Foundation
import Preservation
import Retention
public import Vault

/// What an archive is restored from, and with.
public struct Restoration: Sendable {
    /// The folder of the backup.
    public var backup: String
    /// The copy of the vault.
    public var vault: String
    /// Of a custodian.
    public var identities: [Identity]
    /// Nothing that came later comes back; nil for everything.
    public var time: Date?
    /// Why, for the log.
    public var reason: String?
    /// A checkpoint of the log that is newer than the backup's, from an auditor, a witness or a receipt.
    public var checkpoint: String?

    /// A restoration from these.
    public init(
        backup: String,
        vault: String,
        identities: [Identity],
        time: Date? = nil,
        reason: String? = nil,
        checkpoint: String? = nil
    ) {
        self.backup = backup
        self.vault = vault
        self.identities = identities
        self.time = time
        self.reason = reason
        self.checkpoint = checkpoint
    }
}

extension Archive {
    /// Makes an archive below `root`, which has none, from a backup: with a new root key, and under a new origin of the log,
    /// for others may hold newer checkpoints of the old one.
    ///
    /// What was destroyed after the backup was made is destroyed again, by its journal: its keys and payloads are not even
    /// brought back. The version of Storage is written last, so that a restore that is cut off leaves no archive.
    ///
    /// - Parameters:
    ///   - keys: what there is to get at the new root key with.
    ///   - progress: is told of the bytes of payloads that are back, and of all.
    /// - Throws: `configuration` where there is something below `root`; what ``BackupSource`` throws.
    public static func restore(
        _ restoration: Restoration,
        to root: String,
        by actor: Actor,
        keys: RootKeySources = RootKeySources(),
        clock: any ArchiveClock = SystemClock(),
        files: any FileSystem = LocalFileSystem(),
        progress: (_ bytes: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> RestorationReport {
        let layout = StorageLayout(root: root)
        for folder in [layout.config, layout.storage] where try !files.names(in: folder).isEmpty {
            throw ArchiveError(
                .configuration,
                "\(folder) is not empty; nothing was changed",
                hint: "restore into a new --root; what a restore left that failed can be removed"
            )
        }
        let work = try RestorationWork(restoration, layout, files: files, clock: clock)
        try await work.putBack(by: actor, keys: keys, progress: progress)
        return try await work.finish(by: actor, keys: keys)
    }
}

/// A restoration on its way.
private final class RestorationWork {
    private let restoration: Restoration
    private let layout: StorageLayout
    private let files: any FileSystem
    private let clock: any ArchiveClock
    private let source: BackupSource
    private let name: String
    private let taken: Date
    private var report: (destroyed: Int, uploads: Int, unknown: Int, entries: Int) = (0, 0, 0, 0)
    private var origin: AuditLog.Origin?

    init(
        _ restoration: Restoration,
        _ layout: StorageLayout,
        files: any FileSystem,
        clock: any ArchiveClock
    ) throws {
        self.restoration = restoration
        self.layout = layout
        self.files = files
        self.clock = clock
        source = try BackupSource(root: restoration.backup, files: files)
        (name, taken) = try source.catalogue(at: restoration.time)
    }

    // MARK: Before it is an archive

    /// Config, catalogue, vault, payloads and log; the version last.
    func putBack(by actor: Actor, keys: RootKeySources, progress: (Int, Int) -> Void) async throws {
        for folder in [layout.config, layout.secrets, layout.storage] {
            try files.makeFolder(folder, label: "restore.make-folder")
        }
        let lock = try FileLock.ofFolder(with: layout.lock)
        defer { lock.release() }
        for file in Archive.configurationNames {
            guard let text = try source.configuration(file, of: name) else { continue }
            try files.replace("\(layout.config)/\(file)", with: text, label: "restore.configuration")
        }
        let settings = try ConfigurationFiles(layout, files).sound().settings
        let rootKey = try settings.rootKey.provider(layout, keys, files: files).create()
        try source.copyCatalogue(name, to: layout.archiveDatabase)
        let catalogue = try Catalogue(path: layout.archiveDatabase, files: files)
        let vault = try Vault(path: layout.vaultDatabase, rootKey: rootKey, files: files)
        do {
            if let fault = try await catalogue.integrityFault() {
                throw ArchiveError(.storage, "the catalogue of \(name) is not whole: \(fault)", hint: "try --at")
            }
            try await putBack(catalogue, vault, by: actor, progress: progress)
            try catalogue.close()
            try vault.close()
        } catch {
            try? catalogue.close()
            try? vault.close()
            throw error
        }
        try files.replace(layout.versionFile, with: "\(StorageLayout.version)\n".utf8, label: "restore.version")
    }

    private func putBack(
        _ catalogue: Catalogue,
        _ vault: Vault,
        by actor: Actor,
        progress: (Int, Int) -> Void
    ) async throws {
        let destroyed = Set(try source.destructions().map(\.recording))
        let wanted = try await payloads(of: catalogue).filter { !destroyed.contains($0.id) }
        let kept = Set(wanted.map(\.id))
        var unknown: Set<RecordingID> = []
        try source.readVault(at: restoration.vault, with: restoration.identities) { rows in
            // Of what is destroyed, and of what came after the catalogue, nothing is brought back.
            try vault.putBack(rows.filter { row in row.recording.map(kept.contains) ?? true })
            for recording in rows.compactMap(\.recording) where !kept.contains(recording) {
                if !destroyed.contains(recording) { unknown.insert(recording) }
            }
        }
        let blobs = try DirectoryStore(layout: layout, files: files)
        let total = wanted.reduce(0) { $0 + $1.size }
        var done = 0
        for payload in wanted {
            _ = try await source.copyPayload(of: payload.id, into: blobs)
            done += payload.size
            progress(done, total)
            try Task.checkCancellation()
        }
        try await putBackCompanions(of: wanted.map(\.id), catalogue, into: blobs)
        let log = try await restartLog(catalogue, vault, by: actor)
        let uploads = try await endUploads(catalogue, log, by: actor)
        let again = try await destroyAgain(in: catalogue, log, by: actor)
        let candidates = unknown
        // Keys of what the catalogue says was destroyed are older than it, and no news.
        let later = try await catalogue.read { reader in
            try candidates.count { try reader.recording($0) == nil }
        }
        report = (again, uploads, later, report.entries)
    }

    /// Everything that follows them, as the catalogue knows it; the check at the end names what is not there.
    private func putBackCompanions(
        of recordings: [RecordingID],
        _ catalogue: Catalogue,
        into blobs: any BlobStore
    ) async throws {
        for start in stride(from: 0, to: recordings.count, by: Self.batch) {
            let some = Array(recordings[start..<min(start + Self.batch, recordings.count)])
            for file in try await catalogue.read({ try $0.companions(of: some) }) {
                _ = try await source.copyCompanion(file, into: blobs)
                try Task.checkCancellation()
            }
        }
    }

    private func payloads(of catalogue: Catalogue) async throws -> [PayloadToKeep] {
        // Names, lengths and digests: some 100 bytes each.
        try await catalogue.read { try $0.payloadsToKeep(after: nil, limit: .max) }
    }

    // MARK: Log

    private func restartLog(_ catalogue: Catalogue, _ vault: Vault, by actor: Actor) async throws -> AuditLog {
        guard let begun = try vault.document(Archive.originName) else {
            throw ArchiveError(.storage, "the copy of the vault does not know the origin of the log")
        }
        let log = try AuditLog(
            examining: catalogue,
            vault: vault,
            layout: layout,
            clock: clock,
            origin: String(decoding: begun, as: UTF8.self),
            files: files
        )
        let reason = restoration.reason ?? "restore of the backup of \(Timestamp.text(taken))"
        let size = try await catalogue.read { try $0.logSize() }
        report.entries = size
        let origin: AuditLog.Origin
        do {
            let note = try restoration.checkpoint ?? source.checkpoint()
            origin = try await log.restart(because: reason, after: note, keeping: nil, by: actor)
        } catch let error as ArchiveError where error.code == .conflict {
            // The backup ended before it had a newer checkpoint than its catalogue: nobody says that anything is lost.
            origin = try await log.restart(because: reason, after: nil, keeping: size, by: actor)
        }
        try files.replace(layout.logKey, with: "\(origin.verificationKey)\n".utf8, label: "restore.log-key")
        for path in [layout.logKey, layout.authority] where try files.length(path) != nil {
            try files.setMode(path, 0o644, label: "restore.mode")
        }
        self.origin = origin
        return log
    }

    // MARK: What is not in a backup

    /// What was on its way in, or aside, has no bytes here: its senders hear that and send anew.
    private func endUploads(_ catalogue: Catalogue, _ log: AuditLog, by actor: Actor) async throws -> Int {
        let now = clock.now
        return try await catalogue.write { writer in
            let waiting = try writer.reader.quarantine().map(\.upload)
            let receiving = try writer.reader.receivingUploads().map(\.id)
            let uploads = Set(waiting + receiving).sorted { $0.description < $1.description }
            for upload in uploads {
                try writer.endDestroyed(upload, at: now)
                try log.append(to: writer, actor: actor, action: "restore.upload", object: upload.description)
            }
            return uploads.count
        }
    }

    /// Recordings handled at a time, or destructions in one transaction.
    private static let batch = 1000

    /// Begins the destructions again that the catalogue knows nothing of; the archive finishes them when it opens.
    private func destroyAgain(in catalogue: Catalogue, _ log: AuditLog, by actor: Actor) async throws -> Int {
        let kept = Set(try await payloads(of: catalogue).map(\.id))
        let all = try source.destructions().filter { kept.contains($0.recording) }
        for start in stride(from: 0, to: all.count, by: Self.batch) {
            let some = Array(all[start..<min(start + Self.batch, all.count)])
            try await destroyAgain(some, catalogue, log, by: actor)
        }
        return all.count
    }

    private func destroyAgain(
        _ destructions: [DestroyedRecording],
        _ catalogue: Catalogue,
        _ log: AuditLog,
        by actor: Actor
    ) async throws {
        let now = clock.now
        try await catalogue.write { writer in
            var rows: [RecordingRow] = []
            for destruction in destructions {
                guard let row = try writer.reader.recording(destruction.recording) else { continue }
                rows.append(row)
                try log.append(
                    to: writer,
                    actor: actor,
                    action: "destruction.intent",
                    object: row.id.description,
                    label: row.visibility.label,
                    details: [
                        "again": "restore", "list": destruction.list.description,
                        "destroyed": Timestamp.text(destruction.destroyed), "intent": String(destruction.intent),
                    ]
                )
            }
            try Retention.freezeAgain(rows, at: now, writer)
            for row in rows { try writer.markDestroying(row.id) }
        }
    }

    // MARK: As an archive

    /// Opens the archive, which finishes the destructions, and looks at everything.
    func finish(by actor: Actor, keys: RootKeySources) async throws -> RestorationReport {
        guard let origin else { throw ArchiveError(.unexpected, "the log was not restarted") }
        let archive = try await Archive.open(root: layout.root, keys: keys, clock: clock, files: files)
        do {
            try await archive.log.record(
                actor: actor,
                action: "restore.done",
                details: [
                    "backup": name, "entries": String(report.entries), "destroyedAgain": String(report.destroyed),
                    "uploadsLost": String(report.uploads), "unknown": String(report.unknown),
                ]
            )
            let storage = try await archive.checkStorage(by: actor)
            let payloads = try await archive.checkEveryPayload(by: actor)
            try archive.close()
            return RestorationReport(
                name: name,
                taken: taken,
                entries: report.entries,
                destroyedAgain: report.destroyed,
                uploadsLost: report.uploads,
                unknown: report.unknown,
                origin: Archive.report(origin),
                storage: storage,
                payloads: payloads
            )
        } catch {
            try? archive.close()
            throw error
        }
    }
}

extension Archive {
    /// Reads everything, from now on.
    fileprivate func checkEveryPayload(by actor: Actor) async throws -> PayloadCheckReport {
        let since = clock.now
        var total = PayloadCheckReport(recordings: 0, bytes: 0, faults: [])
        var part: PayloadCheckReport
        repeat {
            part = try await checkPayloads(PayloadCheckRequest(since: since, seconds: 60, rate: nil), by: actor)
            total.recordings += part.recordings
            total.bytes += part.bytes
            total.faults += part.faults
        } while part.recordings > 0
        return total
    }
}
