public import Foundation

/// A real program run by a test: `age`, `curl`, `opusenc` and their like.
public enum Program {
    /// What a finished program left behind.
    public struct Outcome: Sendable {
        /// The exit status; a signal's number where one ended it.
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
        guard let executable = name.contains("/") ? URL(filePath: name) : find(name) else {
            throw MissingProgram(name: name)
        }
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
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
        process.standardInput = try FileHandle(forReadingFrom: standardInput)
        process.standardOutput = try FileHandle(forWritingTo: standardOutput)
        process.standardError = try FileHandle(forWritingTo: standardError)
        try process.run()
        let identifier = process.processIdentifier
        let watchdog = DispatchWorkItem { kill(identifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + limit, execute: watchdog)
        process.waitUntilExit()
        watchdog.cancel()
        return Outcome(
            status: process.terminationStatus,
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
