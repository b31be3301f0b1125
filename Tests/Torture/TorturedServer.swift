import ArchiveCore
import ArchiveServer
import ArchiveTesting
import Foundation
import Logging
import Synchronization

/// The child's side: a real archive and its real service, over a file system that does what it is told.
///
/// It says on stdout `label NAME` at the first call of each, `trouble TEXT`, `ready URL`, `fault NAME` when the fault has
/// come; it takes on stdin a ``Fault``, or `power`. When stdin ends, so does it: nothing outlives the torture.
struct TorturedServer {
    private let root: String
    private let lossy: LossyFileSystem
    private let files: FaultyFileSystem
    private let armed: Armed

    init(root: String, seed: UInt64, fault: Fault?) throws {
        self.root = root
        // On the same disk, and not in Storage.
        let lossy = try LossyFileSystem(attic: "\(root)/attic")
        self.lossy = lossy
        files = FaultyFileSystem(over: lossy)
        let armed = Armed(fault, seed: seed)
        self.armed = armed
        files.fail { label, _ in armed.pass(label, lossy) }
    }

    func run() async throws {
        OpenFileLimit.raise()
        listen()
        let archive = try await Archive.open(root: root, files: files)
        for trouble in archive.troubles { say("trouble \(trouble)") }
        var logger = Logger(label: "torture") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        try await ArchiveService(archive, logger: logger).run { addresses in say("ready \(addresses.archive)") }
        try archive.close()
    }

    private func listen() {
        Thread.detachNewThread { [armed, lossy] in
            while let line = readLine() {
                if line == "power" { armed.losePower(lossy) }
                if let fault = try? Fault(parsing: line) { armed.arm(fault) }
            }
            _exit(0)
        }
    }
}

/// The fault that is to come, and what was seen.
private final class Armed: Sendable {
    private struct State {
        var fault: Fault?
        var seen: Set<String> = []
        var chance: SeededGenerator
    }

    private let state: Mutex<State>

    init(_ fault: Fault?, seed: UInt64) { state = Mutex(State(fault: fault, chance: SeededGenerator(seed: seed))) }

    func arm(_ fault: Fault) { state.withLock { $0.fault = fault } }

    /// What the call of `label` is to fail with.
    func pass(_ label: FileLabel, _ lossy: LossyFileSystem) -> ArchiveError? {
        let due = state.withLock { state -> Fault? in
            let name = label.description
            if state.seen.insert(name).inserted { say("label \(name)") }
            guard var fault = state.fault, fault.label == name else { return nil }
            if fault.after > 0 {
                fault.after -= 1
                state.fault = fault
                return nil
            }
            fault.count -= 1
            state.fault = fault.count > 0 ? fault : nil
            return fault
        }
        guard let due else { return nil }
        say("fault \(due.label)")
        switch due.kind {
        case .die: die()
        case .power: losePower(lossy)
        case .input: return ArchiveError(.inputOutput, "\(label): Input/output error (made by the torture)")
        case .full: return ArchiveError(.exhausted, "\(label): No space left on device (made by the torture)")
        }
        return nil
    }

    func losePower(_ lossy: LossyFileSystem) {
        var chance = state.withLock { state in
            // Nothing else is to come.
            state.fault = nil
            return state.chance
        }
        do {
            try lossy.losePower(&chance, then: die)
        } catch {
            say("broken \(error)")
            die()
        }
    }
}

private func die() {
    kill(getpid(), SIGKILL)
    // It takes a moment to arrive.
    while true { pause() }
}

/// One write, so that nothing of it is left in a buffer when this process is killed.
private func say(_ line: String) {
    let bytes = Array("\(line.replacing("\n", with: " "))\n".utf8)
    _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}
