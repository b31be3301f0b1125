import ArchiveConfiguration
public import ArchiveCore
public import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
public import Vault

/// What is done with an archive that does not open because of its log.
extension Archive {
    /// Rebuilds the log, to say what is wrong, and where.
    ///
    /// - Parameter keys: what there is to get at the root key with.
    public static func examineLog(root: String, keys: RootKeySources = RootKeySources()) async throws -> LogVerification
    {
        try await examining(root: root, keys: keys) { log, _, _ in report(try await log.verify()) }
    }

    /// Begins another origin for a log that is behind its last checkpoint, so that the archive opens again.
    ///
    /// - Parameters:
    ///   - reason: why, for the first entry under it.
    ///   - checkpoint: a newer checkpoint than the copy in Storage, or one where there is none.
    ///   - kept: how many first entries the log has in common with that of the checkpoint, where sizes do not say it.
    /// - Throws: `conflict` where the log is what its last checkpoint says, or the archive is open; `log-mismatch` where its
    ///   entries are not those that its own head was signed for.
    public static func restartLog(
        root: String,
        because reason: String,
        after checkpoint: String?,
        keeping kept: Int? = nil,
        by actor: Actor,
        keys: RootKeySources = RootKeySources(),
        clock: any ArchiveClock = SystemClock()
    ) async throws -> LogOrigin {
        guard !reason.allSatisfy(\.isWhitespace), reason.utf8.count <= 8192 else {
            throw ArchiveError(.badRequest, "a reason is needed, of 8192 bytes at most")
        }
        return try await examining(root: root, keys: keys, clock: clock) { log, layout, files in
            let origin = try await log.restart(because: reason, after: checkpoint, keeping: kept, by: actor)
            try files.replace(layout.logKey, with: "\(origin.verificationKey)\n".utf8, label: "restart.log-key")
            try files.setMode(layout.logKey, 0o644, label: "restart.log-key")
            return report(origin)
        }
    }

    private static func examining<Value>(
        root: String,
        keys: RootKeySources,
        clock: any ArchiveClock = SystemClock(),
        _ body: (AuditLog, StorageLayout, any FileSystem) async throws -> Value
    ) async throws -> Value {
        let layout = StorageLayout(root: root)
        let files = LocalFileSystem()
        let lock = try FileLock.ofFolder(with: layout.lock)
        defer { lock.release() }
        let settings = try read(layout.settings, files) { text, file throws(ConfigurationError) in
            try Settings(yaml: text, file: file)
        }
        let vault = try Vault(
            path: layout.vaultDatabase,
            root: settings.rootKey.provider(layout, keys, files: files),
            files: files
        )
        let catalogue = try Catalogue(path: layout.archiveDatabase, files: files)
        do {
            guard let origin = try vault.document(originName) else {
                throw ArchiveError(.storage, "the vault does not know the origin of the log")
            }
            let log = try AuditLog(
                examining: catalogue,
                vault: vault,
                layout: layout,
                clock: clock,
                origin: String(decoding: origin, as: UTF8.self),
                files: files
            )
            let value = try await body(log, layout, files)
            try catalogue.close()
            try vault.close()
            return value
        } catch {
            try? catalogue.close()
            try? vault.close()
            throw error
        }
    }

    static func report(_ found: Verification) -> LogVerification {
        LogVerification(
            whole: found.fault == nil,
            size: found.size,
            root: found.root,
            firstBad: found.fault?.seq,
            reason: found.fault?.reason,
            erased: found.erased
        )
    }

    static func report(_ origin: AuditLog.Origin) -> LogOrigin {
        LogOrigin(
            origin: origin.name,
            verificationKey: origin.verificationKey,
            begins: origin.begins,
            checkpoint: origin.checkpoint,
            superseded: origin.superseded,
            lost: origin.isLost
        )
    }
}
