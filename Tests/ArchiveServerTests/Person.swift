import Foundation
import TestSupport

/// Somebody who sits at a terminal.
enum Person {
    /// Runs a program at a terminal of its own, answers its questions, and prints what it showed.
    private static let script = """
        import os, pty, select, sys, time
        answers = sys.argv[1].split(",")
        process, terminal = pty.fork()
        if process == 0:
            os.execv(sys.argv[2], sys.argv[2:])
        shown, asked, deadline = b"", 0, time.time() + 90
        while time.time() < deadline:
            ready, _, _ = select.select([terminal], [], [], 1)
            if not ready:
                continue
            try:
                got = os.read(terminal, 4096)
            except OSError:
                break
            if not got:
                break
            shown += got
            while asked < len(answers) and shown.count(b": ") > asked and shown.rstrip(b" ").endswith(b":"):
                os.write(terminal, answers[asked].encode() + (b"" if answers[asked] == "\\x03" else b"\\n"))
                asked += 1
                shown += b"|"
        _, status = os.waitpid(process, 0)
        sys.stdout.buffer.write(shown)
        sys.exit(os.waitstatus_to_exitcode(status))
        """

    /// Runs `program`, and types `answers`, which commas part, one at each question.
    static func atTerminal(
        _ answers: String,
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> Program.Outcome {
        try Program.run(
            "python3",
            ["-c", Self.script, answers, program] + arguments,
            environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"].merging(environment) { $1 }
        )
    }
}
