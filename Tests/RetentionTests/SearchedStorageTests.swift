import Age
import ArchiveCore
import ArchiveTesting
import Attachments
import AuditLog
import BlobStore
import Catalogue
import Foundation
import GRDB
import Ingest
import Retention
import Retrieval
import Testing
import Transcription
import Transcripts
import Vault

/// After lists of every kind were executed, every byte of Storage is searched for what was there under seal before
/// (DESIGN.md invariant 7), and what an old backup brings back does not open.
@Suite struct SearchedStorageTests {
    /// What people do with recordings before they go: all that leaves sealed rows and fields.
    private struct Scene {
        let lists: ListScene
        let kind: ListRow.Kind
        /// Bytes that must be nowhere afterwards, by what they were.
        let secrets: [String: [Data]]
        /// Storage and Config before.
        let before: TemporaryFolder

        var archive: ArchiveFixture { lists.archive }
        var doomed: RecordingID { lists.recordings[0] }
        var kept: RecordingID { lists.recordings[1] }

        static let series: [ListRow.Kind: String] = [.destroy: "kerja", .transfer: "arsip", .withdraw: "lama"]

        init(_ kind: ListRow.Kind) async throws {
            self.kind = kind
            lists = try await ListScene(2, series: try #require(Self.series[kind]))
            let (archive, doomed, sari, eko) = (lists.archive, lists.recordings[0], lists.sari, lists.eko)
            // A minted header, the key of an excerpt, revisions, a hold with its release.
            for span in [nil, 0.1...0.3] as [ClosedRange<Double>?] {
                let access = try await archive.retrieval.open(
                    doomed,
                    purpose: "Dengar",
                    hybrid: false,
                    from: span?.lowerBound,
                    to: span?.upperBound,
                    by: sari.caller
                )
                _ = try await archive.retrieval.deliver(access.id, as: .sealed, by: sari.caller).bytes()
                try await archive.retrieval.close(access.id, by: sari.caller)
            }
            for title in ["Satu", "Dua"] {
                _ = try await archive.retrieval.describe(
                    doomed,
                    .fields(title: title, participants: nil, description: .keep),
                    expecting: nil,
                    because: "Salah",
                    by: sari.caller
                )
            }
            let hold = try await archive.desk.hold(
                .recordings([doomed]),
                matter: "Perkara",
                because: "Diminta",
                by: eko.caller
            )
            _ = try await archive.desk.release(try #require(hold.first).id, because: "Selesai", by: eko.caller)
            // A transcript, and a job that waits to make another.
            let segment = try TranscriptSegment(
                start: #require(TranscriptTime(seconds: 0)),
                end: #require(TranscriptTime(seconds: 0.4)),
                speaker: "Menteri",
                text: "anggaran alat utama"
            )
            let transcript = try Transcript(language: "id", engine: nil, model: nil, segments: [segment])
            _ = try await archive.transcripts.put(doomed, after: nil, author: "Sari", by: sari.caller) { transcript }
            _ = try await archive.attachments.attach(
                to: doomed,
                named: "obrolan.txt",
                mediaType: "text/plain",
                by: sari.caller,
                MadePieces(Random.bytes(100_000))
            )
            _ = try await archive.transcripts.ask([doomed], language: "id", by: sari.caller)
            // One that was asked for of late would keep its recording from a list.
            archive.clock.advance(by: 8 * ListScene.day)
            try await archive.settleIndex()
            secrets = try Self.sealed(doomed, in: archive)
            before = try archive.photograph()
        }

        /// What the databases and the folder of payloads hold under seal.
        private static func sealed(_ doomed: RecordingID, in archive: ArchiveFixture) throws -> [String: [Data]] {
            // The rows of others are sealed anew, so that every row that the vault had is nowhere.
            var found = try DatabaseQueue(path: archive.layout.vaultDatabase).read { database in
                [
                    "vault": try Data.fetchAll(database, sql: "SELECT sealed FROM sealed_row"),
                    "generation": try Data.fetchAll(database, sql: "SELECT sealed FROM generation"),
                ]
            }
            let fields = [
                "description": "SELECT sealed FROM recording WHERE id = ?",
                "time index": "SELECT time_index FROM recording WHERE id = ?",
                "revision": "SELECT sealed FROM revision WHERE recording = ?",
                "matter": "SELECT matter FROM hold WHERE recording = ?",
                "reason": "SELECT reason FROM hold WHERE recording = ?",
                "facts": "SELECT sealed FROM transcript WHERE recording = ?",
                "attachment's facts": "SELECT sealed FROM attachment WHERE recording = ?",
                "wish": "SELECT sealed FROM transcription WHERE recording = ?",
                "release": "SELECT release_reason FROM hold WHERE recording = ?",
            ]
            try DatabaseQueue(path: archive.layout.archiveDatabase).read { database in
                for (name, sql) in fields {
                    found[name] = try Data.fetchAll(database, sql: sql, arguments: [doomed.description])
                }
            }
            found["payload"] = [try Data(contentsOf: URL(filePath: archive.layout.payload(doomed)))]
            let transcript = archive.layout.companion(.transcript(revision: 0), of: doomed)
            found["transcript"] = [try Data(contentsOf: URL(filePath: transcript))]
            let attachment = archive.layout.companion(.attachment(number: 0), of: doomed)
            found["attachment"] = [try Data(contentsOf: URL(filePath: attachment))]
            found["index"] = try archive.indexTokens(of: doomed)
            for (name, values) in found { try #require(!values.isEmpty, "nothing sealed as \(name)") }
            try #require(found["revision"]?.count ?? 0 >= 2)
            return found
        }

        /// Lets a list of the kind be proposed, approved by another person, and executed.
        func destroy() async throws {
            let named = kind == .withdraw ? nil : Self.series[kind]
            let list = try await lists.frozen(kind, series: named, [doomed])
            archive.clock.advance(by: 3 * ListScene.day)
            if kind == .transfer {
                let content = StatementContent(number: "BA-1/2026", date: "2026-11-02", archive: "ANRI")
                _ = try await lists.desk.recordTransfer(list, content, by: lists.wati.caller)
            }
            let outcome = kind == .transfer ? "transferred" : "destroyed"
            #expect(try await lists.run() == [doomed: outcome])
        }

        /// What whoever may opens of the one that stays.
        func plaintextOfKept(in archive: ArchiveFixture) async throws -> [UInt8] {
            let access = try await archive.retrieval.open(kept, purpose: "x", hybrid: false, by: lists.sari.caller)
            let delivery = try await archive.retrieval.deliver(access.id, as: .sealed, by: lists.sari.caller)
            return try await MadeRecording.open(delivery.bytes(), with: lists.sari.identity)
        }

        /// Files below `root` that hold a beginning or an end of what was sealed, with what that was: a page of a database
        /// may hold a part of a value.
        func found(below root: String) throws -> [String] {
            let files = try everyFile(below: root)
            var found: Set<String> = []
            for (name, values) in secrets {
                for part in values.flatMap({ [$0.prefix(40), $0.suffix(40)] }) {
                    for (path, bytes) in files where bytes.range(of: part) != nil {
                        found.insert("\(name) in \(path.split(separator: "/").last ?? "")")
                    }
                }
            }
            return found.sorted()
        }
    }

    @Test(arguments: [ListRow.Kind.destroy, .transfer, .withdraw])
    func nothingIsLeftAfterAList(_ kind: ListRow.Kind) async throws {
        let scene = try await Scene(kind)
        // Without this the search afterwards would prove nothing.
        let names = Set(try scene.found(below: scene.archive.layout.storage).map { $0.split(separator: " in ")[0] })
        #expect(names == Set(scene.secrets.keys.map { Substring($0) }))
        let before = try await scene.plaintextOfKept(in: scene.archive)
        try await scene.destroy()
        #expect(try scene.found(below: scene.archive.folder.path).isEmpty)
        // The files that SQLite has beside a database that is open were among them.
        let searched = try everyFile(below: scene.archive.layout.storage).keys
        for suffix in ["-wal", "-shm"] {
            #expect(searched.contains(scene.archive.layout.vaultDatabase + suffix))
            #expect(searched.contains(scene.archive.layout.archiveDatabase + suffix))
        }
        // Nor after the next start, which may write to both again; and what stays, stays whole.
        let again = try await scene.archive.reopened()
        #expect(try scene.found(below: again.folder.path).isEmpty)
        #expect(try await scene.plaintextOfKept(in: again) == before)
    }

    /// Payloads and catalogue of an old backup, beside the vault as it is now or without one.
    @Test(arguments: [ListRow.Kind.destroy, .transfer, .withdraw])
    func whatABackupBringsBackDoesNotOpenWithoutAnOldVault(_ kind: ListRow.Kind) async throws {
        let scene = try await Scene(kind)
        try await scene.destroy()
        let now = try scene.archive.photograph()
        let mixed = StorageLayout(root: scene.before.path)
        let root = RootKeyFile(path: mixed.rootKey)
        // With the vault of that time it would: that is why copies of the vault have an end.
        let old = try Vault(path: mixed.vaultDatabase, root: root)
        #expect(try old.keys(of: scene.doomed) != nil)
        try old.close()
        let payload = try Data(contentsOf: URL(filePath: mixed.payload(scene.doomed)))
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: mixed.vaultDatabase + suffix)
        }
        for suffix in ["", "-wal"] {
            let path = mixed.vaultDatabase + suffix
            try FileManager.default.copyItem(
                atPath: StorageLayout(root: now.path).vaultDatabase + suffix,
                toPath: path
            )
        }
        let vault = try Vault(path: mixed.vaultDatabase, root: root)
        let catalogue = try Catalogue(path: mixed.archiveDatabase)
        // The old catalogue says that it is there, and gives its sealed fields.
        let row = try #require(try await catalogue.read { try $0.recording(scene.doomed) })
        #expect(row.state == .stored && row.sealed != nil)
        #expect(try vault.keys(of: scene.doomed) == nil)
        let others = try RecordingID.prefixes.flatMap { try vault.keys(ofRecordingsBeginningWith: $0) }
        #expect(others.map(\.key) == [scene.kept])
        for (_, found) in others {
            let secrets = try found.get()
            #expect(throws: (any Error).self) {
                var decryptor = PayloadDecryptor(fileKey: secrets.keys.fileKey)
                try payload.withUnsafeBytes { try decryptor.update($0) { _ in } }
                try decryptor.finish { _ in }
            }
            let sealed = try #require(row.sealed)
            #expect(throws: (any Error).self) { try secrets.seal.open(sealed, field: DescribingFields.field) }
        }
        // Without any vault nothing knows the log, and no archive opens over that catalogue.
        try vault.close()
        try catalogue.close()
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: mixed.vaultDatabase + suffix)
        }
        let refused = await archiveError {
            _ = try await scene.archive.reopened(in: scene.before, recovers: false)
        }
        #expect(
            refused?.code == .storage && refused?.message.contains("log key") == true,
            "\(String(describing: refused))"
        )
    }
}
