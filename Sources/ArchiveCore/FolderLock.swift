import Glibc
import Synchronization

/// A folder belongs to one process at a time: an exclusive flock(2) on a file in it, which the kernel drops with the
/// process.
public final class FolderLock: Sendable {
    private let descriptor: Mutex<Int32>

    /// Takes the lock on the file at `path`, making it where it is absent; `conflict` where another process has it.
    public init(path: String) throws(ArchiveError) {
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else {
            throw ArchiveError(.inputOutput, "open \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            Glibc.close(opened)
            throw reason == EWOULDBLOCK
                ? ArchiveError(.conflict, "another process has \(path.parentFolder) open")
                : ArchiveError(.inputOutput, "lock \(path): \(String(cString: strerror(reason)))")
        }
        descriptor = Mutex(opened)
    }

    /// Lets the next one in.
    public func release() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            // A child between fork and exec has the descriptor too, and the lock with it: closing ours would not end it.
            _ = flock(descriptor, LOCK_UN)
            Glibc.close(descriptor)
            descriptor = -1
        }
    }

    deinit { release() }
}
