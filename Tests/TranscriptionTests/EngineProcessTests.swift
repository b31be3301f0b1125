import ArchiveCore
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Transcription

@Suite("Engines are bounded, and gone when they are over", .serialized)
struct EngineProcessTests {
    /// Starts children that leave the process group and the session, and ignores what can be ignored.
    private static func family(_ scene: EngineScene) -> String {
        """
        trap '' TERM HUP INT
        sleep \(scene.marker) &
        setsid sleep \(scene.marker) &
        (setsid sh -c 'trap "" TERM; sleep \(scene.marker) & sleep \(scene.marker)' &)
        touch \(scene.folder.path)/started
        sleep \(scene.marker)
        """
    }

    @Test("one that takes too long is ended with its children, whatever they ignore", arguments: [false, true])
    func tooLong(isOpen: Bool) async throws {
        let scene = try await EngineScene(isOpen: isOpen)
        // More time where the host was too busy for the program to come as far as its sleep.
        for seconds in [2.0, 10, 50] where scene.read("started") == nil {
            let failure = try await scene.failure(Self.family(scene), limits: EngineScene.limits(seconds: seconds))
            #expect(failure == .timedOut(program: "/bin/sh", seconds: seconds))
            #expect(try scene.marked().isEmpty)
        }
        #expect(scene.read("started") != nil)
    }

    @Test("one that is not awaited any more is ended with its children", arguments: [false, true])
    func cancelled(isOpen: Bool) async throws {
        let scene = try await EngineScene(isOpen: isOpen)
        let task = Task { try await scene.run(Self.family(scene)) }
        try await waitUntil(seconds: 60, for: "the program") { () async in scene.read("started") != nil }
        #expect(try !scene.marked().isEmpty)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try scene.marked().isEmpty)
    }

    @Test("what one leaves running when it ends is ended", arguments: [false, true])
    func leftBehind(isOpen: Bool) async throws {
        let scene = try await EngineScene(isOpen: isOpen)
        let output = try await scene.run(
            "setsid sleep \(scene.marker) >/dev/null 2>&1 & sleep \(scene.marker) & echo done"
        )
        #expect(output.bytes == Array("done\n".utf8))
        #expect(try scene.marked().isEmpty)
    }

    @Test("it does not outlive who started it", arguments: ["isolated", "open"])
    func orphaned(mode: String) async throws {
        let scene = try await EngineScene()
        let arguments = "run 1000000000 5 $$ \(mode) /bin/sh -c 'sleep \(scene.marker) & sleep \(scene.marker)'"
        let parent = try Program.start("sh", ["-c", "\(EngineScene.keeper) \(arguments) & wait"], output: .null)
        // The shell, the keeper, the first process of the namespace where there is one, the program and its children.
        try waitUntil(seconds: 60, for: "the program") { try scene.marked().count >= 5 }
        parent.send(signal: SIGKILL)
        try waitUntil(seconds: 60, for: "its end") { try scene.marked().isEmpty }
    }

    @Test("one that wants too much memory is told from one that fails")
    func memory() async throws {
        let scene = try await EngineScene()
        let limits = EngineScene.limits(memory: 200 << 20)
        let failure = try await scene.failure("bytearray(400 << 20)", by: ["/usr/bin/python3", "-c"], limits: limits)
        #expect(failure == .tooMuchMemory(program: "/usr/bin/python3", bytes: 200 << 20))
        _ = try await scene.run("bytearray(100 << 20)", by: ["/usr/bin/python3", "-c"], limits: limits)
        // Not the first process alone: its children have the limit too.
        let child = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', 'bytearray(400 << 20)']))"
        let ofChild = try await scene.failure(child, by: ["/usr/bin/python3", "-c"], limits: limits)
        #expect(ofChild == .tooMuchMemory(program: "/usr/bin/python3", bytes: 200 << 20))
    }

    @Test("one that prints without end is stopped; what it says on stderr is cut to its last lines")
    func floods() async throws {
        let scene = try await EngineScene()
        let flooding = try await scene.failure("yes \(scene.marker)", limits: EngineScene.limits(output: 100_000))
        #expect(flooding == .tooMuchOutput(program: "/bin/sh", bytes: 100_000))
        #expect(try scene.marked().isEmpty)
        let failure = try await scene.failure("yes | head -c 5000000 >&2; echo 'the last word' >&2; exit 3")
        guard case .failed("/bin/sh", 3, let complaint) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(complaint.hasSuffix("the last word"))
        #expect(complaint.count < 2_100)
    }

    @Test("status and last words of one that fails; those are left out of what is written down")
    func failing() async throws {
        let scene = try await EngineScene()
        let failure = try await scene.failure("echo first >&2; echo 'no such model: rahasia' >&2; exit 3")
        #expect(failure == .failed(program: "/bin/sh", status: 3, complaint: "first; no such model: rahasia"))
        #expect(failure?.error.message == "/bin/sh failed with status 3: first; no such model: rahasia")
        #expect(failure?.discreet.message == "/bin/sh failed with status 3")
        let signal = try await scene.failure("kill -SEGV $$")
        #expect(signal?.error.message == "/bin/sh was ended by signal 11")
    }

    @Test("its input is a file in memory, to be read as a stream or at any place; nothing else is open")
    func input() async throws {
        let scene = try await EngineScene()
        let input = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let script = "readlink /proc/self/fd/0; wc -c; tail -c 5 /proc/self/fd/0 | od -An -tu1; ls /proc/self/fd"
        let output = try await scene.run(script, input: input)
        let lines = String(decoding: output.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.prefix(2) == ["/memfd:engine-input (deleted)", "3000000"])
        #expect(lines[2].split(separator: " ").map(String.init) == input.suffix(5).map { "\($0)" })
        // The fourth is that of ls for the folder that it lists.
        #expect(lines.dropFirst(3) == ["0", "1", "2", "3"])
    }

    @Test("it has no more than it needs: environment, folder, niceness, no core dumps, no new privileges")
    func surroundings() async throws {
        let scene = try await EngineScene()
        let output = try await scene.run(
            """
            env -u PWD -u OLDPWD -u SHLVL -u _ | sort; pwd; nice
            grep -E 'core file|data' /proc/self/limits | tr -s ' ' | sed -E 's/size (0 0|1 1) /size of none /'; grep NoNewPrivs /proc/self/status
            """,
            limits: EngineScene.limits(memory: 123 << 20)
        )
        #expect(
            String(decoding: output.bytes, as: UTF8.self) == """
                LANG=C.UTF-8
                PATH=/usr/local/bin:/usr/bin:/bin
                /
                10
                Max data size 128974848 128974848 bytes\u{20}
                Max core file size of none bytes\u{20}
                NoNewPrivs:\t1

                """
        )
    }

    @Test("what is not there is named, and what to do about it is said")
    func missing() async throws {
        let scene = try await EngineScene()
        await #expect(throws: EngineFailure.missing(program: "/nowhere", hint: "it is installed beside risalahd")) {
            try await EngineConfinement(keeper: "/nowhere")
        }
        #expect(
            throws: EngineFailure.missing(
                program: "no-such-engine",
                hint: "build whisper.cpp, and name its whisper-cli"
            )
        ) {
            try WhisperCLI(program: "no-such-engine", modelFile: "/m", confinement: scene.confinement)
        }
        let gone = try await scene.failure("", by: ["/nowhere/engine", "-c"])
        #expect(gone == .notConfined(program: "/nowhere/engine", reason: "/nowhere/engine: No such file or directory"))
        #expect(gone?.error.code == .configuration)
    }
}
