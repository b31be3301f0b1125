import CLinux
import Glibc

/// The host's file system.
public struct LocalFileSystem: FileSystem {
    /// The host's file system.
    public init() {}

    /// See ``FileSystem/open(_:writing:create:label:)``.
    public func open(
        _ path: String,
        writing: Bool,
        create: Bool,
        label: FileLabel
    ) throws(ArchiveError) -> any OpenFile {
        let flags = (writing ? O_RDWR : O_RDONLY) | (create ? O_CREAT : 0) | O_CLOEXEC | O_NOFOLLOW
        let descriptor = retrying { Glibc.open(path, flags, 0o600) }
        guard descriptor >= 0 else { throw failure("open", path) }
        return LocalFile(descriptor: descriptor, path: path)
    }

    /// See ``FileSystem/rename(_:to:label:)``.
    public func rename(_ from: String, to: String, label: FileLabel) throws(ArchiveError) {
        guard Glibc.rename(from, to) == 0 else { throw failure("rename", from) }
    }

    /// See ``FileSystem/remove(_:label:)``.
    public func remove(_ path: String, label: FileLabel) throws(ArchiveError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
    }

    /// See ``FileSystem/makeFolder(_:label:)``.
    public func makeFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        var isMade = mkdir(path, 0o700) == 0
        if !isMade, errno == ENOENT, path.parentFolder != path {
            try makeFolder(path.parentFolder, label: label)
            // Once more and no oftener: below a dangling link the parent is there, and this still fails.
            isMade = mkdir(path, 0o700) == 0
        }
        guard isMade || errno == EEXIST else { throw failure("make folder", path) }
        // A folder is durable only when its parent's entry is.
        if isMade { try syncFolder(path.parentFolder, label: label) }
    }

    /// See ``FileSystem/removeFolder(_:label:)``.
    public func removeFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        guard rmdir(path) == 0 || errno == ENOENT else { throw failure("remove folder", path) }
    }

    /// See ``FileSystem/syncFolder(_:label:)``.
    public func syncFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        let descriptor = retrying { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw failure("open folder", path) }
        defer { close(descriptor) }
        guard retrying({ fsync(descriptor) }) == 0 else { throw failure("fsync folder", path) }
    }

    /// See ``FileSystem/setMode(_:_:label:)``.
    public func setMode(_ path: String, _ mode: UInt32, label: FileLabel) throws(ArchiveError) {
        guard chmod(path, mode) == 0 else { throw failure("chmod", path) }
    }

    /// See ``FileSystem/mode(_:)``.
    public func mode(_ path: String) throws(ArchiveError) -> UInt32 {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw failure("stat", path) }
        return UInt32(status.st_mode) & 0o7777
    }

    /// See ``FileSystem/length(_:)``.
    public func length(_ path: String) throws(ArchiveError) -> Int? {
        var status = stat()
        if lstat(path, &status) == 0 { return Int(status.st_size) }
        guard errno == ENOENT else { throw failure("stat", path) }
        return nil
    }

    /// The bytes that a file takes on the disk, holes left out; nil where there is no such file.
    public func allocated(_ path: String) throws(ArchiveError) -> Int? {
        var status = stat()
        // stat(2): blocks are of 512 bytes, whatever the file system's are.
        if lstat(path, &status) == 0 { return Int(status.st_blocks) * 512 }
        guard errno == ENOENT || errno == ENOTDIR else { throw failure("stat", path) }
        return nil
    }

    /// What lies at a path.
    public enum Kind: Sendable {
        /// A file.
        case regular
        /// A folder.
        case folder
        /// A device, a pipe, a socket.
        case other
    }

    /// What lies at `path`, links followed; nil where there is nothing.
    public func kind(of path: String) throws(ArchiveError) -> Kind? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw failure("stat", path) }
            return nil
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .regular
        case S_IFDIR: return .folder
        default: return .other
        }
    }

    /// See ``FileSystem/names(in:)``.
    public func names(in path: String) throws(ArchiveError) -> [String] {
        guard let folder = opendir(path) else {
            guard errno == ENOENT else { throw failure("list", path) }
            return []
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            // d_name is a NUL-terminated array inside the record that readdir keeps until the next call.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// See ``FileSystem/available(at:)``.
    public func available(at path: String) throws(ArchiveError) -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw failure("statvfs", path) }
        return Int(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    }
}

private final class LocalFile: OpenFile {
    private let descriptor: Int32
    private let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArchiveError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = retrying {
                pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
            }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, label: FileLabel) throws(ArchiveError) {
        var done = 0
        while done < bytes.count {
            let count = retrying {
                pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            }
            guard count > 0 else { throw failure("write", path) }
            done += count
        }
    }

    func sync(label: FileLabel) throws(ArchiveError) {
        guard retrying({ fdatasync(descriptor) }) == 0 else { throw failure("fsync", path) }
    }

    func startWriteback(from offset: Int, count: Int) {
        // Advice only: whether it worked shows in the sync that follows.
        _ = linux_start_writeback(descriptor, Int64(offset), Int64(count))
    }

    func allocate(_ length: Int, label: FileLabel) throws(ArchiveError) {
        let reason = retrying { posix_fallocate(descriptor, 0, off_t(length)) }
        guard reason == 0 else {
            // It returns the reason instead of setting it.
            errno = reason
            throw failure("allocate", path)
        }
    }

    func punchHole(from offset: Int, count: Int, label: FileLabel) throws(ArchiveError) {
        guard retrying({ linux_punch_hole(descriptor, Int64(offset), Int64(count)) }) == 0 else {
            throw failure("punch a hole into", path)
        }
    }

    func truncate(to length: Int, label: FileLabel) throws(ArchiveError) {
        guard retrying({ ftruncate(descriptor, off_t(length)) }) == 0 else { throw failure("truncate", path) }
    }

    var length: Int {
        get throws(ArchiveError) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw failure("stat", path) }
            return Int(status.st_size)
        }
    }
}

/// Repeats a call that a signal interrupted.
private func retrying<Value: SignedInteger>(_ call: () -> Value) -> Value {
    while true {
        let value = call()
        if value != -1 || errno != EINTR { return value }
    }
}

private func failure(_ call: String, _ path: String) -> ArchiveError {
    let reason = errno
    let code: ArchiveError.Code = reason == ENOSPC || reason == EDQUOT ? .exhausted : .inputOutput
    return ArchiveError(code, "\(call) \(path): \(String(cString: strerror(reason)))")
}
