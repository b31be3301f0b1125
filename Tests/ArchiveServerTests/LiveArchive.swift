import ArchiveCore
import Foundation
import TestSupport
import Testing

/// A real `risalahd` on a folder of its own, with the real `risalah`, `curl`, `age` and their like around it.
final class LiveArchive {
    /// The folder of everything that the test makes.
    let folder: URL
    /// Where Config and Storage are.
    let root: URL
    /// The disk that they are on, where it is not the host's.
    private let disk: SmallDisk?
    /// `https://127.0.0.1:PORT`.
    private(set) var address = ""
    /// What `risalahd init` said.
    private(set) var made: Program.Outcome?
    /// Of every `risalahd`; a change counts from the next.
    var environment: [String: String]
    private var service: ChildProcess?
    private let log: URL

    static var programs: URL {
        // The test bundle lies beside the programs that were built with it.
        Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }?.deletingLastPathComponent()
            ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    }

    /// Makes an archive and serves it.
    ///
    /// - Parameters:
    ///   - disk: where Config and Storage are to be, if not in ``folder``.
    ///   - isSolo: whether grants need no second person.
    ///   - options: of `risalahd init`, besides the usual ones.
    ///   - environment: of every `risalahd`.
    ///   - configure: changes Config before the service starts.
    init(
        on disk: SmallDisk? = nil,
        isSolo: Bool = true,
        options: [String] = [],
        environment: [String: String] = [:],
        configure: (URL) throws -> Void = { _ in }
    ) throws {
        self.environment = environment.merging(Self.quiet) { $1 }
        folder = FileManager.default.temporaryDirectory.appending(path: "live-\(UUID().uuidString)")
        self.disk = disk
        root = (disk?.path ?? folder).appending(path: "archive")
        log = folder.appending(path: "service.log")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (risalahd, arguments) = command(
            ["init"] + (isSolo ? ["--solo"] : []) + ["--listen", "127.0.0.1:0"] + options
        )
        let made = try Program.run(risalahd.path, arguments, environment: self.environment)
        try #require(made.status == 0, "\(made.errorText)")
        self.made = made
        try Self.retainByHand(root.appending(path: "Config"))
        try configure(root.appending(path: "Config"))
        try start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Has the service of a new archive propose and destroy nothing by itself: tests say when.
    static func retainByHand(_ config: URL) throws {
        let settings = config.appending(path: "risalah.yaml")
        let text = try String(contentsOf: settings, encoding: .utf8)
        let byHand = text.replacing("retention_every: P1D", with: "retention_every: never")
        try #require(byHand != text, "the shipped risalah.yaml has another retention_every")
        try byHand.write(to: settings, atomically: true, encoding: .utf8)
    }

    // MARK: The service

    /// Its process id.
    var processIdentifier: Int32 { service?.identifier ?? 0 }
    /// What it has written to stderr.
    var serviceLog: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// Serves, on the address it had before where it had one.
    func start() throws {
        if !address.isEmpty {
            let settings = root.appending(path: "Config/risalah.yaml")
            let text = try String(contentsOf: settings, encoding: .utf8)
            let host = address.dropFirst("https://".count)
            try text.replacing(/listen: "[^"]*"/, with: "listen: \"\(host)\"")
                .write(to: settings, atomically: true, encoding: .utf8)
        }
        try Data().write(to: log)
        let (program, arguments) = command(["serve"])
        let process = try Program.start(
            program.path,
            arguments,
            environment: environment,
            errors: .file(FileHandle(forWritingTo: log))
        )
        service = process
        try waitUntil(seconds: 60) { self.serviceLog.contains("ready, ") || !process.isRunning }
        // Other addresses stand there too: those of witnesses that do not answer.
        let found = try #require(serviceLog.firstMatch(of: /ready, (https:\/\/[0-9.:]+)/), "\(serviceLog)")
        address = String(found.output.1)
    }

    /// `risalahd` with these arguments, on the archive, where its disk is.
    private func command(_ arguments: [String]) -> (program: URL, arguments: [String]) {
        let program = Self.programs.appending(path: "risalahd")
        guard let disk else { return (program, arguments + ["--root", root.path]) }
        let inside = disk.inside.appending(path: "archive").path
        return (
            Program.find("nsenter") ?? program,
            disk.entering + [program.path] + arguments + ["--root", inside]
        )
    }

    /// Ends it as a power cut would, as far as the process goes.
    func kill() {
        service?.send(signal: SIGKILL)
        service?.waitUntilExit()
    }

    /// Asks it to end and returns its exit status.
    func stop() throws -> Int32 {
        let service = try #require(service)
        service.send(signal: SIGTERM)
        try waitUntil(seconds: 60) { !service.isRunning }
        return service.waitUntilExit().status
    }

    /// Polls until `condition` holds; a failure of the test after `seconds`.
    func waitUntil(seconds: Double, _ condition: () throws -> Bool) throws {
        try TestSupport.waitUntil(seconds: seconds, for: "what the test looks for", condition)
    }

    // MARK: Programs

    /// Python with what `Scripts/test-tools.sh` installs.
    static var python: String {
        get throws {
            let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            let python = package.appending(path: ".build-tools/venv/bin/python").path
            try #require(FileManager.default.isExecutableFile(atPath: python), "run Scripts/test-tools.sh")
            return python
        }
    }

    /// Runs `risalahd`.
    func risalahd(_ arguments: String...) throws -> Program.Outcome {
        try risalahd(arguments: arguments)
    }

    /// The same with arguments that were put together.
    func risalahd(arguments: [String]) throws -> Program.Outcome {
        try Program.run(Self.programs.appending(path: "risalahd").path, arguments, environment: environment)
    }

    /// Runs `risalah` as `who`.
    func risalah(as who: String, _ arguments: String..., input: Data = Data()) throws -> Program.Outcome {
        try risalah(as: who, arguments: arguments, input: input)
    }

    /// The same with arguments that were put together.
    func risalah(as who: String, arguments: [String], input: Data = Data()) throws -> Program.Outcome {
        try Program.run(
            Self.programs.appending(path: "risalah").path,
            arguments + ["--home", folder.appending(path: who).path],
            input: input,
            environment: Self.quiet
        )
    }

    private static let quiet = ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]

    /// Runs `curl` with the certificate of `who` against `path`; the body and, on its last line, the status.
    func curl(as who: String, _ path: String, _ arguments: [String] = [], input: Data = Data()) throws -> Answer {
        let home = folder.appending(path: who).path
        let url = path.hasPrefix("http") ? path : address + path
        let outcome = try Program.run(
            "curl",
            [
                "-sS", "-m", "60", "--cacert", "\(home)/ca.pem", "--cert", "\(home)/certificate.pem", "--key",
                "\(home)/key.pem", "-w", "\n%{http_code}",
            ] + arguments + [url],
            input: input
        )
        let newline = outcome.output.lastIndex(of: UInt8(ascii: "\n")) ?? outcome.output.startIndex
        let status = Int(String(decoding: outcome.output[newline...].dropFirst(), as: UTF8.self)) ?? 0
        return Answer(status: status, body: Data(outcome.output[..<newline]), errors: outcome.errorText)
    }

    /// What an HTTP request was answered with.
    struct Answer {
        let status: Int
        let body: Data
        let errors: String
        var text: String { String(decoding: body, as: UTF8.self) }
        var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:] }
        var code: String? { json["code"] as? String }
    }

    // MARK: People

    /// Adds a principal called `name` and enrols it into the folder of that name; returns its id.
    @discardableResult
    func enrol(_ name: String, _ role: String, clearance: String = "biasa", _ more: String...) throws -> String {
        let added = try Program.run(
            Self.programs.appending(path: "risalahd").path,
            ["principal", "add", name, "--role", role, "--clearance", clearance, "--root", root.path, "--json"] + more
        )
        try #require(added.status == 0, "\(added.errorText)")
        let json = try #require(JSONSerialization.jsonObject(with: added.output) as? [String: Any])
        let invite = try #require(json["invite"] as? String)
        let enrolled = try risalah(as: name, "enrol", address, "--invite", invite)
        try #require(enrolled.status == 0, "\(enrolled.errorText)")
        return try #require(json["principal"] as? String)
    }

    // MARK: Recordings

    /// A spoken sentence as `opusenc` writes it.
    func speech(_ text: String) throws -> Data {
        let wave = folder.appending(path: "speech-\(UUID().uuidString).wav")
        defer { try? FileManager.default.removeItem(at: wave) }
        let spoken = try Program.run("espeak-ng", ["-w", wave.path, text])
        try #require(spoken.status == 0, "\(spoken.errorText)")
        let encoded = try Program.run("opusenc", ["--quiet", wave.path, "-"])
        try #require(encoded.status == 0, "\(encoded.errorText)")
        return encoded.output
    }

    /// `plaintext` as stock `age` seals it to the recipient of `level`.
    func seal(_ plaintext: Data, to level: String, as who: String) throws -> Data {
        let levels = try #require(curl(as: who, "/v1/recipients").json["levels"] as? [[String: Any]])
        let entry = try #require(levels.first { $0["level"] as? String == level })
        let recipient = try #require(entry["x25519"] as? String)
        let sealed = try Program.run("age", ["-r", recipient], input: plaintext)
        try #require(sealed.status == 0, "\(sealed.errorText)")
        return sealed.output
    }

    /// Sends a sealed recording in one shot.
    func put(
        _ sealed: Data,
        as who: String,
        query: String = "level=terbatas&unit=umum&series=rapat&title=Rapat",
        _ arguments: [String] = []
    ) throws -> Answer {
        try curl(as: who, "/v1/recordings?\(query)", ["-T", "-"] + arguments, input: sealed)
    }

    /// Names of the files below `path` of Storage.
    func stored(_ path: String) -> [String] {
        let folder = root.appending(path: "Storage/\(path)")
        return FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
            .filter { !$0.hasSuffix("/") && $0.contains(".payload") } ?? []
    }
}
