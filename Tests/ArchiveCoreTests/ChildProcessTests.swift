import ArchiveCore
import Foundation
import Synchronization
import TestSupport
import Testing

/// Programs that end in every way, with everything that they can have for their stdin, stdout and stderr.
@Suite(.timeLimit(.minutes(5)))
struct ChildProcessTests {
    /// Runs `script` by the shell; what it wrote to its stdout.
    private func output(
        of script: String,
        environment: [String: String]? = nil,
        folder: String? = nil,
        input: ChildProcess.Stream = .null,
        errors: ChildProcess.Stream = .inherited
    ) throws -> String {
        let output = Pipe()
        let process = try ChildProcess(
            "/bin/sh",
            ["-c", script],
            environment: environment,
            folder: folder,
            input: input,
            output: .pipe(output),
            errors: errors
        )
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        #expect(process.waitUntilExit() == .exit(0))
        return String(decoding: said, as: UTF8.self)
    }

    @Test(arguments: [0, 1, 77, 255] as [Int32])
    func saysItsStatus(status: Int32) throws {
        let process = try ChildProcess("/bin/sh", ["-c", "exit \(status)"])
        #expect(process.waitUntilExit() == .exit(status))
        #expect(process.end == .exit(status) && !process.isRunning)
        #expect(process.end?.status == status)
    }

    @Test(arguments: [SIGTERM, SIGKILL, SIGABRT])
    func saysWhichSignalEndedIt(signal: Int32) throws {
        let process = try ChildProcess("/bin/sleep", ["600"])
        #expect(process.isRunning && process.end == nil)
        process.send(signal: signal)
        #expect(process.waitUntilExit() == .signal(signal))
        #expect(process.end?.status == 128 + signal)
    }

    @Test func aSignalAfterItsEndIsNone() throws {
        let process = try ChildProcess("/bin/true")
        process.waitUntilExit()
        process.send(signal: SIGKILL)
        #expect(process.end == .exit(0))
    }

    @Test func theEndIsToldOnce() throws {
        let told = Mutex<[ChildProcess.End]>([])
        let process = try ChildProcess("/bin/sh", ["-c", "exit 3"]) { end in told.withLock { $0.append(end) } }
        try waitUntil(seconds: 60, for: "word of the end") { told.withLock { !$0.isEmpty } }
        #expect(process.end == .exit(3))
        #expect(told.withLock { $0 } == [.exit(3)])
    }

    @Test func severalThreadsWait() throws {
        let input = Pipe()
        let process = try ChildProcess("/bin/sh", ["-c", "read line; exit 9"], input: .pipe(input))
        let found = Mutex<[ChildProcess.End]>([])
        let waiting = DispatchGroup()
        for _ in 0..<4 {
            waiting.enter()
            Thread.detachNewThread {
                let end = process.waitUntilExit()
                found.withLock { $0.append(end) }
                waiting.leave()
            }
        }
        try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        try #require(waiting.wait(timeout: .now() + 60) == .success)
        #expect(found.withLock { $0 } == Array(repeating: .exit(9), count: 4))
    }

    // MARK: What it has

    @Test func pipes() throws {
        let (input, output, errors) = (Pipe(), Pipe(), Pipe())
        let process = try ChildProcess(
            "/bin/sh",
            ["-c", "cat; echo wrong >&2"],
            input: .pipe(input),
            output: .pipe(output),
            errors: .pipe(errors)
        )
        try input.fileHandleForWriting.write(contentsOf: Data("said".utf8))
        // Its end of each pipe is not open here, so that both of us see the end.
        try input.fileHandleForWriting.close()
        #expect(try output.fileHandleForReading.readToEnd() == Data("said".utf8))
        #expect(try errors.fileHandleForReading.readToEnd() == Data("wrong\n".utf8))
        #expect(process.waitUntilExit() == .exit(0))
    }

    @Test func onePipeForBoth() throws {
        let both = Pipe()
        let process = try ChildProcess(
            "/bin/sh",
            ["-c", "echo a; echo b >&2"],
            output: .pipe(both),
            errors: .pipe(both)
        )
        #expect(try both.fileHandleForReading.readToEnd() == Data("a\nb\n".utf8))
        #expect(process.waitUntilExit() == .exit(0))
    }

    @Test func whoReadsNoMoreIsAnErrorOfTheWrite() throws {
        let input = Pipe()
        let process = try ChildProcess("/bin/true", input: .pipe(input))
        process.waitUntilExit()
        // Another child that is just being started has all that is open here, until it is the other program.
        try waitUntil(seconds: 60, for: "the error of the write") {
            (try? input.fileHandleForWriting.write(contentsOf: Data("said".utf8))) == nil
        }
    }

    @Test func aPipeStaysOpenWhileTheProcessIsReferredTo() throws {
        let output = Pipe()
        var process: ChildProcess? = try ChildProcess("/bin/cat", input: .pipe(Pipe()), output: .pipe(output))
        let watched = try #require(process).identifier
        #expect(try state(of: watched) != nil)
        process = nil
        // Then its input ends, and so does it.
        #expect(try output.fileHandleForReading.readToEnd() ?? Data() == Data())
        try waitUntil(seconds: 60, for: "the end of cat") { try state(of: watched) == nil }
    }

