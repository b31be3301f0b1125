import ArchiveCore
import ArchiveTesting
import Attachments
import Catalogue
import Foundation
import GRDB
import Ingest
import Preservation
import Retention
import Retrieval
import Testing
import Transcripts
import Vault

/// One bit that turns over by itself, at every kind of place that an archive keeps, is found and named.
@Suite struct BitRotTests {
    /// Where it turns over.
    enum Place: Sendable {
        /// In a file of the archive, so many bytes from its beginning, or before its end where that is negative.
        case file(@Sendable (RottingScene) throws -> String, Int)
        /// In the file of a database, within what this query gives.
        case catalogue(String)
        /// The same, in the byte before.
        case before(String)
        /// The same, in an index.
        case index(String)
        case vault(String)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let place: Place
        /// What some fault has to say: its kind and its object.
        let kind: String
        let object: @Sendable (RottingScene) -> String
        var testDescription: String { name }

        init(_ name: String, _ place: Place, _ kind: String, _ object: @escaping @Sendable (RottingScene) -> String) {
            self.name = name
            self.place = place
            self.kind = kind
            self.object = object
        }
    }

    static let cases: [Case] = [
        Case("nonce", .file(\.payload, 3), "payload-damaged", \.long),
        Case("description", .catalogue("SELECT sealed FROM recording WHERE id = :long"), "description-damaged") {
            "\($0.long): what"
        },
        Case("leaf", .catalogue("SELECT leaf FROM entry WHERE seq = 2"), "log") { _ in "entry 2" },
        Case("header", .vault("SELECT sealed FROM sealed_row WHERE kind = 'header'"), "keys-damaged") {
            "header \($0.long)"
        },
        Case("first chunk", .file(\.payload, 16 + 9), "payload-damaged", \.long),
        Case("time index", .catalogue("SELECT time_index FROM recording WHERE id = :long"), "description-damaged") {
            "\($0.long): its time-index"
        },
        Case("leaf's hash", .catalogue("SELECT hash FROM entry WHERE seq = 2"), "log") { _ in "entry 2: the leaf" },
        Case(
            "quarantine",
            .file({ $0.layout.quarantined($0.quarantinedID) }, 500),
            "upload-damaged",
            \.quarantined
        ),
        Case("tag", .file(\.payload, 16 + 65_552 - 2), "payload-damaged", \.long),
        Case("revision", .catalogue("SELECT sealed FROM revision WHERE number = 1"), "description-damaged") {
            "\($0.long): its revision 1"
        },
        Case("text", .catalogue("SELECT sealed FROM entry_text ORDER BY seq LIMIT 1"), "log") { _ in "entry" },
        Case("incoming", .file({ $0.layout.payload($0.uploadID) }, 16 + 100), "upload-damaged", \.upload),
        Case("last chunk", .file(\.payload, -40), "payload-damaged", \.long),
        Case("matter", .catalogue("SELECT matter FROM hold"), "description-damaged") {
            "\($0.long): its hold matter"
        },
        Case(
            "upload",
            .vault("SELECT sealed FROM sealed_row WHERE kind = 'upload' AND id = :upload"),
            "keys-damaged"
        ) {
            "upload \($0.upload)"
        },
        Case(
            "title of a tombstone",
            .catalogue("SELECT sealed FROM tombstone_title WHERE recording = :gone"),
            "text-damaged"
        ) {
            "tombstone \($0.gone): the title"
        },
        Case(
            "key of a tombstone",
            .vault("SELECT sealed FROM sealed_row WHERE kind = 'secret' AND id = 'tombstone ' || :gone"),
            "keys-damaged"
        ) {
            "secret tombstone \($0.gone)"
        },
        Case("index", .index("SELECT digest FROM recording WHERE id = :long"), "database") { _ in
            "missing from index sqlite_autoindex_recording"
        },
        Case("last byte", .file(\.payload, -1), "payload-damaged", \.long),
        Case("reason", .catalogue("SELECT reason FROM hold"), "description-damaged") {
            "\($0.long): its hold reason"
        },
        Case("statement", .catalogue("SELECT sealed FROM list_statement LIMIT 1"), "text-damaged") {
            "list \($0.list)"
        },
        Case("reason of a request", .catalogue("SELECT reason FROM backdating"), "text-damaged") { _ in "backdating " },
        Case("refusal of a request", .catalogue("SELECT refusal FROM backdating"), "text-damaged") { _ in "backdating "
        },
        Case("digest", .catalogue("SELECT digest FROM recording WHERE id = :long"), "keys-damaged", \.long),
        Case("purpose", .catalogue("SELECT sealed FROM access"), "description-damaged") {
            "\($0.long): its purpose"
        },
        Case("name", .catalogue("SELECT sealed FROM principal LIMIT 1"), "text-damaged") { _ in "principal " },
        Case("due date", .catalogue("SELECT due FROM recording WHERE id = :long"), "database") { _ in
            "missing from index recording_by_due"
        },
        Case("nonce's copy", .catalogue("SELECT nonce FROM recording WHERE id = :long"), "keys-damaged", \.long),
        // The hash stands before it in its row, and nowhere else before a time.
        Case("column", .catalogue("SELECT substr(hash, 25) || time FROM entry WHERE seq = 2"), "log") { _ in
            "entry 2: column time"
        },
        Case(
            "keys",
            .vault("SELECT sealed FROM sealed_row WHERE kind = 'recording' AND id = :long"),
            "keys-damaged",
            \.long
        ),
        Case(
            "transcript",
            .file({ $0.layout.companion(.transcript(revision: 0), of: $0.recording) }, 40),
            "transcript-damaged",
            \.long
        ),
        Case("digest of a transcript", .catalogue("SELECT digest FROM transcript"), "transcript-damaged", \.long),
        // It stands there in its row.
        Case("size of a transcript", .before("SELECT digest FROM transcript"), "transcript-length", \.long),
        Case("facts of a transcript", .catalogue("SELECT sealed FROM transcript"), "description-damaged") {
            "\($0.long): its transcript facts 0"
        },
        Case(
            "attachment",
            .file({ $0.layout.companion(.attachment(number: 0), of: $0.recording) }, 40),
            "attachment-damaged",
            \.long
        ),
        Case("digest of an attachment", .catalogue("SELECT digest FROM attachment"), "attachment-damaged", \.long),
        Case("facts of an attachment", .catalogue("SELECT sealed FROM attachment"), "description-damaged") {
            "\($0.long): its attachment 0"
        },
        Case("wish of a job", .catalogue("SELECT sealed FROM transcription"), "description-damaged") {
            "\($0.long): its transcription"
        },
        Case("identities", .vault("SELECT sealed FROM sealed_row WHERE kind = 'identity'"), "opening") { _ in
            "identity "
        },
        Case("head", .catalogue("SELECT checkpoint FROM head"), "opening") { _ in "head of the log" },
        Case("generation", .vault("SELECT sealed FROM generation"), "opening") { _ in "vault" },
        Case("checkpoint", .file({ $0.layout.checkpoint }, 30), "opening") { _ in "checkpoint" },

    ]

