import Glibc
import Synchronization

/// What belongs to one process at a time: an exclusive flock(2), which the kernel drops with the process, however that ends.
public final class FileLock: Sendable {
    private let descriptor: Mutex<Int32>

    /// Takes the lock of the file at `path`, which is made where it is absent; nil where another process has it.
    public convenience init?(file path: String) throws(ArchiveError) {
        try self.init(path, O_RDWR | O_CREAT)
    }

    /// Takes the lock of the folder at `path`; nil where another process has it.
    ///
    /// - Throws: `not-found` where there is no such folder.
    public convenience init?(folder path: String) throws(ArchiveError) {
        try self.init(path, O_RDONLY | O_DIRECTORY)
    }

    /// Takes the lock of the file at `path`, which stands for the folder that it lies in.
    ///
    /// - Throws: `conflict` where another process has it.
    public static func ofFolder(with path: String) throws(ArchiveError) -> FileLock {
        guard let lock = try FileLock(file: path) else {
            throw ArchiveError(.conflict, "another process has \(path.parentFolder) open")
        }
        return lock
    }

    private init?(_ path: String, _ flags: Int32) throws(ArchiveError) {
        let opened = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else {
            let reason = errno
            throw ArchiveError(
                reason == ENOENT ? .notFound : .inputOutput,
                "open \(path): \(String(cString: strerror(reason)))"
            )
        }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(opened)
            guard reason == EWOULDBLOCK else {
                throw ArchiveError(.inputOutput, "lock \(path): \(String(cString: strerror(reason)))")
            }
            return nil
        }
        descriptor = Mutex(opened)
    }

    /// Lets the next one in.
    public func release() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            // A child between fork and exec has the descriptor too, and the lock with it: closing ours would not end it.
            _ = flock(descriptor, LOCK_UN)
            close(descriptor)
            descriptor = -1
        }
    }

    deinit { release() }
}
