import ArchiveCore
public import Catalogue
import TransparencyLog

/// What a backup asks of the log.
extension AuditLog {
    /// The origin that the log began under. It stays over every restart, so backups know their archive by it.
    public var archiveOrigin: String { firstOrigin }

    /// Rebuilds the log in a copy of the catalogue, up to that copy's own head.
    public func verify(copy: Catalogue) async throws -> Verification {
        let log = try AuditLog(
            examining: copy,
            vault: vault,
            layout: layout,
            clock: clock,
            origin: firstOrigin,
            files: files
        )
        return try await log.verify(against: nil)
    }

    /// Throws `log-mismatch` where the log has not grown from the checkpoint in `note`: it was put back or changed since.
    ///
    /// Under another key it goes on whole (``rotate(because:by:)``). One from before a restart says nothing of that: the restart
    /// is an entry, and auditors judge it.
    ///
    /// - Parameter place: where the note was found.
    public func assertGrown(from note: String, in place: String) async throws {
        let checkpoint = try verifiedOfAnyOrigin(note, as: place)
        guard try await isWhole(since: checkpoint.origin) else { return }
        let size = try await catalogue.read { try $0.logSize() }
        guard try await !agrees(checkpoint, size: size) else { return }
        throw ArchiveError(
            .logMismatch,
            "\(place) is of \(checkpoint.size) entries, and the log, of \(size), has not grown from them",
            hint: "this archive was put back to before that backup: bring the newer one back, or restore that backup"
        )
    }

    /// Whether the log lost nothing after `origin` by its own account: only its key changed.
    private func isWhole(since origin: String) async throws -> Bool {
        guard !signing.mayHaveSigned(as: origin) else { return true }
        let origins = try await origins()
        guard let place = origins.firstIndex(where: { $0.name.utf8.elementsEqual(origin.utf8) }) else { return false }
        // Those that the database has: where it was put back and went on without a restart, it owns up to nothing.
        let later = origins.dropFirst(place + 1).filter { !$0.isLost }
        return try await catalogue.read { reader in
            try later.allSatisfy { origin in
                let leaf = try reader.leaves(origin.begins..<origin.begins + 1).first
                return leaf.flatMap(LogEntry.init(leaf:))?.action == Self.rotated
            }
        }
    }
}
