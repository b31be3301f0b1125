import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Crypto
import Foundation
import GRDB
import Ingest
import Retention
import Retrieval
import Testing
import Vault

/// The leaf is the truth: whatever else is changed behind the archive's back is found, and the first bad entry named.
@Suite struct TamperingTests {
    /// A log of ten entries, every other with a text, and its file.
    static func archive() async throws -> ArchiveFixture {
        let archive = try await ArchiveFixture()
        for number in 0..<10 {
            archive.clock.advance(by: 1)
            try await archive.log.record(
                actor: .service,
                action: "test.entry",
                object: "object \(number)",
                details: ["number": String(number)],
                texts: number % 2 == 0 ? ["purpose": "alasan \(number)"] : [:]
            )
        }
        return archive
    }

    /// SQL of somebody who has the file and drops what stands in the way.
    private static func tamper(_ archive: ArchiveFixture, _ sql: String) throws {
        try tamper(archive.layout.archiveDatabase, sql)
    }

    /// The same, with the path of the file.
    static func tamper(_ path: String, _ sql: String) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        try DatabaseQueue(path: path, configuration: configuration).inDatabase { database in
            let triggers = try String.fetchAll(database, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger'")
            for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(trigger)") }
            try database.execute(sql: sql)
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var sql: String
        /// The entry that is named; nil where it is the whole that does not agree.
        var seq: Int?
        var reason: String
        /// Whether a restart refuses at once, for it reads heads and not every entry.
        var refusesToOpen = false
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "time", sql: "UPDATE entry SET time = '2020' WHERE seq = 3", seq: 3, reason: "column time"),
        Case(name: "actor", sql: "UPDATE entry SET actor = 'x' WHERE seq IN (7, 4)", seq: 4, reason: "column actor"),
        Case(
            name: "actor behind a zero byte",
            sql: "UPDATE entry SET actor = actor || char(0) || 'x' WHERE seq = 4",
            seq: 4,
            reason: "column actor"
        ),
        Case(name: "action", sql: "UPDATE entry SET action = 'x' WHERE seq = 0", seq: 0, reason: "column action"),
        Case(name: "object", sql: "UPDATE entry SET object = NULL WHERE seq = 9", seq: 9, reason: "column object"),
        Case(
            name: "decision",
            sql: "UPDATE entry SET decision = 'refuse' WHERE seq = 5",
            seq: 5,
            reason: "column decision"
        ),
        Case(
            name: "a leaf that is no entry",
            sql: "UPDATE entry SET leaf = x'7b7d' WHERE seq = 6",
            seq: 6,
            reason: "not a canonical entry"
        ),
        Case(
            name: "a leaf with a space more",
            sql: "UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), ',', ', ') AS BLOB) WHERE seq = 6",
            seq: 6,
            reason: "not a canonical entry"
        ),
        Case(
            name: "a leaf and its columns",
            sql: """
                UPDATE entry SET object = 'object X',
                    leaf = CAST(replace(CAST(leaf AS TEXT), 'object 3', 'object X') AS BLOB) WHERE seq = 3
                """,
            seq: 3,
            reason: "the leaf differs from its hash"
        ),
        Case(
            name: "details",
            sql: "UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), '\"3\"', '\"8\"') AS BLOB) WHERE seq = 3",
            seq: 3,
            reason: "the leaf differs from its hash"
        ),
        Case(
            name: "a hash",
            sql: "UPDATE entry SET hash = (SELECT hash FROM entry WHERE seq = 2) WHERE seq = 3",
            seq: 3,
            reason: "the leaf differs from its hash"
        ),
        Case(
            name: "a hash of a tile that is not there",
            sql: "INSERT INTO tile_hash SELECT 1, 0, hash FROM entry WHERE seq = 2",
            seq: nil,
            reason: "hashes of tiles that the log does not have"
        ),
        Case(
            name: "the order",
            sql: """
                UPDATE entry SET seq = 100 WHERE seq = 1; UPDATE entry SET seq = 1 WHERE seq = 3;
                UPDATE entry SET seq = 3 WHERE seq = 100
                """,
            seq: nil,
            reason: "do not hash to the root"
        ),
        Case(
            name: "an entry removed",
            sql: "DELETE FROM entry WHERE seq = 3",
            seq: 3,
            reason: "entry 3 is missing",
            refusesToOpen: true
        ),
        Case(
            name: "the first removed",
            sql: "DELETE FROM entry_text WHERE seq = 0; DELETE FROM entry WHERE seq = 0",
            seq: 0,
            reason: "entry 0 is missing",
            refusesToOpen: true
        ),
        Case(
            name: "the last removed",
            sql: "DELETE FROM entry WHERE seq = 9",
            seq: nil,
            reason: "the head is signed for 10 entries; there are 9",
            refusesToOpen: true
        ),
        Case(
            name: "all removed",
            sql: "DELETE FROM entry_text; DELETE FROM entry",
            seq: nil,
            reason: "signed for 10 entries; there are 0",
            refusesToOpen: true
        ),
        Case(
            name: "all removed with the head",
            sql: "DELETE FROM entry_text; DELETE FROM entry; DELETE FROM head",
            seq: nil,
            reason: "last checkpoint was signed for 10 entries; there are 0",
            refusesToOpen: true
        ),
        Case(
            name: "an entry added",
            sql: """
                INSERT INTO entry SELECT 10, leaf, hash, time, actor, action, object, decision
                FROM entry WHERE seq = 9
                """,
            seq: nil,
            reason: "the head is signed for 10 entries; there are 11",
            refusesToOpen: true
        ),
        Case(
            name: "a text",
            sql: "UPDATE entry_text SET sealed = (SELECT sealed FROM entry_text WHERE seq = 2) WHERE seq = 4",
            seq: 4,
            reason: "does not open"
        ),
        Case(
            name: "some bytes of a salt",
            sql:
                "UPDATE entry_text SET sealed = CAST(substr(sealed, 1, 20) || x'0000' || substr(sealed, 23) AS BLOB) WHERE seq = 6",
            seq: 6,
            reason: "does not open"
        ),
        Case(
            name: "a text of another entry",
            sql: "UPDATE entry_text SET seq = 5 WHERE seq = 8",
            seq: 5,
            reason: "does not commit to"
        ),
        Case(
            name: "a text of another field",
            sql: "UPDATE entry_text SET field = 'reason' WHERE seq = 8",
            seq: 8,
            reason: "does not commit to"
        ),
        Case(
            name: "a text of no entry",
            sql: "INSERT INTO entry_text VALUES ('abc', 50, 'purpose', x'00')",
            seq: nil,
            reason: "texts stand beside entries that do not exist"
        ),
        Case(
            name: "the head's note",
            sql:
                "UPDATE head SET checkpoint = replace(checkpoint, char(10) || '10' || char(10), char(10) || '9' || char(10))",
            seq: nil,
            reason: "the head of the log is not signed by this log",
            refusesToOpen: true
        ),
        Case(
            name: "the head's size",
            sql: "UPDATE head SET size = 9",
            seq: nil,
            reason: "what is kept of the tree",
            refusesToOpen: true
        ),
        Case(
            name: "the head's tree",
            sql: "UPDATE head SET state = zeroblob(length(state))",
            seq: nil,
            reason: "what is kept of the tree",
            refusesToOpen: true
        ),
        Case(
            name: "a part of the head's tree",
            sql: "UPDATE head SET state = substr(state, 1, 32)",
            seq: nil,
            reason: "what is kept of the tree",
            refusesToOpen: true
        ),
        Case(
            name: "no head",
            sql: "DELETE FROM head",
            seq: nil,
            reason: "the log has entries and no signed head",
            refusesToOpen: true
        ),
    ]

