import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Testing
import TransparencyLog

/// A database behind its own last checkpoint goes on only under another origin, which says so.
@Suite struct `A restart of the log` {
    /// A log whose database was put back: eight entries where eleven were answered for.
    static func putBack() async throws -> (folder: TemporaryFolder, from: ArchiveFixture, lost: String) {
        let archive = try await ArchiveFixture()
        func grow(_ count: Int) async throws {
            for number in 0..<count {
                try await archive.log.record(actor: .service, action: "test.entry", object: String(number))
            }
        }
        try await grow(8)
        let old = try archive.photograph()
        try await grow(3)
        let newest = try #require(try archive.log.checkpoint())
        let path = StorageLayout(root: old.path).checkpoint
        try LocalFileSystem().replace(path, with: newest.utf8, label: "test")
        return (old, archive, newest)
    }

    @Test func `names what is lost, is signed by the old key too, and opens`() async throws {
        let (folder, archive, lost) = try await Self.putBack()
        #expect(await archiveError { _ = try await archive.reopened(in: folder) }?.code == .logMismatch)
        let origin = try await archive.examined(in: folder).restart(
            because: "Piringan rusak",
            after: nil,
            by: .hostUser(7)
        )
        #expect(origin.begins == 8 && origin.superseded == lost && origin.name != ArchiveFixture.origin)
        let again = try await archive.reopened(in: folder)
        #expect(try await again.log.verify().fault == nil)
        #expect(again.log.verificationKey == origin.verificationKey)
        var filter = EntryFilter()
        filter.action = AuditLog.restarted
        let rows = try await again.catalogue.read { [filter] in try $0.entries(filter, limit: 2) }
        let row = try #require(rows.first)
        #expect(rows.count == 1 && row.seq == 8)
        let entry = try #require(LogEntry(leaf: row.leaf))
        #expect(entry.action == AuditLog.restarted && entry.actor == "uid:7")
        #expect(entry.details["size"] == "11" && entry.details["kept"] == "8" && entry.details["lost"] == "3")
        #expect(try again.log.open(#require(row.texts.first)) == "Piringan rusak")
        // Both keys stand under the first note, and the tree is the old one and one entry more.
        let note = try SignedNote(parsing: #require(origin.checkpoint))
        let (old, new) = (
            try NoteVerifier(vkey: archive.log.verificationKey), try NoteVerifier(vkey: origin.verificationKey)
        )
        try old.verify(note)
        let first = try new.checkpoint(in: note)
        #expect(first.size == 9 && first.origin == origin.name)
        #expect(throws: LogError.self) { try old.checkpoint(in: note) }
        #expect(throws: LogError.self) { try new.checkpoint(in: SignedNote(parsing: lost)) }
        #expect(try await again.log.origins().map(\.verificationKey) == [old.vkey, new.vkey])
        // The log goes on, and a second restart follows the same rules.
        try await again.log.record(actor: .service, action: "test.later")
        #expect(try await again.log.verify().size == 10)
    }

    @Test func `is refused where there is nothing to restart, or nothing whole to go on from`() async throws {
        let (folder, archive, _) = try await Self.putBack()
        let whole = try await archive.reopened()
        let checkpoint = try #require(try whole.log.checkpoint())
        for given in [nil, checkpoint] {
            let error = await archiveError {
                _ = try await whole.log.restart(because: "x", after: given, by: .hostUser(7))
            }
            #expect(error?.code == .conflict)
        }
        // A checkpoint of another log.
        let other = try await ArchiveFixture()
        try await other.log.record(actor: .service, action: "test.entry")
        let foreign = try #require(try other.log.checkpoint())
        let log = try archive.examined(in: folder)
        #expect(
            await archiveError { _ = try await log.restart(because: "x", after: foreign, by: .hostUser(7)) }?.code
                == .logMismatch
        )
        try TamperingTests.tamper(
            StorageLayout(root: folder.path).archiveDatabase,
            "UPDATE entry SET decision = 'refuse' WHERE seq = 3"
        )
        let error = await archiveError { _ = try await log.restart(because: "x", after: nil, by: .hostUser(7)) }
        #expect(error?.code == .logMismatch && error?.message.contains("column decision") == true)
        #expect(try await log.origins().count == 1)
    }

