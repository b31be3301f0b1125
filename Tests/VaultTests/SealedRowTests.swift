import Age
import ArchiveCore
import ArchiveTesting
import DurableSQLite
import Foundation
import GRDB
import Testing

@testable import Vault

/// Rows of the vault are inserted and deleted, never changed, and none can stand in for another.
@Suite struct SealedRowTests {
    private let folder: TemporaryFolder
    private let layout: StorageLayout
    private let root: RootKeyFile
    private let vault: Vault

    init() throws {
        folder = try TemporaryFolder()
        layout = StorageLayout(root: folder.path)
        root = RootKeyFile(path: layout.rootKey)
        try root.create()
        try FileManager.default.createDirectory(atPath: layout.storage, withIntermediateDirectories: true)
        vault = try Vault(path: layout.vaultDatabase, root: root)
    }

    /// A recording with keys in the vault.
    private func recording() throws -> RecordingID {
        let (upload, recording) = (UploadID(), RecordingID())
        try vault.begin(upload, recording: recording)
        _ = try vault.sealHere(upload, level: Level("biasa"))
        try vault.commit(upload, as: recording, nonce: PayloadNonce(), length: 100, digest: Data(count: 32))
        try vault.forget(upload)
        return recording
    }

    /// SQL on the vault's own connection.
    private func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
        try vault.store.pool.write { try $0.execute(sql: sql, arguments: arguments) }
    }

    /// SQL of somebody who has the file and drops what stands in the way.
    private func tamper(_ sql: String, _ arguments: StatementArguments = []) throws {
        try execute(
            """
            DROP TRIGGER IF EXISTS sealed_row_never_changes;
            DROP TRIGGER IF EXISTS sealed_row_is_never_replaced;
            """
        )
        try execute(sql, arguments)
    }

    private func rows(_ kind: String) throws -> [Row] {
        try vault.store.pool.read {
            try Row.fetchAll($0, sql: "SELECT * FROM sealed_row WHERE kind = ?", arguments: [kind])
        }
    }

    @Test func theLiveConnectionIsDurable() throws {
        let expected = [
            ("synchronous", "2"), ("journal_mode", "wal"), ("foreign_keys", "1"), ("recursive_triggers", "1"),
            ("temp_store", "2"), ("secure_delete", "1"), ("trusted_schema", "0"),
        ]
        try vault.store.pool.writeWithoutTransaction { database throws in
            for (pragma, value) in expected {
                #expect(try String.fetchOne(database, sql: "PRAGMA \(pragma)") == value, "\(pragma)")
            }
        }
        try vault.store.pool.read { database throws in
            for pragma in ["foreign_keys", "recursive_triggers"] {
                #expect(try String.fetchOne(database, sql: "PRAGMA \(pragma)") == "1", "\(pragma)")
            }
            #expect(try String.fetchOne(database, sql: "PRAGMA temp_store") == "2")
        }
    }

    @Test func rowsAreNeitherUpdatedNorReplaced() throws {
        let id = try recording()
        for sql in [
            "UPDATE sealed_row SET sealed = x'00'", "UPDATE sealed_row SET id = 'x' WHERE id = '\(id)'",
            "UPDATE generation SET sealed = x'00'",
            "INSERT OR REPLACE INTO sealed_row SELECT kind, id, version, generation, x'00' FROM sealed_row",
            "REPLACE INTO sealed_row SELECT * FROM sealed_row WHERE id = '\(id)'",
            """
            INSERT INTO sealed_row VALUES ('recording', 'b', 2, 1, x'00');
            INSERT INTO sealed_row VALUES ('recording', 'b', 1, 1, x'00')
            """,
            "INSERT INTO sealed_row VALUES ('other', 'b', 1, 1, x'00')",
            "INSERT INTO sealed_row VALUES ('recording', 'b', 0, 1, x'00')",
            "INSERT INTO sealed_row VALUES ('recording', 'b', 1, 99, x'00')",
        ] {
            #expect(throws: DatabaseError.self, "\(sql)") { try execute(sql) }
        }
        #expect(try vault.holdsKeys(of: id))
    }

    /// Kind, id and version are bound into the seal.
    @Test func rowsCannotBeSwapped() throws {
        let (first, second) = (try recording(), try recording())
        let keys = try vault.payloadKeys(of: second)
        try tamper(
            "UPDATE sealed_row SET sealed = (SELECT sealed FROM sealed_row WHERE id = ?) WHERE id = ?",
            ["\(first)", "\(second)"]
        )
        #expect(throws: ArchiveError.self) { try vault.payloadKeys(of: second) }
        _ = try vault.payloadKeys(of: first)
        _ = keys
        for change in ["version = version + 1", "kind = 'secret'"] {
            let id = try recording()
            try tamper("UPDATE sealed_row SET \(change) WHERE id = ?", ["\(id)"])
            let error = #expect(throws: ArchiveError.self, "\(change)") {
                if change.hasPrefix("kind") {
                    _ = try vault.document("\(id)")
                } else {
                    _ = try vault.payloadKeys(of: id)
                }
            }
            #expect(error?.code == .storage)
        }
        let id = try recording()
        let other = RecordingID()
        try tamper("UPDATE sealed_row SET id = ? WHERE id = ?", ["\(other)", "\(id)"])
        #expect(throws: ArchiveError.self) { try vault.payloadKeys(of: other) }
    }

    @Test func everyBitOfARowCounts() throws {
        let id = try recording()
        let sealed: Data = try #require(rows("recording").first)["sealed"]
        for place in stride(from: 0, to: sealed.count, by: 11) {
            var bytes = sealed
            bytes[place] ^= 1
            try tamper("UPDATE sealed_row SET sealed = ? WHERE id = ?", [bytes, "\(id)"])
            #expect(throws: ArchiveError.self, "byte \(place)") { try vault.payloadKeys(of: id) }
        }
        try tamper("UPDATE sealed_row SET sealed = ? WHERE id = ?", [sealed, "\(id)"])
        _ = try vault.payloadKeys(of: id)
    }

    @Test func keysAreNeverInClear() throws {
        let id = try recording()
        let key = try vault.payloadKeys(of: id).fileKey.withUnsafeBytes { Data($0) }
        let secret = try vault.secret("log key")
        try vault.makeIdentities(for: Level("biasa"))
        for bytes in [Array(key), secret.exposedBytes, Array("AGE-SECRET-KEY".utf8), try root.rootKey().exposedBytes] {
            #expect(try files(below: layout.storage, containing: bytes).isEmpty)
        }
    }

    // MARK: The root key

    @Test func anotherRootKeyIsRefusedWithWhatToDo() throws {
        let id = try recording()
        try vault.close()
        let other = RootKeyFile(path: folder.file("other.key"))
        try other.create()
        let error = #expect(throws: ArchiveError.self) { try Vault(path: layout.vaultDatabase, root: other) }
        #expect(error?.code == .configuration)
        #expect(error?.message == "the root key does not open this vault")
        #expect(error?.hint?.contains("root key") == true)
        // Nothing was made anew by trying.
        #expect(try Vault(path: layout.vaultDatabase, root: root).holdsKeys(of: id))
    }

    @Test func theRootKeyFileIsItsOwners() throws {
        let local = LocalFileSystem()
        #expect(try local.mode(layout.rootKey) == 0o600)
        #expect(try local.mode(layout.secrets) == 0o700)
        #expect(throws: ArchiveError.self) { try root.create() }
        let key = try root.rootKey()
        for mode: UInt32 in [0o640, 0o604, 0o660, 0o644, 0o601, 0o610] {
            try local.setMode(layout.rootKey, mode, label: "test")
            let error = #expect(throws: ArchiveError.self, "\(mode)") { try root.rootKey() }
            #expect(error?.code == .configuration)
            #expect(error?.hint == "chmod 600 \(layout.rootKey)")
        }
        for mode: UInt32 in [0o600, 0o400] {
            try local.setMode(layout.rootKey, mode, label: "test")
            #expect(try root.rootKey() == key)
        }
    }

    @Test(
        arguments: [
            "", "risalah-root-key 1\n", "risalah-root-key 2\naaaa\n", "risalah-root-key 1\naaaaaaaaaaaaaaaa\n",
            "risalah-root-key 1\n\(String(repeating: "a", count: 52))\nmore\n", "\u{0}\u{1}",
        ]
    )
    func whatIsNoRootKeyIsRefused(_ text: String) throws {
        let path = folder.file("bad.key")
        try LocalFileSystem().replace(path, with: text.utf8, label: "test")
        let error = #expect(throws: ArchiveError.self) { try RootKeyFile(path: path).rootKey() }
        #expect(error?.code == .configuration)
        let absent = #expect(throws: ArchiveError.self) { try RootKeyFile(path: folder.file("none")).rootKey() }
        #expect(absent?.code == .configuration)
    }

    /// Each call of making the key fails once: no half key under its name.
    @Test func aRootKeyIsMadeWholeOrNotAtAll() throws {
        for failing in 0..<8 {
            let faulty = FaultyFileSystem()
            let file = RootKeyFile(path: folder.file("new-\(failing)/root.key"), files: faulty)
            faulty.fail { _, number in number == failing ? ArchiveError(.exhausted, "call \(number)") : nil }
            do {
                try file.create()
                #expect(failing >= 7, "all \(failing) calls before did not fail")
            } catch {
                faulty.heal()
                if (try? file.rootKey()) == nil {
                    #expect(try faulty.length(folder.file("new-\(failing)/root.key")) == nil)
                    try file.create()
                }
            }
            faulty.heal()
            #expect(try file.rootKey().count == 32)
        }
    }

    @Test func secretsStayAndAreApart() throws {
        let (one, two) = (try vault.secret("one"), try vault.secret("two"))
        #expect(one != two)
        #expect(try vault.secret("one") == one)
        try vault.keep(Data("first".utf8), as: "document")
        try vault.keep(Data("second".utf8), as: "document")
        try vault.close()
        let again = try Vault(path: layout.vaultDatabase, root: root)
        #expect(try again.secret("one") == one)
        #expect(try again.document("document") == Data("second".utf8))
        #expect(try again.document("other") == nil)
        let seal = try again.seal("one")
        let sealed = try seal.seal(Data("text".utf8), context: "a")
        #expect(try seal.open(sealed, context: "a") == Data("text".utf8))
        #expect(throws: ArchiveError.self) { try seal.open(sealed, context: "b") }
        #expect(throws: ArchiveError.self) { try again.seal("two").open(sealed, context: "a") }
    }

    @Test func filesAreTheirOwners() throws {
        _ = try recording()
        for path in try everyFile(below: layout.storage).keys {
            #expect(try LocalFileSystem().mode(path) == 0o600, "\(path)")
        }
    }
}