    @Test(arguments: cases)
    func isFound(_ tampering: Case) async throws {
        let archive = try await Self.archive()
        let before = try await archive.log.verify()
        #expect(before.fault == nil && before.size == 10 && before.erased == 0)
        try Self.tamper(archive, tampering.sql)
        let after = try await archive.log.verify()
        #expect(after.fault?.seq == tampering.seq)
        #expect(after.fault?.reason.contains(tampering.reason) == true, "\(String(describing: after.fault))")
        let error = await archiveError {
            let again = try await archive.reopened()
            // What a restart does not see, verification does.
            #expect(try await again.log.verify().fault?.seq == tampering.seq)
        }
        #expect((error?.code == .logMismatch) == tampering.refusesToOpen, "\(String(describing: error))")
    }

    // MARK: The checkpoint's copy

    private func writeCheckpoint(_ text: String, of archive: ArchiveFixture) throws {
        try LocalFileSystem().replace(archive.layout.checkpoint, with: text.utf8, label: "test")
    }

    @Test func theCopyOfTheCheckpointIsHeldToTheLog() async throws {
        let archive = try await Self.archive()
        let good = try #require(try archive.log.checkpoint())
        let copied = try String(contentsOfFile: archive.layout.checkpoint, encoding: .utf8)
        #expect(copied == good)
        let foreign = try #require(try await Self.archive().log.checkpoint())
        for bad in [foreign, "", "zz", String(good.dropLast(8)), good.replacing("\n10\n", with: "\n11\n")] {
            try writeCheckpoint(bad, of: archive)
            let fault = try await archive.log.verify().fault
            #expect(fault != nil && fault?.seq == nil, "\(bad)")
            let error = await archiveError { _ = try await archive.reopened() }
            #expect(error?.code == .logMismatch, "\(bad)")
        }
        try writeCheckpoint(good, of: archive)
        #expect(try await archive.log.verify().fault == nil)
        // Absent: a database that was put back would need no more than that to look whole.
        try FileManager.default.removeItem(atPath: archive.layout.checkpoint)
        #expect(try await archive.log.verify().fault?.reason.contains(archive.layout.checkpoint) == true)
        #expect(await archiveError { _ = try await archive.reopened() }?.code == .logMismatch)
    }

