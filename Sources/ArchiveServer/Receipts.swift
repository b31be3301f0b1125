import ArchiveCore
import ArchiveInterface
import Catalogue

extension Archive {
    /// What shows later that the log has the entry of an opening, which is durable, and the checkpoint over it too; nil
    /// where the access has none.
    func receipt(for entry: Int?) async throws -> AccessReceipt? {
        guard let entry, let note = try await catalogue.read({ try $0.headCheckpoint() }) else { return nil }
        return AccessReceipt(entry: entry, checkpoint: note)
    }
}
