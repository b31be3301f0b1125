import ArchiveCore
import Foundation
import TestSupport
import Testing

/// A real `risalah audit witness` in a folder of its own.
final class RunningWitness {
    /// Its folder.
    let state: URL
    /// What an archive is told of it.
    let vkey: String
    /// Where it listens, also after it was started again.
    private(set) var url = ""
    private var process: ChildProcess?
    /// Its certificate, where it speaks TLS: what an archive is to trust.
    let certificate: URL?
    private let logs: [String]
    private let output: URL
    private let errors: URL

    private static var program: String { LiveArchive.programs.appending(path: "risalah").path }
    private static let environment = ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]

    /// Makes the key of a witness called `name`, and starts it for the logs with these keys.
    init(_ name: String, in folder: URL, logs: [String], withTLS isSecure: Bool = false) throws {
        let place = name.replacing("/", with: "-")
        state = folder.appending(path: place)
        output = folder.appending(path: "\(place).out")
        errors = folder.appending(path: "\(place).err")
        self.logs = logs
        certificate = isSecure ? folder.appending(path: "\(place).pem") : nil
        if let certificate {
            let key = certificate.path.replacing(".pem", with: ".key")
            let made = try Program.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=saksi", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
                    certificate.path,
                ]
            )
            try #require(made.status == 0, "\(made.errorText)")
        }
        let made = try Program.run(
            Self.program,
            ["audit", "witness", "init", "--state", state.path, "--name", name],
            environment: Self.environment
        )
        try #require(made.status == 0, "\(made.errorText)")
        vkey = made.text.trimmingCharacters(in: .newlines)
        try start()
    }

    deinit {
        process?.send(signal: SIGKILL)
        process?.waitUntilExit()
    }

    /// What it said of logs.
    var errorText: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// The evidence that it keeps.
    var evidence: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: state.appending(path: "evidence").path)) ?? []
    }

    /// Starts it, at the address that it had before where it had one.
    func start() throws {
        let listen = url.isEmpty ? "127.0.0.1:0" : String(url.drop { $0 != "/" }.dropFirst(2))
        let tls = certificate.map { ["--certificate", $0.path, "--key", $0.path.replacing(".pem", with: ".key")] }
        for file in [output, errors] { try Data().write(to: file) }
        let process = try Program.start(
            Self.program,
            ["audit", "witness", "--state", state.path, "--listen", listen] + logs.flatMap { ["--log", $0] }
                + (tls ?? []),
            environment: Self.environment,
            output: .file(FileHandle(forWritingTo: output)),
            errors: .file(FileHandle(forWritingTo: errors))
        )
        self.process = process
        var said = ""
        try waitUntil(seconds: 60, for: "the address of the witness") {
            said = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
            try #require(process.isRunning || said.hasSuffix("\n"), "the witness does not start: \(errorText)")
            return said.hasSuffix("\n")
        }
        url = said.trimmingCharacters(in: .newlines)
    }

    /// Asks it to end; returns its exit status.
    func stop() throws -> Int32 {
        let process = try #require(process)
        process.send(signal: SIGTERM)
        try waitUntil(seconds: 60, for: "the end of the witness") { !process.isRunning }
        return process.waitUntilExit().status
    }
}
