internal import ArchiveCore
internal import CLinux
internal import Dispatch
internal import Foundation
internal import Glibc
internal import Synchronization

/// Where audio comes from, read by a thread of its own into a ``CaptureQueue``.
final class CaptureSource: Sendable {
    private static let pieceSize = 1 << 16
    /// How long what is still on its way is waited for, once recording is to end.
    private static let grace = 3.0

    let queue: CaptureQueue
    /// What people call it.
    let name: String
    /// Whether it is a file, which has no time of its own.
    let isTimeless: Bool
    private let descriptor: Int32
    private let owned: Bool
    /// The command's process, which leads a group of its own.
    private let process: Int32?
    /// When it was asked to end.
    private let stopped = Mutex<Double?>(nil)
    /// What the command ended with, as a shell says it.
    private let status = Mutex<Int32?>(nil)

    /// What the command ended with, as a shell says it: 128 and more for a signal. Known after the end of the queue.
    var commandStatus: Int32? { status.withLock { $0 } }

    /// Opens `source` and begins to read.
    init(_ source: RecordingSource, capacity: Int) throws(ArchiveError) {
        queue = CaptureQueue(capacity: capacity)
        switch source {
        case .stdin:
            (name, descriptor, owned, process) = ("stdin", STDIN_FILENO, false, nil)
        case .file(let path):
            let opened = open(path, O_RDONLY | O_CLOEXEC)
            guard opened >= 0 else {
                let reason = errno
                throw ArchiveError(
                    reason == ENOENT ? .notFound : .inputOutput,
                    "open \(path): \(String(cString: strerror(reason)))"
                )
            }
            (name, descriptor, owned, process) = (path, opened, true, nil)
        case .command(let command):
            let (output, child) = try Self.run(command)
            (name, descriptor, owned, process) = ("the command", output, true, child)
        }
        isTimeless = (try? LocalFileSystem().kind(of: "/proc/self/fd/\(descriptor)")) == .regular
        // A pipe of this size holds several seconds, so that the source does not notice when we are busy. Advice only.
        _ = linux_set_pipe_size(descriptor, 1 << 20)
        let thread = Thread { [self] in read() }
        thread.name = "capture"
        thread.start()
    }

    deinit { if owned { close(descriptor) } }

    private static func run(_ command: String) throws(ArchiveError) -> (output: Int32, process: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw ArchiveError(.inputOutput, "make a pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var child: Int32 = 0
        let reason = linux_spawn_shell(command, ends[1], &child)
        close(ends[1])
        guard reason == 0 else {
            close(ends[0])
            throw ArchiveError(.inputOutput, "run /bin/sh: \(String(cString: strerror(reason)))")
        }
        return (ends[0], child)
    }

    /// Asks it to end; what is on its way still comes.
    func stop() {
        let isFirst = stopped.withLock { stopped in
            defer { stopped = stopped ?? queue.now }
            return stopped == nil
        }
        if isFirst, let process { kill(-process, SIGTERM) }
    }

    /// Nobody wants any more of it.
    func abandon() {
        stop()
        queue.abandon()
    }

    private func read() {
        var failure: (any Error)?
        do throws(ArchiveError) {
            try readToTheEnd()
        } catch {
            failure = error
        }
        let end = stopped.withLock { $0 } ?? queue.now
        endCommand()
        queue.end(at: end, failure: failure)
    }

    private func readToTheEnd() throws(ArchiveError) {
        while true {
            let stop = stopped.withLock { $0 }
            // Once it is to end: a command writes until it has ended, a pipe has what it has.
            if let stop, queue.now - stop > Self.grace { return }
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = Glibc.poll(&poll, 1, stop != nil && process == nil ? 0 : 100)
            guard ready != 0 else {
                if stop != nil, process == nil { return }
                continue
            }
            var reason = errno
            var count = -1
            let bytes = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, length in
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                reason = errno
                length = max(0, count)
            }
            if count == 0 { return }
            guard count > 0 else {
                if reason == EINTR || reason == EAGAIN { continue }
                throw ArchiveError(.inputOutput, "read the audio: \(String(cString: strerror(reason)))")
            }
            guard queue.add(bytes, at: queue.now) else { return }
        }
    }

    /// Ends what is left of the command and its children, and learns its status.
    private func endCommand() {
        guard let process else { return }
        var raw: Int32 = 0
        func hasEnded(_ options: Int32) -> Bool {
            while true {
                let found = waitpid(process, &raw, options)
                if found == process { return true }
                if found == -1, errno != EINTR { return true }
                if found == 0 { return false }
            }
        }
        let deadline = queue.now + Self.grace
        // It has closed its stdout, so it is about to end; if not, it is told to.
        var isTold = stopped.withLock { $0 } != nil
        while !hasEnded(WNOHANG) {
            if queue.now > deadline {
                guard !isTold else {
                    kill(-process, SIGKILL)
                    _ = hasEnded(0)
                    break
                }
                kill(-process, SIGTERM)
                isTold = true
                usleep(200_000)
            }
            usleep(10_000)
        }
        // Children that it left behind.
        kill(-process, SIGKILL)
        // POSIX: the low seven bits are the signal, the second byte the status.
        let signal = raw & 0x7F
        status.withLock { $0 = signal == 0 ? raw >> 8 & 0xFF : 128 + signal }
    }
}
