import ArchiveCore
import AuditLog
import Catalogue
import Foundation

/// The folder that a backup is in: whose it is, what is new in it and what is too old.
extension Backup {
    var journal: DestructionJournal { DestructionJournal(path: layout.destructions, files: files) }

    /// Takes the folder for writing, and makes it one for backups of this archive where it is empty.
    ///
    /// - Parameter isNew: whether it may be empty.
    func claim(isNew: Bool) throws -> FileLock {
        let storage = archive.layout.root + "/"
        for folder in [layout.root, custody.folder] {
            guard folder.hasPrefix("/"), LocalFileSystem().isFolder(folder) else {
                throw ArchiveError(
                    .configuration,
                    "there is no folder \(folder)",
                    hint:
                        "make it, on another disk than Storage's: a backup makes no folder, lest it fills the wrong disk"
                )
            }
            guard !"\(folder)/".hasPrefix(storage) else {
                throw ArchiveError(.configuration, "\(folder) is in the archive itself")
            }
        }
        guard !"\(custody.folder)/".hasPrefix("\(layout.root)/") else {
            throw ArchiveError(
                .configuration,
                "the vault would go to \(custody.folder), beside what its keys open",
                hint: "name another folder in risalah.yaml, backup: vault, on a disk that others keep"
            )
        }
        if try files.length(layout.versionFile) == nil { try make(isNew: isNew) }
        guard let lock = try FileLock(file: layout.lock) else {
            throw ArchiveError(.conflict, "another backup is being written to \(layout.root)", hint: "wait for its end")
        }
        do {
            try checkOwner()
        } catch {
            lock.release()
            throw error
        }
        return lock
    }

    private func checkOwner() throws {
        try Self.checkVersion(of: layout, files)
        guard try files.contents(layout.archive) == Array("\(archive.log.archiveOrigin)\n".utf8) else {
            throw ArchiveError(
                .configuration,
                "\(layout.root) has the backup of another archive",
                hint: "choose another folder"
            )
        }
    }

    /// Throws `storage` where a backup is of a version that this program does not know.
    static func checkVersion(of layout: BackupLayout, _ files: any FileSystem) throws(ArchiveError) {
        let contents = try files.contents(layout.versionFile, limit: 1024) ?? []
        let version = String(decoding: contents, as: UTF8.self).trimmingCharacters(in: .newlines)
        guard version == BackupLayout.version else {
            throw ArchiveError(
                .storage,
                "the backup in \(layout.root) is of version \(version.prefix(60).debugDescription), not "
                    + BackupLayout.version,
                hint: "use the program that wrote it, or a newer one"
            )
        }
    }

    private func make(isNew: Bool) throws {
        guard isNew else {
            throw ArchiveError(
                .configuration,
                "there is no backup in \(layout.root), and there was one",
                hint: "is its disk mounted? To begin anew, say --new"
            )
        }
        // What a crash of this left is taken over.
        let own = ["lost+found", "archive", "archive.tmp", "VERSION.tmp", "lock"]
        guard try files.names(in: layout.root).allSatisfy(own.contains) else {
            throw ArchiveError(
                .configuration,
                "\(layout.root) has other files and no backup",
                hint: "choose an empty folder"
            )
        }
        try files.replace(layout.archive, with: "\(archive.log.archiveOrigin)\n".utf8, label: "backup.archive")
        try files.replace(layout.versionFile, with: "\(BackupLayout.version)\n".utf8, label: "backup.version")
    }

    /// Nobody goes on with what has no name yet.
    func removeTemporaries() throws {
        var folders = [layout.root, layout.catalogues]
        folders += try files.names(in: layout.payloads).map(layout.payloads(beginningWith:))
        folders += try layout.companionFolders(files)
        folders += try files.names(in: layout.configurations).map(layout.configuration)
        for folder in folders { try removeTemporaries(in: folder) }
    }

    private func removeTemporaries(in folder: String) throws {
        for name in try files.names(in: folder) where name.contains(BackupLayout.temporarySuffix) {
            try files.remove("\(folder)/\(name)", label: "backup.remove-temporary")
        }
    }

    // MARK: Catalogue

    /// Copies the catalogue and looks whether the copy is whole; the entries of its log.
    func copyCatalogue(_ name: String) async throws -> Int {
        let path = layout.catalogue(name)
        let temporary = BackupLayout.temporary(path)
        try files.makeFolder(layout.catalogues, label: "backup.make-folder")
        do {
            let file = try files.open(temporary, writing: true, create: true, label: "backup.catalogue")
            try await archive.catalogue.copy(to: temporary)
            let entries = try await entriesOfWholeCatalogue(at: temporary)
            // Reading it wrote nothing; what the last reader could not remove holds nothing.
            for suffix in ["-wal", "-shm"] {
                try files.remove(temporary + suffix, label: "backup.remove-temporary")
            }
            try file.sync(label: "backup.sync")
            try files.setMode(temporary, 0o400, label: "backup.read-only")
            try files.rename(temporary, to: path, label: "backup.rename")
            try files.syncFolder(layout.catalogues, label: "backup.sync-folder")
            return entries
        } catch {
            for suffix in ["", "-wal", "-shm", "-journal"] {
                try? files.remove(temporary + suffix, label: "backup.undo")
            }
            throw error
        }
    }

