public import ArchiveCore
internal import Glibc

/// Bytes to be read once, from a file or from stdin.
public final class InputFile {
    /// What people call it.
    public let name: String
    private let descriptor: Int32
    private let owned: Bool
    /// Bytes that were looked at and are still to be read.
    private var pending: [UInt8] = []

    /// The file at `path`, or stdin for `-`.
    ///
    /// - Throws: `not-found`, or `input-output` where it cannot be opened.
    public init(path: String) throws(ArchiveError) {
        if path == "-" {
            (name, descriptor, owned) = ("stdin", STDIN_FILENO, false)
            return
        }
        // The person's own file may well be a symbolic link, or a pipe of the shell's.
        let opened = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else {
            let reason = errno
            throw ArchiveError(
                reason == ENOENT ? .notFound : .inputOutput,
                "open \(path): \(String(cString: strerror(reason)))"
            )
        }
        (name, descriptor, owned) = (path, opened, true)
    }

    deinit { if owned { close(descriptor) } }

    /// Reads up to `buffer.count` bytes, and at least one unless the end is reached; 0 at the end.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        guard pending.isEmpty else {
            let count = min(pending.count, buffer.count)
            buffer.copyBytes(from: pending[..<count])
            pending.removeFirst(count)
            return count
        }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            let reason = errno
            guard reason == EINTR else {
                throw ArchiveError(.inputOutput, "read \(name): \(String(cString: strerror(reason)))")
            }
        }
    }

    /// The first `count` bytes, or fewer where there are no more; they are still there to be read.
    public func peek(_ count: Int) throws(ArchiveError) -> [UInt8] {
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: count)
        while head.count < count {
            let missing = count - head.count
            let got = try buffer.withUnsafeMutableBytes { bytes in
                Result { () throws(ArchiveError) in
                    try read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<missing]))
                }
            }.get()
            if got == 0 { break }
            head += buffer[..<got]
        }
        pending = head + pending
        return head
    }

    /// All of it, which is a small text.
    ///
    /// - Throws: `too-large` beyond `limit` bytes.
    public func contents(limit: Int) throws(ArchiveError) -> [UInt8] {
        let bytes = try peek(limit + 1)
        guard bytes.count <= limit else {
            throw ArchiveError(.tooLarge, "\(name) has more than \(limit) bytes")
        }
        return bytes
    }
}
