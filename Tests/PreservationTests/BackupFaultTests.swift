import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Preservation
import Testing

/// What goes wrong while a backup is written, and what is no place for one.
@Suite struct BackupFaultTests {
    @Test func aFailureOfAnyCallLeavesOnlyWholeThings() async throws {
        let scene = try await BackupScene()
        let files = scene.archive.files
        // How many calls a backup to an empty disk makes.
        files.fail { _, _ in nil }
        try await scene.backUp()
        let calls = files.calls
        files.heal()
        let ours = calls.indices.filter { calls[$0].description.hasPrefix("backup.") }
        #expect(ours.count > 40)
        var failures = 0
        for (index, call) in ours.enumerated() {
            let (disk, vaultDisk) = (try TemporaryFolder(), try TemporaryFolder())
            let backup = scene.backup(to: disk.path, vault: vaultDisk.path)
            files.fail { label, number in
                number == call ? ArchiveError(.exhausted, "the test fails \(label)") : nil
            }
            let error = await archiveError { try await scene.backUp(backup) }
            files.heal()
            // The calls for removing what is not there may fail unnoticed.
            if error != nil { failures += 1 }
            #expect(error == nil || error?.code == .exhausted, "\(calls[call]): \(error?.message ?? "")")
            let layout = BackupLayout(root: disk.path)
            for name in try files.names(in: layout.catalogues).compactMap(BackupLayout.name(ofCatalogue:)) {
                // Payloads come after it.
                #expect(try scene.faults(name, in: layout).allSatisfy { $0.hasPrefix("payload") }, "\(calls[call])")
            }
            for (path, bytes) in try everyFile(below: layout.payloads) where path.hasSuffix(".payload") {
                let name = path.split(separator: "/").last.map(String.init) ?? ""
                let id = try #require(RecordingID(String(name.dropLast(".payload".count))))
                #expect(try Data(contentsOf: URL(filePath: scene.archive.layout.payload(id))) == bytes)
            }
            for (path, _) in try everyFile(below: vaultDisk.path) where path.hasSuffix(".age") {
                #expect(try files.length("\(path).sha256") != nil)
                if index % 8 == 0 { #expect(try !scene.rows(ofVault: path).isEmpty) }
            }
            guard index % 8 == 0 else { continue }
            // The next one is as good as any, and leaves nothing of the one that failed.
            let next = try await scene.backUp(backup)
            #expect(try scene.faults(next.name, in: layout).isEmpty)
            #expect(next.ending.missing == 0)
            #expect(try scene.temporaries(in: disk.path).isEmpty, "\(calls[call])")
        }
        #expect(failures > 40)
        let actions = try await scene.archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.action = "backup.failed"
            return try reader.entries(filter, limit: 1000).count
        }
        #expect(actions == failures)
    }

    @Test func aFullDiskIsNamedAndNothingHalfWrittenStays() async throws {
        let scene = try await BackupScene()
        scene.archive.files.fail { label, _ in
            label == "backup.write" ? ArchiveError(.exhausted, "write: No space left on device") : nil
        }
        let error = await archiveError { try await scene.backUp() }
        #expect(error?.code == .exhausted)
        #expect(try everyFile(below: scene.layout.payloads).isEmpty)
        scene.archive.files.heal()
        #expect(try await scene.backUp().ending.missing == 0)
    }

    @Test func refusesWhatIsNoPlaceForIt() async throws {
        let scene = try await BackupScene()
        let other = try await BackupScene()
        func code(_ backup: Backup) async -> ArchiveError.Code? {
            await archiveError { try await scene.backUp(backup) }?.code
        }
        #expect(await code(scene.backup(to: scene.disk.file("absent"))) == .configuration)
        #expect(await code(scene.backup(to: scene.archive.layout.storage)) == .configuration)
        // The vault beside what it opens.
        let inside = scene.disk.file("vault")
        try LocalFileSystem().makeFolder(inside, label: "test")
        #expect(await code(scene.backup(vault: inside)) == .configuration)
        try FileManager.default.removeItem(atPath: inside)
        // Somebody's photographs.
        let full = try TemporaryFolder()
        try Data([1]).write(to: URL(filePath: full.file("photo")))
        #expect(await code(scene.backup(to: full.path)) == .configuration)
        #expect(try everyFile(below: full.path).count == 1)
        // Another archive's.
        try await other.backUp(other.backup(to: scene.disk.path))
        let before = try everyFile(below: scene.disk.path).keys.count
        // Both are of one origin in tests; whose it is stands in a file.
        try Data("another.test/log\n".utf8).write(to: URL(filePath: scene.layout.archive))
        #expect(await code(scene.backup()) == .configuration)
        #expect(try everyFile(below: scene.disk.path).keys.count == before)
        // A newer program's.
        try Data("risalah-backup 2\n".utf8).write(to: URL(filePath: scene.layout.versionFile))
        #expect(await code(scene.backup()) == .storage)
    }

    @Test func aDiskThatIsNotMountedIsNotANewOne() async throws {
        let scene = try await BackupScene()
        try await scene.backUp()
        for name in try LocalFileSystem().names(in: scene.disk.path) {
            try FileManager.default.removeItem(atPath: scene.disk.file(name))
        }
        let error = await archiveError { try await scene.backUp() }
        #expect(error?.code == .configuration && error?.hint?.contains("mounted") == true)
        #expect(try everyFile(below: scene.disk.path).isEmpty)
        #expect(try await scene.backUp(isNew: true).slice.copied == 2)
    }

    @Test func anArchiveThatWasPutBackDoesNotWriteOverTheNewerBackup() async throws {
        let scene = try await BackupScene()
        let older = try scene.archive.photograph()
        try await scene.backUp()
        let putBack = try await scene.archive.reopened(in: older)
        let before = try LocalFileSystem().names(in: scene.layout.catalogues)
        let error = await archiveError { try await scene.backUp(scene.backup(of: putBack), isNew: true) }
        #expect(error?.code == .logMismatch)
        #expect(try LocalFileSystem().names(in: scene.layout.catalogues) == before)
    }

    @Test func twoAtOnceAreOneAfterTheOther() async throws {
        let scene = try await BackupScene()
        try await scene.backUp()
        let lock = try #require(try FileLock(file: scene.layout.lock))
        #expect(await archiveError { try await scene.backUp() }?.code == .conflict)
        lock.release()
        #expect(try await scene.backUp().ending.missing == 0)
    }
}
