import ArchiveCore
import BlobStore

/// What one request may bring before the disk's reserve or its sender's quota ends it. What came before that is kept.
struct Allowance: Sendable {
    let blobs: any BlobStore
    /// Bytes of the disk that have to stay free.
    let reserve: Int
    /// Bytes of the sender's quota; nil without limit.
    let bytes: Int?

    /// Throws `exhausted` or `quota-spent` where `received` bytes of this request are too many now.
    func check(_ received: Int) throws(ArchiveError) {
        if let bytes, received > bytes {
            throw Ingest.quotaSpent("the quota of this principal for bytes under way and in quarantine is spent")
        }
        guard try blobs.available() >= reserve else { throw Self.noRoom }
    }

    static let noRoom = ArchiveError(
        .exhausted,
        "the archive's disk has come to its reserve",
        hint: "go on later from the offset that is acknowledged"
    )
}