    /// As a crash between the commit and the copy leaves it: the database is ahead of the copy, and opens.
    @Test func aCopyBehindTheDatabaseIsNoFault() async throws {
        let archive = try await Self.archive()
        let older = try #require(try archive.log.checkpoint())
        try await archive.log.record(actor: .service, action: "test.later")
        try writeCheckpoint(older, of: archive)
        let again = try await archive.reopened()
        let fault = try await again.log.verify().fault
        #expect(fault == nil, "\(String(describing: fault))")
    }

    /// An older database under the checkpoint of a newer one: answers were given that it does not know.
    @Test func aDatabaseBehindItsCheckpointRefusesToOpen() async throws {
        let archive = try await Self.archive()
        let old = try archive.photograph()
        try await archive.log.record(actor: .service, action: "test.later")
        let newer = try #require(try archive.log.checkpoint())
        #expect(try await archive.reopened(in: old).log.verify().fault == nil)
        let layout = StorageLayout(root: old.path)
        try LocalFileSystem().replace(layout.checkpoint, with: newer.utf8, label: "test")
        let error = await archiveError { _ = try await archive.reopened(in: old) }
        #expect(error?.code == .logMismatch)
        #expect(error?.message.contains("11") == true)
    }

    /// Two histories of one length: the copy tells them apart.
    @Test func aForkOfTheSameLengthIsFound() async throws {
        let archive = try await Self.archive()
        let fork = try await archive.reopened()
        for instance in [archive, fork] {
            try await instance.log.record(
                actor: .service,
                action: "test.fork",
                details: ["id": RecordingID().description]
            )
        }
        try writeCheckpoint(try #require(try fork.log.checkpoint()), of: archive)
        #expect(try await archive.log.verify().fault?.reason.contains("last checkpoint") == true)
        #expect(await archiveError { _ = try await archive.reopened() }?.code == .logMismatch)
        // And after more entries: the first eleven are not those of the copy.
        try await fork.log.record(actor: .service, action: "test.more")
        let (note, path) = (try #require(try archive.log.checkpoint()), fork.layout.checkpoint)
        try LocalFileSystem().replace(path, with: note.utf8, label: "test")
        #expect(try await fork.log.verify().fault?.reason.contains("first 11 entries") == true)
    }

    // MARK: Triggers

    @Test func entriesAreNeitherChangedNorDeletedNorReplaced() async throws {
        let archive = try await Self.archive()
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA recursive_triggers = ON") }
        let other = try DatabaseQueue(path: archive.layout.archiveDatabase, configuration: configuration)
        let values = "leaf, hash, time, actor, action, object, decision FROM entry WHERE seq = 1"
        for sql in [
            "UPDATE entry SET actor = 'x' WHERE seq = 1", "UPDATE entry SET seq = 10 WHERE seq = 9",
            "DELETE FROM entry", "DELETE FROM entry WHERE seq = 9",
            "INSERT OR REPLACE INTO entry SELECT 1, \(values)", "REPLACE INTO entry SELECT 9, \(values)",
            "INSERT OR IGNORE INTO entry SELECT 12, \(values)", "INSERT INTO entry SELECT 11, \(values)",
            "INSERT INTO entry SELECT -1, \(values)", "INSERT INTO entry SELECT 9, \(values)",
            "UPDATE entry_text SET sealed = x'00'", "UPDATE entry_text SET seq = 3",
            "INSERT INTO entry_text VALUES ('a', 99, 'purpose', x'00')",
            "INSERT OR REPLACE INTO entry SELECT seq, \(values)",
        ] {
            #expect(throws: DatabaseError.self, "\(sql)") {
                try other.inDatabase { try $0.execute(sql: sql) }
            }
        }
        // Without a seq SQLite gives the next one, with which it would be a copy of another entry: found above.
        #expect(try await archive.log.verify().fault == nil)
        #expect(try await archive.log.verify().size == 10)
    }

    // MARK: Tiles

    /// A log of 520 entries has two hashes of tiles of level 1.
    @Test(
        arguments: [
            ("UPDATE tile_hash SET hash = zeroblob(32) WHERE number = 1", "hash 1 of the tiles of level 1 differs"),
            ("DELETE FROM tile_hash WHERE number = 0", "hash 0 of the tiles of level 1 differs"),
            (
                "UPDATE tile_hash SET hash = (SELECT hash FROM tile_hash WHERE number = 0) WHERE number = 1",
                "hash 1 of the tiles of level 1 differs"
            ),
            ("INSERT INTO tile_hash SELECT 2, 0, hash FROM tile_hash WHERE number = 1", "that the log does not have"),
        ]
    )
    func aHashOfATileIsFound(_ sql: String, _ reason: String) async throws {
        let archive = try await ArchiveFixture()
        try await archive.catalogue.write { writer in
            for number in 0..<520 {
                try archive.log.append(to: writer, actor: .service, action: "test.entry", object: String(number))
            }
        }
        #expect(try await archive.log.verify().fault == nil)
        try Self.tamper(archive, sql)
        let fault = try await archive.log.verify().fault
        #expect(fault?.seq == nil && fault?.reason.contains(reason) == true, "\(String(describing: fault))")
    }
}
