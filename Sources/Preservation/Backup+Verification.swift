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

    /// Files of earlier backups that are not what was written: catalogues, Config, vaults, journal.
    func damagedFiles() async throws -> [StorageFault] {
        var faults: [StorageFault] = []
        for name in try files.names(in: layout.catalogues).compactMap(BackupLayout.name(ofCatalogue:)) {
            let folder = layout.configuration(name)
            // One that did not begin to its end has none, and is nothing to restore.
            guard try files.length("\(folder)/\(Self.entriesFile)") != nil else { continue }
            faults += try await damaged("\(folder)/\(Self.digestsFile)") { path($0, in: folder, name) }
        }
        for name in try vaultNames() {
            let file = "\(custody.folder)/\(Self.vaultPrefix)\(name)\(Self.vaultSuffix)"
            faults += try await damaged(file + Self.digestSuffix) { _ in file }
        }
        return try await faults + damagedLines()
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
                faults.append(StorageFault(.backupDamaged, file, "it is not what was written, or \(list) is not"))
                continue
            }
        }
        return faults
    }

    /// Lines of the journal that say something else than the catalogue. After a restore what is in it was destroyed again,
    /// later, on another list.
    private func damagedLines() async throws -> [StorageFault] {
        let lines: [DestroyedRecording]
        do {
            lines = try journal.destructions()
        } catch {
            return [StorageFault(.backupDamaged, layout.destructions, (error as? ArchiveError)?.message ?? "\(error)")]
        }
        let known = try await archive.catalogue.read { try $0.destructions() }
        let byRecording = Dictionary(known.map { ($0.recording, $0) }, uniquingKeysWith: { $1 })
        return lines.compactMap { line in
            guard let known = byRecording[line.recording] else {
                let message = "recording \(line.recording) was not destroyed here"
                return StorageFault(.backupDamaged, layout.destructions, message)
            }
            let isAgain = known.destroyed > line.destroyed && known.list != line.list
            guard known == line || isAgain else {
                let message = "the line of recording \(line.recording) says something else than the catalogue"
                return StorageFault(.backupDamaged, layout.destructions, message)
            }
            return nil
        }
    }
}
