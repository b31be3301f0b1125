import ArchiveCore
import BlobStore
import Synchronization

/// What one request may bring before the disk's reserve or its sender's quota ends it. What came before that is kept.
final class Allowance: Sendable {
    private let blobs: any BlobStore
    /// Bytes of the disk that have to stay free.
    private let reserve: Int
    /// Bytes of the sender's quota; nil without limit.
    private let bytes: Int?
    private let principal: PrincipalID
    private let underWay: BytesUnderWay
    private let counted = Mutex(0)

    init(
        _ blobs: any BlobStore,
        reserve: Int,
        bytes: Int?,
        of principal: PrincipalID,
        in underWay: BytesUnderWay
    ) {
        self.blobs = blobs
        self.reserve = reserve
        self.bytes = bytes
        self.principal = principal
        self.underWay = underWay
    }

    /// Throws `exhausted` or `quota-spent` where `received` bytes of this request are too many now.
    func check(_ received: Int) throws(ArchiveError) {
        if let bytes {
            let more = counted.withLock { counted in
                defer { counted = max(counted, received) }
                return max(0, received - counted)
            }
            // With what the same sender's other requests have brought that no row counts yet.
            guard underWay.add(more, of: principal) <= bytes else {
                throw Ingest.quotaSpent("the quota of this principal for bytes under way and in quarantine is spent")
            }
        }
        guard try blobs.available() >= reserve else { throw Self.noRoom }
    }

    /// The request is over: what it brought is in its row, or nowhere.
    func release() {
        let count = counted.withLock { counted in
            defer { counted = 0 }
            return counted
        }
        underWay.add(-count, of: principal)
    }

    static let noRoom = ArchiveError(
        .exhausted,
        "the archive's disk has come to its reserve",
        hint: "go on later from the offset that is acknowledged"
    )
}

/// Bytes of requests that have not ended, by their senders.
final class BytesUnderWay: Sendable {
    private let counts = Mutex<[PrincipalID: Int]>([:])

    /// Counts `bytes` more, and returns how many there are then.
    @discardableResult
    func add(_ bytes: Int, of principal: PrincipalID) -> Int {
        counts.withLock { counts in
            let sum = (counts[principal] ?? 0) + bytes
            counts[principal] = sum > 0 ? sum : nil
            return sum
        }
    }
}
