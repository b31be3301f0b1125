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
import TransparencyLog
import Vault

/// Texts are committed to, kept apart, and can be forgotten without touching the tree.
@Suite struct CommitmentTests {
    private func rows(_ archive: ArchiveFixture) async throws -> [EntryRow] {
        try await archive.catalogue.read { try $0.entries(EntryFilter(), limit: 1000) }
    }

    @Test func aTextOpensAndItsCommitmentIsSaltedSHA256() async throws {
        let archive = try await ArchiveFixture()
        for _ in 0..<2 {
            try await archive.log.record(
                actor: .service,
                action: "test.entry",
                texts: ["purpose": "sama", "reason": "beda"]
            )
        }
        let rows = try await rows(archive)
        for row in rows {
            let entry = try #require(LogEntry(leaf: row.leaf))
            #expect(Set(entry.commitments.keys) == ["purpose", "reason"])
            #expect(try row.texts.map { try archive.log.open($0) } == ["sama", "beda"])
            for text in row.texts { #expect(entry.commitments[text.field] == text.commitment) }
            // Not a bare hash that a guess confirms.
            #expect(entry.commitments["purpose"] != SHA256.hash(data: Data("sama".utf8)).hexadecimal)
        }
        // The same text does not show as the same.
        #expect(rows[0].texts[0].commitment != rows[1].texts[0].commitment)
        #expect(rows[0].texts[0].commitment.count == 64)
        let swapped = SealedEntry.Text(
            field: "purpose",
            commitment: rows[0].texts[0].commitment,
            sealed: rows[1].texts[0].sealed
        )
        #expect(throws: ArchiveError.self) { try archive.log.open(swapped) }
    }

    @Test func erasedTextsAreCountedAndTheLogStaysWhole() async throws {
        let archive = try await ArchiveFixture()
        for number in 0..<5 {
            try await archive.log.record(
                actor: .service,
                action: "test.entry",
                texts: ["purpose": "alasan \(number)", "reason": "lain \(number)"]
            )
        }
        let root = try await archive.log.verify().root
        try await DatabaseQueue(path: archive.layout.archiveDatabase).write { database in
            try database.execute(sql: "DELETE FROM entry_text WHERE seq = 3 OR (seq = 1 AND field = 'reason')")
        }
        let verification = try await archive.log.verify()
        #expect(verification.fault == nil)
        #expect(verification.erased == 3)
        #expect(verification.size == 5)
        #expect(verification.root == root)
        #expect(try await archive.reopened().log.verify().erased == 3)
    }

    @Test func theHeadIsANoteThatAnybodyWithTheKeyVerifies() async throws {
        let archive = try await ArchiveFixture()
        #expect(try archive.log.checkpoint() == nil)
        for _ in 0..<9 { try await archive.log.record(actor: .service, action: "test.entry") }
        let note = try #require(try archive.log.checkpoint())
        let verifier = try NoteVerifier(vkey: archive.log.verificationKey)
        let head = try verifier.checkpoint(in: SignedNote(parsing: note))
        #expect(head.size == 9)
        #expect(head.origin == "archive.test/log")
        // The tree rebuilt here from the leaves alone has the root that was signed.
        var tree = TreeFrontier()
        for row in try await rows(archive) { tree.append(leafBytes: row.leaf) }
        #expect(tree.root == head.root)
        #expect(try await archive.log.verify().root == head.root.description)
    }

    @Test func anEntryThatIsTooLongIsRefusedWhole() async throws {
        let archive = try await ArchiveFixture()
        let error = await archiveError {
            try await archive.log.record(
                actor: .service,
                action: "test.entry",
                details: ["long": String(repeating: "x", count: LogEntry.maximumLength)],
                texts: ["purpose": "bersama"]
            )
        }
        #expect(error?.code == .tooLarge)
        #expect(try await rows(archive).isEmpty)
        try await archive.log.record(actor: .service, action: "test.entry")
        #expect(try await archive.log.verify().fault == nil)
    }

    /// A day in the archive; then every file is searched for every word that was said (DESIGN.md invariant 5).
    @Test func noTextAndNoNameIsInClearAnywhere() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let reader = try await archive.member(.archivist, clearance: Label(Level("rahasia")))
        let submission = try archive.submission(
            title: "zzjudul",
            [
                ("meeting", "zzrapat"), ("participant", "zzpeserta"), ("description", "zzuraian"),
                ("started", "2026-09-21T01:02:03Z"),
            ]
        )
        let opus = try MadeRecording.opus(seconds: 2, tags: [("PERFORMER", "zzpembicara")])
        let stored = try await archive.store(opus, level: "rahasia", submission: submission, by: sender)
        let upload = try await archive.ingest.create(submission, length: 500, by: sender.caller)
        var query = Retrieval.Query()
        query.meeting = "zzrapat"
        let page = try await archive.retrieval.find(query, cursor: nil, by: reader.caller)
        #expect(page.views.first?.fields.title == "zzjudul")
        #expect(page.views.first?.fields.participants == ["zzpeserta", "zzpembicara"])
        query.meeting = "zzdicari"
        _ = try await archive.retrieval.find(query, cursor: nil, by: reader.caller)
        let access = try await archive.retrieval.open(
            stored.recording,
            purpose: "zzalasan",
            hybrid: false,
            by: reader.caller
        )
        _ = try await archive.retrieval.deliver(access.id, as: .sealed, by: reader.caller).bytes()
        _ = await archiveError {
            _ = try await archive.retrieval.open(
                RecordingID(),
                purpose: "zzsiasia",
                hybrid: false,
                by: reader.caller
            )
        }
        #expect(try await archive.ingest.status(of: upload, by: sender.caller).submission?.title == "zzjudul")
        let contents = try everyFile(below: archive.layout.storage)
        #expect(contents.count > 5)
        let words = [
            "zzjudul", "zzrapat", "zzpeserta", "zzuraian", "zzpembicara", "zzdicari", "zzalasan", "zzsiasia",
        ]
        for (path, bytes) in contents {
            for word in words { #expect(bytes.range(of: Data(word.utf8)) == nil, "\(word) in \(path)") }
            #expect(bytes.range(of: Data(opus[2000..<2040])) == nil, "audio in \(path)")
        }
        for row in try await rows(archive) {
            let leaf = String(decoding: row.leaf, as: UTF8.self)
            #expect(!words.contains { leaf.contains($0) })
        }
        // And the search would find what is there: the unit is in clear by design.
        #expect(try !files(below: archive.layout.storage, containing: "umum".utf8).isEmpty)
    }
}
