import Age
import ArchiveCore
import ArchiveTesting
import Crypto
import Foundation
import GRDB
import Synchronization
import Testing

@testable import Vault

/// Keys of levels and the root key give way to others, and those before them go when nothing needs them.
@Suite("Keys give way to others")
struct KeyRotationTests {
    private static let level = Level("terbatas")

    private let folder: TemporaryFolder
    private let layout: StorageLayout
    private let first: SecretBytes
    private let clock = ManualClock()
    private let vault: Vault

    init() throws {
        folder = try TemporaryFolder()
        layout = StorageLayout(root: folder.path)
        first = try RootKeyFile(path: layout.rootKey).create()
        try FileManager.default.createDirectory(atPath: layout.storage, withIntermediateDirectories: true)
        vault = try Vault(path: layout.vaultDatabase, rootKey: first, clock: clock)
        for name in ["biasa", "terbatas"] { try vault.makeIdentities(for: Level(name)) }
    }

    private func opened(_ recipient: Recipient) throws -> OpenedStream {
        let (upload, recording) = (UploadID(), RecordingID())
        try vault.begin(upload, recording: recording)
        defer { try? vault.forget(upload) }
        let header = try Header(fileKey: FileKey(), recipients: [recipient])
        return try vault.open(header, length: header.serialized.count, of: upload)
    }

    // MARK: Levels

