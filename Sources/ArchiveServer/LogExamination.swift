import ArchiveCore
public import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import Vault

extension Archive {
    /// Rebuilds the log of an archive that does not open because of it, to say what is wrong, and where.
    public static func examineLog(root: String) async throws -> LogVerification {
        let layout = StorageLayout(root: root)
        let files = LocalFileSystem()
        let lock = try StorageLock(path: layout.lock)
        defer { lock.release() }
        let vault = try Vault(
            path: layout.vaultDatabase,
            root: RootKeyFile(path: layout.rootKey, files: files),
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
