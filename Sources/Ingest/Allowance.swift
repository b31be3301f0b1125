import ArchiveCore
import BlobStore
import Catalogue
import Synchronization

/// What one request may bring before the disk's reserve, its sender's quota or its sender's own end stops it. What came
/// before that is kept.
final class Allowance: Sendable {
    private let catalogue: Catalogue
    private let clock: any ArchiveClock
    private let sender: Caller
    /// Revocations so far when the sender was looked at last; none before the first look.
    private let seen = Atomic(-1)
    private let blobs: any BlobStore
    /// Bytes of the disk that have to stay free.
    private let reserve: Int
    /// Bytes of the sender's quota; nil without limit.
    private let bytes: Int?
    private let underWay: BytesUnderWay
    private let counted = Mutex(0)

    init(
        _ blobs: any BlobStore,
        reserve: Int,
        bytes: Int?,
        of sender: Caller,
        in underWay: BytesUnderWay,
        _ catalogue: Catalogue,
        _ clock: any ArchiveClock
    ) {
        self.catalogue = catalogue
        self.clock = clock
        self.sender = sender
        self.blobs = blobs
        self.reserve = reserve
        self.bytes = bytes
        self.underWay = underWay
    }

    /// Throws `exhausted` or `quota-spent` where `received` bytes of this request are too many now; `unauthenticated`
    /// where the sender no longer counts.
    func check(_ received: Int) async throws {
        try await checkSender()
        if let bytes {
            let more = counted.withLock { counted in
                defer { counted = max(counted, received) }
                return max(0, received - counted)
            }
            // With what the same sender's other requests have brought that no row counts yet.
            guard underWay.add(more, of: sender.principal.id) <= bytes else {
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
        underWay.add(-count, of: sender.principal.id)
    }

    private func checkSender() async throws {
        let revocations = catalogue.revocations
        guard seen.exchange(revocations, ordering: .relaxed) != revocations else { return }
        do {
            _ = try await catalogue.read { [sender, clock] in try $0.current(sender, at: clock.now) }
        } catch let loss as LostStanding {
            throw loss.error
        }
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