    /// Where Storage lost its copy of the checkpoint, one that an auditor held takes its place.
    @Test func `takes the checkpoint that an auditor held`() async throws {
        let (folder, archive, lost) = try await Self.putBack()
        let path = StorageLayout(root: folder.path).checkpoint
        try FileManager.default.removeItem(atPath: path)
        let log = try archive.examined(in: folder)
        #expect(
            await archiveError { _ = try await log.restart(because: "x", after: nil, by: .hostUser(7)) }?.code
                == .logMismatch
        )
        #expect(try await log.restart(because: "x", after: lost, by: .hostUser(7)).superseded == lost)
        let again = try await archive.reopened(in: folder)
        #expect(try await again.log.verify().fault == nil)
    }

    /// A crash after the transaction and before the copy of the checkpoint: the next start finishes it, once.
    @Test func `that was cut off is finished by the next start`() async throws {
        let (folder, archive, lost) = try await Self.putBack()
        let files = FaultyFileSystem(failing: "checkpoint.write")
        let cut = try archive.examined(in: folder, files: files)
        let error = await archiveError { _ = try await cut.restart(because: "x", after: nil, by: .hostUser(7)) }
        #expect(error != nil)
        let path = StorageLayout(root: folder.path).checkpoint
        #expect(try String(contentsOfFile: path, encoding: .utf8) == lost)
        let again = try await archive.reopened(in: folder)
        #expect(try await again.log.verify().fault == nil)
        let copied = try String(contentsOfFile: again.layout.checkpoint, encoding: .utf8)
        #expect(copied == (try again.log.checkpoint()))
        #expect(try await again.log.origins().map(\.isLost) == [false, false])
        // Nothing else that is behind is opened by the same way.
        try LocalFileSystem().replace(path, with: lost.utf8, label: "test")
        let put = await archiveError { _ = try await archive.reopened(in: folder) }
        #expect(put?.code == .logMismatch && put?.message.contains("came after that") == true)
    }

    /// A crash between the copy of the checkpoint and the vault's remembering.
    @Test func `is remembered by the next start`() async throws {
        let (folder, archive, lost) = try await Self.putBack()
        let origin = try await archive.examined(in: folder).restart(because: "x", after: nil, by: .hostUser(7))
        let layout = StorageLayout(root: folder.path)
        try TamperingTests.tamper(layout.vaultDatabase, "DELETE FROM sealed_row WHERE id LIKE 'log restart %'")
        let copied = try String(contentsOfFile: layout.checkpoint, encoding: .utf8)
        _ = try await archive.reopened(in: folder)
        #expect(try String(contentsOfFile: layout.checkpoint, encoding: .utf8) == copied)
        // The database may forget it from here on.
        try TamperingTests.tamper(layout.archiveDatabase, "DELETE FROM log_origin")
        let origins = try await archive.examined(in: folder).origins()
        #expect(origins.map(\.isLost) == [false, true])
        #expect(origins[1].name == origin.name && origins[1].superseded == lost)
        #expect(origins[1].checkpoint == origin.checkpoint && origins[1].begins == 8)
    }

    /// The same cut off, and begun once more before any start.
    @Test func `that was cut off is not made twice`() async throws {
        let (folder, archive, _) = try await Self.putBack()
        let cut = try archive.examined(in: folder, files: FaultyFileSystem(failing: "checkpoint.write"))
        _ = await archiveError { _ = try await cut.restart(because: "x", after: nil, by: .hostUser(7)) }
        let log = try archive.examined(in: folder)
        let error = await archiveError { _ = try await log.restart(because: "x", after: nil, by: .hostUser(7)) }
        #expect(error?.code == .conflict, "\(String(describing: error))")
        #expect(try await log.origins().count == 2)
    }
}
