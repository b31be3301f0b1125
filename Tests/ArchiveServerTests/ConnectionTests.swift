import ArchiveCore
import Foundation
import TestSupport
import Testing

/// Peers that are slow, silent or gone; the service serves others and its memory does not grow (DESIGN.md invariant 14).
@Suite("A peer that does not go on costs the others nothing")
struct ConnectionTests {
    /// An archive that cuts what stands still after a second.
    private func impatient() throws -> LiveArchive {
        try LiveArchive { config in
            try LiveArchive.edit(config, "risalah.yaml", "stall: PT1M", "stall: PT1S")
        }
    }

    /// `curl` as a process of its own; ended by SIGKILL with the last reference to it.
    private final class Running {
        let process: ChildProcess
        let input = Pipe()
        let output: URL

        init(_ archive: LiveArchive, as who: String, _ arguments: [String], _ path: String) throws {
            output = archive.folder.appending(path: "out-\(UUID().uuidString)")
            process = try Program.start(
                "curl",
                ["-sS", "-m", "300", "-o", output.path, "-w", "%{http_code}"] + archive.credentials(who) + arguments
                    + [path.hasPrefix("https:") ? path : archive.address + path],
                input: .pipe(input),
                output: .null,
                errors: .null
            )
        }

        var received: Int {
            (try? FileManager.default.attributesOfItem(atPath: output.path)[.size] as? Int) ?? 0
        }

        func end() {
            process.send(signal: SIGKILL)
            process.waitUntilExit()
        }

        deinit { end() }
    }

    /// How many sockets the service has open.
    private func sockets(_ archive: LiveArchive) throws -> Int {
        let folder = "/proc/\(archive.processIdentifier)/fd"
        let manager = FileManager.default
        let targets = try manager.contentsOfDirectory(atPath: folder).compactMap { name in
            // One that was closed meanwhile is none.
            try? manager.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
        }
        return targets.count { $0.hasPrefix("socket:") }
    }

