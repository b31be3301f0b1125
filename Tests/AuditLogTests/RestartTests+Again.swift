import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Testing
import TransparencyLog
import Vault

/// Restarts that sizes cannot decide, that come one after another, or that lack something.
extension `A restart of the log` {
    static func grow(_ archive: ArchiveFixture, _ count: Int, action: String = "test.entry") async throws {
        for number in 0..<count {
            try await archive.log.record(actor: .service, action: action, object: String(number))
        }
    }

    private static func copy(_ folder: TemporaryFolder) -> String { StorageLayout(root: folder.path).checkpoint }

    private func details(_ log: AuditLog, _ archive: ArchiveFixture, _ folder: TemporaryFolder) async throws -> [String:
        String]
    {
        let begins = try #require(try await log.origins().last).begins
        let catalogue = try Catalogue(path: StorageLayout(root: folder.path).archiveDatabase)
        let leaf = try #require(try await catalogue.read { try $0.leaves(begins..<begins + 1) }.first)
        return try #require(LogEntry(leaf: leaf)).details
    }

    /// All of Storage was put back and went on: the archive noticed nothing, an auditor did.
    @Test(arguments: [1, 3, 9]) func `of a log that had grown needs to be told what is kept`(grown: Int) async throws {
        let archive = try await ArchiveFixture()
        try await Self.grow(archive, 8)
        let folder = try archive.photograph()
        try await Self.grow(archive, 4)
        let held = try #require(try archive.log.checkpoint())
        try await Self.grow(archive.reopened(in: folder), grown, action: "test.other")
        let log = try archive.examined(in: folder)
        let refusal = await archiveError { _ = try await log.restart(because: "x", after: held, by: .hostUser(7)) }
        #expect(refusal?.code == .badRequest && refusal?.hint?.contains("--kept") == true)
        for wrong in [-1, 13, min(8 + grown, 11) + 1] {
            let error = await archiveError {
                _ = try await log.restart(because: "x", after: held, keeping: wrong, by: .hostUser(7))
            }
            #expect(error?.code == .badRequest)
        }
        let origin = try await log.restart(because: "x", after: held, keeping: 8, by: .hostUser(7))
        #expect(origin.begins == 8 + grown && origin.superseded == held)
        let details = try await details(log, archive, folder)
        #expect(details["kept"] == "8" && details["lost"] == "4" && details["size"] == "12")
        let again = try await archive.reopened(in: folder)
        #expect(try await again.log.verify().fault == nil)
    }

    /// The database is from before an earlier restart: the copy in Storage is of an origin that it knows nothing of.
    @Test func `after another that the database does not know`() async throws {
        let archive = try await ArchiveFixture()
        try await Self.grow(archive, 6)
        let older = try archive.photograph()
        try await Self.grow(archive, 2)
        let folder = try archive.photograph()
        try await Self.grow(archive, 3)
        let first = try #require(try archive.log.checkpoint())
        try LocalFileSystem().replace(Self.copy(folder), with: first.utf8, label: "test")
        let second = try await archive.examined(in: folder).restart(because: "satu", after: nil, by: .hostUser(7))
        let later = try await archive.reopened(in: folder)
        try await Self.grow(later, 5)
        let newest = try #require(try later.log.checkpoint())
        // The older database in the place of the newer one, with the vault and the copy of the checkpoint as they are.
        let put = try later.photograph()
        let (from, to) = (StorageLayout(root: older.path), StorageLayout(root: put.path))
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: to.archiveDatabase + suffix)
            try? FileManager.default.copyItem(
                atPath: from.archiveDatabase + suffix,
                toPath: to.archiveDatabase + suffix
            )
        }
        let refusal = await archiveError { _ = try await archive.reopened(in: put) }
        #expect(refusal?.code == .logMismatch && refusal?.message.contains("knows nothing of that origin") == true)
        let log = try archive.examined(in: put)
        let third = try await log.restart(because: "dua", after: nil, by: .hostUser(7))
        #expect(third.begins == 6 && third.superseded == newest)
        let details = try await details(log, archive, put)
        #expect(details["origin"] == second.name && details["kept"] == "6" && details["lost"] == "8")
        let again = try await archive.reopened(in: put)
        let origins = try await again.log.origins()
        #expect(origins.map(\.name) == [ArchiveFixture.origin, second.name, third.name])
        #expect(Set(origins.map(\.name)).count == 3)
        #expect(origins.map(\.isLost) == [false, true, false])
        #expect(origins[1].checkpoint == second.checkpoint && origins[1].superseded == first)
        // Whoever holds either of the keys before knows whose the third is, and the second leads back to the first.
        let note = try SignedNote(parsing: #require(third.checkpoint))
        for origin in origins { try NoteVerifier(vkey: origin.verificationKey).verify(note) }
        try NoteVerifier(vkey: origins[0].verificationKey).verify(SignedNote(parsing: #require(second.checkpoint)))
    }

    /// The vault is older than the origin, too.
    @Test func `cannot go on from an origin that the vault has no key of`() async throws {
        let (folder, archive, _) = try await Self.putBack()
        let old = try TemporaryFolder(photographing: folder.path)
        let origin = try await archive.examined(in: folder).restart(because: "x", after: nil, by: .hostUser(7))
        let log = try archive.examined(in: old)
        let error = await archiveError {
            _ = try await log.restart(because: "x", after: origin.checkpoint, by: .hostUser(7))
        }
        #expect(error?.code == .logMismatch && error?.message.contains("no key of that origin") == true)
        #expect(error?.hint?.contains(ArchiveFixture.origin) == true)
        // A newer database beside an older vault: no key is made in the place of the one that is missing.
        let (from, to) = (StorageLayout(root: old.path), StorageLayout(root: folder.path))
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: to.vaultDatabase + suffix)
            try? FileManager.default.copyItem(atPath: from.vaultDatabase + suffix, toPath: to.vaultDatabase + suffix)
        }
        let opened = await archiveError { _ = try await archive.reopened(in: folder) }
        #expect(opened?.code == .storage && opened?.message.contains("log key of \(origin.name)") == true)
        #expect(opened?.message.contains(to.vaultDatabase) == true)
    }

    /// Nobody has a checkpoint any more: whoever says so goes on with what is there.
    @Test func `without any checkpoint keeps all or is refused`() async throws {
        let archive = try await ArchiveFixture()
        try await Self.grow(archive, 5)
        let head = try #require(try archive.log.checkpoint())
        let folder = try archive.photograph()
        try FileManager.default.removeItem(atPath: Self.copy(folder))
        let log = try archive.examined(in: folder)
        for kept in [nil, 4, 6] {
            let error = await archiveError {
                _ = try await log.restart(because: "x", after: nil, keeping: kept, by: .hostUser(7))
            }
            #expect(error?.code == .logMismatch && error?.hint?.contains("--kept 5") == true)
        }
        // One that the log has whole is no reason, and is to be put back.
        let error = await archiveError { _ = try await log.restart(because: "x", after: head, by: .hostUser(7)) }
        #expect(error?.code == .conflict && error?.hint?.contains("put the newest checkpoint") == true)
        let origin = try await log.restart(because: "x", after: nil, keeping: 5, by: .hostUser(7))
        #expect(origin.begins == 5 && origin.superseded == head)
        let details = try await details(log, archive, folder)
        #expect(details["kept"] == "5" && details["lost"] == "0")
        #expect(try await archive.reopened(in: folder).log.verify().fault == nil)
    }
}
