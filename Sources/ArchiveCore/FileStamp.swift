import Glibc

/// What tells one version of a file from another.
public struct FileStamp: Sendable, Equatable {
    private let device: UInt
    private let file: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    /// That of the file at `path` now.
    ///
    /// - Throws: `configuration` where it cannot be looked at.
    public init(of path: String) throws(ArchiveError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw ArchiveError(.configuration, "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        device = UInt(status.st_dev)
        file = UInt(status.st_ino)
        size = Int(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
