public import ArchiveCore
import Crypto
import DurableSQLite
public import Foundation
import GRDB
import Synchronization

/// What is known of the root key, and of one that is to take its place.
public struct RootKeyStanding: Sendable {
    /// A root key that was prepared and is not used yet.
    public struct Next: Sendable {
        /// Its name.
        public let id: String
        /// Where it comes from.
        public let kind: RootKeyKind
        /// Since when it opens the vault too.
        public let prepared: Date
    }

    /// The name of the one in use.
    public let id: String
    /// When it was made, where that is known.
    public let made: Date?
    /// The next one, where there is one.
    public let next: Next?
}

/// Another root key: first both open the vault, then the new one takes the place of the old one where Config keeps it, then the
/// vault is sealed anew under the new one alone. After a crash at any moment what lies in that place opens the vault.
extension Vault {
    /// The root key in use and the next one.
    public func rootKeyStanding() throws -> RootKeyStanding {
        let used = VaultStore.fingerprint(of: store.root.withLock { $0 })
        return try store.pool.read { database in
            let facts = try self.store.contents(database, .secret, VaultStore.rootFactsName)
                .map { try self.decode(RootKeyFacts.self, $0) }
            let next = try self.store.nextRoots(database).first
            return RootKeyStanding(
                id: used,
                made: facts?.fingerprint == used ? facts?.made : nil,
                next: next.flatMap { next in
                    RootKeyKind(parsing: next.kind, separator: " ").map {
                        RootKeyStanding.Next(id: next.change.to ?? "", kind: $0, prepared: next.prepared)
                    }
                }
            )
        }
    }

    /// Has `next` open the vault too, durably.
    ///
    /// - Parameters:
    ///   - kind: where it will come from.
    ///   - former: where the one in use comes from.
    /// - Throws: `bad-request` where it is the one in use, or no key.
    public func prepare(
        rootKey next: SecretBytes,
        from kind: RootKeyKind,
        inPlaceOf former: RootKeyKind,
        user: UInt32?
    ) throws {
        let used = store.root.withLock { $0 }
        guard next.count == RootKeyText.keyLength, next != used else {
            throw ArchiveError(
                .badRequest,
                "a new root key is \(RootKeyText.keyLength) bytes that are not the old one's"
            )
        }
        let change = KeyChange(
            .rotate,
            of: "root",
            from: VaultStore.fingerprint(of: used),
            to: VaultStore.fingerprint(of: next),
            place: former,
            user: user
        )
        let sealing = VaultStore.waitingKey(of: next).withUnsafeBytes { Data($0) }
        try store.prepare(
            root: next,
            NextRootKey(
                change: change,
                kind: kind.description,
                prepared: clock.now,
                sealing: sealing
            )
        )
    }

    /// Whether the next root key opened this vault: it has taken its place, and the vault is still sealed for both.
    public var isOpenedByNextRootKey: Bool { get throws { try store.isOpenedByNextRoot() } }

    /// Makes noise of what was deleted, or sealed under another key, in every copy of a file of the vault.
    public func scrub() async throws { try await DurableDatabase.scrub(store.pool) }

    /// Seals the vault anew for the next root key alone, from here on.
    ///
    /// - Parameter next: that key; nil where it opened this vault.
    /// - Throws: `configuration` where it is not one that was prepared.
    public func adopt(rootKey next: SecretBytes? = nil) async throws {
        try await store.adopt(root: next ?? store.root.withLock { $0 })
    }
}
