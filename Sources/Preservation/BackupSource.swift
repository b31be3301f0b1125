public import Age
public import ArchiveCore
public import BlobStore
public import Catalogue
import Crypto
public import Foundation
public import Vault

/// A backup that something is restored from. Nothing in it is changed.
public struct BackupSource: Sendable {
    private let layout: BackupLayout
    private let files: any FileSystem
    /// The origin that the log of its archive began under.
    public let archive: String

    /// The backup in the folder `root`.
    ///
    /// - Throws: `not-found` where there is none, `storage` where it is of a version that this program does not know.
    public init(root: String, files: any FileSystem = LocalFileSystem()) throws(ArchiveError) {
        layout = BackupLayout(root: root)
        self.files = files
        guard try files.length(layout.versionFile) != nil else {
            throw ArchiveError(.notFound, "there is no backup in \(root)", hint: "is its disk mounted?")
        }
        try Backup.checkVersion(of: layout, files)
        guard let name = try files.contents(layout.archive, limit: 1024) else {
            throw ArchiveError(.storage, "there is no \(layout.archive), which says whose backup it is")
        }
        archive = String(decoding: name, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    /// The newest copy of the catalogue whose backup came to its end, or the newest that was made at `time` or before.
    public func catalogue(at time: Date?) throws(ArchiveError) -> (name: String, taken: Date) {
        var names: [String] = []
        for name in try files.names(in: layout.catalogues).compactMap(BackupLayout.name(ofCatalogue:)).sorted()
        where try files.length("\(layout.configuration(name))/\(Backup.endedFile)") != nil { names.append(name) }
        for name in names.reversed() {
            let taken = try Backup.time(ofName: name)
            if let time, taken > time { continue }
            return (name, taken)
        }
        throw ArchiveError(
            .notFound,
            "\(layout.root) has no copy of a catalogue whose backup has ended"
                + (time.map { " of \(Timestamp.text($0)) or before" } ?? ""),
            hint: names.first.map { "the oldest is \($0)" }
        )
    }

    /// A file of Config, as it was with the copy called `name`.
    public func configuration(_ file: String, of name: String) throws(ArchiveError) -> [UInt8]? {
        try files.contents("\(layout.configuration(name))/\(file)")
    }

    /// The newest checkpoint of the log that was seen there.
    public func checkpoint() throws(ArchiveError) -> String? {
        try files.contents(layout.checkpoint).map { String(decoding: $0, as: UTF8.self) }
    }

    /// What was destroyed.
    public func destructions() throws -> [DestroyedRecording] {
        try DestructionJournal(path: layout.destructions, files: files).destructions()
    }

    private static let step = 1 << 20

    /// Copies the catalogue called `name` to `path`, durably.
    public func copyCatalogue(_ name: String, to path: String) throws {
        let source = try files.open(layout.catalogue(name), writing: false, create: false, label: "restore.read")
        let temporary = BackupLayout.temporary(path)
        try files.remove(temporary, label: "restore.catalogue")
        let target = try files.open(temporary, writing: true, create: true, label: "restore.catalogue")
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.step, alignment: 16)
        defer { buffer.deallocate() }
        var position = 0
        while true {
            let count = try source.read(into: buffer, at: position)
            guard count > 0 else { break }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            try target.write(bytes, at: position, label: "restore.catalogue")
            position += count
        }
        try target.sync(label: "restore.catalogue")
        try files.rename(temporary, to: path, label: "restore.catalogue")
        try files.syncFolder(path.parentFolder, label: "restore.catalogue")
    }

    /// Puts the payload of a recording into `blobs`, as it is there, durably; false where there is none.
    ///
    /// One that is damaged comes too: most of it opens, and a check says which part does not.
    public func copyPayload(of recording: RecordingID, into blobs: any BlobStore) async throws -> Bool {
        let key = BlobKey.incoming(UploadID())
        return try await copy(layout.payload(recording), into: blobs, by: key) { () throws(ArchiveError) in
            try blobs.commit(key, as: recording)
        }
    }

    /// Puts what follows a recording into `blobs`, as ``copyPayload(of:into:)`` does.
    public func copyCompanion(_ file: CompanionFile, into blobs: any BlobStore) async throws -> Bool {
        let key = BlobKey.unfinished(UploadID())
        return try await copy(layout.companion(file), into: blobs, by: key) { () throws(ArchiveError) in
            try blobs.keep(key, of: file.recording, as: file.companion)
        }
    }

    private func copy(
        _ path: String,
        into blobs: any BlobStore,
        by key: BlobKey,
        _ keep: () throws(ArchiveError) -> Void
    ) async throws -> Bool {
        guard let length = try files.length(path), length > 0 else { return false }
        let source = try files.open(path, writing: false, create: false, label: "restore.read")
        do {
            let target = try blobs.append(to: key)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.step, alignment: 16)
            defer { buffer.deallocate() }
            while target.length < length {
                let count = try source.read(into: buffer, at: target.length)
                guard count > 0 else { break }
                try target.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                await Task.yield()
            }
            try target.sync()
            try keep()
            return true
        } catch {
            try? blobs.remove(key)
            throw error
        }
    }

