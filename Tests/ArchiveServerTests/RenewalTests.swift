import Age
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Foundation
import TestSupport
import Testing

@testable import ArchiveServer

/// Certificates are renewed by those who hold them, and an expired one does nothing else.
@Suite("Certificates are renewed before, and by machines for a while after, their end")
struct CertificateRenewalTests {
    private static let day: TimeInterval = 86_400

    private func body(_ served: ServedArchive, _ who: String, key: String? = nil) throws -> Data {
        let home = served.folder.file(who)
        func recipient(_ file: String) throws -> String {
            let text = try String(contentsOfFile: "\(home)/\(file)", encoding: .utf8)
            return try IdentityFile(parsing: text).identities[0].recipient.description
        }
        let request = RenewalRequest(
            csr: try ServedArchive.request(key: key ?? "\(home)/other.pem"),
            x25519: try recipient("identity.txt"),
            hybrid: try recipient("identity-pq.txt")
        )
        return try CanonicalJSON.encode(request)
    }

    private func expires(_ outcome: Program.Outcome) throws -> Date {
        let json = try #require(JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
        return try #require(Timestamp.date(json["expires"] as? String ?? ""))
    }

    private func certificate(_ served: ServedArchive, _ who: String) throws -> String {
        try String(contentsOfFile: served.folder.file("\(who)/certificate.pem"), encoding: .utf8)
    }

