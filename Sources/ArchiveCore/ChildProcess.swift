internal import CLinux
public import Foundation
internal import Glibc
internal import Synchronization

/// A program that runs as a child of this process: its own descriptors only, the default action for every signal. It
/// runs on when nothing refers to this any more, and leaves nothing behind when it ends.
///
/// In the place of Foundation's `Process`, whose `run` reads past the end of a directory entry of /proc/self/fd and by
/// chance ends this process with it (swift-corelibs-foundation, pull request 5472).
public final class ChildProcess: Sendable {
    /// How one ended.
    public enum End: Sendable, Hashable {
        /// By itself, with this status.
        case exit(Int32)
        /// By this signal.
        case signal(Int32)

        /// The kernel does not say: no status that a program can have.
        static let unknown = Self.exit(-1)

        /// As a shell says it: 128 and more for a signal.
        public var status: Int32 {
            switch self {
            case .exit(let status): status
            case .signal(let number): 128 + number
            }
        }
    }

    /// What it has for stdin, stdout or stderr.
    public enum Stream: Sendable {
        /// What this process has.
        case inherited
        /// Nothing: /dev/null.
        case null
        /// An open file, or the end of a pipe, which stays open here.
        case file(FileHandle)
        /// A pipe; its end that is the child's is closed here once the child has it. From then on this process ignores
        /// SIGPIPE: who writes to a child that reads no more is told by EPIPE, and not ended.
        case pipe(Pipe)
    }

    /// The process id.
    public var identifier: Int32 { watch.identifier }
    private let watch: Watch
    /// Its pipes stay open as long as this is referred to.
    private let streams: [Stream]

    /// Starts the program at `path`.
    ///
    /// - Parameters:
    ///   - path: its file; nothing is looked for on PATH.
    ///   - environment: all of it; nil for that of this process.
    ///   - folder: where it starts; nil for the folder of this process.
    ///   - leadsGroup: whether it has a process group of its own. Without one it has the terminal, as this process has.
    ///   - whenEnded: told how it ended, on a thread of its own.
    /// - Throws: `inputOutput` with the kernel's reason.
    public init(
        _ path: String,
        _ arguments: [String] = [],
        environment: [String: String]? = nil,
        folder: String? = nil,
        input: Stream = .inherited,
        output: Stream = .inherited,
        errors: Stream = .inherited,
        leadsGroup: Bool = true,
        whenEnded: (@Sendable (End) -> Void)? = nil
    ) throws(ArchiveError) {
        let descriptors = [
            input.descriptor(STDIN_FILENO), output.descriptor(STDOUT_FILENO), errors.descriptor(STDERR_FILENO),
        ]
        var child: Int32 = 0
        let reason = Self.withCStrings([path] + arguments) { arguments in
            Self.withCStrings(environment.map { $0.map { "\($0)=\($1)" } }) { environment in
                linux_spawn(path, arguments, environment, folder, descriptors, leadsGroup ? 1 : 0, &child)
            }
        }
        guard reason == 0 else {
            let place = folder.map { " in \($0)" } ?? ""
            throw ArchiveError(.inputOutput, "run \(path)\(place): \(String(cString: strerror(reason)))")
        }
        if case .pipe(let pipe) = input {
            _ = signal(SIGPIPE, SIG_IGN)
            try? pipe.fileHandleForReading.close()
        }
        for case .pipe(let pipe) in [output, errors] { try? pipe.fileHandleForWriting.close() }
        streams = [input, output, errors]
        watch = Watch(child)
        // A thread waits for it, so that nobody else has to for it to be gone.
        Thread.detachNewThread { [watch] in
            let end = watch.waitForKernel()
            whenEnded?(end)
        }
    }

    /// How it ended; nil while it runs.
    public var end: End? { watch.end }

    /// Whether it still runs.
    public var isRunning: Bool { end == nil }

    /// Sends it a signal, where it still runs.
    public func send(signal number: Int32) { watch.send(signal: number) }

    /// Waits, on this thread, until it has ended; how it did.
    @discardableResult
    public func waitUntilExit() -> End { watch.wait() }

    /// Hands `strings` to `body` as C wants them, NULL at the end; NULL alone for nil.
    private static func withCStrings<Value>(
        _ strings: [String]?,
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Value
    ) -> Value {
        guard let strings else { return body(nil) }
        let copies = strings.map { strdup($0) } + [nil]
        defer { for copy in copies { free(copy) } }
        return copies.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}

/// Learns of the end of a process. Apart from the process, so that the thread that waits does not keep its pipes open.
private final class Watch: Sendable {
    let identifier: Int32
    private let state = Mutex<ChildProcess.End?>(nil)
    private let ended = DispatchGroup()

    init(_ identifier: Int32) {
        self.identifier = identifier
        ended.enter()
    }

    var end: ChildProcess.End? { state.withLock { $0 } }

    func send(signal number: Int32) {
        state.withLock { end in
            // While the lock is held its id is not given to another: only who holds it lets the kernel forget it.
            if end == nil { kill(identifier, number) }
        }
    }

    func wait() -> ChildProcess.End {
        ended.wait()
        return end ?? .unknown
    }

    /// Waits, once, and lets the kernel forget it.
    func waitForKernel() -> ChildProcess.End {
        var information = siginfo_t()
        while waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        let found = state.withLock { end in
            let found = forget()
            end = found
            return found
        }
        ended.leave()
        return found
    }

    private func forget() -> ChildProcess.End {
        var raw: Int32 = 0
        while waitpid(identifier, &raw, 0) < 0 {
            // Who started this process had it ignore SIGCHLD, and the kernel forgets of itself.
            guard errno == EINTR else { return .unknown }
        }
        // POSIX: the low seven bits are the signal, the second byte the status.
        let signal = raw & 0x7F
        return signal == 0 ? .exit(raw >> 8 & 0xFF) : .signal(signal)
    }
}

extension ChildProcess.Stream {
    fileprivate func descriptor(_ own: Int32) -> Int32 {
        switch self {
        case .inherited: own
        case .null: -1
        case .file(let file): file.fileDescriptor
        case .pipe(let pipe):
            (own == STDIN_FILENO ? pipe.fileHandleForReading : pipe.fileHandleForWriting).fileDescriptor
        }
    }
}