    @Test func nothingIsFoundWhereNothingTurned() async throws {
        let scene = try await RottingScene.shared.value
        #expect(try await scene.copied().findings() == [])
    }

    /// Each alone, so that none is found for another's sake.
    @Test(arguments: cases)
    func isFoundAndNamed(_ turned: Case) async throws {
        let scene = try await RottingScene.shared.value.copied()
        switch turned.place {
        case .file(let path, let offset): try scene.turn(path(scene), at: offset)
        case .catalogue(let sql): try scene.turn(sql, in: scene.layout.archiveDatabase)
        case .before(let sql): try scene.turn(sql, in: scene.layout.archiveDatabase, at: -1)
        case .index(let sql): try scene.turn(sql, in: scene.layout.archiveDatabase, options: .backwards)
        case .vault(let sql): try scene.turn(sql, in: scene.layout.vaultDatabase)
        }
        let findings = try await scene.findings()
        let object = turned.object(scene)
        #expect(findings.contains { $0.hasPrefix("\(turned.kind) ") && $0.contains(object) }, "\(findings)")
    }

    // MARK: Backups

    @Test func inABackupIsFoundByReadingItAgain() async throws {
        let scene = try await BackupScene()
        try await scene.backUp()
        try await scene.destroyAll()
        let kept = try await scene.archive.store(MadeRecording.opus(seed: 77), by: scene.sender).recording
        let good = try await scene.backUp()
        #expect(try await scene.backUp(isVerifying: true).slice.faults.isEmpty)
        let journal = try String(contentsOfFile: scene.layout.destructions, encoding: .utf8)
        let place = try #require(journal.range(of: "\"intent\":"))
        let digit = journal.distance(from: journal.startIndex, to: place.upperBound)
        let name = journal.distance(
            from: journal.startIndex,
            to: try #require(journal.range(of: "\"recording\":\"")).upperBound
        )
        let folder = scene.layout.configuration(good.name)
        for (path, offset, named) in [
            (scene.layout.catalogue(good.name), 5000, scene.layout.catalogue(good.name)),
            ("\(folder)/policy.yaml", 3, "\(folder)/policy.yaml"),
            ("\(folder)/SHA256SUMS", 3, scene.layout.catalogue(good.name)),
            (good.ending.vault, 900, good.ending.vault),
            (good.ending.vault + ".sha256", 5, good.ending.vault),
            (scene.layout.destructions, digit, scene.layout.destructions),
            (scene.layout.destructions, name + 4, scene.layout.destructions),
            (scene.layout.destructions, 0, scene.layout.destructions),
        ] {
            let before = try Data(contentsOf: URL(filePath: path))
            try scene.flip(path, at: offset)
            // What is begun writes nothing to what is there.
            let faults = try await scene.backup().copyPayloads(
                after: nil,
                for: .seconds(600),
                isVerifying: true,
                by: BackupScene.administrator
            ).faults
            #expect(faults.map(\.kind) == [.backupDamaged], "\(path): \(faults)")
            #expect(faults.first?.object == named, "\(path)")
            try FileManager.default.removeItem(atPath: path)
            try before.write(to: URL(filePath: path))
        }
        // A payload is good in the archive, and made good.
        try scene.flip(scene.layout.payload(kept))
        let mended = try await scene.backUp(isVerifying: true)
        #expect(mended.slice.mended == 1 && mended.slice.faults.isEmpty)
    }
}

