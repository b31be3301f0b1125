import ArchiveCore
import Foundation
import Logging
import Retrieval
import Synchronization

/// Tells a program of the host that somebody asks for what others have to agree to. It is the program that knows how to
/// reach them; the service itself sends nothing (DESIGN.md invariant 11).
final class RequestNotice: Sendable {
    /// What the program reads on its stdin: no name, no title, no purpose.
    fileprivate struct Line: Encodable {
        var access: AccessID
        var expires: Date
        var persons: Int
        var role: String
    }

    /// One more at once is left out: whoever approves sees the request in the list all the same.
    static let atOnce = 8

    private let program: String?
    /// How long the program may take before it is ended.
    private let patience: Duration
    private let logger = Logger(label: "risalahd")
    private let running = Mutex(0)

    init(program: String?, patience: Duration = .seconds(30)) {
        self.program = program
        self.patience = patience
    }

    /// Runs the program for `access`, and returns at once: what runs it, nil where nothing does. Whether the program does
    /// its work changes nothing for whoever asks.
    @discardableResult
    func requested(_ access: PendingAccess) -> Task<Void, Never>? {
        guard let program else { return nil }
        let mayRun = running.withLock { count in
            guard count < Self.atOnce else { return false }
            count += 1
            return true
        }
        guard mayRun else {
            logger.warning("\(program): \(Self.atOnce) of it are running; not told of \(access.id)")
            return nil
        }
        let line = Line(access)
        return Task.detached { [self] in
            defer { running.withLock { $0 -= 1 } }
            do {
                try await run(program, saying: CanonicalJSON.encode(line) + Data("\n".utf8))
            } catch {
                logger.error("\(program): \(error)")
            }
        }
    }

    private func run(_ program: String, saying line: Data) async throws {
        let input = Pipe()
        let (ends, end) = AsyncStream.makeStream(of: ChildProcess.End.self)
        let process: ChildProcess
        do {
            process = try ChildProcess(
                program,
                environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"],
                folder: "/",
                input: .pipe(input),
                output: .null
            ) { how in
                end.yield(how)
                end.finish()
            }
        } catch {
            throw ArchiveError(
                .configuration,
                "cannot be started",
                hint: "on_request: in risalah.yaml names a program that the user of the service may run"
            )
        }
        // One line fits into every pipe. A program that does not read it closes it, which is no reason to fail.
        try? input.fileHandleForWriting.write(contentsOf: line)
        try? input.fileHandleForWriting.close()
        let killer = Task { [patience] in
            try await Task.sleep(for: patience)
            process.send(signal: SIGKILL)
        }
        defer { killer.cancel() }
        for await how in ends {
            let failure =
                switch how {
                case .exit(0): nil as String?
                case .exit(let status): "with status \(status)"
                case .signal(let number): "by signal \(number)"
                }
            if let failure { throw ArchiveError(.unexpected, "ended \(failure); it may take \(patience)") }
        }
    }
}

extension RequestNotice.Line {
    fileprivate init(_ access: PendingAccess) {
        self.init(access: access.id, expires: access.expires, persons: access.missing, role: access.role.rawValue)
    }
}
