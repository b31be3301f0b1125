import Age
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Preservation
import TestSupport
import Testing
import Vault

@testable import ArchiveServer

@Suite("An archive that is lost comes back from its backup")
struct RestoreTests {
    private static func json(_ outcome: Program.Outcome) throws -> [String: Any] {
        try #require(
            JSONSerialization.jsonObject(with: outcome.output) as? [String: Any],
            "\(outcome.text)\(outcome.errorText)"
        )
    }

    /// Says in risalah.yaml who the custodians are.
    private static func name(_ custodian: String, _ vault: String, in config: String) throws {
        let path = "\(config)/risalah.yaml"
        try LiveArchive.keepSmallReserves(URL(filePath: config))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try "\(text)\nbackup: { custodians: [\(custodian)], vault: \(vault) }\n"
            .write(toFile: path, atomically: true, encoding: .utf8)
    }

    @Test func `from a burnt disk to a recording that the stock age tool opens`() throws {
        let disks = try TemporaryFolder()
        let (backup, vaults, key) = (disks.file("backup"), disks.file("vault"), disks.file("custodian.key"))
        for folder in [backup, vaults] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        let made = try Program.run("age-keygen", ["-o", key])
        try #require(made.status == 0, "\(made.errorText)")
        let custodian = try Program.run("age-keygen", ["-y", key]).text.trimmingCharacters(in: .whitespacesAndNewlines)
        let archive = try LiveArchive(configure: { try Self.name(custodian, vaults, in: $0.path) })
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        let opus = try Data(MadeStream.noise(seconds: 5, bitrate: 64_000))
        let id = try archive.store(opus, level: "terbatas", as: "perekam")
        let root = archive.root.path

        // While it serves, and once more with nothing to copy.
        let first = try Self.json(archive.risalahd("backup", backup, "--root", root, "--json"))
        #expect(first["copied"] as? Int == 1)
        let again = try archive.risalahd("backup", backup, "--verify", "--root", root)
        #expect(again.status == 0, "\(again.text)\(again.errorText)")
        let status = try Self.json(archive.risalahd("status", "--json", "--root", root))
        let standing = try #require((status["backups"] as? [[String: Any]])?.first)
        #expect(standing["destination"] as? String == backup)
        #expect(try archive.risalahd("status", "--root", root).text.contains("backup \(backup): of "))
        let vault = try #require(
            LocalFileSystem().names(in: vaults).last { $0.hasSuffix(".age") }.map { "\(vaults)/\($0)" }
        )

        // Everything burns, the root key too.
        archive.kill()
        try FileManager.default.removeItem(atPath: root)
        let wrong = disks.file("wrong.key")
        _ = try Program.run("age-keygen", ["-o", wrong])
        let options = ["restore", "--from", backup, "--vault", vault, "--root", root, "--json", "--identity"]
        let program = LiveArchive.programs.appending(path: "risalahd").path
        let refused = try Program.run(program, options + [wrong])
        #expect(refused.status == 65, "\(refused.errorText)")
        #expect(!FileManager.default.fileExists(atPath: "\(root)/Storage/VERSION"))
        for part in ["Config", "Storage"] { try FileManager.default.removeItem(atPath: "\(root)/\(part)") }

        let restored = try Program.run(program, options + [key])
        #expect(restored.status == 0, "\(restored.text)\(restored.errorText)")
        let report = try Self.json(restored)
        let storage = try #require(report["storage"] as? [String: Any])
        #expect((storage["faults"] as? [Any])?.isEmpty == true, "\(storage)")
        #expect((report["payloads"] as? [String: Any])?["recordings"] as? Int == 1)
        let origin = try #require(report["origin"] as? [String: Any])
        #expect(origin["superseded"] is String)
        let twice = try Program.run(program, options + [key])
        #expect(twice.status == 78, "\(twice.errorText)")

        // The same people, with the same certificates, at the same address.
        try archive.start()
        let verified = try archive.risalahd("audit", "verify", "--root", root)
        #expect(verified.status == 0, "\(verified.text)\(verified.errorText)")
        let sealed = try archive.exchange(
            "GET",
            archive.links(id, as: "sari", purpose: "Notulen")["sealed"] ?? "",
            as: "sari"
        )
        #expect(sealed.status == 200)
        let identity = archive.folder.appending(path: "sari/identity.txt").path
        let opened = try Program.run("age", ["-d", "-i", identity], input: sealed.body)
        #expect(opened.output == opus, "\(opened.errorText)")
    }

    // MARK: On a clock that the test moves

    /// An archive with two recordings, one of them soon to be destroyed, that has a place for its backup.
    struct Scene {
        let served: ServedArchive
        let disks: TemporaryFolder
        let custodian = Identity.generateX25519()
        let sender: PrincipalID
        let kept: RecordingID
        let doomed: RecordingID

        init() async throws {
            disks = try TemporaryFolder()
            for name in ["backup", "vault"] {
                try LocalFileSystem().makeFolder(disks.file(name), label: "test")
            }
            let (recipient, vaults) = (custodian.recipient.description, disks.file("vault"))
            served = try await ServedArchive(
                Date(timeIntervalSinceNow: -60 * 86_400),
                configure: { try RestoreTests.name(recipient, vaults, in: "\($0)/Config") }
            )
            sender = try await served.enrol("perekam", .recorder)
            kept = try await Self.store("rapat", seed: 5, in: served)
            doomed = try await Self.store("sementara", seed: 7, in: served)
        }

        static func store(_ series: String, seed: UInt32, in served: ServedArchive) async throws -> RecordingID {
            guard let recipients = try served.archive.vault.recipients(of: Level("biasa")) else {
                throw ArchiveError(.unexpected, "no recipients")
            }
            let sealed = try MadeRecording.seal(MadeRecording.opus(seed: seed), to: [recipients.x25519])
            let home = served.folder.file("perekam")
            let put = try Program.run(
                "curl",
                [
                    "-sS", "-m", "60", "-T", "-", "--cacert", served.folder.file("archive/Config/ca.pem"),
                    "--cert", "\(home)/certificate.pem", "--key", "\(home)/key.pem",
                    "-H", "Content-Type: application/age", "-H", "Expect:",
                    "\(served.url)/v1/recordings?level=biasa&unit=umum&series=\(series)&title=Uji",
                ],
                input: Data(sealed.bytes)
            )
            let id = try #require(try RestoreTests.json(put)["id"] as? String, "\(put.text)")
            return try #require(RecordingID(id))
        }

        /// Backs up; the file of the vault.
        @discardableResult
        func backUp() async throws -> BackupReport {
            let (archive, folder) = (served.archive, disks.file("backup"))
            let actor = Actor.hostUser(0)
            let beginning = try await archive.beginBackup(
                BackupRequest(destination: folder, isNew: false),
                by: actor
            )
            let request = PayloadCopyRequest(destination: folder, after: nil, seconds: 60, verify: false)
            let slice = try await archive.copyPayloads(request, by: actor)
            try #require(slice.last == nil && slice.faults.isEmpty)
            return try await archive.endBackup(
                BackupEndRequest(destination: folder, name: beginning.name),
                by: actor
            )
        }

        func hold(_ holds: [HoldID]) async throws {
            try await served.archive.catalogue.write { [doomed, sender, now = served.clock.now] writer in
                for hold in holds {
                    let (matter, reason) = (Data(Random.bytes(16)), Data(Random.bytes(16)))
                    try writer.insert(
                        HoldRow(
                            id: hold,
                            recording: doomed,
                            batch: HoldBatchID(),
                            matter: matter,
                            reason: reason,
                            principal: sender,
                            placed: now
                        )
                    )
                }
            }
        }

        func release(_ hold: HoldID) async throws {
            try await served.archive.catalogue.write { [sender, now = served.clock.now] writer in
                try writer.release(hold, at: now, by: sender, because: Data(Random.bytes(16)))
            }
        }

        func restore(vault: String, at time: Date? = nil, to name: String) async throws -> RestorationReport {
            try await Archive.restore(
                Restoration(
                    backup: disks.file("backup"),
                    vault: vault,
                    identities: [custodian],
                    time: time
                ),
                to: disks.file(name),
                by: .hostUser(0),
                clock: served.clock
            )
        }
    }

    @Test func `what was destroyed since stays destroyed`() async throws {
        let scene = try await Scene()
        let clock = scene.served.clock
        clock.advance(by: 60)
        // The copy has a hold on it that was released later, and one that was released before.
        let holds = [HoldID(), HoldID()]
        try await scene.hold(holds)
        try await scene.release(holds[0])
        let backup = try await scene.backUp()
        #expect(backup.recordings == 2)
        try await scene.release(holds[1])
        clock.advance(by: 31 * 86_400)
        _ = try await scene.served.archive.administer(.proposeDestruction, by: .hostUser(0))
        clock.advance(by: 15 * 86_400)
        let run = try await scene.served.archive.administer(.runDestruction, by: .hostUser(0))
        guard case .destruction(let outcomes) = run else { throw ArchiveError(.unexpected, "another answer") }
        #expect(outcomes.items.map(\.recording) == [scene.doomed])
        try await scene.served.close()

        let report = try await scene.restore(vault: backup.vault, to: "restored")
        #expect(report.destroyedAgain == 1 && report.unknown == 0 && report.uploadsLost == 0)
        #expect(report.storage.faults.isEmpty && report.payloads.faults.isEmpty, "\(report.storage.faults)")
        #expect(report.storage.recordings == 1 && report.payloads.recordings == 1)
        let archive = try await Archive.open(root: scene.disks.file("restored"), clock: clock)
        let states = try await archive.catalogue.read { reader in
            [try reader.recording(scene.kept)?.state, try reader.recording(scene.doomed)?.state]
        }
        #expect(states == [.stored, .destroyed])
        #expect(try !archive.vault.holdsKeys(of: scene.doomed))
        #expect(try archive.vault.holdsKeys(of: scene.kept))
        var filter = EntryFilter()
        filter.object = scene.doomed.description
        let asked = filter
        let actions = try await archive.catalogue.read { try $0.entries(asked, limit: 100).map(\.columns.action) }
        #expect(actions.suffix(2) == ["destruction.intent", "destruction.done"])
        #expect(try await archive.log.verify().fault == nil)
        try archive.close()
    }

    @Test func `keys that are missing are named, and what came after the catalogue is counted`() async throws {
        let scene = try await Scene()
        let clock = scene.served.clock
        clock.advance(by: 60)
        let first = try await scene.backUp()
        clock.advance(by: 3600)
        let late = try await Scene.store("rapat", seed: 11, in: scene.served)
        let upload = try await scene.served.curlUpload()
        clock.advance(by: 60)
        let second = try await scene.backUp()
        try await scene.served.close()

        // An older vault.
        let older = try await scene.restore(vault: first.vault, to: "older")
        let faults = older.storage.faults.map { "\($0.fault) \($0.object)" }
        #expect(faults == ["keys-missing \(late)"])
        #expect(older.uploadsLost == 1)
        // An older catalogue.
        let early = try await scene.restore(vault: second.vault, at: first.standing.taken, to: "early")
        #expect(early.unknown == 1 && early.storage.faults.isEmpty && early.storage.recordings == 2)
        #expect(early.uploadsLost == 0)
        // The newest of both.
        let newest = try await scene.restore(vault: second.vault, to: "newest")
        #expect(newest.storage.faults.isEmpty && newest.payloads.recordings == 3)
        let archive = try await Archive.open(root: scene.disks.file("newest"), clock: clock)
        #expect(try await archive.catalogue.read { try $0.upload(upload)?.state } == .failed)
        try archive.close()
        // Before the first there was none.
        let none = await archiveError {
            _ = try await scene.restore(
                vault: second.vault,
                at: first.standing.taken.addingTimeInterval(-86_400),
                to: "none"
            )
        }
        #expect(none?.code == .notFound)
    }

    /// What came and went after the copy that was restored stands in the journal, and nowhere else.
    @Test func `a journal is read again after an older copy was restored`() async throws {
        let scene = try await Scene()
        let clock = scene.served.clock
        clock.advance(by: 60)
        let first = try await scene.backUp()
        clock.advance(by: 60)
        let late = try await Scene.store("sementara", seed: 11, in: scene.served)
        clock.advance(by: 31 * 86_400)
        _ = try await scene.served.archive.administer(.proposeDestruction, by: .hostUser(0))
        clock.advance(by: 15 * 86_400)
        _ = try await scene.served.archive.administer(.runDestruction, by: .hostUser(0))
        let last = try await scene.backUp()
        try await scene.served.close()
        let source = try BackupSource(root: scene.disks.file("backup"))
        #expect(try Set(source.destructions().map(\.recording)) == [late, scene.doomed])

        clock.advance(by: 60)
        let report = try await scene.restore(vault: last.vault, at: first.standing.taken, to: "early")
        #expect(report.destroyedAgain == 1 && report.storage.faults.isEmpty)
        let archive = try await Archive.open(root: scene.disks.file("early"), clock: clock)
        let (folder, actor) = (scene.disks.file("backup"), Actor.hostUser(0))
        func verify() async throws -> [StorageFaultReport] {
            let request = PayloadCopyRequest(destination: folder, after: nil, seconds: 60, verify: true)
            return try await archive.copyPayloads(request, by: actor).faults
        }
        clock.advance(by: 60)
        _ = try await archive.beginBackup(BackupRequest(destination: folder, isNew: false), by: actor)
        #expect(try await verify().map(\.message) == [])
        // A line of what is kept here is one still.
        let journal = DestructionJournal(path: "\(folder)/destructions")
        let before = try #require(try journal.destructions().first)
        let line = """
            {"destroyed":"\(Timestamp.text(before.destroyed))","intent":\(before.intent),\
            "list":"\(before.list)","recording":"\(scene.kept)"}

            """
        let path = URL(filePath: "\(folder)/destructions")
        try (Data(contentsOf: path) + Data(line.utf8)).write(to: path)
        #expect(try await verify().map(\.message) == ["recording \(scene.kept) was not destroyed here"])
        try archive.close()
    }

    @Test func `a backup of a newer program is refused`() async throws {
        let scene = try await Scene()
        scene.served.clock.advance(by: 60)
        let backup = try await scene.backUp()
        try await scene.served.close()
        try Data("risalah-backup 2\n".utf8).write(to: URL(filePath: scene.disks.file("backup/VERSION")))
        let error = await archiveError { _ = try await scene.restore(vault: backup.vault, to: "restored") }
        #expect(error?.code == .storage)
        #expect(try LocalFileSystem().names(in: scene.disks.file("restored")).isEmpty)
    }
}

extension ServedArchive {
    /// Begins an upload of which nothing has come.
    fileprivate func curlUpload() async throws -> UploadID {
        let home = folder.file("perekam")
        let answer = try Program.run(
            "curl",
            [
                "-sS", "-m", "60", "-i", "-X", "POST", "--cacert", folder.file("archive/Config/ca.pem"),
                "--cert", "\(home)/certificate.pem", "--key", "\(home)/key.pem", "-H", LiveArchive.tus,
                "-H", "Upload-Length: 100000", "-H",
                "Upload-Metadata: "
                    + uploadMetadata(["title": "Uji", "series": "rapat", "unit": "umum", "level": "biasa"]),
                "\(url)/v1/uploads",
            ]
        )
        let id = try #require(answer.text.firstMatch(of: /\/v1\/uploads\/([a-z2-7]{26})/)?.output.1, "\(answer.text)")
        return try #require(UploadID(String(id)))
    }
}