/// An archive that has something of every kind, made once, of which each test has a copy.
struct RottingScene: Sendable {
    private let archive: ArchiveFixture
    private let folder: TemporaryFolder
    let recording: RecordingID
    let uploadID: UploadID
    let quarantinedID: UploadID
    let list: ListID
    private let goneID: RecordingID

    static let shared = Task { try await RottingScene() }

    var layout: StorageLayout { StorageLayout(root: folder.path) }
    var payload: String { layout.payload(recording) }
    var long: String { recording.description }
    var gone: String { goneID.description }
    var upload: String { uploadID.description }
    var quarantined: String { quarantinedID.description }
    var catalogue: String { layout.archiveDatabase }

    private init() async throws {
        let schedule =
            Schedule.shipped + """
                  - {code: coba, name: {en: E, id: I}, active: P1D, inactive: P0D, then: destroy, approval: none, nonrecord: true, cooling: P1D, tombstone: descriptive, tombstone_keep: P1Y}

                """
        let lists = try await CheckScene(schedule: schedule)
        archive = lists.archive
        recording = lists.long
        let brief = try archive.submission(series: "coba")
        goneID = try await archive.store(MadeRecording.opus(seed: 5), submission: brief, by: lists.sender).recording
        for _ in 0..<2 {
            archive.clock.advance(by: 2 * 86_400)
            _ = try await archive.retention.propose(by: CheckScene.administrator)
            _ = try await archive.retention.run(by: CheckScene.administrator)
        }
        let (manager, reader) = (try await archive.member(.recordsManager), try await archive.member(.archivist))
        let access = try await archive.retrieval.open(recording, purpose: "Dengar", hybrid: false, by: reader.caller)
        _ = try await archive.retrieval.deliver(access.id, as: .sealed, by: reader.caller).bytes(count: 1000)
        _ = try await archive.retrieval.describe(
            recording,
            .fields(title: "Lain", participants: nil, description: .keep),
            expecting: nil,
            because: nil,
            by: reader.caller
        )
        _ = try await archive.transcripts.put(recording, after: nil, author: nil, by: reader.caller) {
            try TranscriptScene.said("satu")
        }
        _ = try await archive.attachments.attach(
            to: recording,
            named: "obrolan.txt",
            mediaType: "text/plain",
            by: reader.caller,
            MadePieces(Array("Setuju semua".utf8))
        )
        _ = try await archive.transcripts.ask([recording], language: "id", by: reader.caller)
        _ = try await archive.desk.hold(.recordings([recording]), matter: "Perkara", because: "x", by: manager.caller)
        let proposal = RecordsDesk.Proposal(
            kind: .withdraw,
            series: nil,
            recordings: [lists.short],
            reason: "Salah kirim"
        )
        list = try await archive.desk.propose(proposal, by: manager.caller).id
        let began = [("started", Timestamp.text(archive.clock.now.addingTimeInterval(-86_400)))]
        let old = try await archive.store(
            MadeRecording.opus(seed: 11),
            submission: archive.submission(began),
            by: lists.sender
        ).recording
        let asked = try await archive.desk.askBackdating(of: [old], in: nil, because: "Lama", by: lists.sender.caller)
        _ = try await archive.desk.refuseBackdating(asked.request.row.id, because: "Tidak", by: manager.caller)
        let sealed = try MadeRecording.seal(
            MadeRecording.opus(seconds: 8, bitrate: 256_000, seed: 9),
            to: [archive.recipient()]
        )
        uploadID = try await archive.ingest.create(
            archive.submission(),
            length: sealed.bytes.count,
            by: lists.sender.caller
        )
        _ = try await archive.ingest.append(
            body([Array(sealed.bytes.prefix(150_000))]),
            to: uploadID,
            at: 0,
            length: nil,
            by: lists.sender.caller
        )
        _ = await archiveError { [archive] in
            _ = try await archive.ingest.receive(
                body([MadeRecording.seal([UInt8](repeating: 7, count: 2000), to: [archive.recipient()]).bytes]),
                submission: archive.submission(),
                isSealed: true,
                by: lists.sender.caller
            )
        }
        quarantinedID = try #require(try await archive.ingest.quarantined().first).upload
        folder = try archive.photograph()
        // All of both databases into their files, so that a bit can turn over there.
        for path in [layout.archiveDatabase, layout.vaultDatabase] { try Self.fold(path) }
    }

