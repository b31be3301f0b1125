internal import ArchiveCore
internal import Crypto
// In a module that has Foundation, `stat` and its fields are its.
internal import CoreFoundation
internal import Glibc

/// A file of another service, open: everything is read by one descriptor, and what changes meanwhile is noticed.
public final class SourceFile: Sendable {
    private static let piece = 1 << 20

    /// What people call it.
    public let name: String
    /// Its length in bytes when it was opened.
    public let bytes: Int
    let descriptor: Int32
    private let stamp: Stamp

    /// What tells one state of a file from another.
    private struct Stamp: Equatable {
        let (device, file, size): (UInt, UInt, Int)
        let (modified, changed): (timespec, timespec)

        init?(_ descriptor: Int32) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { return nil }
            (device, file, size) = (UInt(status.st_dev), UInt(status.st_ino), Int(status.st_size))
            (modified, changed) = (status.st_mtim, status.st_ctim)
        }

        static func == (one: Stamp, other: Stamp) -> Bool {
            func same(_ one: timespec, _ other: timespec) -> Bool {
                one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec
            }
            return one.device == other.device && one.file == other.file && one.size == other.size
                && same(one.modified, other.modified) && same(one.changed, other.changed)
        }
    }

    /// Takes over `descriptor`.
    ///
    /// - Throws: `bad-recording` where it is no regular file.
    init(_ descriptor: Int32, name: String) throws(ArchiveError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, let stamp = Stamp(descriptor) else {
            let reason = errno
            close(descriptor)
            throw SourceRoot.failure("look at", name, reason)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ArchiveError(.badRecording, "\(name) is no file")
        }
        self.descriptor = descriptor
        self.name = name
        self.stamp = stamp
        bytes = stamp.size
    }

    deinit { close(descriptor) }

    /// The first bytes, up to `count`.
    func head(_ count: Int) throws(ArchiveError) -> [UInt8] {
        var head = [UInt8](repeating: 0, count: count)
        let got = try head.withUnsafeMutableBytes { buffer in
            Result { () throws(ArchiveError) in try fill(buffer, at: 0) }
        }.get()
        return Array(head[..<got])
    }

    /// Hands all of it to `body`, from its beginning, in pieces.
    ///
    /// - Throws: what `body` throws, `bad-recording` where it cannot be read.
    func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var buffer = [UInt8](repeating: 0, count: Self.piece)
        var offset = 0
        while true {
            let count = try buffer.withUnsafeMutableBytes { try fill($0, at: offset) }
            guard count > 0 else { return }
            try buffer.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            offset += count
            // Not at the end only, which may be hours away.
            try checkUnchanged()
        }
    }

    /// Up to a mebibyte from `offset`; none at the end.
    ///
    /// - Throws: `bad-recording` where it cannot be read, or changed.
    func piece(at offset: Int) throws(ArchiveError) -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: min(Self.piece, max(0, bytes - offset)))
        let count = try piece.withUnsafeMutableBytes { buffer in
            Result { () throws(ArchiveError) in try fill(buffer, at: offset) }
        }.get()
        try checkUnchanged()
        return Array(piece[..<count])
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArchiveError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor,
                buffer.baseAddress.map { $0 + done },
                buffer.count - done,
                off_t(offset + done)
            )
            if count == 0 { break }
            guard count > 0 else {
                let reason = errno
                if reason == EINTR { continue }
                throw ArchiveError(.badRecording, "read \(name): \(String(cString: strerror(reason)))")
            }
            done += count
        }
        return done
    }

    /// The SHA-256 of all of it.
    func digest() throws -> SourceDigest {
        var hash = SHA256()
        try read { bytes in
            try Task.checkCancellation()
            hash.update(bufferPointer: bytes)
        }
        return SourceDigest(bytes: Array(hash.finalize()))
    }

    /// Refuses it where it is not what it was when it was opened.
    ///
    /// - Throws: `bad-recording`.
    func checkUnchanged() throws(ArchiveError) {
        guard Stamp(descriptor) == stamp else { throw changed }
    }

    /// That it changed.
    var changed: ArchiveError {
        ArchiveError(
            .badRecording,
            "\(name) changed while it was read",
            hint: "import it again when nobody writes to it any more"
        )
    }
}
