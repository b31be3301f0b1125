import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Foundation
import Hummingbird
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ArchiveServer

/// Who is not known is told nothing, on any route, at any time.
@Suite("A certificate counts while it is ours, valid, and its principal active")
struct CertificateTests {
    /// Every route that the service has, with ids that fit; what is added later is tried, too.
    private func routes() async throws -> [(method: String, path: String)] {
        let folder = try TemporaryFolder()
        try await Archive.makeForTest(at: folder.path, clock: ManualClock())
        let archive = try await Archive.open(root: folder.path, clock: ManualClock())
        defer { try? archive.close() }
        return archive.router().routes.map { route in
            (route.method.rawValue, route.path.description.replacing("{id}", with: String(repeating: "a", count: 26)))
        }
    }

    @Test func `every route without our certificate`() async throws {
        let archive = try LiveArchive()
        try archive.enrol("sari", "archivist")
        let other = try LiveArchive()
        try other.enrol("asing", "archivist")
        let foreign = other.folder.appending(path: "asing").path
        let stranger = ["--cert", "\(foreign)/certificate.pem", "--key", "\(foreign)/key.pem"]
        let routes = try await routes()
        #expect(routes.count > 15)
        for (method, path) in routes where path != "/v1/enrolments" {
            let anonymous = try archive.exchange(method, path, as: nil)
            #expect(anonymous.status == 401, "\(method) \(path): \(anonymous.status) \(anonymous.text)")
            if method != "HEAD" {
                #expect(anonymous.code == "unauthenticated", "\(method) \(path)")
                #expect(anonymous.header("content-type") == "application/problem+json")
            }
            // TLS itself refuses the certificate of another CA; it may do so after the handshake.
            let unknown = try archive.exchange(method, path, as: nil, stranger)
            #expect(unknown.status == 401 || (unknown.status == 0 && unknown.exit != 0), "\(method) \(path)")
        }
        // Enrolment is open to all, and asks for an invite.
        let uninvited = try archive.exchange("POST", "/v1/enrolments", as: nil, body: Data("{}".utf8))
        #expect(uninvited.status == 400, "\(uninvited.text)")
        #expect(try archive.exchange("GET", "/v1/whoami", as: "sari").status == 200)
        // Older TLS is not spoken.
        let old = try archive.exchange("GET", "/v1/whoami", as: "sari", ["--tls-max", "1.2"])
        #expect(old.status == 0 && old.exit == 35)
    }

    /// A connection that stands is no right: the second request on it is asked again.
    @Test func `a principal disabled on an open connection`() throws {
        let archive = try LiveArchive()
        let id = try archive.enrol("sari", "archivist")
        let script = """
            import http.client, ssl, sys
            port, home = int(sys.argv[1]), sys.argv[2]
            context = ssl.create_default_context(cafile=home + "/ca.pem")
            context.load_cert_chain(home + "/certificate.pem", home + "/key.pem")
            connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=60)
            def ask():
                connection.request("GET", "/v1/whoami")
                answer = connection.getresponse()
                answer.read()
                print(answer.status, connection.sock.getsockname()[1], flush=True)
            ask()
            sys.stdin.readline()
            ask()
            """
        let port = try #require(archive.address.split(separator: ":").last)
        let (input, output) = (Pipe(), archive.folder.appending(path: "peer"))
        try Data().write(to: output)
        let peer = try Program.start(
            "python3",
            ["-c", script, String(port), archive.folder.appending(path: "sari").path],
            input: .pipe(input),
            output: .file(FileHandle(forWritingTo: output))
        )
        defer { peer.send(signal: SIGKILL) }
        func words() throws -> [Substring] {
            try String(contentsOf: output, encoding: .utf8).split(whereSeparator: \.isWhitespace)
        }
        try archive.waitUntil(seconds: 60) { try words().count == 2 || !peer.isRunning }
        #expect(try archive.risalahd("principal", "disable", id, "--root", archive.root.path).status == 0)
        try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        try archive.waitUntil(seconds: 60) { !peer.isRunning }
        let said = try words()
        try #require(said.count == 4, "\(said)")
        #expect(said[0] == "200" && said[2] == "401")
        #expect(said[1] == said[3], "the second request went over another connection")
    }

