package import ArchiveCore
package import ArgumentParser
internal import Glibc

/// A command that has said everything and ends with a status of its own.
package struct Finished: Error {
    /// The status.
    package let status: ExitStatus

    /// Ends with `status`.
    package init(status: ExitStatus) { self.status = status }
}

/// What both programs do around a command: parse, run it, say what went wrong, exit with its status.
package enum Shell {
    /// Runs the command that the arguments name, and ends the process.
    ///
    /// - Parameter cancelsOnSignals: whether SIGINT, SIGTERM and SIGHUP cancel the command's task, so that what is half
    ///   written is removed; a service that drains by itself says false.
    package static func main<Root: AsyncParsableCommand>(_ root: Root.Type, cancelsOnSignals: Bool) async -> Never {
        // A reader that went away shows as EPIPE at the write, where it can be handled.
        signal(SIGPIPE, SIG_IGN)
        forbidCoreDumps()
        // Whatever is made is its owner's alone, unless somebody says otherwise.
        umask(0o077)
        let arguments = Array(CommandLine.arguments.dropFirst())
        let body = { @Sendable () -> Int32 in
            do {
                try await execute(root, arguments)
                return ExitStatus.done.rawValue
            } catch {
                return report(error, root, json: arguments.contains("--json"))
            }
        }
        guard cancelsOnSignals else { exit(await body()) }
        let interruption = Interruption()
        let status = await interruption.run(body)
        exit(interruption.signal.map { 128 + $0 } ?? status)
    }

    /// Keys and plaintext live in this process: no core dump takes them to disk (DESIGN.md invariant 5).
    private static func forbidCoreDumps() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }

    private static func execute<Root: AsyncParsableCommand>(_ root: Root.Type, _ arguments: [String]) async throws {
        var command = try root.parseAsRoot(arguments)
        if var asynchronous = command as? any AsyncParsableCommand {
            try await asynchronous.run()
        } else {
            try command.run()
        }
    }

    /// Says on stderr what `error` is, and returns the status that it stands for.
    private static func report<Root: ParsableCommand>(_ error: any Error, _ root: Root.Type, json: Bool) -> Int32 {
        let program = root._commandName
        switch error {
        case let finished as Finished: return finished.status.rawValue
        case is CancellationError: return ExitStatus.unexpected.rawValue
        // Whoever read our output has had enough, and knows.
        case is ClosedOutput: return ExitStatus.inputOutput.rawValue
        case let error as any ArchiveErrorConvertible: return report(error.error, root, json: json)
        case let error as ArchiveError:
            Console.note(FailureReport(error, program: program).text(json: json))
            return error.code.exitStatus.rawValue
        default:
            // What the parser throws; help and version are among it.
            guard root.exitCode(for: error) != .success else {
                try? Console.print(root.fullMessage(for: error))
                return ExitStatus.done.rawValue
            }
            guard root.exitCode(for: error) == .validationFailure else {
                Console.note(
                    FailureReport(ArchiveError(.unexpected, "\(error)"), program: program).text(json: json)
                )
                return ExitStatus.unexpected.rawValue
            }
            Console.note(
                json
                    ? FailureReport(usage: root.message(for: error), program: program).text(json: true)
                    : FailureReport.usageText(root.fullMessage(for: error), program: program)
            )
            return ExitStatus.usage.rawValue
        }
    }
}
