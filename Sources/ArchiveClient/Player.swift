package import ArchiveCore
internal import Foundation
internal import Glibc

/// The player has closed its stdin: nobody listens any more.
package struct ClosedPlayer: Error {}

/// A program that plays what comes on its stdin. What it says goes to stderr.
package final class Player {
    /// How long one that was told to end may take.
    private static let grace = 3.0

    private let process: ChildProcess
    private let input = Pipe()

    /// The first of the known players that is installed, as a command for the shell.
    package static func defaultCommand(path: String? = ProcessInfo.processInfo.environment["PATH"]) -> String? {
        let folders = (path ?? "/usr/bin:/bin").split(separator: ":")
        func isThere(_ name: String) -> Bool { folders.contains { access("\($0)/\(name)", X_OK) == 0 } }
        if isThere("mpv") { return "exec mpv -" }
        if isThere("ffplay") { return "exec ffplay -nodisp -autoexit -" }
        if isThere("opusdec"), isThere("aplay") { return "opusdec --quiet --force-wav - - | aplay -q -" }
        return nil
    }

    /// Begins `command`, by the shell.
    package init(_ command: String) throws(ArchiveError) {
        // In our process group, so that it has the terminal; stdout is kept for what we say ourselves.
        process = try ChildProcess(
            "/bin/sh",
            ["-c", command],
            input: .pipe(input),
            output: .file(.standardError),
            leadsGroup: false
        )
    }

    /// Hands it `bytes`; waits while it has enough.
    ///
    /// - Throws: ``ClosedPlayer`` where it reads no more; `input-output`.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        let descriptor = input.fileHandleForWriting.fileDescriptor
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                continue
            }
            switch errno {
            case EINTR: continue
            case EPIPE: throw ClosedPlayer()
            default: throw ArchiveError(.inputOutput, "write to the player: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Says that nothing more comes, and waits until it has played: as long as that takes, unless the task is cancelled.
    ///
    /// - Throws: `input-output` where it ends with another status than 0.
    package func finish() async throws {
        close()
        while true {
            if let end = process.end {
                guard end.status == 0 else {
                    throw ArchiveError(
                        .inputOutput,
                        "the player ended with status \(end.status)",
                        hint: "name another with --player"
                    )
                }
                return
            }
            do {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                await stop()
                throw error
            }
        }
    }

    /// Ends it, politely first.
    package func stop() async {
        close()
        process.send(signal: SIGTERM)
        let deadline = Date().addingTimeInterval(Self.grace)
        while process.isRunning {
            guard Date() < deadline else {
                process.send(signal: SIGKILL)
                process.waitUntilExit()
                return
            }
            // In a cancelled task this does not wait, and the player gets less time.
            do { try await Task.sleep(for: .milliseconds(20)) } catch { usleep(20_000) }
        }
    }

    private func close() { try? input.fileHandleForWriting.close() }
}