    @Test func `a level's new key is told, and the old one opens until it is retired`() async throws {
        let old = try #require(try vault.recipients(of: Self.level))
        let before = try #require(try vault.levelKeys().first { $0.level == Self.level })
        #expect(before.replaced == nil && before.used == nil && before.made == clock.now)
        clock.advance(by: 3600)
        let (from, to) = try vault.rotateIdentities(of: Self.level, user: 7)
        #expect(from == before.id && to != from)
        let fresh = try #require(try vault.recipients(of: Self.level))
        #expect(fresh.x25519 != old.x25519 && fresh.hybrid != old.hybrid)
        clock.advance(by: 3600)
        for recipient in [old.x25519, old.hybrid, fresh.x25519, fresh.hybrid] {
            #expect(try opened(recipient).opened.levels == [Self.level])
        }
        let keys = try vault.levelKeys().filter { $0.level == Self.level }
        #expect(keys.count == 2 && keys.allSatisfy { $0.used == clock.now })
        #expect(keys.first { $0.id == from }?.replaced == clock.now.addingTimeInterval(-3600))
        #expect(keys.first { $0.id == to }?.replaced == nil)

        // One change after the other: what the archive has not written down yet is not written over.
        let pending = KeyChange(.rotate, of: "level", level: Self.level, from: from, to: to, user: 7)
        #expect(try vault.pendingKeyChange() == pending)
        #expect(throws: ArchiveError.self) { try vault.rotateIdentities(of: Self.level, user: 7) }
        try vault.settleKeyChange()

        // A header may be on its way: it goes nowhere while that is not known.
        let upload = UploadID()
        try vault.begin(upload, recording: RecordingID())
        let refused = #expect(throws: ArchiveError.self) {
            try vault.retireIdentities(from, of: Self.level, user: nil)
        }
        #expect(refused?.code == .conflict && refused?.message.contains("\(upload)") == true)
        try vault.keep(headerPart: [1, 2], of: upload)
        #expect(throws: ArchiveError.self) { try vault.retireIdentities(from, of: Self.level, user: nil) }
        // One that was opened has its own key by now.
        let header = try Header(fileKey: FileKey(), recipients: [old.x25519])
        _ = try vault.open(header, length: header.serialized.count, of: upload)
        for (key, code) in [(to, ArchiveError.Code.conflict), ("none", .notFound)] {
            let error = #expect(throws: ArchiveError.self) {
                try vault.retireIdentities(key, of: Self.level, user: nil)
            }
            #expect(error?.code == code)
        }
        let sealed = try await rows("identity")
        try vault.retireIdentities(from, of: Self.level, user: nil)
        try await vault.renewGeneration()
        for recipient in [old.x25519, old.hybrid] {
            let error = #expect(throws: ArchiveError.self) { try opened(recipient) }
            #expect(error?.code == .wrongRecipient)
        }
        #expect(try opened(fresh.hybrid).opened.hybrid)
        #expect(try vault.levelKeys().map(\.id).contains(from) == false)
        for row in sealed { #expect(try files(below: layout.storage, containing: row.suffix(32)).isEmpty) }
        #expect(sealed.count == 3)
    }

    private func rows(_ kind: String) async throws -> [Data] {
        try await vault.store.pool.read {
            try Data.fetchAll($0, sql: "SELECT sealed FROM sealed_row WHERE kind = ?", arguments: [kind])
        }
    }

    // MARK: The root key

    /// Whether `key` opens what lies in Storage now.
    private func opens(_ key: SecretBytes) throws -> Bool {
        let photograph = try TemporaryFolder(photographing: folder.path)
        do {
            let vault = try Vault(path: StorageLayout(root: photograph.path).vaultDatabase, rootKey: key)
            _ = try vault.recipients(of: Self.level)
            try vault.close()
            return true
        } catch let error as ArchiveError where error.code == .configuration {
            return false
        }
    }

    private func prepare(_ key: SecretBytes) throws {
        try vault.prepare(rootKey: key, from: .credential("kunci"), inPlaceOf: .file, user: 7)
    }

    @Test func `both root keys open until one is adopted, and then that one alone`() async throws {
        let (second, third) = (SecretBytes(randomCount: 32), SecretBytes(randomCount: 32))
        let secret = try vault.secret("directory")
        #expect(try opens(first) && !opens(second))
        for wrong in [first, SecretBytes([1])] { #expect(throws: ArchiveError.self) { try prepare(wrong) } }
        try prepare(second)
        clock.advance(by: 1)
        try prepare(third)
        #expect(try opens(first) && opens(second) && opens(third))
        // A destruction in between; the vault does not have the next keys then.
        try await vault.renewGeneration()
        #expect(try opens(first) && opens(second) && opens(third) && !opens(SecretBytes(randomCount: 32)))
        let next = try #require(try vault.rootKeyStanding().next)
        #expect(next.kind == .credential("kunci") && next.prepared == clock.now)

        let photograph = try TemporaryFolder(photographing: folder.path)
        let generations = try await sealedGenerations()
        #expect(generations.count == 3)
        let error = await archiveError { try await vault.adopt(rootKey: SecretBytes(randomCount: 32)) }
        #expect(error?.code == .configuration)
        try await vault.adopt(rootKey: third)
        #expect(try !opens(first) && !opens(second) && opens(third))
        for sealed in generations { #expect(try files(below: layout.storage, containing: sealed.suffix(32)).isEmpty) }
        #expect(try vault.secret("directory") == secret)
        let standing = try vault.rootKeyStanding()
        #expect(standing.id == next.id && standing.next == nil && standing.made == clock.now)
        let change = try #require(try vault.pendingKeyChange())
        #expect(change.kind == "root" && change.to == next.id && change.user == 7 && change.place == "file")

        // Who has a copy from before, and the old root key, gets nothing of what is sealed now.
        let copy = try Vault(path: StorageLayout(root: photograph.path).vaultDatabase, rootKey: first)
        let rows = try await copy.store.pool.read { try copy.store.nextRoots($0) }
        #expect(rows.count == 2)
        let fresh = try #require(try await sealedGenerations().first)
        let id = vault.store.current.withLock(\.id)
        for key in rows.map({ SymmetricKey(data: $0.sealing) }) + [copy.store.current.withLock(\.key)] {
            #expect(throws: ArchiveError.self) { try Sealing.open(fresh, with: key, context: "generation \(id)") }
        }
    }

    private func sealedGenerations() async throws -> [Data] {
        try await vault.store.pool.read {
            try Data.fetchAll($0, sql: "SELECT sealed FROM generation UNION ALL SELECT sealed FROM generation_waiting")
        }
    }

    @Test func `a vault that the next root key opened is sealed for it alone`() async throws {
        let second = SecretBytes(randomCount: 32)
        try prepare(second)
        try vault.close()
        let again = try Vault(path: layout.vaultDatabase, rootKey: second, clock: clock)
        #expect(try again.isOpenedByNextRootKey)
        // A batch of destruction may end in between.
        try await again.renewGeneration()
        #expect(try again.isOpenedByNextRootKey)
        _ = try again.recipients(of: Self.level)
        try again.keep(Data([1]), as: "document")
        try await again.adopt()
        #expect(try !again.isOpenedByNextRootKey && !opens(first) && opens(second))
        #expect(try again.document("document") == Data([1]))
    }

    /// The disk is full, or the process is killed, within the transaction that seals for the next root key alone.
    @Test func `what fails while a root key is adopted is done by the next attempt`() async throws {
        let second = SecretBytes(randomCount: 32)
        let secret = try vault.secret("directory")
        try prepare(second)
        func fail(at statement: String) async throws {
            try await vault.store.pool.write { database in
                try database.execute(
                    sql: """
                        CREATE TEMP TRIGGER failing BEFORE \(statement)
                        BEGIN SELECT RAISE(ABORT, 'the test fails this'); END
                        """
                )
            }
        }
        for statement in [
            "DELETE ON main.sealed_row WHEN OLD.id LIKE 'root key in waiting%'", "INSERT ON main.generation",
            "INSERT ON main.sealed_row WHEN NEW.kind = 'identity'", "DELETE ON main.generation",
        ] {
            try await fail(at: statement)
            await #expect(throws: DatabaseError.self, "\(statement)") { try await vault.adopt(rootKey: second) }
            try await vault.store.pool.write { try $0.execute(sql: "DROP TRIGGER temp.failing") }
            // A kill at this moment leaves a vault that both open; this one goes on, and says that the next one is used.
            #expect(try opens(first) && opens(second), "\(statement)")
            #expect(try vault.isOpenedByNextRootKey && vault.pendingKeyChange() == nil)
            #expect(try vault.secret("directory") == secret)
            try vault.keep(Data(statement.utf8), as: "document")
            #expect(try vault.document("document") == Data(statement.utf8))
        }
        try await vault.adopt()
        #expect(try !opens(first) && opens(second) && !vault.isOpenedByNextRootKey)
        #expect(try vault.pendingKeyChange()?.kind == "root" && vault.secret("directory") == secret)
    }

    @Test func `readers and writers go on while the root key changes`() async throws {
        let keys = (0..<5).map { _ in SecretBytes(randomCount: 32) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for key in keys {
                    try prepare(key)
                    try await vault.adopt(rootKey: key)
                }
            }
            for worker in 0..<3 {
                group.addTask {
                    for round in 0..<50 {
                        _ = try vault.recipients(of: Self.level)
                        try vault.keep(Data("\(round)".utf8), as: "document \(worker)")
                    }
                }
            }
            try await group.waitForAll()
        }
        for worker in 0..<3 { #expect(try vault.document("document \(worker)") == Data("49".utf8)) }
        #expect(try opens(keys[4]) && !opens(keys[3]))
    }

    /// What a vault elsewhere gets: the keys of levels, all of them, and nothing of this vault's root key.
    @Test func `a backup has the keys that were replaced, and nothing of the root key`() async throws {
        _ = try vault.rotateIdentities(of: Self.level, user: nil)
        try prepare(SecretBytes(randomCount: 32))
        let read = Mutex<[VaultRow]>([])
        let damaged = try await vault.readAll { row in read.withLock { $0.append(row) } }
        #expect(damaged.isEmpty)
        let rows = read.withLock { $0 }
        #expect(rows.count { $0.kind == "identity" } == 3)
        #expect(!rows.contains { $0.id.hasPrefix("root key") || $0.id == KeyChange.name })
        #expect(rows.contains { $0.kind == "identity" && $0.id.hasPrefix("terbatas/") })
    }
}
