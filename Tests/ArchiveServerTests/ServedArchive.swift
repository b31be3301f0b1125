import Age
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Foundation
import Logging
import TestSupport
import Testing

@testable import ArchiveServer

/// The service in this process, on a clock that the test moves, with the real `risalah` and `curl` around it.
final class ServedArchive: Sendable {
    let folder: TemporaryFolder
    let archive: Archive
    let clock: ManualClock
    let url: String
    private let serving: Task<Void, any Error>

    /// Makes an archive at the time `start`, enrols `people`, lets so many seconds go by, and serves it.
    ///
    /// Time passes while it is closed: it renews its own certificate when it opens.
    ///
    /// - Parameters:
    ///   - clearance: of each of `people`.
    ///   - configure: changes Config below the root before the archive is opened.
    init(
        _ start: Date,
        people: [String: Role] = [:],
        clearance: String = "biasa",
        thenAdvancing seconds: TimeInterval = 0,
        configure: (String) throws -> Void = { _ in }
    ) async throws {
        folder = try TemporaryFolder()
        clock = ManualClock(start)
        let root = folder.file("archive")
        try await Archive.makeForTest(at: root, clock: clock)
        try LiveArchive.retainByHand(URL(filePath: root).appending(path: "Config"))
        try configure(root)
        if seconds > 0 {
            let young = try await Archive.open(root: root, clock: clock)
            for (name, role) in people.sorted(by: { $0.key < $1.key }) {
                try await Self.enrol(name, role, clearance: clearance, in: young, folder)
            }
            try young.close()
            clock.advance(by: seconds)
        }
        let archive = try await Archive.open(root: root, clock: clock)
        self.archive = archive
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (addresses, address) = AsyncThrowingStream.makeStream(of: String.self)
        serving = Task {
            do {
                try await ArchiveService(archive, logger: log).run { address.yield($0.archive) }
            } catch {
                address.finish(throwing: error)
                throw error
            }
        }
        let patience = Task {
            try await Task.sleep(for: .seconds(60))
            address.finish()
        }
        defer { patience.cancel() }
        var arrivals = addresses.makeAsyncIterator()
        url = try #require(try await arrivals.next(), "the service does not say where it listens")
        for name in people.keys { try setServer(of: name) }
    }

    /// Ends the service and closes the archive.
    func close() async throws {
        serving.cancel()
        _ = await serving.result
        try archive.close()
    }

    // MARK: People

    /// Adds a principal and enrols it by the archive's clock, wherever that stands: the program would not take a
    /// certificate whose time is over by its own.
    @discardableResult
    func enrol(
        _ name: String,
        _ role: Role,
        clearance: String = "biasa",
        unit: String = "umum"
    ) async throws -> PrincipalID {
        let id = try await Self.enrol(name, role, clearance: clearance, unit: unit, in: archive, folder)
        try setServer(of: name)
        return id
    }

    private func setServer(of name: String) throws {
        try LocalFileSystem().replace(folder.file("\(name)/server.txt"), with: "\(url)\n".utf8, label: "test")
    }

    @discardableResult
    private static func enrol(
        _ name: String,
        _ role: Role,
        clearance: String = "biasa",
        unit: String = "umum",
        in archive: Archive,
        _ folder: TemporaryFolder
    ) async throws -> PrincipalID {
        let new = NewPrincipal(
            name: name,
            role: role,
            clearance: Label(parsing: clearance),
            unit: unit,
            person: nil,
            floor: nil
        )
        guard case .invited(let invitation) = try await archive.administer(.addPrincipal(new), by: .hostUser(0)) else {
            throw ArchiveError(.unexpected, "no invitation")
        }
        let invite = try Invite(parsing: invitation.invite)
        let home = folder.file(name)
        try LocalFileSystem().makeFolder(home, label: "test")
        let csr = try request(key: "\(home)/key.pem")
        let (identity, hybrid) = (Identity.generateX25519(), try Identity.generateHybrid())
        let enrolment = try await archive.enrol(
            EnrolmentRequest(
                principal: invite.principal,
                secret: Data(invite.secret.exposedBytes),
                csr: csr,
                x25519: identity.recipient.description,
                hybrid: hybrid.recipient.description
            )
        )
        for (file, text) in [
            ("ca.pem", try archive.authority.certificate.pemText()),
            ("identity.txt", identity.secretString), ("identity-pq.txt", hybrid.secretString),
            ("certificate.pem", enrolment.certificate),
        ] {
            try LocalFileSystem().replace("\(home)/\(file)", with: "\(text)\n".utf8, label: "test")
        }
        return invite.principal
    }

    /// Makes a key in the file `key` where there is none, and a PKCS#10 request for it, by stock openssl.
    static func request(key: String) throws -> String {
        if try LocalFileSystem().length(key) == nil {
            let arguments = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key]
            let made = try Program.run("openssl", arguments)
            try #require(made.status == 0, "\(made.errorText)")
            try LocalFileSystem().setMode(key, 0o600, label: "test")
        }
        let request = try Program.run("openssl", ["req", "-new", "-key", key, "-subj", "/CN=anything", "-batch"])
        try #require(request.status == 0, "\(request.errorText)")
        return request.text
    }

    /// Runs `risalah` as `who`, with JSON.
    func risalah(_ who: String, _ arguments: String..., input: Data = Data()) throws -> Program.Outcome {
        try Program.run(
            LiveArchive.programs.appending(path: "risalah").path,
            arguments + ["--home", folder.file(who), "--json"],
            input: input,
            environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]
        )
    }

    /// The status, and the body, that `curl` has for a request with the certificate and key in these files.
    func curl(
        _ method: String,
        _ path: String,
        certificate: String,
        key: String,
        body: Data? = nil
    ) throws -> (status: Int, text: String) {
        var arguments = ["-sS", "-m", "60", "-X", method, "--cacert", folder.file("archive/Config/ca.pem")]
        arguments += ["--cert", certificate, "--key", key, "-w", "\n%{http_code}"]
        if body != nil { arguments += ["--data-binary", "@-", "-H", "Content-Type: application/json"] }
        let outcome = try Program.run("curl", arguments + [url + path], input: body ?? Data())
        let lines = outcome.text.split(separator: "\n", omittingEmptySubsequences: false)
        return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n") + outcome.errorText)
    }

    /// The same, as who is enrolled in the folder `who`.
    func curl(_ method: String, _ path: String, as who: String, body: Data? = nil) throws -> (status: Int, text: String)
    {
        let home = folder.file(who)
        return try curl(method, path, certificate: "\(home)/certificate.pem", key: "\(home)/key.pem", body: body)
    }
}