    @Test func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "child-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (from, to) = (folder.appending(path: "from"), folder.appending(path: "to"))
        try Data("said".utf8).write(to: from)
        try Data().write(to: to)
        let handle = try FileHandle(forWritingTo: to)
        let process = try ChildProcess(
            "/bin/sh",
            ["-c", "cat; echo wrong >&2"],
            input: .file(FileHandle(forReadingFrom: from)),
            output: .file(handle),
            errors: .file(handle)
        )
        #expect(process.waitUntilExit() == .exit(0))
        // A file stays open here.
        try handle.write(contentsOf: Data("after".utf8))
        #expect(try Data(contentsOf: to) == Data("saidwrong\nafter".utf8))
    }

    @Test func nothing() throws {
        #expect(try output(of: "cat; echo lost >&2; readlink /proc/self/fd/0", errors: .null) == "/dev/null\n")
    }

    /// What is to go where another lies is not overwritten before its turn.
    @Test func ourOwnInAnotherPlace() throws {
        let errors = Pipe()
        let process = try ChildProcess(
            "/bin/sh",
            ["-c", "found=$(readlink /proc/$$/fd/1); echo $found >&2"],
            input: .pipe(Pipe()),
            output: .file(.standardInput),
            errors: .pipe(errors)
        )
        let ours = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/0")
        #expect(try errors.fileHandleForReading.readToEnd() == Data("\(ours)\n".utf8))
        #expect(process.waitUntilExit() == .exit(0))
    }

    @Test func ourEnvironmentOrAnother() throws {
        #expect(try output(of: "echo $PATH") == (ProcessInfo.processInfo.environment["PATH"] ?? "") + "\n")
        let output = Pipe()
        let process = try ChildProcess(
            "/usr/bin/env",
            environment: ["ONE": "a=b", "TWO": ""],
            output: .pipe(output)
        )
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        #expect(said.split(separator: "\n").sorted() == ["ONE=a=b", "TWO="])
        #expect(process.waitUntilExit() == .exit(0))
    }

    @Test func ourFolderOrAnother() throws {
        #expect(try output(of: "pwd -P", folder: "/") == "/\n")
        let here = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/cwd")
        #expect(try output(of: "pwd -P") == here + "\n")
    }

    @Test func nothingElseThatIsOpenHere() throws {
        let file = try FileHandle(forReadingFrom: URL(filePath: "/dev/zero"))
        // As other libraries open them: without FD_CLOEXEC.
        try #require(fcntl(file.fileDescriptor, F_SETFD, 0) == 0)
        let pipe = Pipe()
        // The fourth is the folder that ls reads.
        #expect(try output(of: "exec ls /proc/self/fd") == "0\n1\n2\n3\n")
        withExtendedLifetime((file, pipe)) {}
    }

    @Test func aGroupOfItsOwnOrOurs() throws {
        for leads in [true, false] {
            let process = try ChildProcess("/bin/sleep", ["600"], leadsGroup: leads)
            #expect(getpgid(process.identifier) == (leads ? process.identifier : getpgrp()))
            process.send(signal: SIGKILL)
            process.waitUntilExit()
        }
    }

    @Test func everySignalHasItsDefaultAction() throws {
        let before = signal(SIGUSR2, SIG_IGN)
        defer { _ = signal(SIGUSR2, before) }
        let status = try output(of: "cat /proc/self/status")
        let ignored = try #require(status.firstMatch(of: /SigIgn:\s+([0-9a-f]+)/))
        // Without those above SIGSYS, which the C library has for itself.
        #expect(UInt64(ignored.output.1, radix: 16).map { $0 & 0x7FFF_FFFF } == 0)
        let blocked = try #require(status.firstMatch(of: /SigBlk:\s+([0-9a-f]+)/))
        #expect(UInt64(blocked.output.1, radix: 16) == 0)
    }

    // MARK: What fails, and what is left

    @Test func aProgramThatIsNotThere() {
        let error = #expect(throws: ArchiveError.self) { try ChildProcess("/nowhere/program", ["a"]) }
        #expect(error?.code == .inputOutput)
        #expect(error?.message == "run /nowhere/program: No such file or directory")
    }

    @Test func aProgramThatMayNotRun() {
        let error = #expect(throws: ArchiveError.self) { try ChildProcess("/etc/passwd") }
        #expect(error?.message == "run /etc/passwd: Permission denied")
    }

    @Test func aFolderThatIsNotThere() {
        let error = #expect(throws: ArchiveError.self) { try ChildProcess("/bin/true", folder: "/nowhere") }
        #expect(error?.message == "run /bin/true in /nowhere: No such file or directory")
    }

    @Test func nobodyWaitsAndNothingIsLeft() throws {
        let identifiers = try (0..<8).map { _ in try ChildProcess("/bin/true").identifier }
        try waitUntil(seconds: 60, for: "the kernel to forget them") {
            try identifiers.allSatisfy { try state(of: $0) == nil }
        }
    }

    /// The state of our child (proc(5)), `Z` where nobody has waited for it; nil where it is none of ours any more.
    private func state(of identifier: Int32) throws -> Character? {
        // A file that is gone, or goes while it is read.
        guard let text = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8) else { return nil }
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        try #require(fields.count > 2)
        return Int32(fields[2]) == getpid() ? fields[1].first : nil
    }
}