    /// Opens a copy of the vault, and gives `body` its rows, some at a time.
    ///
    /// - Throws: `bad-encryption` where none of `identities` opens it, or it was changed or cut off; `storage` where it is
    ///   of another archive than this backup, or of a version that this program does not know.
    public func readVault(
        at path: String,
        with identities: [Identity],
        _ body: ([VaultRow]) throws -> Void
    ) throws {
        var lines = VaultLines(archive: archive, path: path)
        do {
            let file = try files.open(path, writing: false, create: false, label: "restore.read")
            var cutter = HeaderCutter()
            var decryptor: PayloadDecryptor?
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.step, alignment: 16)
            defer { buffer.deallocate() }
            var position = 0
            while true {
                let count = try file.read(into: buffer, at: position)
                guard count > 0 else { break }
                position += count
                var rest = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                if decryptor == nil {
                    let used = try cutter.consume(rest)
                    rest = UnsafeRawBufferPointer(rebasing: rest[used...])
                    if let header = cutter.header {
                        decryptor = PayloadDecryptor(fileKey: try header.open(with: identities))
                    }
                }
                try decryptor?.update(rest, into: &lines.pending)
                try body(lines.rows())
            }
            try cutter.finish()
            try decryptor?.finish(into: &lines.pending)
            try body(lines.rows())
            try lines.finish()
        } catch let error as AgeError {
            throw ArchiveError(
                .badEncryption,
                "\(path) does not open: \(error.message)",
                hint: error.code == .noMatch ? "give the identity of one of its custodians" : nil
            )
        }
    }
}

/// The lines of a copy of the vault, as they come.
private struct VaultLines {
    let archive: String
    let path: String
    var pending: [UInt8] = []
    private var hasHeading = false

    init(archive: String, path: String) {
        self.archive = archive
        self.path = path
    }

    /// The rows that are whole by now.
    mutating func rows() throws -> [VaultRow] {
        guard let end = pending.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        var rows = try pending[..<end].split(separator: UInt8(ascii: "\n")).map { line in
            do {
                return try CanonicalJSON.decode(VaultRow.self, from: Data(line))
            } catch {
                throw ArchiveError(.storage, "\(path) is no copy of a vault")
            }
        }
        pending.removeSubrange(...end)
        if !hasHeading, !rows.isEmpty {
            try check(heading: rows.removeFirst())
            hasHeading = true
        }
        return rows
    }

    private func check(heading row: VaultRow) throws {
        guard row.kind == Backup.VaultHeading.kind, row.id == Backup.VaultHeading.id else {
            throw ArchiveError(
                .storage,
                "\(path) begins with \(row.kind.prefix(40)) \(row.id.prefix(40)), not with \(Backup.VaultHeading.id)",
                hint: "use the version of Risalah that wrote it, or a newer one"
            )
        }
        let heading = try CanonicalJSON.decode(Backup.VaultHeading.self, from: row.contents)
        guard heading.archive == archive else {
            throw ArchiveError(
                .storage,
                "\(path) is of the archive \(heading.archive), the backup of \(archive)",
                hint: "give a copy of the vault of that archive"
            )
        }
    }

    func finish() throws {
        guard hasHeading, pending.isEmpty else { throw ArchiveError(.storage, "\(path) is no copy of a vault") }
    }
}
