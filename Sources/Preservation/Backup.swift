public import ArchiveCore
import AuditLog
import BlobStore
public import Catalogue
import Foundation
public import Vault

/// A backup of the archive to one destination, while the service goes on.
///
/// Order: the catalogue as it is at one moment (``begin(isNew:configuration:by:)``), then the payloads, transcripts and attachments that it
/// names (``copyPayloads(after:for:isVerifying:by:)``, a part at a time), then the journal of destructions, the vault, and the
/// entry of it (``end(_:by:)``). A crash anywhere leaves the backups from before whole: everything gets its name when all
/// of it is on the disk, and the next backup goes on from there.
public struct Backup: Sendable {
    let archive: Preservation
    let layout: BackupLayout
    let custody: BackupCustody

    var files: any FileSystem { archive.files }

    /// A backup of `archive` to the folder `destination`.
    public init(of archive: Preservation, to destination: String, custody: BackupCustody) {
        self.archive = archive
        layout = BackupLayout(root: destination)
        self.custody = custody
    }

    /// A backup that has begun.
    public struct Beginning: Sendable {
        /// The name of its copy of the catalogue.
        public let name: String
        /// Entries of the log in that copy.
        public let entries: Int
    }

    /// Copies the catalogue and Config, and looks whether the copy is whole: every page, and the log from its first entry to
    /// its head.
    ///
    /// - Parameters:
    ///   - isNew: whether a destination that had a backup may be empty: a disk that is not mounted looks like that.
    ///   - configuration: the files of Config, by name; never a secret.
    /// - Throws: `conflict` where another backup is being written there; `configuration` where the folder is none for a
    ///   backup of this archive; `log-mismatch` where the archive is older than what it has backed up.
    public func begin(
        isNew: Bool,
        configuration: [(name: String, text: [UInt8])],
        by actor: Actor
    ) async throws -> Beginning {
        try await noting("catalogue", by: actor) { try await beginNow(isNew: isNew, configuration) }
    }

    private func beginNow(isNew: Bool, _ configuration: [(name: String, text: [UInt8])]) async throws -> Beginning {
        let known = try await destinations().contains(layout.root)
        let lock = try claim(isNew: isNew || !known)
        defer { lock.release() }
        try removeTemporaries()
        var key = archive.log.verificationKey
        if let note = try keptCheckpoint() {
            try await archive.log.assertGrown(from: note, in: layout.checkpoint)
            key = try archive.log.verificationKey(of: note)
        }
        let name = try freeName()
        let entries = try await copyCatalogue(name)
        let folder = layout.configuration(name)
        try files.makeFolder(folder, label: "backup.make-folder")
        for file in configuration {
            try files.replace("\(folder)/\(file.name)", with: file.text, label: "backup.configuration")
        }
        try await writeDigests(name, configuration.map(\.name))
        // Last, for it says that all of the beginning is there.
        let mark = "\(folder)/\(Self.entriesFile)"
        try files.replace(mark, with: "\(entries)\n".utf8, label: "backup.configuration")
        try await keepCheckpoint(signedBy: key)
        return Beginning(name: name, entries: entries)
    }

    /// What ``end(_:by:)`` did.
    public struct Ending: Sendable {
        /// What is kept of it in the catalogue.
        public let row: BackupRow
        /// Recordings whose payloads are there.
        public internal(set) var recordings = 0
        /// Bytes of those, and of what follows them that is there.
        public internal(set) var bytes = 0
        /// Revisions of transcripts that are there.
        public internal(set) var transcripts = 0
        /// Attachments that are there.
        public internal(set) var attachments = 0
        /// Payloads, transcripts and attachments that are not there, or not of their length.
        public internal(set) var missing = 0
        /// Destructions in the journal.
        public internal(set) var destructions = 0
        /// The file of the vault.
        public let vault: String
        /// Rows of the vault in it.
        public let vaultRows: Int
        /// Rows of the vault that do not open.
        public let damagedRows: DamagedRows
    }

    /// Ends the backup called `name`: journal, vault, what is too old, the entry of it, the newest checkpoint.
    ///
    /// - Throws: `not-found` where it did not begin.
    public func end(_ name: String, by actor: Actor) async throws -> Ending {
        try await noting("vault", by: actor) { try await endNow(name, by: actor) }
    }

