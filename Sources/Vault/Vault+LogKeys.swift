import ArchiveCore
public import Crypto
public import Foundation
import GRDB

/// The keys that sign the log, Ed25519, one for each origin that it has had.
extension Vault {
    /// The key of an origin. It is made by ``makeLogKey(of:)`` and nowhere else: a key made in the place of one that is
    /// missing would sign for a log that nobody knows.
    ///
    /// - Parameter origin: the origin that the log was restarted under; nil for its first.
    /// - Throws: `storage` where the vault does not have it.
    public func logKey(of origin: String? = nil) throws -> Curve25519.Signing.PrivateKey {
        guard let key = try document(Self.name(of: origin)) else {
            throw ArchiveError(
                .storage,
                "the vault \(store.pool.path) does not have the log key of \(origin ?? "the first origin")",
                hint: "this vault is older than that key, or another's: bring back the newest copy of it"
            )
        }
        return try Curve25519.Signing.PrivateKey(rawRepresentation: key)
    }

    /// Whether the vault has the key of an origin.
    public func holdsLogKey(of origin: String) throws -> Bool { try document(Self.name(of: origin)) != nil }

    /// Makes the key of an origin, durably. One that is there stays.
    ///
    /// - Parameter origin: nil for the first.
    /// - Returns: false where there was one.
    @discardableResult
    public func makeLogKey(of origin: String? = nil) throws -> Bool {
        let name = Self.name(of: origin)
        return try store.pool.write { database in
            guard try self.store.contents(database, .secret, name) == nil else { return false }
            try self.store.put(database, .secret, name, Data(SecretBytes(randomCount: 32).exposedBytes))
            return true
        }
    }

    /// The newest documents whose names begin with `prefix`, without an order.
    public func documents(named prefix: String) throws -> [Data] {
        try store.pool.read { database in
            try String.fetchAll(
                database.cachedStatement(
                    sql: "SELECT DISTINCT id FROM sealed_row WHERE kind = 'secret' AND id >= ? AND id < ?"
                ),
                arguments: [prefix, prefix + "\u{10FFFF}"]
            ).compactMap { try self.store.contents(database, .secret, $0) }
        }
    }

    private static func name(of origin: String?) -> String { origin.map { "log key \($0)" } ?? "log key" }
}
