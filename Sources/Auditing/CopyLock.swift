import ArchiveCore
import Glibc
import Synchronization

/// A copy belongs to one process at a time that changes it: an exclusive flock(2), which the kernel drops with the process.
final class CopyLock: Sendable {
    private let descriptor: Mutex<Int32>

    /// Takes the lock at `path`, waiting for whoever has it.
    ///
    /// - Throws: `conflict` where another still has it after `patience`.
    static func acquire(_ path: String, patience: Duration) async throws -> CopyLock {
        let deadline = ContinuousClock.now + patience
        while true {
            if let lock = try CopyLock(path: path) { return lock }
            guard ContinuousClock.now < deadline else {
                throw ArchiveError(
                    .conflict,
                    "another process changes the copy in \(path.parentFolder)",
                    hint: "try again when it is done"
                )
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Nil where another has it.
    private init?(path: String) throws(ArchiveError) {
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else {
            throw ArchiveError(.inputOutput, "open \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            Glibc.close(opened)
            guard reason == EWOULDBLOCK || reason == EINTR else {
                throw ArchiveError(.inputOutput, "lock \(path): \(String(cString: strerror(reason)))")
            }
            return nil
        }
        descriptor = Mutex(opened)
    }

    /// Lets the next one in.
    func release() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            _ = flock(descriptor, LOCK_UN)
            Glibc.close(descriptor)
            descriptor = -1
        }
    }

    deinit { release() }
}