    private func entriesOfWholeCatalogue(at path: String) async throws -> Int {
        let copy = try Catalogue(path: path, files: files)
        do {
            if let fault = try await copy.integrityFault() {
                throw ArchiveError(.inputOutput, "the copy of the catalogue is not whole: \(fault)")
            }
            let verification = try await archive.log.verify(copy: copy)
            if let fault = verification.fault {
                throw ArchiveError(
                    .logMismatch,
                    "the log in the copy of the catalogue is not whole: \(fault.reason)",
                    hint: "run `risalahd audit verify`"
                )
            }
            try copy.close()
            return verification.size
        } catch {
            try? copy.close()
            throw error
        }
    }

    /// Entries of the log in the copy called `name`, as was found when it was made.
    func entries(ofCatalogue name: String) async throws -> Int {
        _ = try Self.time(ofName: name)
        guard try files.length(layout.catalogue(name)) != nil else {
            throw ArchiveError(.notFound, "\(layout.root) has no catalogue \(name)")
        }
        let note = try files.contents("\(layout.configuration(name))/\(Self.entriesFile)").map {
            String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .newlines)
        }
        guard let note, let entries = Int(note) else {
            throw ArchiveError(.notFound, "the backup \(name) in \(layout.root) did not begin to its end")
        }
        return entries
    }

    /// How many entries the catalogue has that a Config belongs to.
    static let entriesFile = "entries"

    // MARK: Checkpoint, journal

    /// The checkpoint that lies there.
    func keptCheckpoint() throws -> String? {
        try files.contents(layout.checkpoint).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Puts the newest checkpoint there, where `key` signed it; ``begin(isNew:configuration:by:)`` has seen that the log grew
    /// from what was there.
    ///
    /// Whoever restores has the keys of a copy of the vault, and goes on from no checkpoint of a key that came after it. So
    /// where the log has another key by now, what lies there stays until a copy of the vault has that key.
    ///
    /// - Parameter key: one that the newest copy of the vault has, as a C2SP vkey.
    func keepCheckpoint(signedBy key: String) async throws {
        guard let note = try await archive.catalogue.read({ try $0.headCheckpoint() }),
            try archive.log.verificationKey(of: note) == key
        else { return }
        try files.replace(layout.checkpoint, with: note.utf8, label: "backup.checkpoint")
    }

    func writeJournal() async throws {
        try journal.add(try await archive.catalogue.read { try $0.destructions() })
    }

    func removePayload(of recording: RecordingID) throws {
        let path = layout.payload(recording)
        guard try files.length(path) != nil else { return }
        try files.remove(path, label: "backup.remove-payload")
        try files.syncFolder(path.parentFolder, label: "backup.sync-folder")
    }

    /// Removes everything that follows these recordings.
    func removeCompanions(of recordings: Set<RecordingID>) throws {
        guard !recordings.isEmpty else { return }
        for folder in try layout.companionFolders(files) {
            let names = try files.names(in: folder).filter { name in
                BackupLayout.recording(ofCompanion: name).map(recordings.contains) ?? false
            }
            for name in names { try files.remove("\(folder)/\(name)", label: "backup.remove-payload") }
            if !names.isEmpty { try files.syncFolder(folder, label: "backup.sync-folder") }
        }
    }

    // MARK: What is too old

    func hasEnded(_ name: String) throws -> Bool {
        try files.length("\(layout.configuration(name))/\(Self.endedFile)") != nil
    }

    func removeOld(now: Date) async throws {
        let names = try files.names(in: layout.catalogues).compactMap(BackupLayout.name(ofCatalogue:)).sorted()
        let ended = try names.filter(hasEnded)
        let newest = ended.suffix(max(1, custody.catalogues))
        // What never ended does not count. What was begun after the last end may still be under way.
        let kept = Set(newest + names.filter { $0 > ended.last ?? "" })
        for name in try files.names(in: layout.configurations) where !kept.contains(name) {
            // What is left of a copy that is gone says so to who verifies.
            if try hasEnded(name), name > newest.first ?? "" { continue }
            let folder = layout.configuration(name)
            // Its marks first: from then on nobody misses the rest.
            let marks = [Self.endedFile, Self.entriesFile]
            for file in marks + (try files.names(in: folder)).filter({ !marks.contains($0) }) {
                try files.remove("\(folder)/\(file)", label: "backup.remove-old")
            }
            try files.removeFolder(folder, label: "backup.remove-old")
        }
        for name in names where !kept.contains(name) {
            try files.remove(layout.catalogue(name), label: "backup.remove-old")
        }
        // By a clock that is in doubt nothing goes.
        guard try await archive.catalogue.read({ try $0.clockDoubt() == nil }) else { return }
        // What is not named as ours are is not ours to delete.
        let ours = try vaultNames().filter { (try? Self.time(ofName: $0)) != nil }
        for name in ours.dropLast() where try Self.time(ofName: name).addingTimeInterval(custody.lifetime) < now {
            let path = vaultPath(name)
            try files.remove(path, label: "backup.remove-old")
            try files.remove(path + Self.digestSuffix, label: "backup.remove-old")
        }
        try files.syncFolder(custody.folder, label: "backup.sync-folder")
    }
}

extension LocalFileSystem {
    fileprivate func isFolder(_ path: String) -> Bool { (try? kind(of: path)) == .folder }
}
