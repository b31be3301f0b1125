public import ArchiveCore
import AuditLog
import Catalogue

extension Preservation {
    /// Brings what was destroyed into the journal of every destination that can be reached; the others get it with their
    /// next backup.
    ///
    /// - Returns: what kept it from one that can be reached.
    @discardableResult
    public func noteDestructions() async throws -> [ArchiveError] {
        let (destinations, destructions) = try await catalogue.read { reader in
            (try reader.backups().map(\.destination), try reader.destructions())
        }
        var troubles: [ArchiveError] = []
        for destination in destinations {
            do {
                try add(destructions, to: BackupLayout(root: destination))
            } catch {
                troubles.append(error as? ArchiveError ?? ArchiveError(.inputOutput, "\(destination): \(error)"))
            }
        }
        return troubles
    }

    private func add(_ destructions: [DestroyedRecording], to layout: BackupLayout) throws {
        guard (try? Backup.checkVersion(of: layout, files)) != nil,
            try files.contents(layout.archive) == Array("\(log.archiveOrigin)\n".utf8),
            // A backup that is being written there ends with the same.
            let lock = try FileLock(file: layout.lock)
        else { return }
        defer { lock.release() }
        try DestructionJournal(path: layout.destructions, files: files).add(destructions)
    }
}
