import ArchiveCore
import ArchiveInterface
import AuditLog
import TransparencyLog

extension Archive {
    /// What shows later that the log has the entry of an opening, which is durable, and the checkpoint over it too; nil
    /// where the access has none.
    func receipt(for entry: Int?) async throws -> AccessReceipt? {
        guard let entry, let proof = try await log.proof(of: entry) else { return nil }
        return AccessReceipt(entry: entry, key: try log.verificationKey(of: proof.note.serialized), proof: proof.text)
    }
}
