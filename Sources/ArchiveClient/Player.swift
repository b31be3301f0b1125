package import ArchiveCore
internal import CLinux
internal import Foundation
internal import Glibc

/// The player has closed its stdin: nobody listens any more.
package struct ClosedPlayer: Error {}

/// A program that plays what comes on its stdin. What it says goes to stderr.
package final class Player {
    /// How long one that was told to end may take.
    private static let grace = 3.0

    private let process: Int32
    private var input: Int32

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
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw ArchiveError(.inputOutput, "make a pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var child: Int32 = 0
        let reason = linux_spawn_reading_shell(command, ends[0], &child)
        Glibc.close(ends[0])
        guard reason == 0 else {
            Glibc.close(ends[1])
            throw ArchiveError(.inputOutput, "run /bin/sh: \(String(cString: strerror(reason)))")
        }
        process = child
        input = ends[1]
    }

    deinit { close() }

    /// Hands it `bytes`; waits while it has enough.
    ///
    /// - Throws: ``ClosedPlayer`` where it reads no more; `input-output`.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(input, rest.baseAddress, rest.count)
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
            if let status = ended() {
                guard status == 0 else {
                    throw ArchiveError(
                        .inputOutput,
                        "the player ended with status \(status)",
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
        kill(process, SIGTERM)
        let deadline = Date().addingTimeInterval(Self.grace)
        while ended() == nil {
            guard Date() < deadline else {
                kill(process, SIGKILL)
                var raw: Int32 = 0
                while waitpid(process, &raw, 0) < 0, errno == EINTR {}
                return
            }
            // In a cancelled task this does not wait, and the player gets less time.
            do { try await Task.sleep(for: .milliseconds(20)) } catch { usleep(20_000) }
        }
    }

    private func close() {
        if input >= 0 { Glibc.close(input) }
        input = -1
    }

    /// Its status as a shell says it, once it has ended.
    private func ended() -> Int32? {
        var raw: Int32 = 0
        let found = waitpid(process, &raw, WNOHANG)
        guard found == process else { return found < 0 && errno != EINTR ? 0 : nil }
        // POSIX: the low seven bits are the signal, the second byte the status.
        let signal = raw & 0x7F
        return signal == 0 ? raw >> 8 & 0xFF : 128 + signal
    }
}
