import ArchiveCore
import AuditLog
import Catalogue
import Foundation

/// What earlier backups left, read again: `risalahd backup --verify`.
extension Backup {
    /// Digests of a catalogue's copy and of the files beside its Config, as sha256sum writes and checks them there.
    static let digestsFile = "SHA256SUMS"

    /// Writes the digests of the copy called `name` and of the files in its folder.
    func writeDigests(_ name: String, _ names: [String]) async throws {
        let folder = layout.configuration(name)
        var lines = ""
        for file in ["../../catalogues/\(name).sqlite"] + names {
            guard let digest = try await digest(ofFile: path(file, in: folder, name)) else {
                throw ArchiveError(
                    .inputOutput,
                    "\(folder)/\(file) cannot be read back",
                    hint: "do not trust this disk"
                )
            }
            lines += "\(digest.hexadecimal)  \(file)\n"
        }
        try files.replace("\(folder)/\(Self.digestsFile)", with: lines.utf8, label: "backup.configuration")
    }

    private func path(_ file: String, in folder: String, _ name: String) -> String {
        file.hasPrefix("..") ? layout.catalogue(name) : "\(folder)/\(file)"
    }

    /// Files of earlier backups that are not what was written, or not there any more: catalogues, Config, vaults, journal.
    func damagedFiles() async throws -> [StorageFault] {
        let newest = try await archive.catalogue.read { try $0.backups() }.first { $0.destination == layout.root }
        var faults: [StorageFault] = []
        let copies = try files.names(in: layout.catalogues).compactMap(BackupLayout.name(ofCatalogue:))
        let configurations = try files.names(in: layout.configurations)
        let ended = try configurations.filter(hasEnded)
        for name in Set(copies + configurations + [newest?.name].compactMap(\.self)).sorted() {
            // After a restore the archive may know of one only that has gone in order since.
            let isKnown = name == newest?.name && ended.allSatisfy { $0 <= name }
            faults += try await damagedCopy(name, isKnown: isKnown)
        }
        for name in try vaultNames() {
            let file = vaultPath(name)
            faults += try await damaged(file + Self.digestSuffix) { _ in file }
        }
        return try await faults + damagedLines(newest)
    }

    /// What is damaged of the copy of the catalogue called `name`, of the files beside it, and whether its vault is gone.
    ///
    /// - Parameter isKnown: whether the archive knows that this one ended. Another that has no mark did not begin to its end,
    ///   or is being removed, and is nothing to restore.
    private func damagedCopy(_ name: String, isKnown: Bool) async throws -> [StorageFault] {
        let folder = layout.configuration(name)
        let ended = try files.contents("\(folder)/\(Self.endedFile)")
        let hasBegun = try files.length("\(folder)/\(Self.entriesFile)") != nil
        guard isKnown || ended != nil || hasBegun else { return [] }
        var faults = try await damaged("\(folder)/\(Self.digestsFile)") { path($0, in: folder, name) }
        if !hasBegun { faults.append(lost("\(folder)/\(Self.entriesFile)")) }
        if isKnown, ended == nil { faults.append(lost("\(folder)/\(Self.endedFile)")) }
        guard let ended else { return faults }
        let vault = String(decoding: ended, as: UTF8.self).trimmingCharacters(in: .newlines)
        // One that is older than it is to be kept has gone in order; one elsewhere is kept by somebody else now.
        guard vault.parentFolder == custody.folder, try files.length(vault) == nil,
            let taken = try? Self.time(ofName: name),
            taken.addingTimeInterval(custody.lifetime) >= archive.clock.now
        else { return faults }
        return faults + [lost(vault)]
    }

    private func lost(_ file: String) -> StorageFault {
        StorageFault(.backupDamaged, file, "it was written, and is not there any more")
    }

    /// Files that the list of digests at `list` names and that do not have them.
    private func damaged(_ list: String, _ path: (String) -> String) async throws -> [StorageFault] {
        let text = String(decoding: try files.contents(list) ?? [], as: UTF8.self)
        let lines = text.split(separator: "\n")
        guard !lines.isEmpty else { return [StorageFault(.backupDamaged, list, "it is not there, or empty")] }
        var faults: [StorageFault] = []
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            guard parts.count == 2 else {
                faults.append(StorageFault(.backupDamaged, list, "a line of it is none of sha256sum"))
                continue
            }
            let file = path(parts[1].trimmingCharacters(in: .whitespaces))
            let found = try files.length(file) == nil ? nil : try await digest(ofFile: file)
            guard found?.hexadecimal == String(parts[0]) else {
                let isThere = found != nil
                let message = "it is not \(isThere ? "what was written" : "there any more"), or \(list) is not what was"
                faults.append(StorageFault(.backupDamaged, file, message))
                continue
            }
        }
        return faults
    }

    /// Lines of the journal that say something else than the catalogue. After a restore what is in it was destroyed again,
    /// later, on another list; and of what came and went after the copy that was restored, the catalogue knows nothing.
    private func damagedLines(_ newest: BackupRow?) async throws -> [StorageFault] {
        let lines: [DestroyedRecording]
        do {
            lines = try journal.destructions()
        } catch {
            return [StorageFault(.backupDamaged, layout.destructions, (error as? ArchiveError)?.message ?? "\(error)")]
        }
        let (known, restarted) = try await archive.catalogue.read { reader in
            (try reader.destructions(), try Self.restarted(reader))
        }
        let byRecording = Dictionary(known.map { ($0.recording, $0) }, uniquingKeysWith: { $1 })
        var faults: [StorageFault] = []
        for line in lines {
            let message: String
            if let known = byRecording[line.recording] {
                guard known != line, known.destroyed <= line.destroyed || known.list == line.list else { continue }
                message = "the line of recording \(line.recording) says something else than the catalogue"
            } else {
                let isForgotten = restarted.map { line.destroyed <= $0 } ?? false
                if isForgotten, try await archive.catalogue.read({ try $0.recording(line.recording) }) == nil {
                    continue
                }
                message = "recording \(line.recording) was not destroyed here"
            }
            faults.append(StorageFault(.backupDamaged, layout.destructions, message))
        }
        // Those that had gone when the newest backup began were in the journal at its end.
        let written = Set(lines.map(\.recording))
        for known in known
        where newest.map({ known.destroyed < $0.taken }) ?? false && !written.contains(known.recording) {
            let message = "the line of recording \(known.recording) is not there any more"
            faults.append(StorageFault(.backupDamaged, layout.destructions, message))
        }
        return faults
    }

    /// When the log began under another origin for the last time, as after every restore; nil where it never did.
    private static func restarted(_ reader: CatalogueReader) throws -> Date? {
        var filter = EntryFilter()
        filter.action = AuditLog.restarted
        filter.isNewestFirst = true
        return try reader.entries(filter, limit: 1).first.flatMap { LogEntry(leaf: $0.leaf)?.time }
    }
}
