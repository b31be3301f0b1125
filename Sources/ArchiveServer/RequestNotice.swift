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

    private static let patience = Duration.seconds(30)
    /// One more at once is left out: whoever approves sees the request in the list all the same.
    private static let atOnce = 8

    private let program: String?
    private let logger = Logger(label: "risalahd")
    private let running = Mutex(0)

    init(program: String?) { self.program = program }

    /// Runs the program for `access`, and returns at once.
    func requested(_ access: PendingAccess) {
        guard let program else { return }
        let mayRun = running.withLock { count in
            guard count < Self.atOnce else { return false }
            count += 1
            return true
        }
        guard mayRun else {
            return logger.warning("\(program): \(Self.atOnce) of it are running; not told of \(access.id)")
        }
        let line = Line(access)
        Task.detached { [self] in
            defer { running.withLock { $0 -= 1 } }
            do {
                try await Self.run(program, saying: CanonicalJSON.encode(line) + Data("\n".utf8))
            } catch {
                logger.error("\(program): \(error)")
            }
        }
    }

    private static func run(_ program: String, saying line: Data) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"]
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { ended in
            end.yield(ended.terminationStatus)
            end.finish()
        }
        try process.run()
        // One line fits into every pipe. A program that does not read it closes it, which is no reason to fail.
        try? input.fileHandleForWriting.write(contentsOf: line)
        try? input.fileHandleForWriting.close()
        let killer = Task { [identifier = process.processIdentifier] in
            try await Task.sleep(for: patience)
            kill(identifier, SIGKILL)
        }
        defer { killer.cancel() }
        for await status in ends where status != 0 {
            throw ArchiveError(.unexpected, "ended with status \(status)")
        }
    }
}

extension RequestNotice.Line {
    fileprivate init(_ access: PendingAccess) {
        self.init(access: access.id, expires: access.expires, persons: access.missing, role: access.role.rawValue)
    }
}
