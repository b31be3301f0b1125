package import ArchiveCore
internal import Foundation
internal import Glibc
internal import Synchronization

/// The editor of whoever sits at the terminal, on a text that it must not take elsewhere.
package final class TextEditor: Sendable {
    /// How long one that was told to end may take.
    private static let grace = 3.0
    /// What an editor runs at its start, wherever that leads.
    private static let startups = ["VIMINIT", "GVIMINIT", "EXINIT"]

    /// As a line for the shell.
    package let command: String
    private let environment: [String: String]
    private let process = Mutex<ChildProcess?>(nil)
    private let isStopped = Atomic(false)

    /// The editor that `environment` names: `VISUAL`, `EDITOR`, else the first of the usual ones that is installed.
    ///
    /// - Throws: `configuration` where there is none.
    package init(environment: [String: String]) throws(ArchiveError) {
        func named(_ variable: String) -> String? {
            environment[variable].flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
        }
        let folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        // git-var(1): what is made for a whole screen is no use to a terminal that is none.
        let isDumb = named("TERM") == nil || environment["TERM"] == "dumb"
        let usual = isDumb ? [] : ["editor", "vim", "vi", "nano", "emacs"]
        let found = usual.first { name in folders.contains { access("\($0)/\(name)", X_OK) == 0 } }
        guard let command = (isDumb ? nil : named("VISUAL")) ?? named("EDITOR") ?? found else {
            throw ArchiveError(
                .configuration,
                "there is no editor for this terminal",
                hint: "name one in EDITOR, with its arguments"
            )
        }
        self.command = command
        self.environment = environment
    }

    /// Whether it runs.
    package var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }

    /// Opens the file called `name` of `folder`, and waits until the person has done.
    ///
    /// The folder is its home, its temporary folder and where it starts: backups, swap and undo files, histories and positions
    /// come to lie in it, whatever the editor is called. Settings of the person are not read; an editor that is told where
    /// they are, by absolute path, reads them.
    ///
    /// - Throws: `input-output` where it ends with another status than 0.
    package func edit(_ name: String, in folder: MemoryFolder) async throws {
        var environment = environment
        for variable in Self.startups { environment[variable] = nil }
        for variable in ["HOME", "TMPDIR", "TMP", "TEMP"] { environment[variable] = folder.path }
        for (variable, place) in [
            ("CONFIG", ".config"), ("DATA", ".local/share"), ("STATE", ".local/state"), ("CACHE", ".cache"),
        ] { environment["XDG_\(variable)_HOME"] = folder.file(place) }
        let surroundings = environment
        let end = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<ChildProcess.End, any Error>) in
            do throws(ArchiveError) {
                // As git has it: the shell splits it, and the file is its last argument. In our process group, so that it has
                // the terminal.
                let started = try ChildProcess(
                    "/bin/sh",
                    ["-c", "\(command) \"$@\"", "sh", folder.file(name)],
                    environment: surroundings,
                    folder: folder.path,
                    leadsGroup: false
                ) { continuation.resume(returning: $0) }
                process.withLock { $0 = started }
            } catch {
                continuation.resume(throwing: error)
            }
        }
        // Whoever has stopped it says what becomes of the text.
        while isStopped.load(ordering: .sequentiallyConsistent) { try await Task.sleep(for: .seconds(1)) }
        guard end.status == 0 else {
            throw ArchiveError(
                .inputOutput,
                "the editor ended with status \(end.status)",
                hint: "name another in EDITOR, with its arguments"
            )
        }
    }

    /// Ends it, politely first, for good: ``edit(_:in:)`` returns no more, but by the end of its task.
    package func stop() {
        isStopped.store(true, ordering: .sequentiallyConsistent)
        guard let process = process.withLock({ $0 }) else { return }
        process.send(signal: SIGTERM)
        let deadline = Date().addingTimeInterval(Self.grace)
        while process.isRunning, Date() < deadline { usleep(20_000) }
        process.send(signal: SIGKILL)
        process.waitUntilExit()
    }
}
