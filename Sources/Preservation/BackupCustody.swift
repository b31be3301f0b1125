public import Age
import ArchiveCore
public import Foundation

/// To whom and where the vault is backed up, and how long backups are kept: `backup:` in risalah.yaml.
public struct BackupCustody: Sendable {
    /// The custodians, each of whom can open it: all of one kind.
    public let recipients: [Recipient]
    /// The folder that it goes to, which is not that of the rest.
    public let folder: String
    /// Seconds after which a copy is deleted, the newest apart: what was destroyed before is gone then.
    public let lifetime: TimeInterval
    /// So many copies of the catalogue are kept, the newest.
    public let catalogues: Int

    /// Custody of these fields.
    public init(recipients: [Recipient], folder: String, lifetime: TimeInterval, catalogues: Int) {
        self.recipients = recipients
        self.folder = folder
        self.lifetime = lifetime
        self.catalogues = catalogues
    }
}