    /// The most memory that the service has ever had resident, in bytes.
    private func peak(_ archive: LiveArchive) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(archive.processIdentifier)/status", encoding: .utf8)
        let line = try #require(status.firstMatch(of: /VmHWM:\s+(\d+) kB/))
        return (Int(line.output.1) ?? 0) * 1024
    }

    /// Peers that hold a connection and do not go on: before TLS, after it, in a request's head, in its body. Prints
    /// `open` when all stand, and then which were closed by the service.
    private static let idlers = """
        import socket, ssl, sys
        port, home = int(sys.argv[1]), sys.argv[2]
        context = ssl.create_default_context(cafile=home + "/ca.pem")
        context.load_cert_chain(home + "/certificate.pem", home + "/key.pem")
        def secure(data):
            peer = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")
            if data: peer.sendall(data)
            return peer
        put = b"PUT /v1/recordings?level=terbatas&unit=umum&series=rapat&title=t HTTP/1.1\\r\\nHost: x\\r\\n"
        peers = {
            "silent": socket.create_connection(("127.0.0.1", port)),
            "idle": secure(b""),
            "head": secure(b"GET /v1/who"),
            "chunked": secure(put + b"Transfer-Encoding: chunked\\r\\n\\r\\n1\\r\\na\\r\\n"),
            "announced": secure(put + b"Content-Length: 100000\\r\\n\\r\\na"),
        }
        print("open", flush=True)
        for name, peer in peers.items():
            peer.settimeout(60)
            try:
                while peer.recv(4096): pass
                print(name, flush=True)
            except (ConnectionError, ssl.SSLError):
                print(name, flush=True)
        """

    @Test func `one byte, and then nothing`() throws {
        let archive = try impatient()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        let before = try sockets(archive)
        let port = try #require(archive.address.split(separator: ":").last)
        let home = archive.folder.appending(path: "perekam").path
        let output = archive.folder.appending(path: "idlers")
        try Data().write(to: output)
        let idlers = try Program.start(
            "python3",
            ["-c", Self.idlers, String(port), home],
            output: .file(FileHandle(forWritingTo: output))
        )
        defer { idlers.send(signal: SIGKILL) }
        func lines() throws -> Set<String> {
            Set(try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map(String.init))
        }
        try archive.waitUntil(seconds: 60) { try lines().contains("open") }
        // Others are served meanwhile.
        let id = try archive.store(MadeStream.fresh(), level: "terbatas", as: "perekam")
        #expect(try archive.list(as: "sari") == [id])
        try archive.waitUntil(seconds: 120) { !idlers.isRunning }
        #expect(try lines() == ["open", "silent", "idle", "head", "chunked", "announced"])
        try archive.waitUntil(seconds: 60) { try sockets(archive) <= before }
        #expect(archive.stored("incoming").isEmpty)
        #expect(try archive.list(as: "sari") == [id])
        // Peers that go are no trouble of the archive's.
        #expect(archive.serviceLog.split(separator: "\n").count == 1, "\(archive.serviceLog)")
    }

    /// A stream of about `megabytes`, made by looping a short one without encoding it again.
    private func long(_ archive: LiveArchive, megabytes: Int) throws -> URL {
        let short = archive.folder.appending(path: "short.opus")
        try Data(MadeStream.noise(seconds: 10, bitrate: 500_000)).write(to: short)
        let size = try #require(FileManager.default.attributesOfItem(atPath: short.path)[.size] as? Int)
        let file = archive.folder.appending(path: "long.opus")
        let outcome = try Program.run(
            "ffmpeg",
            [
                "-v", "error", "-stream_loop", String(megabytes * 1_000_000 / size), "-i", short.path, "-c", "copy",
                "-y", file.path,
            ]
        )
        try #require(outcome.status == 0, "\(outcome.errorText)")
        return file
    }

    @Test func `memory depends neither on the size of a recording nor on slow readers`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        let opus = try Data(contentsOf: long(archive, megabytes: 100))
        try #require(opus.count > 90_000_000)
        let sealed = archive.folder.appending(path: "long.age")
        try archive.seal(opus, to: "terbatas", as: "perekam").write(to: sealed)
        let stored = try archive.exchange(
            "PUT",
            "/v1/recordings?level=terbatas&unit=umum&series=rapat&title=t",
            as: "perekam",
            ["-T", sealed.path, "-m", "200"]
        )
        #expect(stored.status == 201, "\(stored.text)")
        let id = try #require(stored.json["id"] as? String)
        let links = try archive.links(id, as: "sari")

        // Two that take a megabyte a second, and three that have stopped taking anything, in both forms.
        var slow: [Running] = []
        for number in 0..<5 {
            let link = try #require(links[number.isMultiple(of: 2) ? "sealed" : "opus"])
            slow.append(try Running(archive, as: "sari", number < 2 ? ["--limit-rate", "1M"] : [], link))
            let last = slow[number]
            try archive.waitUntil(seconds: 60) { last.received > 0 }
            if number >= 2 { last.process.send(signal: SIGSTOP) }
        }
        // A fast one beside them gets everything.
        let fast = try archive.exchange("GET", try #require(links["opus"]), as: "sari", ["-m", "200"])
        #expect(fast.body == opus)
        #expect(slow[0].process.isRunning, "the slow one was not slow")
        let most = try peak(archive)
        #expect(most < 150 << 20, "\(most) bytes resident")
        for reader in slow { reader.end() }
    }

    @Test func `a reader that stops is cut, and others are not`() throws {
        let archive = try impatient()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        // More than the kernel's buffers of one connection hold.
        let opus = try Data(contentsOf: long(archive, megabytes: 24))
        let id = try archive.store(opus, level: "terbatas", as: "perekam")
        let link = try #require(archive.links(id, as: "sari")["opus"])
        let before = try sockets(archive)
        let stopped = try Running(archive, as: "sari", ["--limit-rate", "2M"], link)
        try archive.waitUntil(seconds: 60) { stopped.received > 0 }
        stopped.process.send(signal: SIGSTOP)
        #expect(try archive.exchange("GET", link, as: "sari").body == opus)
        try archive.waitUntil(seconds: 60) { try sockets(archive) <= before }
        #expect(stopped.received < opus.count)
        stopped.end()
        #expect(try archive.exchange("GET", link, as: "sari", headers: ["Range: bytes=0-9"]).body == opus.prefix(10))
    }

    @Test func `SIGTERM lets a request end and exits 0`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        // More than the archive gathers in memory before it writes.
        let opus = try Data(MadeStream.noise(seconds: 60, bitrate: 64_000))
        let sealed = try archive.seal(opus, to: "terbatas", as: "perekam")
        let sender = try Running(
            archive,
            as: "perekam",
            ["-T", "-", "-H", "Expect:"],
            "/v1/recordings?level=terbatas&unit=umum&series=rapat&title=t"
        )
        sender.input.fileHandleForWriting.write(sealed.prefix(400_000))
        try archive.waitUntil(seconds: 30) { try archive.bytes(in: "incoming") > 0 }
        kill(archive.processIdentifier, SIGTERM)
        // No new connection is taken any more, and the old request goes on to its end.
        try archive.waitUntil(seconds: 30) {
            try archive.exchange("GET", "/v1/whoami", as: "sari").exit == 7
        }
        sender.input.fileHandleForWriting.write(sealed.dropFirst(400_000))
        try sender.input.fileHandleForWriting.close()
        sender.process.waitUntilExit()
        let answer = try JSONSerialization.jsonObject(with: Data(contentsOf: sender.output)) as? [String: Any]
        #expect(answer?["state"] as? String == "stored")
        #expect(try archive.stop() == 0)
        #expect(archive.serviceLog.split(separator: "\n").count == 1, "\(archive.serviceLog)")
        try archive.start()
        #expect(try archive.list(as: "sari").count == 1)
    }
}
