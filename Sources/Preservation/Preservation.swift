public import ArchiveCore
public import AuditLog
public import BlobStore
public import Catalogue
import Foundation
public import Vault

/// Keeps what was received: finds out whether it is all still there, and what of it is not (DESIGN.md section 6).
public struct Preservation: Sendable {
    let vault: Vault
    let catalogue: Catalogue
    let blobs: any BlobStore
    let log: AuditLog
    let layout: StorageLayout
    let clock: any ArchiveClock
    let companionTurns: Turns<RecordingID>
    let index: any RecordingIndex
    let files: any FileSystem

    /// Preservation of these parts.
    ///
    /// - Parameter companionTurns: taken by whoever keeps what follows a recording, from before it has a file until the
    ///   catalogue has it.
    public init(
        vault: Vault,
        catalogue: Catalogue,
        blobs: any BlobStore,
        log: AuditLog,
        layout: StorageLayout,
        clock: any ArchiveClock,
        companionTurns: Turns<RecordingID>,
        index: any RecordingIndex,
        files: any FileSystem = LocalFileSystem()
    ) {
        self.vault = vault
        self.catalogue = catalogue
        self.blobs = blobs
        self.log = log
        self.layout = layout
        self.clock = clock
        self.companionTurns = companionTurns
        self.index = index
        self.files = files
    }
}
