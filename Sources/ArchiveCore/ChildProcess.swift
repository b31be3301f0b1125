internal import CLinux
public import Foundation
internal import Glibc
internal import Synchronization

/// A program that runs as a child of this process: its own descriptors only, the default action for every signal, a
/// process group of its own.
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
    }

    /// What it has for stdin, stdout or stderr.
    public enum Stream: Sendable {
        /// What this process has.
        case inherited
        /// Nothing: /dev/null.
        case null
        /// An open file, or the end of a pipe, which stays open here.
        case file(FileHandle)
        /// A pipe; its end that is the child's is closed here once the child has it.
        case pipe(Pipe)
    }

    private struct State {
        var end: End?
    }

    /// The process id.
    public let identifier: Int32
    private let state: Mutex<State>
    private let ended = DispatchGroup()

    /// Starts the program at `path`.
    ///
    /// - Parameters:
    ///   - environment: all of it; nil for that of this process.
    ///   - folder: where it starts; nil for the folder of this process.
    ///   - whenEnded: told how it ended, on a thread of its own.
    /// - Throws: `inputOutput` with the kernel's reason.
    public init(
        _ path: String,
        _ arguments: [String],
        environment: [String: String]? = nil,
        folder: String? = nil,
        input: Stream = .inherited,
        output: Stream = .inherited,
        errors: Stream = .inherited,
        whenEnded: (@Sendable (End) -> Void)? = nil
    ) throws(ArchiveError) {
        let descriptors = [
            input.descriptor(STDIN_FILENO), output.descriptor(STDOUT_FILENO), errors.descriptor(STDERR_FILENO),
        ]
        var child: Int32 = 0
        let reason = Self.withCStrings([path] + arguments) { arguments in
            Self.withCStrings(environment.map { $0.map { "\($0)=\($1)" } }) { environment in
                linux_spawn(path, arguments, environment, folder, descriptors, 1, &child)
            }
        }
        guard reason == 0 else {
            throw ArchiveError(.inputOutput, "run \(path): \(String(cString: strerror(reason)))")
        }
        if case .pipe(let pipe) = input { try? pipe.fileHandleForReading.close() }
        for case .pipe(let pipe) in [output, errors] { try? pipe.fileHandleForWriting.close() }
        identifier = child
        state = Mutex(State())
        ended.enter()
        // A thread waits for it, so that nobody else has to for it to be gone.
        Thread.detachNewThread { [self, child] in
            let end = Self.wait(for: child)
            state.withLock { $0.end = end }
            ended.leave()
            whenEnded?(end)
        }
    }

    /// How it ended; nil while it runs.
    public var end: End? { state.withLock(\.end) }

    /// Whether it still runs.
    public var isRunning: Bool { end == nil }

    /// The exit status, or the number of the signal that ended it; nil while it runs.
    public var status: Int32? {
        switch end {
        case .exit(let status): status
        case .signal(let number): number
        case nil: nil
        }
    }

    /// Sends it a signal, where it still runs.
    public func send(signal number: Int32) {
        state.withLock { state in
            // While the lock is held its id is not given to another: nobody has taken note of its end.
            if state.end == nil { kill(identifier, number) }
        }
    }

    /// Waits, on this thread, until it has ended.
    @discardableResult
    public func waitUntilExit() -> Int32 {
        ended.wait()
        return status ?? 0
    }

    private static func wait(for child: Int32) -> End {
        var raw: Int32 = 0
        while waitpid(child, &raw, 0) < 0 {
            guard errno == EINTR else { return .exit(0) }
        }
        // POSIX: the low seven bits are the signal, the second byte the status.
        let signal = raw & 0x7F
        return signal == 0 ? .exit(raw >> 8 & 0xFF) : .signal(signal)
    }

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
