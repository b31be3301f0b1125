import ArchiveCore
import ArchiveTesting
import Foundation
import Synchronization
import TestSupport

/// The parent's side of a ``TorturedServer``.
final class ServerProcess: Sendable {
    private struct Told {
        var address: String?
        var labels: Set<String> = []
        var troubles: [String] = []
        var faults = 0
        var isOver = false
    }

    private let process: ChildProcess
    private let input: Pipe
    private let told: Mutex<Told>

    /// Starts one on the archive at `root`.
    ///
    /// - Parameter log: where its stderr goes.
    init(root: String, seed: UInt64, fault: Fault?, log: String) throws {
        input = Pipe()
        let output = Pipe()
        var arguments = ["server", "--root", root, "--seed", String(seed)]
        if let fault { arguments += ["--fault", fault.description] }
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let errors = try FileHandle(forWritingTo: URL(filePath: log))
        let environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        process = try ChildProcess(
            try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
            arguments,
            environment: environment,
            input: .pipe(input),
            output: .pipe(output),
            errors: .file(errors)
        )
        told = Mutex(Told())
        Thread.detachNewThread { [self] in
            var rest: [UInt8] = []
            while case let bytes = output.fileHandleForReading.availableData, !bytes.isEmpty {
                rest += bytes
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    take(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeSubrange(...end)
                }
            }
            told.withLock { $0.isOver = true }
        }
    }

    private func take(_ line: String) {
        let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return }
        told.withLock { told in
            switch parts[0] {
            case "label": told.labels.insert(parts[1])
            case "trouble", "broken": told.troubles.append(parts[1])
            case "ready": told.address = parts[1]
            case "fault": told.faults += 1
            default: return
            }
        }
    }

    /// Where it serves; nil as long as it does not.
    var address: String? { told.withLock(\.address) }
    var labels: Set<String> { told.withLock(\.labels) }
    var troubles: [String] { told.withLock(\.troubles) }
    var hasFailed: Bool { told.withLock { $0.faults > 0 } }
    var isRunning: Bool { process.isRunning }

    /// Where it serves; nil where it ended before it did.
    func ready() async throws -> String? {
        try await wait(for: "the server to be ready") {
            self.told.withLock { $0.address != nil || $0.isOver } || !self.process.isRunning
        }
        return told.withLock(\.address)
    }

    func arm(_ fault: Fault) { send(fault.description) }

    /// Ends it as `crash` says; does nothing where it has ended.
    func crash(byPower: Bool) {
        if byPower { send("power") } else { process.send(signal: SIGKILL) }
    }

    /// Asks it to end.
    func stop() { process.send(signal: SIGTERM) }

    /// How it ended, once it has and all that it said was read.
    func end() async throws -> ChildProcess.End {
        do {
            try await wait(for: "the server to end") { !self.process.isRunning && self.told.withLock(\.isOver) }
        } catch {
            process.send(signal: SIGKILL)
            throw error
        }
        return process.waitUntilExit()
    }

    private func send(_ line: String) {
        // Whoever is dead is not told.
        try? input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8))
    }

    private func wait(for what: String, _ condition: @Sendable () -> Bool) async throws {
        do {
            try await waitUntil(seconds: 180, for: what) { () async in condition() }
        } catch is GaveUpWaiting {
            throw Found("waited 180 s for \(what)")
        }
    }
}

/// Something that must not be.
struct Found: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
