import ArchiveCore
import Glibc
import Synchronization

/// Storage belongs to one process at a time: an exclusive flock(2), which the kernel drops with the process.
final class StorageLock: Sendable {
    private let descriptor: Mutex<Int32>

    /// Takes the lock; `conflict` where another process has it.
    init(path: String) throws(ArchiveError) {
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
    func release() {
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