    /// What people read when they come with the enrolment of another archive, or to a server that is not theirs.
    @Test func `the client says whose certificate is wrong`() throws {
        let archive = try LiveArchive()
        try archive.enrol("sari", "archivist")
        let other = try LiveArchive()
        try other.enrol("asing", "archivist")
        let home = other.folder.appending(path: "asing")
        // The right server, the certificate of another archive.
        try archive.address.write(to: home.appending(path: "server.txt"), atomically: true, encoding: .utf8)
        try FileManager.default.removeItem(at: home.appending(path: "ca.pem"))
        try FileManager.default.copyItem(
            at: archive.folder.appending(path: "sari/ca.pem"),
            to: home.appending(path: "ca.pem")
        )
        let foreign = try other.risalah(as: "asing", "whoami", "--json")
        #expect(foreign.status == 77, "\(foreign.errorText)")
        #expect(foreign.errorText.contains("does not take this machine's certificate"), "\(foreign.errorText)")
        // The right certificate, another server.
        let mine = archive.folder.appending(path: "sari/server.txt")
        try other.address.write(to: mine, atomically: true, encoding: .utf8)
        let elsewhere = try archive.risalah(as: "sari", "whoami", "--json")
        #expect(elsewhere.status == 69, "\(elsewhere.errorText)")
        #expect(elsewhere.errorText.contains("shows no certificate of the CA in your invite"), "\(elsewhere.errorText)")
        for said in [foreign.errorText, elsewhere.errorText] {
            #expect(!said.contains("BoringSSL") && !said.contains("NIOSSL"), "\(said)")
        }
    }

    /// The service in this process, on a clock that the test moves.
    @Test func `certificates and invites end by the archive's clock`() async throws {
        let folder = try TemporaryFolder()
        let root = folder.file("archive")
        // A day behind, so that who enrols a day later gets a certificate that counts now, for clients look at that.
        let clock = ManualClock(Date(timeIntervalSinceNow: -86_399))
        try await Archive.makeForTest(at: root, clock: clock)
        let archive = try await Archive.open(root: root, clock: clock)
        let address = Mutex("")
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let serving = Task {
            try await ArchiveService(archive, logger: log).run { found in address.withLock { $0 = found.archive } }
        }
        let deadline = Date(timeIntervalSinceNow: 60)
        while address.withLock(\.isEmpty) {
            try #require(Date() < deadline, "gave up waiting")
            try await Task.sleep(for: .milliseconds(20))
        }
        let url = address.withLock { $0 }

        func invite(_ name: String) async throws -> String {
            let new = NewPrincipal(name: name, role: .archivist, clearance: nil, unit: nil, person: nil, floor: nil)
            guard case .invited(let invitation) = try await archive.administer(.addPrincipal(new), by: .hostUser(0))
            else { throw ArchiveError(.unexpected, "no invitation") }
            return invitation.invite
        }
        func risalah(_ who: String, _ arguments: String...) throws -> Program.Outcome {
            try Program.run(
                LiveArchive.programs.appending(path: "risalah").path,
                arguments + ["--home", folder.file(who), "--json"],
                environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]
            )
        }
        let (first, late, later) = (try await invite("a"), try await invite("b"), try await invite("c"))
        let enrolled = try risalah("a", "enrol", url, "--invite", first)
        #expect(enrolled.status == 0, "\(enrolled.errorText)")
        #expect(try risalah("a", "whoami").status == 0)
        // An invite counts for 24 hours, to the millisecond in which it was made.
        clock.advance(by: 86_399)
        #expect(try risalah("b", "enrol", url, "--invite", late).status == 0)
        clock.advance(by: 2)
        let expired = try risalah("c", "enrol", url, "--invite", later)
        #expect(expired.status == 65 && expired.errorText.contains("bad-invite"), "\(expired.errorText)")
        // A certificate counts for a year.
        clock.advance(by: 363 * 86_400)
        #expect(try risalah("a", "whoami").status == 0)
        clock.advance(by: 3 * 86_400)
        let old = try risalah("a", "whoami")
        #expect(old.status == 77 && old.errorText.contains("unauthenticated"), "\(old.errorText)")
        #expect(old.errorText.contains("was valid until"))
        serving.cancel()
        _ = await serving.result
        try archive.close()
    }
}
