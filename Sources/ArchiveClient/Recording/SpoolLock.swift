internal import ArchiveCore
internal import Glibc

/// A spooled recording belongs to one process at a time: an exclusive flock(2) on its folder, which the kernel drops
/// with the process, however that ends.
final class SpoolLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of `folder`; nil where another process has it.
    init?(folder: String) throws(ArchiveError) {
        let opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard opened >= 0 else {
            let reason = errno
            throw ArchiveError(
                reason == ENOENT ? .notFound : .inputOutput,
                "open \(folder): \(String(cString: strerror(reason)))"
            )
        }
        descriptor = opened
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            guard reason == EWOULDBLOCK else {
                throw ArchiveError(.inputOutput, "lock \(folder): \(String(cString: strerror(reason)))")
            }
            return nil
        }
    }

    deinit { close(descriptor) }
}
