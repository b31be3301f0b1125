import ArchiveConfiguration
import ArchiveCore
public import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
public import Vault

extension Archive {
    /// Rebuilds the log of an archive that does not open because of it, to say what is wrong, and where.
    ///
    /// - Parameter keys: what there is to get at the root key with.
    public static func examineLog(root: String, keys: RootKeySources = RootKeySources()) async throws -> LogVerification
    {
        let layout = StorageLayout(root: root)
        let files = LocalFileSystem()
        let lock = try StorageLock(path: layout.lock)
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
        guard let origin = try vault.document(originName) else {
            throw ArchiveError(.storage, "the vault does not know the origin of the log")
        }
        let log = try AuditLog(
            examining: catalogue,
            vault: vault,
            layout: layout,
            clock: SystemClock(),
            origin: String(decoding: origin, as: UTF8.self),
            files: files
        )
        let verdict = report(try await log.verify())
        try catalogue.close()
        try vault.close()
        return verdict
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
}
