internal import CLinux
internal import Foundation
internal import Subprocess
internal import SystemPackage

/// What an engine may use for one piece.
public struct EngineLimits: Sendable, Equatable {
    /// Seconds on the clock.
    public var seconds: Double = 300
    /// Bytes of memory of each of its processes, files that it maps not counted (RLIMIT_DATA).
    public var memory: Int = 4 << 30
    /// Bytes on stdout.
    public var output: Int = 16 << 20
    /// How much it stands back before the service, 0 to 19.
    public var niceness: Int = 10

    /// The defaults.
    public init() {}
}

/// Runs an engine once: confined, bounded, and gone with all that it started when this returns or throws.
///
/// Its input is a file in memory that is its stdin and that it can open again as /proc/self/fd/0; nothing of it is on a
/// disk (DESIGN.md section 4, invariant 5). Core dumps are off. Its environment is PATH and the locale, and it starts in /.
struct EngineProcess: Sendable {
    /// Its path: what failures name.
    let program: String
    /// The path of what is run and its first arguments: the program, or what runs it.
    let launch: [String]
    let confinement: EngineConfinement
    let limits: EngineLimits

    /// - Parameter launch: nil for the program itself.
    init(program: String, launch: [String]? = nil, confinement: EngineConfinement, limits: EngineLimits) {
        self.program = program
        self.launch = launch ?? [program]
        self.confinement = confinement
        self.limits = limits
    }

    /// What it left behind.
    struct Output: Sendable {
        let bytes: [UInt8]
        /// The last lines of stderr.
        let complaint: String
    }

    /// How much of stderr is kept.
    private static let complaintSize = 2_048
    /// How long `risalah-engine` has to end everything before it is ended itself.
    private static let teardown: [TeardownStep] = [
        .send(signal: .terminate, allowedDurationToNextStep: .seconds(5)),
        .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero),
    ]

    /// Runs it over `input` until it ends with status 0.
    ///
    /// - Throws: ``EngineFailure`` or `CancellationError`.
    func run(_ arguments: [String], input: [UInt8]) async throws -> Output {
        let outcome = try await withThrowingTaskGroup(of: Outcome.self) { group in
            group.addTask { try await self.runToEnd(arguments, input) }
            group.addTask { [seconds = limits.seconds] in
                try await Task.sleep(for: .seconds(seconds))
                return .late
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .late
        }
        try Task.checkCancellation()
        switch outcome {
        case .late: throw EngineFailure.timedOut(program: program, seconds: limits.seconds)
        case .flooded: throw EngineFailure.tooMuchOutput(program: program, bytes: limits.output)
        case .ended(.exited(0), let output): return output
        case .ended(.exited(let status), let output): throw failure(status, output.complaint)
        case .ended(.signaled(let signal), let output): throw failure(128 + signal, output.complaint)
        }
    }

    private enum Outcome: Sendable {
        case ended(TerminationStatus, Output)
        case flooded
        case late
    }

    private func runToEnd(_ arguments: [String], _ input: [UInt8]) async throws -> Outcome {
        let stdin: MemoryFile
        do { stdin = try MemoryFile(input) } catch {
            throw EngineFailure.notConfined(program: program, reason: "no file in memory: \(error)")
        }
        defer { stdin.close() }
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = Self.teardown
        let mode = confinement.isWithoutNetwork ? "isolated" : "open"
        let keeping = ["run", "\(limits.memory)", "\(limits.niceness)", "\(getpid())", mode]
        do {
            let result = try await Subprocess.run(
                .path(FilePath(confinement.keeper)),
                arguments: Arguments(keeping + launch + arguments),
                environment: .custom(["PATH": EngineProgram.path, "LANG": "C.UTF-8"]),
                workingDirectory: "/",
                platformOptions: options,
                input: .fileDescriptor(stdin.descriptor, closeAfterSpawningProcess: false),
                output: .sequence,
                error: .sequence
            ) { [limits] execution in
                async let complaint = Self.tail(of: execution.standardError)
                guard let bytes = try await Self.all(of: execution.standardOutput, limit: limits.output) else {
                    // Only when it is gone does its stderr end.
                    await execution.teardown(using: Self.teardown)
                    throw Flooded()
                }
                return Output(bytes: bytes, complaint: try await complaint)
            }
            return .ended(result.terminationStatus, result.closureResult)
        } catch is Flooded {
            return .flooded
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw EngineFailure.missing(program: confinement.keeper, hint: "it is installed beside risalahd")
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw EngineFailure.notConfined(program: program, reason: error.description)
        }
    }

    private struct Flooded: Error {}

    private static func all(of output: SubprocessOutputSequence, limit: Int) async throws -> [UInt8]? {
        var bytes: [UInt8] = []
        for try await buffer in output {
            guard bytes.count + buffer.count <= limit else { return nil }
            buffer.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    private static func tail(of errors: SubprocessOutputSequence) async throws -> String {
        var bytes: [UInt8] = []
        for try await buffer in errors {
            buffer.withUnsafeBytes { bytes.append(contentsOf: $0) }
            if bytes.count > complaintSize { bytes.removeFirst(bytes.count - complaintSize) }
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.suffix(5).joined(separator: "; ")
    }

    private func failure(_ status: Int32, _ complaint: String) -> EngineFailure {
        let keeper = "risalah-engine: "
        if status == LINUX_NOT_CONFINED, let place = complaint.range(of: keeper) {
            return .notConfined(program: program, reason: String(complaint[place.upperBound...]))
        }
        // The kernel does not say why it refused memory, so it is known by what libc and the run-time libraries of
        // languages print then, and by the signal of the kernel's out-of-memory killer.
        let signs = ["cannot allocate memory", "bad_alloc", "out of memory", "memoryerror", "malloc"]
        if status == 128 + SIGKILL || signs.contains(where: complaint.lowercased().contains) {
            return .tooMuchMemory(program: program, bytes: limits.memory)
        }
        return .failed(program: program, status: status, complaint: complaint)
    }
}

/// A file in memory with a descriptor of ours.
private struct MemoryFile {
    let descriptor: FileDescriptor

    init(_ bytes: [UInt8]) throws {
        let number = linux_memory_file("engine-input")
        guard number >= 0 else { throw Errno(rawValue: errno) }
        descriptor = FileDescriptor(rawValue: number)
        do {
            try descriptor.writeAll(bytes)
            _ = try descriptor.seek(offset: 0, from: .start)
        } catch {
            close()
            throw error
        }
    }

    func close() { try? descriptor.close() }
}