    private static func fold(_ path: String) throws {
        let database = try DatabaseQueue(path: path)
        try database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try database.close()
    }

    private init(_ other: RottingScene, in folder: TemporaryFolder) {
        archive = other.archive
        (recording, uploadID, quarantinedID, list) = (other.recording, other.uploadID, other.quarantinedID, other.list)
        goneID = other.goneID
        self.folder = folder
    }

    func copied() throws -> RottingScene { RottingScene(self, in: try TemporaryFolder(photographing: folder.path)) }

    // MARK: Turning a bit over

    func turn(_ path: String, at offset: Int) throws {
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[offset >= 0 ? offset : bytes.count + offset] ^= 0x04
        try FileManager.default.removeItem(atPath: path)
        try bytes.write(to: URL(filePath: path))
    }

    /// In the file of the database at `path`, in the middle of the first 40 bytes of what `sql` gives.
    ///
    /// - Parameters:
    ///   - options: `backwards` for the last place where that stands: the pages of an index come after its table's.
    ///   - offset: another byte, counted from the first of it.
    func turn(_ sql: String, in path: String, options: Data.SearchOptions = [], at offset: Int? = nil) throws {
        let database = try DatabaseQueue(path: path)
        let value = try database.read { database in
            let statement = try database.makeStatement(
                sql: sql.replacing(":long", with: "'\(long)'").replacing(":upload", with: "'\(upload)'")
                    .replacing(":gone", with: "'\(gone)'")
            )
            return try Data.fetchOne(statement)
        }
        try database.close()
        let wanted = try #require(value, "nothing is there: \(sql)").prefix(40)
        let bytes = try Data(contentsOf: URL(filePath: path))
        let place = try #require(bytes.range(of: wanted, options: options), "not in the file: \(sql)")
        try turn(path, at: place.lowerBound + (offset ?? wanted.count / 2))
    }

    // MARK: Looking

    /// What `check --deep` says, as kind, object and message; what keeps the archive from opening is `opening`.
    func findings() async throws -> [String] {
        let found: ArchiveFixture
        do {
            found = try await archive.reopened(in: folder, recovers: false)
        } catch {
            return ["opening \((error as? ArchiveError)?.message ?? "\(error)")"]
        }
        found.clock.advance(by: 1)
        let preservation = found.preservation
        let actor = CheckScene.administrator
        var faults = try await preservation.check(by: actor).faults
        faults += try await preservation.checkContents(from: 0, for: .seconds(600), rate: nil, by: actor).faults
        faults += try await preservation.checkPayloads(
            uncheckedSince: found.clock.now,
            for: .seconds(600),
            rate: nil,
            by: actor
        ).faults
        return faults.map { "\($0.kind.rawValue) \($0.object): \($0.message)" }
    }
}
