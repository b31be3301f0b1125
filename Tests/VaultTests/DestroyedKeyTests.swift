import Age
import ArchiveCore
import ArchiveTesting
import DurableSQLite
import Foundation
import GRDB
import Testing

@testable import Vault

/// After a batch of destruction what was deleted is noise, wherever a copy of it lies (DESIGN.md invariant 7).
@Suite struct DestroyedKeyTests {
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
        try vault.makeIdentities(for: Level("biasa"))
    }

    private func recording() throws -> RecordingID {
        let (upload, recording) = (UploadID(), RecordingID())
        try vault.begin(upload, recording: recording)
        _ = try vault.sealHere(upload, level: Level("biasa"))
        try vault.commit(upload, as: recording, nonce: PayloadNonce(), length: 100, digest: Data(count: 32))
        try vault.forget(upload)
        return recording
    }

    private func allSealed() throws -> [Row] {
        try vault.store.pool.read { try Row.fetchAll($0, sql: "SELECT * FROM sealed_row") }
    }

    @Test func deletedRowsAreInNoFileAndTheOthersOpen() async throws {
        let recipient = Identity.generateX25519().recipient
        let (upload, access) = (UploadID(), AccessID())
        let (doomed, kept) = (try (0..<20).map { _ in try recording() }, try (0..<20).map { _ in try recording() })
        for id in doomed + kept { _ = try vault.header(of: id, for: recipient, access: access) }
        try vault.begin(upload, recording: RecordingID())
        try vault.keep(headerPart: [1, 2, 3], of: upload)
        let before = try allSealed().map { $0["sealed"] as Data }
        let generation: Data = try await vault.store.pool.read { database in
            try #require(try Data.fetchOne(database, sql: "SELECT sealed FROM generation"))
        }
        let keys = try kept.map { try vault.payloadKeys(of: $0).fileKey }
        let headers = try kept.map { try vault.header(of: $0, for: recipient, access: access) }
        let (secret, level) = (try vault.secret("log key"), try vault.recipients(of: Level("biasa")))
        try vault.destroyKeys(of: doomed)
        try vault.destroyKeys(of: doomed)
        try await vault.renewGeneration()
        // No sealed bytes of before, of deleted rows or of the others, and not the key that opened them.
        let contents = try everyFile(below: layout.storage)
        #expect(contents.keys.contains(layout.vaultDatabase))
        for sealed in before + [generation] {
            for part in [sealed.prefix(32), sealed.suffix(32)] {
                #expect(contents.filter { $0.value.range(of: part) != nil }.isEmpty)
            }
        }
        for instance in [vault, try Vault(path: folder.path + "/Storage/vault.sqlite", root: root)] {
            for id in doomed {
                #expect(try !instance.holdsKeys(of: id))
                let error = #expect(throws: ArchiveError.self) { try instance.payloadKeys(of: id) }
                #expect(error?.code == .gone)
                #expect(throws: ArchiveError.self) {
                    try instance.header(of: id, for: recipient, access: access)
                }
            }
            #expect(try kept.map { try instance.payloadKeys(of: $0).fileKey } == keys)
            #expect(try kept.map { try instance.header(of: $0, for: recipient, access: access) } == headers)
            #expect(try instance.secret("log key") == secret)
            #expect(try instance.recipients(of: Level("biasa"))?.x25519 == level?.x25519)
            #expect(try instance.headerPart(of: upload) == [1, 2, 3])
        }
    }

    /// A copy of the file made before holds rows that the vault as it is now cannot open.
    @Test func rowsOfAnOldCopyDoNotOpen() async throws {
        let id = try recording()
        let copy = try TemporaryFolder(photographing: layout.storage)
        let old: (generation: Int64, sealed: Data, version: Int) = try await DatabaseQueue(
            path: copy.file("vault.sqlite")
        ).read { database in
            let row = try #require(
                try Row.fetchOne(database, sql: "SELECT * FROM sealed_row WHERE id = ?", arguments: ["\(id)"])
            )
            return (row["generation"], row["sealed"], row["version"])
        }
        try vault.destroyKeys(of: [id])
        try await vault.renewGeneration()
        for generation in [old.generation, old.generation + 1] {
            try await vault.store.pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA foreign_keys = OFF")
                try database.execute(
                    sql: "INSERT INTO sealed_row VALUES ('recording', ?, ?, ?, ?)",
                    arguments: ["\(id)", old.version, generation, old.sealed]
                )
            }
            let error = #expect(throws: ArchiveError.self) { try vault.payloadKeys(of: id) }
            #expect(error?.code == .storage)
            try vault.destroyKeys(of: [id])
        }
    }

    @Test func aReaderInTheWayIsWaitedForAndNotOverlooked() async throws {
        _ = try recording()
        let pool = try DurableDatabase.open(folder.file("other.sqlite"), readers: 2)
        try await pool.write { try $0.execute(sql: "CREATE TABLE t (x); INSERT INTO t VALUES ('zz-deleted')") }
        var configuration = Configuration()
        // The transaction stays open on purpose.
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(path: folder.file("other.sqlite"), configuration: configuration)
        try await reader.writeWithoutTransaction { database in
            try database.execute(sql: "BEGIN; SELECT * FROM t")
            _ = try Row.fetchAll(database, sql: "SELECT * FROM t")
        }
        try await pool.write { try $0.execute(sql: "DELETE FROM t") }
        let error = await archiveError { try await DurableDatabase.scrub(pool, attempts: 1) }
        #expect(error?.code == .storage)
        try await reader.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        try await DurableDatabase.scrub(pool, attempts: 1)
        #expect(try files(below: folder.path, containing: "zz-deleted".utf8).isEmpty)
    }

    @Test func writersAndReadersGoOnAcrossGenerations() async throws {
        let ids = try (0..<10).map { _ in try recording() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for _ in 0..<5 { try await vault.renewGeneration() } }
            for worker in 0..<4 {
                group.addTask {
                    for round in 0..<50 {
                        _ = try vault.payloadKeys(of: ids[(worker + round) % ids.count])
                        try vault.keep(Data("\(round)".utf8), as: "document \(worker)")
                    }
                }
            }
            try await group.waitForAll()
        }
        for worker in 0..<4 { #expect(try vault.document("document \(worker)") == Data("49".utf8)) }
        for id in ids { #expect(try vault.holdsKeys(of: id)) }
    }

    // MARK: Headers

    @Test func aHeaderComesInPartsAndIsForgottenWhenItIsWhole() throws {
        let level = try #require(try vault.recipients(of: Level("biasa")))
        for recipient in [level.x25519, level.hybrid] {
            let fileKey = FileKey()
            let header = try Header(fileKey: fileKey, recipients: [recipient])
            let bytes = header.serialized
            let (upload, recording) = (UploadID(), RecordingID())
            try vault.begin(upload, recording: recording)
            #expect(try vault.headerPart(of: upload).isEmpty)
            #expect(try vault.opened(upload) == nil)
            for part in pieces(of: bytes, sizes: [1, 50, 7]) { try vault.keep(headerPart: part, of: upload) }
            try vault.keep(headerPart: [], of: upload)
            #expect(try vault.headerPart(of: upload) == bytes)
            let stream = try vault.open(header, length: bytes.count, of: upload)
            #expect(stream.fileKey == fileKey)
            #expect(stream.opened.levels == [Level("biasa")])
            #expect(stream.opened.hybrid == (recipient.kind == .hybrid))
            #expect(try vault.headerPart(of: upload).isEmpty)
            #expect(try vault.opened(upload)?.fileKey == fileKey)
            #expect(try vault.opened(upload)?.opened.headerLength == bytes.count)
            #expect(try files(below: layout.storage, containing: bytes.prefix(40)).isEmpty)
            #expect(try vault.uploads() == [upload])
            try vault.forget(upload)
            #expect(try vault.uploads().isEmpty)
            #expect(throws: ArchiveError.self) { try vault.opened(upload) }
        }
    }

    @Test func aHeaderForNobodyHereIsRefused() throws {
        let upload = UploadID()
        try vault.begin(upload, recording: RecordingID())
        let header = try Header(fileKey: FileKey(), recipients: [Identity.generateX25519().recipient])
        let error = #expect(throws: ArchiveError.self) { try vault.open(header, length: 1, of: upload) }
        #expect(error?.code == .wrongRecipient)
        #expect(try vault.opened(upload) == nil)
    }

    @Test func aHeaderIsMintedOnceForAnAccess() throws {
        let id = try recording()
        let fileKey = try vault.payloadKeys(of: id).fileKey
        let (mine, theirs) = (Identity.generateX25519(), try Identity.generateHybrid())
        let (first, second) = (AccessID(), AccessID())
        let minted = try vault.header(of: id, for: mine.recipient, access: first)
        #expect(try vault.header(of: id, for: mine.recipient, access: first) == minted)
        #expect(try Header(parsing: minted).open(with: [mine]) == fileKey)
        let other = try vault.header(of: id, for: theirs.recipient, access: second)
        #expect(try Header(parsing: other).open(with: [theirs]) == fileKey)
        #expect(throws: AgeError.self) { try Header(parsing: other).open(with: [mine]) }
        try vault.forgetHeader(of: id, access: first)
        #expect(try vault.header(of: id, for: mine.recipient, access: first) != minted)
        #expect(try vault.header(of: id, for: theirs.recipient, access: second) == other)
    }

    @Test func concurrentRequestsGetOneHeader() async throws {
        let id = try recording()
        let (identity, access) = (Identity.generateX25519(), AccessID())
        let minted = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<16 {
                group.addTask { try vault.header(of: id, for: identity.recipient, access: access) }
            }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(minted.count == 1)
    }
}
