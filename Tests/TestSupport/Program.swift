public import ArchiveCore
public import Foundation

/// A real program run by a test: `age`, `curl`, `opusenc` and their like.
public enum Program {
    /// What a finished program left behind.
    public struct Outcome: Sendable {
        /// The exit status, as a shell says it: 128 and more for a signal.
        public let status: Int32
        /// All of stdout.
        public let output: Data
        /// All of stderr.
        public let errors: Data

        /// `output` as UTF-8.
        public var text: String { String(decoding: output, as: UTF8.self) }
        /// `errors` as UTF-8.
        public var errorText: String { String(decoding: errors, as: UTF8.self) }
    }

    /// Where `name` lies on PATH, or nil.
    public static func find(_ name: String) -> URL? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").lazy
            .map { URL(filePath: String($0)).appending(path: name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    /// Starts `name`, and returns while it runs; `environment` is added to that of the test.
    ///
    /// - Throws: ``MissingProgram`` where PATH does not have it.
    public static func start(
        _ name: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        input: ChildProcess.Stream = .inherited,
        output: ChildProcess.Stream = .inherited,
        errors: ChildProcess.Stream = .inherited
    ) throws -> ChildProcess {
        guard let path = name.contains("/") ? name : find(name)?.path else { throw MissingProgram(name: name) }
        return try ChildProcess(
            path,
            arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            input: input,
            output: output,
            errors: errors
        )
    }

    /// Runs `name` to its end and collects what it printed; it is ended by SIGKILL after `limit` seconds.
    ///
    /// - Throws: ``MissingProgram`` where PATH does not have it: a test never passes because a tool was absent.
    public static func run(
        _ name: String,
        _ arguments: [String],
        input: Data = Data(),
        environment: [String: String] = [:],
        limit: Double = 120
    ) throws -> Outcome {
        // Files rather than pipes: a program may print more than a pipe holds before it reads its input.
        let folder = FileManager.default.temporaryDirectory.appending(path: "program-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String, _ data: Data) throws -> URL {
            let url = folder.appending(path: name)
            try data.write(to: url)
            return url
        }
        let standardInput = try file("in", input)
        let standardOutput = try file("out", Data())
        let standardError = try file("err", Data())
        let process = try start(
            name,
            arguments,
            environment: environment,
            input: .file(FileHandle(forReadingFrom: standardInput)),
            output: .file(FileHandle(forWritingTo: standardOutput)),
            errors: .file(FileHandle(forWritingTo: standardError))
        )
        let watchdog = DispatchWorkItem { process.send(signal: SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + limit, execute: watchdog)
        let end = process.waitUntilExit()
        watchdog.cancel()
        return Outcome(
            status: end.status,
            output: try Data(contentsOf: standardOutput),
            errors: try Data(contentsOf: standardError)
        )
    }
}

/// A program that a test needs and the machine does not have.
public struct MissingProgram: Error, CustomStringConvertible {
    /// The program's name.
    public let name: String
    /// What is missing and how to get it.
    public var description: String { "\(name) is not on PATH: run `make deps`" }
}
