import ArchiveCore
import Foundation
import TestSupport
import Testing

/// A real `risalah` that runs while the test does other things: fed through a pipe, signalled, killed.
final class RunningRecorder {
    private let process: ChildProcess
    private let input = Pipe()
    private let output: URL
    private let errors: URL

    /// Starts `risalah` with `arguments` as `who`.
    init(_ archive: LiveArchive, as who: String, _ arguments: [String]) throws {
        let name = UUID().uuidString
        output = archive.folder.appending(path: "\(name).out")
        errors = archive.folder.appending(path: "\(name).err")
        for file in [output, errors] { try Data().write(to: file) }
        process = try Program.start(
            LiveArchive.programs.appending(path: "risalah").path,
            arguments + ["--home", archive.folder.appending(path: who).path],
            environment: ["LC_ALL": "C"],
            input: .pipe(input),
            output: .file(FileHandle(forWritingTo: output)),
            errors: .file(FileHandle(forWritingTo: errors))
        )
    }

    deinit {
        kill()
        try? input.fileHandleForWriting.close()
    }

    var isRunning: Bool { process.isRunning }
    var identifier: Int32 { process.identifier }
    var errorText: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// The objects that it printed, one a line.
    var receipts: [[String: Any]] {
        let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    /// Feeds it.
    func write(_ bytes: some DataProtocol) throws { try input.fileHandleForWriting.write(contentsOf: Data(bytes)) }

    /// Ends what it is fed.
    func close() throws { try input.fileHandleForWriting.close() }

    func signal(_ number: Int32) { process.send(signal: number) }

    /// Ends it as a power cut would, as far as the process goes.
    func kill() {
        signal(SIGKILL)
        process.waitUntilExit()
    }

    /// Waits for its end.
    func status(within seconds: Double = 90) throws -> Int32 {
        try waitUntil(seconds: seconds, for: "the end of the recorder") { !process.isRunning }
        return process.waitUntilExit().status
    }
}

/// Sound that tests make.
enum Sound {
    /// `seconds` of noise as raw 16-bit samples; at a high bit rate it fills chunks quickly.
    static func noise(seconds: Double, rate: Int = 48_000, channels: Int = 1) -> Data {
        var state: UInt32 = 12_345
        var samples: [Int16] = []
        samples.reserveCapacity(Int(seconds * Double(rate)) * channels)
        for _ in 0..<Int(seconds * Double(rate)) * channels {
            state = state &* 1_664_525 &+ 1_013_904_223
            samples.append(Int16(truncatingIfNeeded: Int32(bitPattern: state) >> 18))
        }
        return samples.withUnsafeBytes { Data($0) }
    }
}

extension LiveArchive {
    /// What every recording of the tests is called; nothing of it may lie in clear anywhere.
    static let title = "Rapat terbatas kabinet"

    /// Arguments that name a recording.
    static let naming = ["--title", title, "--level", "terbatas", "--unit", "umum", "--series", "rapat"]

    /// Runs `risalah` with `arguments`, whose input is a pipe that has `input`.
    func piped(as who: String, _ arguments: [String], input: Data) throws -> Program.Outcome {
        let file = folder.appending(path: "piped-\(UUID().uuidString)")
        try input.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try Program.run(
            "sh",
            ["-c", "f=$1; shift; cat \"$f\" | \"$@\"", "sh", file.path, Self.programs.appending(path: "risalah").path]
                + arguments + ["--home", folder.appending(path: who).path],
            environment: ["LC_ALL": "C", "SWIFT_BACKTRACE": "enable=no"]
        )
    }

    /// The spool of `who`.
    func spool(_ who: String) -> URL { folder.appending(path: "\(who)/spool") }

    /// What `risalah uploads` says of the spool of `who`.
    func uploads(_ who: String) throws -> [[String: Any]] {
        try objects(risalah(as: who, "uploads", "--json"))
    }

    /// The objects that a program printed, one a line.
    func objects(_ outcome: Program.Outcome) throws -> [[String: Any]] {
        try #require(outcome.status == 0, "\(outcome.errorText)")
        return outcome.text.split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    /// Bytes spooled, over all recordings there.
    func spooled(_ who: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: spool(who).path)) ?? []
        return names.reduce(0) { sum, name in
            let path = spool(who).appending(path: "\(name)/recording.age").path
            let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
            return sum + (size ?? 0)
        }
    }

    /// What a recording decodes to, at 48 kHz, mixed to one channel.
    func decoded(_ id: String, as who: String) throws -> [Int16] {
        let opus = folder.appending(path: "\(id).opus").path
        let got = try risalah(as: who, "get", id, "-o", opus)
        try #require(got.status == 0, "\(got.errorText)")
        let raw = try Program.run("ffmpeg", ["-v", "fatal", "-i", opus, "-f", "s16le", "-ac", "1", "-"])
        return raw.output.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
    }
}
