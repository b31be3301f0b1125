import ArchiveCore
import Foundation
import TestSupport
import Testing

/// `risalahd ingest` beside `risalahd serve`: the same streams, looked into by a process of another user without keys.
@Suite("Streams are looked into by a process of its own")
struct IngestProcessTests {
    /// A user of every host, without a home and without rights.
    private static let nobody = "nobody"

    private let archive: LiveArchive
    private let socket: String
    private let opus: Data

    init() throws {
        let socket = "/tmp/risalah-\(UUID().uuidString.prefix(8)).socket"
        self.socket = socket
        archive = try LiveArchive { config in
            let user = getuid() == 0 ? Self.nobody : String(getuid())
            let settings = config.appending(path: "risalah.yaml")
            let text = try String(contentsOf: settings, encoding: .utf8)
            try (text + "ingest: { socket: \(socket), user: \(user) }\n")
                .write(to: settings, atomically: true, encoding: .utf8)
        }
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "sangat-rahasia")
        opus = try Data(MadeStream.noise(seconds: 25, bitrate: 64_000))
    }

    private func worker() throws -> ChildProcess {
        let program = LiveArchive.programs.appending(path: "risalahd").path
        let command = [program, "ingest", "--socket", socket, "--serving", String(getuid())]
        // Another user where the tests may choose one, as an operator would have it.
        let other = ["setpriv", "--reuid", Self.nobody, "--regid", "nogroup", "--clear-groups"]
        let process = try ChildProcess(
            "/usr/bin/env",
            (getuid() == 0 ? other : []) + command,
            environment: ["SWIFT_BACKTRACE": "enable=no", "PATH": "/usr/bin:/bin"],
            errors: .null
        )
        try archive.waitUntil(seconds: 30) {
            FileManager.default.fileExists(atPath: socket) || !process.isRunning
        }
        return process
    }

    private func end(_ process: ChildProcess) {
        process.send(signal: SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: socket)
    }

    @Test func `a recording is stored, cut and refused as in one process`() throws {
        let process = try worker()
        defer { end(process) }
        let sealed = try archive.seal(opus, to: "terbatas", as: "perekam")
        let stored = try archive.put(sealed, as: "perekam")
        #expect(stored.status == 201, "\(stored.text)")
        let id = try #require(stored.json["id"] as? String)
        let link = try #require(archive.links(id, as: "sari")["opus"])
        #expect(try archive.exchange("GET", link, as: "sari").body == opus)

        let other = try archive.seal(
            Data(MadeStream.noise(seconds: 25, bitrate: 64_000)),
            to: "terbatas",
            as: "perekam"
        )
        let cut = try archive.put(other.dropLast(1000), as: "perekam")
        #expect(cut.status == 201 && cut.json["state"] as? String == "incomplete", "\(cut.text)")
        let refused = try archive.put(
            archive.seal(Data("RIFF, not Ogg".utf8), to: "terbatas", as: "perekam"),
            as: "perekam"
        )
        #expect(refused.status == 422 && refused.code == "bad-recording", "\(refused.text)")
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)

        // It has none of the archive's files open, and could not open the keys.
        let opened = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.identifier)/fd")
            .compactMap {
                try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/\(process.identifier)/fd/\($0)"
                )
            }
        #expect(!opened.isEmpty && !opened.contains { $0.contains(archive.root.path) }, "\(opened)")
        let status = try String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)
        #expect(status.contains("NoNewPrivs:\t1"))
        if getuid() == 0 { #expect(!status.contains("Uid:\t0")) }
    }

    @Test func `an upload outlives the process that looks into it`() throws {
        let sealed = try archive.seal(opus, to: "terbatas", as: "perekam")
        var process = try worker()
        let upload = try #require(archive.create(length: sealed.count, as: "perekam").header("location"))
        #expect(try archive.patch(upload, sealed.prefix(100_000), at: 0, as: "perekam").status == 204)
        end(process)
        // Nobody is there: the sender hears that it is the archive's trouble, and nothing of the upload is lost.
        let without = try archive.patch(upload, sealed.dropFirst(100_000), at: 100_000, as: "perekam")
        #expect(without.status >= 500, "\(without.text)")
        process = try worker()
        defer { end(process) }
        let offset = try #require(Int(archive.head(upload, as: "perekam").header("upload-offset") ?? ""))
        #expect(offset >= 100_000)
        let done = try archive.patch(upload, sealed.dropFirst(offset), at: offset, as: "perekam")
        #expect(done.status == 204 && done.header("archive-state") == "stored", "\(done.text)")
    }

    @Test func `a socket of another user is not trusted with keys`() throws {
        let answer = try archive.put(archive.seal(opus, to: "terbatas", as: "perekam"), as: "perekam")
        #expect(answer.status >= 500, "\(answer.text)")
        #expect(archive.stored("recordings").isEmpty)
    }
}