    private func endNow(_ name: String, by actor: Actor) async throws -> Ending {
        let lock = try claim(isNew: false)
        defer { lock.release() }
        let entries = try await entries(ofCatalogue: name)
        try await writeJournal()
        let destroyed = Set(try journal.destructions().map(\.recording))
        for recording in destroyed { try removePayload(of: recording) }
        try removeCompanions(of: destroyed)
        let key = archive.log.verificationKey
        let vault = try await copyVault()
        // What was destroyed meanwhile is not in that copy.
        try await writeJournal()
        let mark = "\(layout.configuration(name))/\(Self.endedFile)"
        try files.replace(mark, with: "\(vault.path)\n".utf8, label: "backup.configuration")
        try await removeOld(now: archive.clock.now)
        let row = BackupRow(
            destination: layout.root,
            name: name,
            taken: try Self.time(ofName: name),
            entries: entries,
            ended: archive.clock.now
        )
        var ending = Ending(
            row: row,
            vault: vault.path,
            vaultRows: vault.rows,
            damagedRows: vault.damaged
        )
        ending.destructions = destroyed.count
        try await count(&ending)
        try await record(ending, by: actor)
        // The last of all: it has the entry above, so whoever restores this copy sees that the log was longer.
        try await keepCheckpoint(signedBy: key)
        return ending
    }

    private func record(_ ending: Ending, by actor: Actor) async throws {
        let details = [
            "entries": String(ending.row.entries), "recordings": String(ending.recordings),
            "bytes": String(ending.bytes), "transcripts": String(ending.transcripts),
            "attachments": String(ending.attachments), "missing": String(ending.missing),
            "destructions": String(ending.destructions),
            "vaultRows": String(ending.vaultRows),
        ]
        let texts = try archive.log.seal(["destination": layout.root])
        try await archive.catalogue.write { [log = archive.log, row = ending.row] writer in
            try writer.setBackup(row)
            try log.append(
                to: writer,
                actor: actor,
                action: "backup.done",
                object: nil,
                label: nil,
                decision: .allow,
                details: details,
                texts: texts
            )
        }
    }

    private func destinations() async throws -> [String] {
        try await archive.catalogue.read { try $0.backups().map(\.destination) }
    }

    /// Runs `body`; a failure is an entry.
    func noting<Value>(_ step: String, by actor: Actor, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            let code = (error as? ArchiveError)?.code.rawValue ?? ArchiveError.Code.unexpected.rawValue
            try? await archive.log.record(
                actor: actor,
                action: "backup.failed",
                details: ["step": step, "reason": code],
                texts: ["destination": layout.root]
            )
            throw error
        }
    }

    // MARK: Names

    /// 20261122T090000Z: no colons, which some file systems do not take, and in the order of time.
    private static func text(_ time: Date) -> String {
        String(Timestamp.text(time).prefix(19)).replacing("-", with: "").replacing(":", with: "") + "Z"
    }

    /// The time in a name.
    static func time(ofName name: String) throws(ArchiveError) -> Date {
        guard let match = name.wholeMatch(of: /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(-\d+)?/),
            let time = Timestamp.date(
                "\(match.1)-\(match.2)-\(match.3)T\(match.4):\(match.5):\(match.6)Z"
            )
        else { throw ArchiveError(.badRequest, "\(name.prefix(40).debugDescription) is no name of a backup") }
        return time
    }

    /// A name of now, after those of all copies of the catalogue that are there.
    private func freeName() throws -> String {
        free(after: try files.names(in: layout.catalogues).compactMap(BackupLayout.name(ofCatalogue:)))
    }

    /// Where the vault is copied to now; nothing is there yet.
    func freeVaultPath() throws -> String {
        vaultPath(free(after: try vaultNames()))
    }

    /// The copy of the vault called `name`.
    func vaultPath(_ name: String) -> String { "\(custody.folder)/\(Self.vaultPrefix)\(name)\(Self.vaultSuffix)" }

    /// The times in the names of the copies of the vault, oldest first.
    func vaultNames() throws -> [String] {
        try files.names(in: custody.folder).filter { $0.hasPrefix(Self.vaultPrefix) && $0.hasSuffix(Self.vaultSuffix) }
            .map { String($0.dropFirst(Self.vaultPrefix.count).dropLast(Self.vaultSuffix.count)) }.sorted()
    }

    /// A name of now behind `names`: a backup takes longer than a second, but two can be begun in one.
    private func free(after names: [String]) -> String {
        let base = Self.text(archive.clock.now)
        guard let last = names.filter({ $0 == base || $0.hasPrefix("\(base)-") }).max() else { return base }
        let number = last == base ? 2 : (Int(last.dropFirst(base.count + 1)) ?? 1) + 1
        return "\(base)-\(number < 10 ? "0" : "")\(number)"
    }

    /// Beside the copy of Config: that the backup has come to its end.
    static let endedFile = "ended"
    static let vaultPrefix = "vault-"
    static let vaultSuffix = ".age"
    static let digestSuffix = ".sha256"
}
