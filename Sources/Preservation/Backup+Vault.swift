import Age
import ArchiveCore
import AuditLog
import Catalogue
import Crypto
import Foundation
import Synchronization
import Vault

/// The vault, in clear below the custodians' recipients alone: who has one of their identities opens everything with it.
extension Backup {
    /// What was written of the vault.
    struct VaultCopy {
        var path: String
        var rows: Int
        var damaged: DamagedRows
    }

    /// What the first line of a copy of the vault says.
    struct VaultHeading: Codable {
        /// The origin that the log of the archive began under.
        var archive: String
        /// Entries of the log then.
        var entries: Int
        /// When it was made.
        var made: Date

        static let kind = "backup"
        static let id = "risalah-vault 1"
    }

    /// Writes the vault as one age file, a line of canonical JSON each row, and its digest beside it; reads it back.
    ///
    /// Nothing of it is on a disk in clear at any time.
    func copyVault() async throws -> VaultCopy {
        let path = try freeVaultPath()
        let temporary = BackupLayout.temporary(path)
        do {
            try files.remove(temporary, label: "backup.remove-temporary")
            let fileKey = FileKey()
            let header = try Header(fileKey: fileKey, recipients: custody.recipients).serialized
            let sink = Mutex(
                VaultSink(
                    file: try files.open(temporary, writing: true, create: true, label: "backup.open"),
                    fileKey: fileKey
                )
            )
            try sink.withLock { try $0.write(header: header) }
            let heading = VaultHeading(
                archive: archive.log.archiveOrigin,
                entries: try await archive.catalogue.read { try $0.logSize() },
                made: archive.clock.now
            )
            let first = VaultRow(
                contents: try CanonicalJSON.encode(heading),
                id: VaultHeading.id,
                kind: VaultHeading.kind
            )
            try sink.withLock { try $0.write(first) }
            let damaged = try await archive.vault.readAll { row in try sink.withLock { try $0.write(row) } }
            let written = try sink.withLock { try $0.finish() }
            guard try files.length(temporary) == written.length,
                try await digest(ofFile: temporary) == written.digest
            else {
                throw ArchiveError(
                    .inputOutput,
                    "\(temporary) does not hold what was written there",
                    hint: "do not trust this disk"
                )
            }
            // As sha256sum writes and checks it; before the name, so that every copy has one.
            let name = path.split(separator: "/").last.map(String.init) ?? path
            try files.replace(
                path + Self.digestSuffix,
                with: "\(written.digest.hexadecimal)  \(name)\n".utf8,
                label: "backup.digest"
            )
            try files.setMode(temporary, 0o400, label: "backup.read-only")
            try files.rename(temporary, to: path, label: "backup.rename")
            try files.syncFolder(path.parentFolder, label: "backup.sync-folder")
            return VaultCopy(path: path, rows: written.rows - 1, damaged: damaged)
        } catch {
            try? files.remove(temporary, label: "backup.undo")
            throw error
        }
    }
}

/// Seals rows into a file as they come.
private struct VaultSink: ~Copyable, Sendable {
    private static let step = 1 << 20

    private let file: any OpenFile
    private var encryptor: PayloadEncryptor
    private var digest = SHA256()
    private var length = 0
    private var rows = 0
    private var sealed: [UInt8] = []

    init(file: any OpenFile, fileKey: FileKey) {
        self.file = file
        encryptor = PayloadEncryptor(fileKey: fileKey)
    }

    mutating func write(header: [UInt8]) throws { try append(header) }

    mutating func write(_ row: VaultRow) throws {
        let line = Array(try CanonicalJSON.encode(row) + [UInt8(ascii: "\n")])
        try encryptor.update(line, into: &sealed)
        rows += 1
        if sealed.count >= Self.step { try flush() }
    }

    /// Ends the file, durably.
    mutating func finish() throws -> (length: Int, digest: Data, rows: Int) {
        try encryptor.finish(into: &sealed)
        try flush()
        try file.sync(label: "backup.sync")
        return (length, Data(digest.finalize()), rows)
    }

    private mutating func flush() throws {
        try append(sealed)
        sealed.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ bytes: [UInt8]) throws {
        digest.update(data: bytes)
        let place = length
        try bytes.withUnsafeBytes { try file.write($0, at: place, label: "backup.write") }
        length += bytes.count
    }
}
