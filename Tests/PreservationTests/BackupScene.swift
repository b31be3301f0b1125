import Age
import ArchiveCore
import ArchiveTesting
import Catalogue
import Crypto
import Foundation
import GRDB
import Ingest
import Preservation
import Retention
import TestSupport
import Testing
import Vault

/// An archive with two recordings, a disk for its backup and another for that of its vault.
struct BackupScene {
    let archive: ArchiveFixture
    let sender: ArchiveFixture.Member
    let recordings: [RecordingID]
    let disk: TemporaryFolder
    let vaultDisk: TemporaryFolder
    let custodian = Identity.generateX25519()
    var lifetime: TimeInterval = 90 * 86_400

    static let administrator = Actor.hostUser(0)

    init() async throws {
        archive = try await ArchiveFixture()
        disk = try TemporaryFolder()
        vaultDisk = try TemporaryFolder()
        sender = try await archive.member(.recorder)
        var recordings: [RecordingID] = []
        for seed in [UInt32(3), 5] {
            let opus = try MadeRecording.opus(seconds: 3, bitrate: 64_000, seed: seed)
            recordings.append(try await archive.store(opus, by: sender).recording)
        }
        self.recordings = recordings
    }

    var layout: BackupLayout { BackupLayout(root: disk.path) }

    func backup(of other: ArchiveFixture? = nil, to path: String? = nil, vault: String? = nil) -> Backup {
        Backup(
            of: (other ?? archive).preservation,
            to: path ?? disk.path,
            custody: BackupCustody(
                recipients: [custodian.recipient],
                folder: vault ?? vaultDisk.path,
                lifetime: lifetime,
                catalogues: 2
            )
        )
    }

    struct Result {
        var name: String
        var slice: Backup.Slice
        var ending: Backup.Ending
    }

    /// A whole backup.
    @discardableResult
    func backUp(_ backup: Backup? = nil, isNew: Bool = false, isVerifying: Bool = false) async throws -> Result {
        let backup = backup ?? self.backup()
        let actor = Self.administrator
        let policy = (name: "policy.yaml", text: Array("levels: []\n".utf8))
        let beginning = try await backup.begin(isNew: isNew, configuration: [policy], by: actor)
        let slice = try await backup.copyPayloads(
            after: nil,
            for: .seconds(600),
            isVerifying: isVerifying,
            by: actor
        )
        try #require(slice.last == nil)
        return Result(name: beginning.name, slice: slice, ending: try await backup.end(beginning.name, by: actor))
    }

    /// What is wrong with the copy of the catalogue called `name`, or with the payloads that it names.
    func faults(_ name: String, in layout: BackupLayout? = nil) throws -> [String] {
        let layout = layout ?? self.layout
        // A copy of the copy: opening it makes files beside it.
        let folder = try TemporaryFolder()
        let path = folder.file("catalogue.sqlite")
        try Data(contentsOf: URL(filePath: layout.catalogue(name))).write(to: URL(filePath: path))
        return try DatabaseQueue(path: path).read { database in
            var faults = try String.fetchAll(database, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
            let rows = try Row.fetchAll(database, sql: "SELECT id, digest FROM recording WHERE sealed IS NOT NULL")
            for row in rows {
                let (text, digest): (String, Data) = (row["id"], row["digest"])
                let id = try #require(RecordingID(text))
                let bytes = FileManager.default.contents(atPath: layout.payload(id))
                if bytes.map({ Data(SHA256.hash(data: $0)) }) != digest { faults.append("payload \(id)") }
            }
            return faults
        }
    }

    /// Files that nobody goes on with.
    func temporaries(in folder: String) throws -> [String] {
        try everyFile(below: folder).keys.filter { $0.contains(".tmp") }
    }

    /// The rows of a copy of the vault, as the stock tool opens it.
    func rows(ofVault path: String) throws -> [VaultRow] {
        let folder = try TemporaryFolder()
        try Data(custodian.secretString.utf8).write(to: URL(filePath: folder.file("custodian")))
        let opened = try Program.run("age", ["-d", "-i", folder.file("custodian"), path])
        try #require(opened.status == 0, "\(opened.errorText)")
        return try opened.output.split(separator: UInt8(ascii: "\n")).map {
            try CanonicalJSON.decode(VaultRow.self, from: Data($0))
        }
    }

    func flip(_ path: String, at offset: Int = 100) throws {
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[offset] ^= 1
        try FileManager.default.removeItem(atPath: path)
        try bytes.write(to: URL(filePath: path))
    }

    /// Destroys everything that was stored as temporary.
    func destroyAll() async throws {
        archive.clock.advance(by: 31 * 86_400)
        _ = try await archive.retention.propose(by: Self.administrator)
        archive.clock.advance(by: 15 * 86_400)
        _ = try await archive.retention.run(by: Self.administrator)
    }
}
