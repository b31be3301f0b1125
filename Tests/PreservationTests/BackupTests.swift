import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Ingest
import Preservation
import TestSupport
import Testing
import Vault

/// A backup has everything, whatever happens meanwhile, and only whole things get a name.
@Suite struct BackupTests {
    @Test func hasEverythingThatAnArchiveNeeds() async throws {
        let scene = try await BackupScene()
        let result = try await scene.backUp()
        #expect(result.slice.copied == 2 && result.slice.recordings == 2)
        #expect(result.slice.faults.isEmpty)
        #expect(result.ending.recordings == 2 && result.ending.missing == 0)
        #expect(try scene.faults(result.name).isEmpty)
        for recording in scene.recordings {
            let source = try Data(contentsOf: URL(filePath: scene.archive.layout.payload(recording)))
            #expect(try Data(contentsOf: URL(filePath: scene.layout.payload(recording))) == source)
        }
        let policy = try LocalFileSystem().contents("\(scene.layout.configuration(result.name))/policy.yaml")
        #expect(policy == Array("levels: []\n".utf8))
        // The newest checkpoint has the entry of the backup, which the copy of the catalogue does not have.
        let (head, last, backups) = try await scene.archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.isNewestFirst = true
            let last = try reader.entries(filter, limit: 1).map { (seq: $0.seq, action: $0.columns.action) }
            return (try reader.headCheckpoint(), last, try reader.backups())
        }
        #expect(last.map(\.action) == ["backup.done"])
        let kept = try LocalFileSystem().contents(scene.layout.checkpoint).map { String(decoding: $0, as: UTF8.self) }
        #expect(kept == head)
        #expect(backups == [result.ending.row])
        #expect(backups.first?.destination == scene.disk.path)
        #expect(backups.first?.entries == last.first?.seq)
        #expect(try scene.temporaries(in: scene.disk.path).isEmpty)
    }

    /// What was begun and never ended is not restored, and takes no ended one's place.
    @Test func onlyBackupsThatEndedCount() async throws {
        let scene = try await BackupScene()
        let whole = try await scene.backUp()
        for _ in 0..<3 {
            scene.archive.clock.advance(by: 3600)
            _ = try await scene.backup().begin(
                isNew: false,
                configuration: [(name: "policy.yaml", text: Array("levels: []\n".utf8))],
                by: BackupScene.administrator
            )
        }
        let source = try BackupSource(root: scene.disk.path)
        #expect(try source.catalogue(at: nil).name == whole.name)
        scene.archive.clock.advance(by: 3600)
        let next = try await scene.backUp()
        #expect(try source.catalogue(at: nil).name == next.name)
        let names = try FileManager.default.contentsOfDirectory(atPath: scene.layout.catalogues)
        #expect(names.sorted() == [whole.name, next.name].map { "\($0).sqlite" }.sorted(), "\(names)")
    }

    /// Whoever restores goes on from no checkpoint by a key that no copy of the vault has.
    @Test func theCheckpointIsOfAKeyThatACopyOfTheVaultHas() async throws {
        let scene = try await BackupScene()
        try await scene.backUp()
        func signer() throws -> String {
            let note = try #require(try LocalFileSystem().contents(scene.layout.checkpoint))
            return try scene.archive.log.verificationKey(of: String(decoding: note, as: UTF8.self))
        }
        let first = scene.archive.log.verificationKey
        #expect(try signer() == first)
        let second = try await scene.archive.log.rotate(because: "Kunci lama bocor", by: .hostUser(7)).verificationKey
        scene.archive.clock.advance(by: 3600)
        _ = try await scene.backup().begin(isNew: false, configuration: [], by: BackupScene.administrator)
        #expect(try signer() == first)
        scene.archive.clock.advance(by: 3600)
        try await scene.backUp()
        #expect(try signer() == second && second != first)
    }

    @Test func theVaultOpensWithTheStockToolAndTheCustodiansKeyAlone() async throws {
        let scene = try await BackupScene()
        let result = try await scene.backUp()
        let path = result.ending.vault
        #expect(path.hasPrefix(scene.vaultDisk.path + "/"))
        let rows = try scene.rows(ofVault: path)
        #expect(rows.first?.id == "risalah-vault 1")
        #expect(rows.count == result.ending.vaultRows + 1)
        let kinds = Set(rows.map(\.kind))
        #expect(kinds.isSuperset(of: ["backup", "identity", "secret", "recording"]))
        #expect(Set(rows.compactMap(\.recording)) == Set(scene.recordings))
        #expect(result.ending.damagedRows.isEmpty)
        let folder = scene.vaultDisk.path
        let check = try Program.run("sh", ["-c", "cd '\(folder)' && sha256sum -c *.sha256"])
        #expect(check.status == 0, "\(check.errorText)")
        // Nothing of any row is there, or beside the payloads, in clear.
        for row in rows.dropFirst() where row.contents.count >= 16 {
            for place in [folder, scene.disk.path] {
                #expect(try files(below: place, containing: row.contents.prefix(48)).isEmpty, "\(row.kind) \(row.id)")
            }
        }
    }

    @Test func copiesOnlyWhatIsNotThereYet() async throws {
        let scene = try await BackupScene()
        try await scene.backUp()
        let again = try await scene.backUp()
        #expect(again.slice.copied == 0 && again.slice.recordings == 2)
        let third = try await scene.archive.store(MadeRecording.opus(seed: 9), by: scene.sender).recording
        try FileManager.default.removeItem(atPath: scene.layout.payload(scene.recordings[0]))
        let last = try await scene.backUp()
        #expect(last.slice.copied == 2 && last.slice.recordings == 3)
        #expect(try scene.faults(last.name).isEmpty)
        #expect(FileManager.default.fileExists(atPath: scene.layout.payload(third)))
        // Two copies of the catalogue are kept, and what was in Config with them.
        let names = try LocalFileSystem().names(in: scene.layout.catalogues)
        #expect(names.count == 2 && names.last == "\(last.name).sqlite")
        #expect(try LocalFileSystem().names(in: scene.layout.configurations).count == 2)
    }

    @Test func goesOnInSlicesOfAnyLength() async throws {
        let scene = try await BackupScene()
        let backup = scene.backup()
        let name = try await backup.begin(isNew: false, configuration: [], by: BackupScene.administrator).name
        var last: RecordingID?
        var seen: [RecordingID] = []
        repeat {
            let slice = try await backup.copyPayloads(after: last, for: .zero, by: BackupScene.administrator)
            last = slice.last
            if let last { seen.append(last) }
        } while last != nil && seen.count < 10
        #expect(seen.map(\.description) == scene.recordings.map(\.description).sorted())
        #expect(try await backup.end(name, by: BackupScene.administrator).missing == 0)
        #expect(try scene.faults(name).isEmpty)
    }

    @Test func isOfOneMomentWhileRecordingsArrive() async throws {
        let scene = try await BackupScene()
        let arriving = Task {
            for seed in UInt32(20)..<32 {
                let opus = try MadeRecording.opus(seed: seed)
                _ = try await scene.archive.store(opus, by: scene.sender)
            }
        }
        var names: [String] = []
        for _ in 0..<3 {
            let result = try await scene.backUp()
            #expect(try scene.faults(result.name).isEmpty)
            // What came after its copy of the catalogue is for the next one.
            #expect(result.ending.missing == 0)
            names.append(result.name)
        }
        try await arriving.value
        let result = try await scene.backUp()
        #expect(result.ending.recordings == 14)
        #expect(try scene.faults(result.name).isEmpty)
        #expect(Set(names).count == 3)
    }

    @Test func findsACopyThatWasDamagedAndMakesItGood() async throws {
        let scene = try await BackupScene()
        try await scene.backUp()
        try scene.flip(scene.layout.payload(scene.recordings[1]))
        // Of its length it is: only reading tells.
        #expect(try await scene.backUp().slice.mended == 0)
        let mended = try await scene.backUp(isVerifying: true)
        #expect(mended.slice.mended == 1 && mended.slice.copied == 0)
        #expect(try scene.faults(mended.name).isEmpty)
    }

    @Test func aDamagedPayloadNeverTakesThePlaceOfACopy() async throws {
        let scene = try await BackupScene()
        let (copied, new) = (scene.recordings[0], scene.recordings[1])
        try await scene.backUp()
        try FileManager.default.removeItem(atPath: scene.layout.payload(new))
        for recording in scene.recordings { try scene.flip(scene.archive.layout.payload(recording)) }
        let result = try await scene.backUp(isVerifying: true)
        #expect(result.slice.faults.map(\.object) == [new.description])
        #expect(result.slice.faults.map(\.kind) == [.payloadDamaged])
        #expect(result.ending.missing == 1 && result.ending.recordings == 1)
        #expect(try scene.faults(result.name) == ["payload \(new)"])
        #expect(FileManager.default.fileExists(atPath: scene.layout.payload(copied)))
        #expect(try scene.temporaries(in: scene.disk.path).isEmpty)
    }

    @Test func whatWasDestroyedIsInTheJournalAndLeavesTheBackup() async throws {
        let scene = try await BackupScene()
        try await scene.backUp()
        let journal = DestructionJournal(path: scene.layout.destructions)
        #expect(try journal.destructions().isEmpty)
        try await scene.destroyAll()
        #expect(try await scene.archive.preservation.noteDestructions().isEmpty)
        #expect(Set(try journal.destructions().map(\.recording)) == Set(scene.recordings))
        // Twice is once; a line that a crash cut off is written anew.
        try await scene.archive.preservation.noteDestructions()
        let path = scene.layout.destructions
        let whole = try Data(contentsOf: URL(filePath: path))
        #expect(whole.count(where: { $0 == UInt8(ascii: "\n") }) == 2)
        try (whole.dropLast(20)).write(to: URL(filePath: path))
        #expect(try journal.destructions().count == 1)
        #expect(FileManager.default.fileExists(atPath: scene.layout.payload(scene.recordings[0])))
        let result = try await scene.backUp()
        #expect(try Data(contentsOf: URL(filePath: path)) == whole)
        #expect(result.ending.destructions == 2 && result.ending.recordings == 0 && result.ending.missing == 0)
        #expect(try everyFile(below: scene.layout.payloads).isEmpty)
        // Nor are the keys in the newest copy of the vault.
        #expect(try scene.rows(ofVault: result.ending.vault).compactMap(\.recording).isEmpty)
    }

    @Test func copiesOfTheVaultAreKeptForTheirTimeOnly() async throws {
        var scene = try await BackupScene()
        scene.lifetime = 30 * 86_400
        let first = try await scene.backUp().ending.vault
        scene.archive.clock.advance(by: 20 * 86_400)
        let second = try await scene.backUp().ending.vault
        scene.archive.clock.advance(by: 20 * 86_400)
        let third = try await scene.backUp().ending.vault
        let names = Set(try everyFile(below: scene.vaultDisk.path).keys)
        #expect(names == [second, third, "\(second).sha256", "\(third).sha256"])
        #expect(!names.contains(first))
    }

    /// Of what is gone from the archive by now a copy is missed that was to be there; of what was sent again, too.
    @Test func whatIsSentAgainMeanwhileIsMissedAllTheSame() async throws {
        let scene = try await BackupScene()
        let sealed = try MadeRecording.seal(MadeRecording.opus(seed: 9), to: [scene.archive.recipient()]).bytes
        func send() async throws -> RecordingID {
            let bytes = body([sealed])
            let submission = try scene.archive.submission()
            let ingest = scene.archive.ingest
            let receipt = try await ingest.receive(
                bytes,
                submission: submission,
                isSealed: true,
                by: scene.sender.caller
            )
            return receipt.recording
        }
        let recording = try await send()
        let (backup, actor) = (scene.backup(), BackupScene.administrator)
        let beginning = try await backup.begin(isNew: false, configuration: [], by: actor)
        #expect(try await send() == recording)
        try FileManager.default.removeItem(atPath: scene.archive.layout.payload(recording))
        let slice = try await backup.copyPayloads(after: nil, for: .seconds(600), by: actor)
        #expect(slice.faults.map(\.kind) == [.payloadMissing])
        #expect(try await backup.end(beginning.name, by: actor).missing == 1)
    }

    @Test func whatIsGoneOfEarlierBackupsIsNamed() async throws {
        var scene = try await BackupScene()
        scene.lifetime = 30 * 86_400
        let first = try await scene.backUp()
        // The vault of the first is too old by then, and goes in order; its catalogue is kept.
        try await scene.destroyAll()
        scene.archive.clock.advance(by: 60)
        let good = try await scene.backUp()
        scene.archive.clock.advance(by: 3600)
        #expect(!FileManager.default.fileExists(atPath: first.ending.vault))
        #expect(FileManager.default.fileExists(atPath: scene.layout.catalogue(first.name)))
        func faults() async throws -> [StorageFault] {
            try await scene.backup().copyPayloads(
                after: nil,
                for: .seconds(600),
                isVerifying: true,
                by: BackupScene.administrator
            ).faults
        }
        #expect(try await faults() == [])
        let folder = scene.layout.configuration(good.name)
        let sums = "\(folder)/SHA256SUMS"
        let elsewhere = try TemporaryFolder()
        let aside = elsewhere.file("aside")
        for (path, named) in [
            (scene.layout.catalogue(first.name), [scene.layout.catalogue(first.name)]),
            (scene.layout.catalogue(good.name), [scene.layout.catalogue(good.name)]),
            ("\(folder)/policy.yaml", ["\(folder)/policy.yaml"]), (sums, [sums]),
            ("\(folder)/entries", ["\(folder)/entries"]), ("\(folder)/ended", ["\(folder)/ended"]),
            (folder, [sums, "\(folder)/entries", "\(folder)/ended"]), (good.ending.vault, [good.ending.vault]),
            ("\(good.ending.vault).sha256", ["\(good.ending.vault).sha256"]),
            (scene.layout.destructions, [scene.layout.destructions, scene.layout.destructions]),
        ] {
            try FileManager.default.moveItem(atPath: path, toPath: aside)
            let found = try await faults()
            #expect(found.map(\.object) == named && found.allSatisfy { $0.kind == .backupDamaged }, "\(found)")
            try FileManager.default.moveItem(atPath: aside, toPath: path)
        }
        // A backup in between that reads nothing again takes no trace of it away.
        try FileManager.default.removeItem(atPath: scene.layout.catalogue(good.name))
        try await scene.backUp()
        #expect(try await faults().map(\.object) == [scene.layout.catalogue(good.name)])
    }
}
