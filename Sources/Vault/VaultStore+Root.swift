import ArchiveCore
import Crypto
import DurableSQLite
import Foundation
import GRDB
import Synchronization

/// A root key that is to take the place of the one that there is, as the vault remembers it.
struct NextRootKey: Codable {
    var change: KeyChange
    /// Where it comes from, as risalah.yaml spells it.
    var kind: String
    var prepared: Date
    /// What seals generation keys for it until it is used (``VaultStore/waitingKey(of:)``).
    var sealing: Data
}

/// What is known of the root key in use.
struct RootKeyFacts: Codable {
    var fingerprint: String
    var made: Date
}

/// Two root keys open the vault while one is being changed: the generation key is sealed under both.
///
/// The next one's sealing is under a subkey of its own, so that it can be made again for a later generation by who does not
/// have the next root key: the vault keeps that subkey. An old copy of the vault with the old root key gives it away, and with
/// it nothing else: the subkey that counts once the next root key is used does not follow from it.
extension VaultStore {
    static let nextRootName = "root key in waiting"
    static let rootFactsName = "root key"

    static func waitingKey(of root: SecretBytes) -> SymmetricKey {
        Sealing.subkey(of: root, for: "generation in waiting")
    }

    /// Tells root keys apart, and gives nothing of them away.
    static func fingerprint(of root: SecretBytes) -> String {
        Base32.encode(Sealing.subkey(of: root, for: "fingerprint").withUnsafeBytes { Array($0.prefix(10)) })
    }

    func keepFacts(_ database: Database, of root: SecretBytes, made: Date) throws {
        let facts = RootKeyFacts(fingerprint: Self.fingerprint(of: root), made: made)
        try put(database, .secret, Self.rootFactsName, try CanonicalJSON.encode(facts))
    }

    /// Those that open the vault too, the newest first. One that failed on its way into its place stays until another has
    /// arrived there: it may be the one that lies there.
    func nextRoots(_ database: Database) throws -> [NextRootKey] {
        try contents(database, .secret, prefix: Self.nextRootName)
            .map { try CanonicalJSON.decode(NextRootKey.self, from: $0.contents.get()) }
            .sorted { $0.prepared > $1.prepared }
    }

    private static func name(ofNext root: String) -> String { "\(nextRootName) \(root)" }

    /// Has `next` open the vault too, durably.
    func prepare(root next: SecretBytes, _ row: NextRootKey) throws {
        try pool.write { database in
            let name = Self.name(ofNext: Self.fingerprint(of: next))
            try self.put(database, .secret, name, try CanonicalJSON.encode(row))
            try self.sealForNextRoots(database, self.current.withLock { $0 })
        }
    }

    /// Seals a generation for the next root keys, where there are any.
    func sealForNextRoots(_ database: Database, _ generation: Generation) throws {
        for next in try nextRoots(database) {
            try database.executeCached(
                sql: "INSERT OR REPLACE INTO generation_waiting (generation, root, sealed) VALUES (?, ?, ?)",
                arguments: [
                    generation.id, next.change.to, try Self.seal(generation, with: SymmetricKey(data: next.sealing)),
                ]
            )
        }
    }

    /// Whether the root key that this was opened with is the next one, whose place it has taken already.
    ///
    /// Asked of the rows: a new generation is sealed for that root key as for any other, and its change has not ended by that.
    func isOpenedByNextRoot() throws -> Bool {
        let id = Self.fingerprint(of: root.withLock { $0 })
        return try pool.read { database in try self.nextRoots(database).contains { $0.change.to == id } }
    }

    /// Uses the next root key from now on: rows under a new generation, sealed under that root key alone.
    ///
    /// - Throws: `configuration` where it is not the one that was prepared.
    func adopt(root next: SecretBytes) async throws {
        let isPrepared = try await pool.read { database in
            _ = try Self.newestGeneration(database, root: next)
            return try self.nextRoots(database).contains { $0.change.to == Self.fingerprint(of: next) }
        }
        guard isPrepared else {
            throw ArchiveError(.configuration, "this is not the root key that was prepared for this vault")
        }
        // Before the commit: who reads on the other side of it needs this one, and it opens either side.
        root.withLock { $0 = next }
        try await renewGeneration { database in
            let rows = try self.nextRoots(database)
            try self.delete(database, .secret, prefix: Self.nextRootName)
            guard let row = rows.first(where: { $0.change.to == Self.fingerprint(of: next) }) else { return }
            try self.put(database, .secret, KeyChange.name, try CanonicalJSON.encode(row.change))
            try self.keepFacts(database, of: next, made: row.prepared)
        }
    }
}
