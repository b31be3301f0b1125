import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ArchiveServer

/// The service in this process, on a clock that the test moves.
@Suite("A certificate that ends during a meeting")
struct ExpiryTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock(Date(timeIntervalSinceNow: -86_399))
    private var home: String { folder.file("perekam") }

    init() throws { folder = try TemporaryFolder() }

    private func waitUntil(_ condition: () throws -> Bool) async throws {
        let deadline = Date(timeIntervalSinceNow: 60)
        while try !condition() {
            try #require(Date() < deadline, "gave up waiting")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func risalah(_ arguments: String...) throws -> Program.Outcome {
        try Program.run(
            LiveArchive.programs.appending(path: "risalah").path,
            arguments + ["--home", home, "--json"],
            environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]
        )
    }

    private var credentials: [String] {
        [
            "-sS", "-m", "60", "--cacert", "\(home)/ca.pem", "--cert", "\(home)/certificate.pem", "--key",
            "\(home)/key.pem", "-H", LiveArchive.tus,
        ]
    }

    /// The status and the header fields of one request, whose body is `input`.
    private func curl(_ arguments: [String], input: Data = Data()) throws -> String {
        try Program.run("curl", credentials + ["-i"] + arguments, input: input).text.lowercased()
    }

    private func append(_ upload: String, at offset: Int) -> [String] {
        [
            "-X", "PATCH", "-H", "Upload-Offset: \(offset)", "-H", "Content-Type: application/offset+octet-stream",
            "-H", "Expect:", upload,
        ]
    }

    @Test func `what was let in goes on to its end, and nothing that came is lost`() async throws {
        let root = folder.file("archive")
        try await Archive.makeForTest(at: root, clock: clock)
        try LiveArchive.retainByHand(URL(filePath: root).appending(path: "Config"))
        let archive = try await Archive.open(root: root, clock: clock)
        let address = Mutex("")
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let serving = Task {
            try await ArchiveService(archive, logger: log).run { found in address.withLock { $0 = found.archive } }
        }
        try await waitUntil { address.withLock { !$0.isEmpty } }
        let url = address.withLock { $0 }
        let new = NewPrincipal(name: "perekam", role: .recorder, clearance: nil, unit: nil, person: nil, floor: nil)
        guard case .invited(let invitation) = try await archive.administer(.addPrincipal(new), by: .hostUser(0))
        else { throw ArchiveError(.unexpected, "no invitation") }
        #expect(try risalah("enrol", url, "--invite", invitation.invite).status == 0)

        let recipients = try CanonicalJSON.decode(Recipients.self, from: risalah("recipients").output)
        let recipient = try #require(recipients.levels.first?.x25519)
        let opus = try Data(MadeStream.noise(seconds: 75, bitrate: 64_000))
        let sealed = try Program.run("age", ["-r", recipient], input: opus).output
        let (first, second) = (100_000, 400_000)
        let metadata = uploadMetadata(["level": "biasa", "unit": "umum", "series": "rapat", "title": "Panjang"])
        let created = try curl([
            "-X", "POST", "-H", "Upload-Length: \(sealed.count)", "-H", "Upload-Metadata: \(metadata)",
            "\(url)/v1/uploads",
        ])
        let upload = String(try #require(created.firstMatch(of: /location: (\S+)/), "\(created)").output.1)
        #expect(
            try curl(["--data-binary", "@-"] + append(upload, at: 0), input: sealed.prefix(first)).contains(" 204")
        )

        // A live recorder's request, open while its certificate ends.
        let (input, answer) = (Pipe(), folder.file("answer"))
        let live = try Program.start(
            "curl",
            credentials + ["-T", "-", "-D", answer, "-o", "/dev/null"] + append(upload, at: first),
            input: .pipe(input)
        )
        defer { live.send(signal: SIGKILL) }
        let payload = archive.layout.incoming + "/\(upload.suffix(26)).payload"
        func length() throws -> Int { try FileManager.default.attributesOfItem(atPath: payload)[.size] as? Int ?? 0 }
        let before = try length()
        input.fileHandleForWriting.write(sealed[first..<second])
        // A whole batch has reached the disk, the rest is on its way when the time is over.
        try await waitUntil { try length() > before || !live.isRunning }
        clock.advance(by: 366 * 86_400)
        input.fileHandleForWriting.write(sealed[second...].prefix(50_000))
        try input.fileHandleForWriting.close()
        try await waitUntil { !live.isRunning }
        let said = try String(contentsOfFile: answer, encoding: .utf8).lowercased()
        #expect(said.contains(" 204") && said.contains("upload-offset: \(second + 50_000)"), "\(said)")

        // From then on it is nobody's, and nothing changes.
        let rest = sealed.dropFirst(second + 50_000)
        let refused = try curl(["--data-binary", "@-"] + append(upload, at: second + 50_000), input: rest)
        #expect(refused.contains(" 401") && refused.contains("unauthenticated"), "\(refused)")
        #expect(try curl(["-I", upload]).contains(" 401"))
        let kept = try Data(contentsOf: URL(filePath: payload))
        let mark = try #require(sealed.range(of: Data("\n--- ".utf8))).lowerBound
        #expect(sealed[(mark + 49)...].starts(with: kept) && kept.count == second + 50_000 - mark - 49)

        // Whoever is let in again goes on from there.
        clock.advance(by: -366 * 86_400)
        let end = try curl(["--data-binary", "@-"] + append(upload, at: second + 50_000), input: rest)
        #expect(end.contains(" 204") && end.contains("archive-state: stored"), "\(end)")
        serving.cancel()
        _ = await serving.result
        try archive.close()
    }
}
