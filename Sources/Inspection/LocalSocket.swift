import ArchiveCore
import CLinux
import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// One end of a stream socket between processes of this host. Closed when the last reference goes. Calls block; one
/// thread uses it at a time.
final class LocalSocket: Sendable {
    private let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Connects to the socket at `path`.
    ///
    /// - Parameter user: who has to be at the other end; nil for anybody.
    /// - Throws: `unreachable` where nobody listens; `refused` where somebody else does.
    static func connect(to path: String, expecting user: UInt32?) throws(ArchiveError) -> LocalSocket {
        let socket = LocalSocket(descriptor: try make())
        try socket.setPatience()
        let result = try withAddress(path) { Glibc.connect(socket.descriptor, $0, $1) }
        guard result == 0 else {
            throw ArchiveError(
                .unreachable,
                "nobody looks into streams at \(path): \(String(cString: strerror(errno)))",
                hint: "start risalahd ingest"
            )
        }
        if let user, try socket.peer() != user {
            throw ArchiveError(.refused, "\(path) belongs to a user that may not look into streams")
        }
        return socket
    }

    /// Whoever is asked has to answer within this; a process that hangs must not hang the one that asks.
    private static let patience = 30

    private func setPatience() throws(ArchiveError) {
        var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            let size = socklen_t(MemoryLayout<timeval>.size)
            guard setsockopt(descriptor, SOL_SOCKET, option, &limit, size) == 0 else {
                throw Self.failure("set a limit")
            }
        }
    }

    /// Listens at `path`, which is made new, for its owner and group.
    static func listen(at path: String) throws(ArchiveError) -> LocalSocket {
        let socket = LocalSocket(descriptor: try make())
        // What a process that was killed has left is in the way; one that still listens is not put aside.
        let probe = LocalSocket(descriptor: try make())
        if try withAddress(path, { Glibc.connect(probe.descriptor, $0, $1) }) == 0 {
            throw ArchiveError(.conflict, "somebody looks into streams at \(path) already")
        }
        // Nobody listens on what refuses; anything else that is there is not ours to remove.
        if errno == ECONNREFUSED { unlink(path) }
        // Nobody connects before it listens; a umask would count for every other thread too.
        guard try withAddress(path, { Glibc.bind(socket.descriptor, $0, $1) }) == 0, chmod(path, 0o660) == 0,
            Glibc.listen(socket.descriptor, 1024) == 0
        else { throw failure("listen at \(path)") }
        return socket
    }

    /// Waits for somebody who connects.
    func accept() throws(ArchiveError) -> LocalSocket {
        while true {
            let accepted = Glibc.accept(descriptor, nil, nil)
            if accepted >= 0 {
                _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
                return LocalSocket(descriptor: accepted)
            }
            // Who hung up before, and a table of files that is full for now, end nothing.
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOMEM, ENOBUFS: usleep(10_000)
            default: throw Self.failure("accept")
            }
        }
    }

    /// The user of the process at the other end.
    func peer() throws(ArchiveError) -> UInt32 {
        var user: UInt32 = 0
        guard linux_peer_user(descriptor, &user) == 0 else { throw Self.failure("ask who is there") }
        return user
    }

    /// Sends all of `bytes`.
    func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure("send")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    /// Sends all of `bytes`.
    func write(_ bytes: [UInt8]) throws(ArchiveError) {
        let sent = bytes.withUnsafeBytes { bytes in Result { () throws(ArchiveError) in try write(bytes) } }
        try sent.get()
    }

    /// Reads exactly `count` bytes; nil where the other side ended before them.
    func read(_ count: Int) throws(ArchiveError) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { bytes in
                recv(descriptor, bytes.baseAddress?.advanced(by: filled), count - filled, 0)
            }
            if got < 0 {
                if errno == EINTR { continue }
                throw Self.failure("receive")
            }
            if got == 0 { return nil }
            filled += got
        }
        return bytes
    }

    private static func make() throws(ArchiveError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw failure("make a socket") }
        return descriptor
    }

    private static func withAddress(
        _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(ArchiveError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        // One byte is left for the end.
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw ArchiveError(.configuration, "\(path.debugDescription) is too long for the path of a socket")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func failure(_ what: String) -> ArchiveError {
        ArchiveError(.unreachable, "the inspection socket cannot \(what): \(String(cString: strerror(errno)))")
    }
}