    private func wave() -> Data {
        let samples = Data(count: 16_000)
        var file = Data("RIFF".utf8)
        func word(_ value: UInt32, _ bytes: Int) -> Data {
            Data((0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) })
        }
        file += word(36 + 16_000, 4) + Data("WAVEfmt ".utf8) + word(16, 4) + word(1, 2) + word(1, 2)
        file += word(16_000, 4) + word(32_000, 4) + word(2, 2) + word(16, 2) + Data("data".utf8) + word(16_000, 4)
        return file + samples
    }

    private func send(_ served: ServedArchive, _ who: String) throws -> Program.Outcome {
        try served.risalah(
            who,
            "import",
            "-",
            "--title",
            "Rapat",
            "--level",
            "biasa",
            "--unit",
            "umum",
            "--series",
            "rapat",
            input: wave()
        )
    }

    private func log(_ served: ServedArchive, _ action: String) throws -> [[String: Any]] {
        let read = try served.risalah("wati", "audit", "log", "--action", action)
        try #require(read.status == 0, "\(read.errorText)")
        return try read.text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func `the client renews at two thirds, and the old one counts until its end`() async throws {
        // Enrolled 230 and then 250 days ago: two thirds of a year lie in between.
        let served = try await ServedArchive(Date(timeIntervalSinceNow: -250 * Self.day))
        let old = try await served.enrol("sari", .archivist)
        served.clock.advance(by: 20 * Self.day)
        try await served.enrol("perekam", .recorder)
        served.clock.advance(by: 230 * Self.day)
        try await served.enrol("wati", .auditor)

        let young = try certificate(served, "perekam")
        #expect(try send(served, "perekam").status == 0)
        #expect(try certificate(served, "perekam") == young, "renewed although it was not due")

        let home = served.folder.file("sari")
        for file in ["certificate.pem", "key.pem"] {
            try FileManager.default.copyItem(atPath: "\(home)/\(file)", toPath: "\(home)/old-\(file)")
        }
        let before = try certificate(served, "sari")
        let me = try served.risalah("sari", "whoami")
        #expect(me.status == 0 && me.errorText.isEmpty, "\(me.errorText)")
        #expect(try expires(me) > Date(timeIntervalSinceNow: 364 * Self.day))
        let renewed = try certificate(served, "sari")
        #expect(renewed != before)
        #expect(try served.risalah("sari", "whoami").status == 0)
        #expect(try certificate(served, "sari") == renewed, "renewed twice")
        let files = try FileManager.default.contentsOfDirectory(atPath: home)
        #expect(!files.contains { $0.contains("next") }, "\(files)")
        for file in files where !file.hasPrefix("old-") {
            #expect(try LocalFileSystem().mode("\(home)/\(file)") == 0o600, "\(file)")
        }
        // The old pair goes on until its end, 115 days from now; the new one lives on.
        func oldPair() throws -> Int {
            try served.curl("GET", "/v1/whoami", certificate: "\(home)/old-certificate.pem", key: "\(home)/old-key.pem")
                .status
        }
        #expect(try oldPair() == 200)
        let entries = try log(served, "certificate.renew")
        #expect(entries.count == 1 && entries[0]["object"] as? String == old.description)
        #expect((entries.first?["details"] as? [String: String])?["late"] == "false")
        served.clock.advance(by: 116 * Self.day)
        #expect(try oldPair() == 401)
        #expect(try served.curl("GET", "/v1/whoami", as: "sari").status == 200)
        try await served.close()
    }

    @Test func `after its end a machine's certificate renews, and does nothing else`() async throws {
        // Ended five days ago.
        let served = try await ServedArchive(
            Date(timeIntervalSinceNow: -370 * Self.day),
            people: [
                "perekam": .recorder, "lambat": .recorder, "tutup": .recorder, "sari": .archivist,
                "mesin": .transcriber,
            ],
            thenAdvancing: 370 * Self.day
        )
        try await served.enrol("wati", .auditor)

        for (method, path) in [
            ("GET", "/v1/whoami"), ("GET", "/v1/recipients"), ("PUT", "/v1/recordings?level=biasa"),
            ("POST", "/v1/uploads"), ("GET", "/v1/recordings"), ("GET", "/v1/openapi.yaml"),
        ] {
            let refused = try served.curl(method, path, as: "perekam", body: method == "GET" ? nil : Data("x".utf8))
            #expect(refused.status == 401 && refused.text.contains("was valid until"), "\(path): \(refused.text)")
        }
        // People come back with an invite.
        let person = try served.curl("POST", "/v1/certificates", as: "sari", body: body(served, "sari"))
        #expect(person.status == 401 && person.text.contains("new invite"), "\(person.text)")
        let late = try served.risalah("sari", "whoami")
        #expect(late.status == 77 && late.errorText.contains("has expired on"), "\(late.errorText)")
        // So do principals that were closed meanwhile.
        guard case .principals(let people) = try await served.archive.administer(.listPrincipals, by: .hostUser(0)),
            let closed = people.first(where: { $0.name == "mesin" })?.principal
        else { throw ArchiveError(.unexpected, "there is no such principal") }
        _ = try await served.archive.administer(.disablePrincipal(closed), by: .hostUser(0))
        let disabled = try served.curl("POST", "/v1/certificates", as: "mesin", body: body(served, "mesin"))
        #expect(disabled.status == 401 && disabled.text.contains("disabled"), "\(disabled.text)")

        // What is no request for a certificate is none from an expired caller either.
        for wrong in [Data("{}".utf8), Data("x".utf8)] {
            #expect(try served.curl("POST", "/v1/certificates", as: "perekam", body: wrong).status == 400)
        }
        let sent = try send(served, "perekam")
        #expect(sent.status == 0, "\(sent.errorText)")
        #expect(try log(served, "certificate.renew").count == 1)
        let entry = try #require(log(served, "certificate.renew").first)
        #expect((entry["details"] as? [String: String])?["late"] == "true")

        // The 30th day after the end is the last.
        served.clock.advance(by: 24.9 * Self.day)
        let last = try served.curl("POST", "/v1/certificates", as: "tutup", body: body(served, "tutup"))
        #expect(last.status == 201, "\(last.text)")
        served.clock.advance(by: 0.2 * Self.day)
        let over = try send(served, "lambat")
        #expect(over.status == 77 && over.errorText.contains("has expired on"), "\(over.errorText)")
        try await served.close()
    }

    @Test func `what is renewed is the caller's, and bounded`() async throws {
        let served = try await ServedArchive(Date())
        let mine = try await served.enrol("sari", .archivist)
        try await served.enrol("wati", .auditor)
        let key = served.folder.file("sari/next.pem")
        let request = try body(served, "sari", key: key)
        var issued: [String] = []
        for _ in 0..<15 {
            let renewed = try served.curl("POST", "/v1/certificates", as: "sari", body: request)
            #expect(renewed.status == 201, "\(renewed.text)")
            let json = try #require(JSONSerialization.jsonObject(with: Data(renewed.text.utf8)) as? [String: Any])
            #expect(json["principal"] as? String == mine.description && json["role"] as? String == "archivist")
            issued.append(try #require(json["certificate"] as? String))
        }
        #expect(Set(issued).count == 15)
        let more = try served.curl("POST", "/v1/certificates", as: "sari", body: request)
        #expect(more.status == 403 && more.text.contains("refused"), "\(more.text)")
        try issued[14].write(toFile: served.folder.file("sari/next-certificate.pem"), atomically: true, encoding: .utf8)
        let me = try served.curl(
            "GET",
            "/v1/whoami",
            certificate: served.folder.file("sari/next-certificate.pem"),
            key: key
        )
        #expect(me.status == 200 && me.text.contains(mine.description), "\(me.text)")

        // A request that its key did not sign, recipients that are none, and a stranger.
        let signed = try JSONSerialization.jsonObject(with: request) as? [String: String] ?? [:]
        for (field, value) in [("csr", "no request"), ("x25519", signed["hybrid"] ?? ""), ("hybrid", "age1pq1x")] {
            let wrong = try CanonicalJSON.encode(signed.merging([field: value]) { $1 })
            #expect(try served.curl("POST", "/v1/certificates", as: "wati", body: wrong).status == 400, "\(field)")
        }
        try await served.close()
    }

    /// TLS leaves dates to the requests, and nothing else.
    @Test func `a certificate that is not for clients ends the handshake`() async throws {
        let served = try await ServedArchive(Date())
        let vault = served.archive.vault
        let (server, key) = try Authority.serverCredentials(vault: vault)
        try server.pemText().write(toFile: served.folder.file("tls.pem"), atomically: true, encoding: .utf8)
        try key.write(toFile: served.folder.file("tls-key.pem"), atomically: true, encoding: .utf8)
        // One that says it is of our CA, by name, for the same purpose, and is signed by its own key.
        let config = """
            [req]
            distinguished_name=dn
            x509_extensions=ext
            [dn]
            [ext]
            basicConstraints=critical,CA:FALSE
            keyUsage=critical,digitalSignature
            extendedKeyUsage=clientAuth

            """
        try config.write(toFile: served.folder.file("config"), atomically: true, encoding: .utf8)
        _ = try ServedArchive.request(key: served.folder.file("own-key.pem"))
        let made = try Program.run(
            "openssl",
            [
                "req", "-x509", "-new", "-key", served.folder.file("own-key.pem"), "-subj",
                "/O=risalah.local/CN=Risalah CA",
                "-days", "2", "-config", served.folder.file("config"), "-out", served.folder.file("own.pem"),
            ]
        )
        try #require(made.status == 0, "\(made.errorText)")
        for (certificate, key) in [("tls.pem", "tls-key.pem"), ("own.pem", "own-key.pem")] {
            let refused = try served.curl(
                "GET",
                "/v1/whoami",
                certificate: served.folder.file(certificate),
                key: served.folder.file(key)
            )
            #expect(refused.status == 0 && refused.text.contains("alert"), "\(certificate): \(refused.text)")
        }
        try await served.enrol("sari", .archivist)
        #expect(try served.curl("GET", "/v1/whoami", as: "sari").status == 200)
        try await served.close()
    }
}
