public import ArchiveCore
internal import Crypto
internal import Foundation

/// A bag (BagIt 1.0, RFC 8493) that appears under its name only when it is whole: everything goes into a folder beside it,
/// which is made durable and then renamed. Unless ``commit(_:)`` was called, nothing is left when the last reference goes.
///
/// What a killed program leaves is a folder `.risalah-bag-….part` that nobody has locked: ``removeLeftovers(beside:)``.
public final class BagFolder {
    private static let prefix = ".risalah-bag-"
    private static let suffix = ".part"

    /// Where it will be.
    public let path: String
    private let temporary: String
    private let lock: FileLock
    private let files: any FileSystem
    private var folders: Set<String> = []
    private var payload: [String: (digest: SHA256.Digest, length: Int64)] = [:]
    private var tags: [String: (digest: SHA256.Digest, length: Int64)] = [:]
    private var committed = false

    /// Begins a bag that will be at `path`.
    ///
    /// - Throws: `input-output` where something is there, or where the folder that it would be in is none.
    public convenience init(at path: String) throws(ArchiveError) {
        try self.init(at: path, in: LocalFileSystem())
    }

    /// Begins a bag that will be at `path` of `files`.
    init(at path: String, in files: any FileSystem) throws(ArchiveError) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard try files.length(path) == nil else {
            throw ArchiveError(
                .inputOutput,
                "\(path) is there already",
                hint: "a bag is made once: name another folder"
            )
        }
        guard try LocalFileSystem().kind(of: path.parentFolder) == .folder else {
            throw ArchiveError(.inputOutput, "cannot make \(path): there is no folder \(path.parentFolder)")
        }
        self.path = path
        self.files = files
        (temporary, lock) = try Self.locked(beside: path, in: files)
    }

    /// A new folder beside `path`, and its lock.
    private static func locked(
        beside path: String,
        in files: any FileSystem
    ) throws(ArchiveError) -> (String, FileLock) {
        for _ in 0..<16 {
            let folder = "\(path.besides)\(prefix)\(UploadID())\(suffix)"
            do {
                try files.makeFolder(folder, label: "bag.folder")
                // Who clears up, as another export does when it begins, may have come between the two.
                if let lock = try FileLock(folder: folder), try files.length(folder) != nil { return (folder, lock) }
            } catch {
                guard error.code == .notFound else {
                    try? files.removeFolder(folder, label: "bag.discard")
                    throw error
                }
            }
        }
        throw ArchiveError(.conflict, "others keep clearing up beside \(path)", hint: "export one after the other")
    }

    deinit {
        if !committed { try? FileManager.default.removeItem(atPath: temporary) }
    }

    /// What became of what was found.
    public struct Leftovers: Sendable {
        /// Removed.
        public fileprivate(set) var removed: [String] = []
        /// Still there.
        public fileprivate(set) var kept: [String] = []
    }

    /// Removes what bags that were never finished left in the folder where `path` would be; not what somebody writes now.
    public static func removeLeftovers(beside path: String) -> Leftovers {
        let files = LocalFileSystem()
        var found = Leftovers()
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        for name in (try? files.names(in: path.parentFolder)) ?? [] {
            guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { continue }
            let folder = path.besides + name
            do {
                guard let lock = try FileLock(folder: folder) else { continue }
                defer { lock.release() }
                try FileManager.default.removeItem(atPath: folder)
                found.removed.append(folder)
            } catch {
                found.kept.append(folder)
            }
        }
        return found
    }

    // MARK: Writing

    /// A file of the bag that is being written.
    final class Writer {
        fileprivate let path: String
        fileprivate let file: any OpenFile
        fileprivate var digest = SHA256()
        /// Bytes so far.
        private(set) var length: Int64 = 0

        fileprivate init(_ path: String, _ file: any OpenFile) {
            self.path = path
            self.file = file
        }

        func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
            try file.write(bytes, at: Int(length), label: "bag.write")
            digest.update(bufferPointer: bytes)
            length += Int64(bytes.count)
        }
    }

    /// Begins a file; `path` is within the bag, like `data/a/b`.
    func file(_ path: String) throws(ArchiveError) -> Writer {
        let full = "\(temporary)/\(path)"
        if folders.insert(full.parentFolder).inserted { try files.makeFolder(full.parentFolder, label: "bag.folder") }
        return Writer(path, try files.open(full, writing: true, create: true, label: "bag.open"))
    }

    /// Ends a file; SHA-256 of what is in it.
    @discardableResult
    func finish(_ writer: Writer) throws(ArchiveError) -> SHA256.Digest {
        try writer.file.sync(label: "bag.sync")
        let digest = writer.digest.finalize()
        if writer.path.hasPrefix("data/") {
            payload[writer.path] = (digest, writer.length)
        } else {
            tags[writer.path] = (digest, writer.length)
        }
        return digest
    }

    /// Writes a small file.
    func write(_ path: String, _ bytes: some Sequence<UInt8>) throws(ArchiveError) {
        let writer = try file(path)
        try Array(bytes).withUnsafeBytes { buffer in
            Result { () throws(ArchiveError) in try writer.write(buffer) }
        }.get()
        try finish(writer)
    }

    /// Takes everything below a folder of the bag back.
    func discard(_ folder: String) throws(ArchiveError) {
        let full = "\(temporary)/\(folder)"
        payload = payload.filter { !$0.key.hasPrefix("\(folder)/") }
        folders = folders.filter { $0 != full && !$0.hasPrefix("\(full)/") }
        guard try files.length(full) != nil else { return }
        do {
            try FileManager.default.removeItem(atPath: full)
        } catch {
            throw ArchiveError(.inputOutput, "remove \(full): \(error.localizedDescription)")
        }
    }

    /// Bytes and number of the files of its payload.
    var oxum: (octets: Int64, streams: Int) { (payload.values.reduce(0) { $0 + $1.length }, payload.count) }

    /// Writes the tag files of a bag, makes all of it durable, and gives it its name.
    func commit(_ info: BagInfo) throws(ArchiveError) {
        func manifest(_ files: [String: (digest: SHA256.Digest, length: Int64)]) -> BagManifest {
            files.reduce(into: BagManifest()) { $0.add($1.key, $1.value.digest, length: $1.value.length) }
        }
        // RFC 8493 §2.1.1, to the byte.
        try write("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".utf8)
        try write("bag-info.txt", info.text.utf8)
        try write("manifest-sha256.txt", manifest(payload).text.utf8)
        try write("tagmanifest-sha256.txt", manifest(tags).text.utf8)
        // Names are durable only with their folder, and that with the one above.
        for folder in folders.union([temporary, "\(temporary)/data"]).sorted(by: { $0.count > $1.count }) {
            try files.syncFolder(folder, label: "bag.sync-folder")
        }
        guard try files.length(path) == nil else {
            throw ArchiveError(.inputOutput, "\(path) is there by now", hint: "a bag is made once: name another folder")
        }
        try files.rename(temporary, to: path, label: "bag.rename")
        committed = true
        try files.syncFolder(path.parentFolder, label: "bag.sync-folder")
        lock.release()
    }
}

extension String {
    /// What a name beside this path begins with.
    fileprivate var besides: String {
        let folder = parentFolder
        return folder == "/" ? "/" : "\(folder)/"
    }
}
