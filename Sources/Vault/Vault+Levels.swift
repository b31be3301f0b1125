public import Age
public import ArchiveCore
import Crypto
public import Foundation
import GRDB

/// What opens headers that are sealed to a level: the row of a key, with secrets.
struct LevelIdentities {
    private struct Contents: Codable {
        var hybrid: String
        var made: Date?
        var replaced: Date?
        var x25519: String
    }

    let level: Level
    let x25519: Identity
    let hybrid: Identity
    let made: Date?
    /// Since when another one is told to recorders; nil for the one that is.
    var replaced: Date?

    init(of level: Level, made: Date) throws {
        self.level = level
        self.made = made
        x25519 = Identity.generateX25519()
        hybrid = try Identity.generateHybrid()
    }

    /// The key in a row whose id is the level, or the level, a slash and the key's name.
    init(row id: String, _ contents: Data) throws {
        let contents = try CanonicalJSON.decode(Contents.self, from: contents)
        level = Level(String(id.prefix { $0 != "/" }))
        x25519 = try Identity(parsing: contents.x25519)
        hybrid = try Identity(parsing: contents.hybrid)
        (made, replaced) = (contents.made, contents.replaced)
    }

    var identities: [Identity] { [x25519, hybrid] }

    /// Names the key, by what is public of it.
    var id: String {
        let text = "\(x25519.recipient)\n\(hybrid.recipient)\n"
        return Base32.encode(SHA256.hash(data: Data(text.utf8)).prefix(10))
    }

    var row: String { replaced == nil ? level.name : "\(level.name)/\(id)" }

    func encoded() throws -> Data {
        let contents = Contents(
            hybrid: hybrid.secretString,
            made: made,
            replaced: replaced,
            x25519: x25519.secretString
        )
        return try CanonicalJSON.encode(contents)
    }
}

/// A key of a level, without its secrets.
public struct LevelKey: Sendable {
    /// Its name.
    public let id: String
    /// Whose recordings it opens.
    public let level: Level
    /// To whom stock age seals them.
    public let x25519: Recipient
    /// To whom they are sealed against quantum computers too.
    public let hybrid: Recipient
    /// When it was made, where that is known.
    public let made: Date?
    /// Since when recorders are told another one; nil for the one that they are told.
    public let replaced: Date?
    /// When it opened a header last, to the minute; nil where it never did.
    public let used: Date?
}

extension Vault {
    /// Makes the identities of a level where it has none; whether it had none.
    @discardableResult
    public func makeIdentities(for level: Level) throws -> Bool {
        try store.pool.write { database in
            guard try self.store.contents(database, .identity, level.name) == nil else { return false }
            let fresh = try LevelIdentities(of: level, made: self.clock.now)
            try self.store.put(database, .identity, fresh.row, try fresh.encoded())
            return true
        }
    }

    /// Every key of every level.
    func identities(_ database: Database) throws -> [LevelIdentities] {
        let rows = try String.fetchAll(
            database.cachedStatement(sql: "SELECT DISTINCT id FROM sealed_row WHERE kind = 'identity' ORDER BY id")
        )
        return try rows.compactMap { row in
            try self.store.contents(database, .identity, row).map { try LevelIdentities(row: row, $0) }
        }
    }

    /// To whom recordings of `level` are sealed; nil where the level has no identities.
    public func recipients(of level: Level) throws -> (x25519: Recipient, hybrid: Recipient)? {
        guard let contents = try store.pool.read({ try self.store.contents($0, .identity, level.name) }) else {
            return nil
        }
        let key = try LevelIdentities(row: level.name, contents)
        return (key.x25519.recipient, key.hybrid.recipient)
    }

    /// The keys of all levels; of each the one that recorders are told, and those before it that still open headers.
    public func levelKeys() throws -> [LevelKey] {
        try store.pool.read { database in
            try self.identities(database).map { key in
                LevelKey(
                    id: key.id,
                    level: key.level,
                    x25519: key.x25519.recipient,
                    hybrid: key.hybrid.recipient,
                    made: key.made,
                    replaced: key.replaced,
                    used: try self.use(database, of: key.id)
                )
            }
        }
    }

