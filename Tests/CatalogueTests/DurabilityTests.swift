import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import DurableSQLite
import Foundation
import GRDB
import Ingest
import Testing
import Vault

/// The connections are what DESIGN.md section 5 says, and files are their owner's.
@Suite struct DurabilityTests {
    private static let expected = [
        ("synchronous", "2"), ("journal_mode", "wal"), ("foreign_keys", "1"), ("recursive_triggers", "1"),
        ("temp_store", "2"), ("secure_delete", "1"), ("trusted_schema", "0"),
    ]

    @Test func everyPragmaOfTheWriterIsAsserted() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("some.sqlite")
        let pool = try DurableDatabase.open(path, readers: 2)
        try await pool.writeWithoutTransaction { database throws in
            for (pragma, value) in Self.expected {
                #expect(try String.fetchOne(database, sql: "PRAGMA \(pragma)") == value, "\(pragma)")
            }
            try DurableDatabase.assertDurable(database, path: path)
            // The assertion can fail, one setting at a time.
            for (change, back) in [
                ("synchronous = NORMAL", "synchronous = FULL"), ("foreign_keys = OFF", "foreign_keys = ON"),
                ("recursive_triggers = OFF", "recursive_triggers = ON"), ("temp_store = FILE", "temp_store = MEMORY"),
                ("secure_delete = OFF", "secure_delete = ON"),
            ] {
                try database.execute(sql: "PRAGMA \(change)")
                let error = #expect(throws: ArchiveError.self, "\(change)") {
                    try DurableDatabase.assertDurable(database, path: path)
                }
                #expect(error?.code == .storage)
                try database.execute(sql: "PRAGMA \(back)")
            }
            try DurableDatabase.assertDurable(database, path: path)
        }
        try await pool.read { database throws in
            for pragma in ["foreign_keys", "recursive_triggers"] {
                #expect(try String.fetchOne(database, sql: "PRAGMA \(pragma)") == "1", "\(pragma)")
            }
            #expect(try String.fetchOne(database, sql: "PRAGMA temp_store") == "2")
        }
    }

    @Test func theCatalogueIsDurableNowAndLater() async throws {
        let archive = try await ArchiveFixture()
        try await archive.catalogue.assertSound()
        try await archive.catalogue.scrub()
        try await archive.catalogue.assertSound()
        try await archive.reopened().catalogue.assertSound()
    }

    @Test func filesAreTheirOwners() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let stored = try await archive.store(MadeRecording.opus(), by: sender).recording
        let upload = try await archive.ingest.create(archive.submission(), length: 9999, by: sender.caller)
        let sealed = try MadeRecording.seal([1, 2, 3], to: [archive.recipient()])
        _ = try await archive.ingest.append(
            body([sealed.header + sealed.payload.prefix(20)]),
            to: upload,
            at: 0,
            length: nil,
            by: sender.caller
        )
        try await archive.catalogue.scrub()
        try await archive.vault.renewGeneration()
        for instance in [archive, try await archive.reopened()] {
            let paths = try everyFile(below: instance.folder.path).keys
            #expect(paths.contains(instance.layout.payload(upload)))
            #expect(paths.contains("\(instance.layout.archiveDatabase)-wal"))
            for path in paths {
                let isCommitted = path == instance.layout.payload(stored)
                #expect(try LocalFileSystem().mode(path) == (isCommitted ? 0o400 : 0o600), "\(path)")
            }
        }
    }

    @Test func aNewerSchemaIsRefused() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("archive.sqlite")
        try Catalogue(path: path).close()
        try await DatabaseQueue(path: path).write { database in
            try database.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')")
        }
        let error = #expect(throws: ArchiveError.self) { try Catalogue(path: path) }
        #expect(error?.code == .storage)
        #expect(error?.message.contains("newer version") == true)
    }

    /// Constraints live in the schema, not in callers.
    @Test func theSchemaRefusesWhatCannotBe() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let id = try await archive.store(MadeRecording.opus(), by: sender).recording
        let manager = try await archive.member(.recordsManager)
        let hold = HoldRow(
            id: HoldID(),
            recording: id,
            batch: HoldBatchID(),
            matter: Data(1...9),
            reason: Data(1...9),
            principal: manager.id,
            placed: archive.clock.now
        )
        try await archive.catalogue.write { try $0.insert(hold) }
        let other = try DatabaseQueue(path: archive.layout.archiveDatabase)
        for sql in [
            "UPDATE recording SET state = 'lost'", "UPDATE recording SET sealed = NULL",
            "UPDATE recording SET state = 'destroyed'", "UPDATE recording SET digest = x'00'",
            "UPDATE recording SET nonce = x'00'", "UPDATE recording SET size = 0", "UPDATE recording SET duration = -1",
            "UPDATE recording SET label_version = 0", "UPDATE recording SET sender = 'nobody'",
            "UPDATE recording SET class = 99", "DELETE FROM visibility_class", "DELETE FROM principal",
            "UPDATE principal SET role = 'king'", "UPDATE principal SET state = 'other'",
            "UPDATE upload SET state = 'failed'", "UPDATE upload SET became = NULL", "UPDATE upload SET sealed = x'00'",
            "UPDATE upload SET durable = -1", "INSERT INTO head VALUES (2, 0, '', x'')",
            "INSERT INTO tombstone VALUES ('\(id)', 'none', 'destroyed', '', 0, '')",
            "INSERT INTO destruction_item (list, recording, series, due) VALUES ('none', '\(id)', '', '')",
            "UPDATE recording SET state = 'destroying'", "UPDATE recording SET due = NULL",
            "DELETE FROM hold", "UPDATE hold SET matter = x'00'",
            "UPDATE hold SET released = '', released_by = principal", "UPDATE hold SET released_by = principal",
        ] + Self.wrongLists(id) + [
            "INSERT INTO access VALUES ('a', '\(id)', '\(sender.id)', x'00', 'x25519', 1, 'open', '', '', 0, 0)",
            "INSERT INTO unscrubbed VALUES (2)", "UPDATE recording SET size = 'large'",
        ] {
            #expect(throws: DatabaseError.self, "\(sql)") { try other.write { try $0.execute(sql: sql) } }
        }
        #expect(try await archive.log.verify().fault == nil)
    }

    /// Each begins with a list that there can be.
    private static func wrongLists(_ recording: RecordingID) -> [String] {
        let proposal = "INSERT INTO destruction_list (id, kind, series, proposed) VALUES ('l', 'destroy', 's', '')"
        let item = "INSERT INTO destruction_item (list, recording, series, due) VALUES ('l', '\(recording)', 's', '')"
        let freezing = """
            UPDATE destruction_list SET state = 'frozen', frozen = '', executable = '', digest = zeroblob(32);
            UPDATE destruction_item SET outcome = 'frozen'
            """
        let frozen = "\(proposal); \(item); \(freezing)"
        return [
            "\(proposal); UPDATE destruction_list SET kind = 'transfer'",
            "\(proposal); UPDATE destruction_list SET state = 'done', ended = ''",
            "\(proposal); UPDATE destruction_list SET state = 'frozen'", "\(proposal); DELETE FROM destruction_list",
            "\(proposal); \(item); \(item)", "\(proposal); \(item); DELETE FROM destruction_item",
            "\(proposal); \(item); UPDATE destruction_item SET due = '2020'",
            "\(proposal); \(item); UPDATE destruction_item SET outcome = 'destroyed'",
            "\(frozen); UPDATE destruction_list SET executable = '2020'",
            "\(frozen); UPDATE destruction_list SET digest = zeroblob(32)",
            "\(frozen); UPDATE destruction_list SET state = 'proposed'",
            "\(frozen); UPDATE destruction_list SET recorded = ''",
            "\(frozen); UPDATE destruction_item SET outcome = 'listed'",
            "\(frozen); UPDATE destruction_item SET outcome = 'skipped'",
            "\(proposal); \(freezing); \(item)",
        ]
    }
}
