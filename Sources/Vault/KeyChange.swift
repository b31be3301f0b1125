public import ArchiveCore
public import Foundation
import GRDB

/// A change of one of the archive's keys that the log may not have yet: the vault remembers it from the transaction that makes
/// the change until the entry of it is durable (DESIGN.md invariant 3).
public struct KeyChange: Codable, Sendable, Hashable {
    /// What is done; the raw value is the action of the entry.
    public enum Action: String, Codable, Sendable {
        /// Another key takes its place.
        case rotate = "key.rotate"
        /// One that had been replaced is destroyed, or no longer trusted.
        case retire = "key.retire"
    }

    /// What is done.
    public let action: Action
    /// What had been used, as `risalahd keys list` names it.
    public let from: String?
    /// `level`, `root`, `tls` or `ca`.
    public let kind: String
    /// Of which level.
    public let level: String?
    /// Where a root key that was replaced came from, as risalah.yaml spells it.
    public let place: String?
    /// What is used from now on.
    public let to: String?
    /// The user of the host that wants it; nil for the service.
    public let user: UInt32?

    /// A change of these fields.
    public init(
        _ action: Action,
        of kind: String,
        level: Level? = nil,
        from: String? = nil,
        to: String? = nil,
        place: RootKeyKind? = nil,
        user: UInt32?
    ) {
        self.action = action
        self.from = from
        self.kind = kind
        self.level = level?.name
        self.place = place?.description
        self.to = to
        self.user = user
    }

    static let name = "key change"
}

extension Vault {
    /// The change that may not be an entry yet; nil where there is none.
    public func pendingKeyChange() throws -> KeyChange? {
        try document(KeyChange.name).map { try decode(KeyChange.self, $0) }
    }

    /// Forgets ``pendingKeyChange()``, whose entry is durable.
    public func settleKeyChange() throws {
        try store.pool.write { try self.store.delete($0, .secret, KeyChange.name) }
    }

    /// Keeps and forgets documents as one change of keys, durably.
    public func make(_ change: KeyChange, keeping kept: [String: Data], forgetting gone: [String] = []) throws {
        try store.pool.write { database in
            try self.begin(database, change)
            for (name, document) in kept { try self.store.put(database, .secret, name, document) }
            for name in gone { try self.store.delete(database, .secret, name) }
        }
    }

    /// Keeps several secret documents at once, durably.
    public func keep(_ documents: [String: Data]) throws {
        try store.pool.write { database in
            for (name, document) in documents { try self.store.put(database, .secret, name, document) }
        }
    }

    /// Remembers a change, in the transaction that makes it.
    func begin(_ database: Database, _ change: KeyChange) throws {
        guard try store.contents(database, .secret, KeyChange.name) == nil else {
            throw ArchiveError(
                .conflict,
                "another change of keys has not ended",
                hint: "try again; after a crash the next start ends it"
            )
        }
        try store.put(database, .secret, KeyChange.name, try encode(change))
    }
}