    /// Gives a level another key, which recorders are told from now on. The one before goes on opening headers.
    ///
    /// - Returns: the names of both.
    public func rotateIdentities(of level: Level, user: UInt32?) throws -> (from: String, to: String) {
        try store.pool.write { database in
            guard let contents = try self.store.contents(database, .identity, level.name) else {
                throw ArchiveError(.notFound, "there is no level \(level)", hint: "risalahd keys list names them")
            }
            var old = try LevelIdentities(row: level.name, contents)
            let fresh = try LevelIdentities(of: level, made: self.clock.now)
            try self.begin(
                database,
                KeyChange(.rotate, of: "level", level: level, from: old.id, to: fresh.id, user: user)
            )
            old.replaced = self.clock.now
            try self.store.put(database, .identity, old.row, try old.encoded())
            try self.store.put(database, .identity, fresh.row, try fresh.encoded())
            return (old.id, fresh.id)
        }
    }

    /// The uploads whose header has not come whole: to which key it is sealed, nobody can say yet.
    public func unopenedUploads() throws -> [UploadID] { try store.pool.read { try self.unopened($0) } }

    private func unopened(_ database: Database) throws -> [UploadID] {
        try String.fetchAll(
            database.cachedStatement(sql: "SELECT id FROM sealed_row WHERE kind = 'upload' ORDER BY id")
        )
        .compactMap(UploadID.init).filter { try self.uploadKeys(database, $0).fileKey == nil }
    }

    /// Destroys a key of a level that was replaced. Until ``renewGeneration()`` a copy of the file taken before can still be
    /// opened with the root key.
    ///
    /// - Throws: `conflict` where it is the one that recorders are told, or where a header is on its way that may be sealed
    ///   to it; `not-found` where the level has no such key.
    public func retireIdentities(_ id: String, of level: Level, user: UInt32?) throws {
        try store.pool.write { database in
            let keys = try self.identities(database).filter { $0.level == level }
            guard let key = keys.first(where: { $0.id == id }) else {
                throw ArchiveError(
                    .notFound,
                    "level \(level) has no key \(id.prefix(40).debugDescription)",
                    hint: "risalahd keys list names them"
                )
            }
            guard key.replaced != nil else {
                throw ArchiveError(
                    .conflict,
                    "recorders seal to the key \(id)",
                    hint: "risalahd keys rotate level \(level) gives the level another one first"
                )
            }
            let waiting = try self.unopened(database)
            guard waiting.isEmpty else {
                let names = waiting.prefix(5).map(\.description).joined(separator: ", ")
                throw ArchiveError(
                    .conflict,
                    "the header of \(waiting.count) uploads has not come whole, and may be sealed to the key \(id): "
                        + names + (waiting.count > 5 ? ", …" : ""),
                    hint: "wait until they are sent or closed; risalahd keys list shows them"
                )
            }
            try self.begin(database, KeyChange(.retire, of: "level", level: level, from: id, user: user))
            try self.store.delete(database, .identity, key.row)
            try self.store.delete(database, .secret, Self.useName(id))
        }
    }

    // MARK: Use

    private static func useName(_ id: String) -> String { "level key used \(id)" }

    private func use(_ database: Database, of id: String) throws -> Date? {
        try store.contents(database, .secret, Self.useName(id)).flatMap { Double(String(decoding: $0, as: UTF8.self)) }
            .map { Date(timeIntervalSince1970: $0) }
    }

    /// Remembers that a key opens a header now; to the minute, for many may come.
    func noteUse(_ database: Database, of id: String) throws {
        let now = clock.now
        if let last = try use(database, of: id), abs(now.timeIntervalSince(last)) < 60 { return }
        let seconds = Int(now.timeIntervalSince1970.rounded(.down))
        try store.put(database, .secret, Self.useName(id), Data(String(seconds).utf8))
    }
}
