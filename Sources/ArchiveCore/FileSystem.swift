/// Names one file-system call of the archive, so that a test can make exactly that call fail.
public struct FileLabel: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// Like `payload.write` or `payload.sync-folder`.
    public let description: String

    /// A label.
    public init(stringLiteral value: String) { description = value }
}

/// The calls to the file system that durability rests on. The real one is ``LocalFileSystem``; tests wrap it in one
/// that fails a labelled call.
///
/// Every error is an ``ArchiveError`` that names the path and the kernel's reason.
public protocol FileSystem: Sendable {
    /// Opens a file for reading, or for reading and writing; `create` makes it (mode 0600) where it is absent.
    func open(_ path: String, writing: Bool, create: Bool, label: FileLabel) throws(ArchiveError) -> any OpenFile
    /// Renames within one file system; `to` is replaced.
    func rename(_ from: String, to: String, label: FileLabel) throws(ArchiveError)
    /// Removes a file; an absent one is no error, so that destruction can be repeated.
    func remove(_ path: String, label: FileLabel) throws(ArchiveError)
    /// Makes a folder (mode 0700) and its parents where they are absent.
    func makeFolder(_ path: String, label: FileLabel) throws(ArchiveError)
    /// Removes an empty folder; an absent one is no error.
    func removeFolder(_ path: String, label: FileLabel) throws(ArchiveError)
    /// Makes names in a folder durable.
    func syncFolder(_ path: String, label: FileLabel) throws(ArchiveError)
    /// Sets the permission bits.
    func setMode(_ path: String, _ mode: UInt32, label: FileLabel) throws(ArchiveError)
    /// The permission bits.
    func mode(_ path: String) throws(ArchiveError) -> UInt32
    /// The length in bytes, or nil where there is no such file.
    func length(_ path: String) throws(ArchiveError) -> Int?
    /// The names in a folder, sorted; empty where there is no such folder.
    func names(in path: String) throws(ArchiveError) -> [String]
    /// The bytes that an unprivileged write can still use on the file system of `path`.
    func available(at path: String) throws(ArchiveError) -> Int
}

/// An open file. Closed when the last reference goes.
public protocol OpenFile: Sendable {
    /// Reads up to `buffer.count` bytes at `offset`; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArchiveError) -> Int
    /// Writes all of `bytes` at `offset`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, label: FileLabel) throws(ArchiveError)
    /// Makes contents and length durable (fdatasync).
    func sync(label: FileLabel) throws(ArchiveError)
    /// Starts writing dirty pages of a range back without waiting, so that a later ``sync(label:)`` is short.
    func startWriteback(from offset: Int, count: Int)
    /// Takes `length` bytes of the disk for it.
    func allocate(_ length: Int, label: FileLabel) throws(ArchiveError)
    /// Gives a range back to the file system; it reads as zeros from then on, and the length stays.
    func punchHole(from offset: Int, count: Int, label: FileLabel) throws(ArchiveError)
    /// Cuts or extends to `length`.
    func truncate(to length: Int, label: FileLabel) throws(ArchiveError)
    /// The length in bytes.
    var length: Int { get throws(ArchiveError) }
}

extension FileSystem {
    /// Writes a whole small file durably: temp in the same folder → write → fsync → rename → fsync the folder.
    ///
    /// Either the old contents or the new are there after a crash, never a mixture. On failure the temp is removed.
    public func replace(_ path: String, with bytes: some Sequence<UInt8>, label: FileLabel) throws(ArchiveError) {
        let temporary = "\(path).tmp"
        do {
            try remove(temporary, label: label)
            let file = try open(temporary, writing: true, create: true, label: label)
            let contents = Array(bytes)
            // Closures lose the typed error, so the result carries it out.
            let written = contents.withUnsafeBytes { buffer in
                Result { () throws(ArchiveError) in try file.write(buffer, at: 0, label: label) }
            }
            try written.get()
            try file.sync(label: label)
            try rename(temporary, to: path, label: label)
            try syncFolder(path.parentFolder, label: label)
        } catch {
            try? remove(temporary, label: label)
            throw error
        }
    }

    /// The whole of a small file, or nil where there is none; more than `limit` bytes is an error.
    public func contents(_ path: String, limit: Int = 1 << 20) throws(ArchiveError) -> [UInt8]? {
        guard let length = try length(path) else { return nil }
        guard length <= limit else {
            throw ArchiveError(.storage, "\(path) has \(length) bytes, more than the \(limit) expected")
        }
        let file = try open(path, writing: false, create: false, label: "contents.open")
        var bytes = [UInt8](repeating: 0, count: length)
        let count = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(ArchiveError) in try file.read(into: buffer, at: 0) }
        }
        return Array(bytes.prefix(try count.get()))
    }
}

extension String {
    /// The folder part of a path: `a/b` of `a/b/c`, `/` of `/c`, `.` of `c`.
    public var parentFolder: String {
        guard let slash = lastIndex(of: "/") else { return "." }
        return slash == startIndex ? "/" : String(self[..<slash])
    }
}
