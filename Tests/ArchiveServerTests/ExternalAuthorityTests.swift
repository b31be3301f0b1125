import Age
import Foundation
import TestSupport
import Testing

/// Certificates of another CA, made by stock openssl, at a live service.
@Suite("A CA that is not ours")
struct ExternalAuthorityTests {
    /// A CA on disk, as a national PKI would have one.
    private struct Authority {
        let folder: URL
        var certificate: URL { folder.appending(path: "ca.pem") }

        init(in parent: URL, _ name: String, subject: String = "/C=ID/O=Otoritas Nasional/CN=Akar") throws {
            folder = parent.appending(path: name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let config = folder.appending(path: "ca.cnf")
            try """
            [req]
            distinguished_name = dn
            x509_extensions = v3
            [dn]
            [v3]
            basicConstraints = critical,CA:true
            keyUsage = critical,keyCertSign,cRLSign
            subjectKeyIdentifier = hash
            """
            .write(to: config, atomically: true, encoding: .utf8)
            let key = folder.appending(path: "ca.key").path
            let algorithm = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
            try Self.openssl(
                ["req", "-x509", "-config", config.path, "-days", "3650", "-subj", subject, "-keyout", key] + algorithm
                    + ["-out", certificate.path]
            )
        }

        private static func openssl(_ arguments: [String]) throws {
            let outcome = try Program.run("openssl", arguments)
            try #require(outcome.status == 0, "\(outcome.errorText)")
        }

        /// A certificate of `subject`, in the files `NAME.pem` and `NAME.key`.
        ///
        /// - Parameters:
        ///   - days: how long it is valid; one that is over was valid yesterday.
        ///   - algorithm: of its key, as openssl names it.
        func issue(
            _ name: String,
            subject: String,
            serial: String,
            days: Int = 30,
            extensions: String = "extendedKeyUsage=clientAuth",
            key algorithm: [String] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        ) throws {
            let (key, request, out, more) = (path(name, "key"), path(name, "csr"), path(name, "pem"), path(name, "ext"))
            try extensions.write(toFile: more, atomically: true, encoding: .utf8)
            let requested = try Program.run(
                "openssl",
                ["req", "-new", "-newkey"] + algorithm + ["-nodes", "-subj", subject, "-keyout", key, "-out", request]
            )
            try #require(requested.status == 0, "\(requested.errorText)")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
            try Self.openssl([
                "x509", "-req", "-in", request, "-CA", certificate.path, "-CAkey",
                folder.appending(path: "ca.key").path, "-set_serial", serial, "-days", String(days), "-extfile", more,
                "-out", out,
            ])
        }

        func path(_ name: String, _ kind: String) -> String { folder.appending(path: "\(name).\(kind)").path }
    }

    private let work = FileManager.default.temporaryDirectory.appending(path: "pki-\(UUID().uuidString)")
    private let archive: LiveArchive
    private let national: Authority
    private let revoked: URL

    init() throws {
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        let authority = try Authority(in: work, "national")
        let list = work.appending(path: "revoked")
        try "# serials\n".write(to: list, atomically: true, encoding: .utf8)
        national = authority
        revoked = list
        archive = try LiveArchive { config in
            try LiveArchive.edit(
                config,
                "risalah.yaml",
                "retention_every:",
                """
                authorities:
                  - { name: national, certificate: \(authority.certificate.path), revoked: \(list.path) }
                retention_every:
                """
            )
        }
    }

    private func add(_ name: String, _ more: String...) throws -> Program.Outcome {
        try Program.run(
            LiveArchive.programs.appending(path: "risalahd").path,
            ["principal", "add", name, "--role", "archivist", "--clearance", "terbatas", "--issuer", "national"] + more
                + ["--root", archive.root.path, "--json"]
        )
    }

    /// Enrols with the certificate `name` of `authority` into the folder `home`.
    private func enrol(_ authority: Authority, _ name: String, _ home: String, _ more: String...) throws
        -> Program.Outcome
    {
        try Program.run(
            LiveArchive.programs.appending(path: "risalah").path,
            [
                "enrol", archive.address, "--certificate", authority.path(name, "pem"), "--key",
                authority.path(name, "key"), "--ca", archive.root.appending(path: "Config/ca.pem").path, "--home",
                archive.folder.appending(path: home).path, "--json",
            ] + more,
            environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]
        )
    }

    @Test func `by its exact subject, until it is revoked`() throws {
        defer { try? FileManager.default.removeItem(at: work) }
        try archive.enrol("perekam", "recorder")
        let recording = try archive.store(MadeStream.fresh(), level: "terbatas", as: "perekam")
        let subject = "/C=ID/O=Kementerian, Pusat/CN=Ani Wijaya"
        // As RFC 4514 spells it, and as `openssl x509 -nameopt RFC2253 -subject` prints it.
        let name = #"CN=Ani Wijaya,O=Kementerian\, Pusat,C=ID"#
        let added = try add("Ani", "--external-subject", name)
        try #require(added.status == 0, "\(added.errorText)")
        #expect(!added.text.contains("invite"))
        #expect(try add("Lain", "--external-subject", name).status == 75)

        try national.issue("ani", subject: subject, serial: "0x0A01")
        // TLS takes it; without its registration it counts for nothing else.
        let bare = ["--cert", national.path("ani", "pem"), "--key", national.path("ani", "key")]
        #expect(try archive.exchange("GET", "/v1/whoami", as: nil, bare).status == 401)
        let enrolled = try enrol(national, "ani", "ani")
        try #require(enrolled.status == 0, "\(enrolled.errorText)")
        let me = try archive.risalah(as: "ani", "whoami", "--json")
        #expect(me.status == 0 && me.text.contains("\"name\":\"Ani\""), "\(me.errorText)\(me.text)")
        // What is delivered is for the identities that were registered with it.
        let out = archive.folder.appending(path: "ani.opus").path
        let got = try archive.risalah(as: "ani", "get", recording, "-o", out)
        #expect(got.status == 0, "\(got.errorText)")
        let renewal = try archive.exchange(
            "POST",
            "/v1/certificates",
            as: "ani",
            body: Data(#"{"csr":"","x25519":"","hybrid":""}"#.utf8)
        )
        #expect(renewal.status == 400 || renewal.status == 403)

        // A second certificate of the same name is registered for itself, and revoked by itself, on the next request.
        try national.issue("ani2", subject: subject, serial: "0xB2")
        #expect(try enrol(national, "ani2", "ani2").status == 0)
        try "# lost\n00:0a:01  # Ani's first\n".write(to: revoked, atomically: true, encoding: .utf8)
        let refused = try archive.exchange("GET", "/v1/whoami", as: "ani")
        #expect(refused.status == 401 && refused.words.contains("revoked"), "\(refused.text)")
        #expect(try archive.exchange("GET", "/v1/whoami", as: "ani2").status == 200)
        #expect(archive.serviceLog.contains("1 revoked serial numbers"), "\(archive.serviceLog)")
        #expect(try enrol(national, "ani", "ani3").status == 77)
        // A list that nobody can read revokes everything, and says so.
        try "nonsense\n".write(to: revoked, atomically: true, encoding: .utf8)
        #expect(try archive.exchange("GET", "/v1/whoami", as: "ani2").status == 401)
        try FileManager.default.removeItem(at: revoked)
        #expect(try archive.exchange("GET", "/v1/whoami", as: "ani2").status == 401)
        try "".write(to: revoked, atomically: true, encoding: .utf8)
        #expect(try archive.exchange("GET", "/v1/whoami", as: "ani2").status == 200)
        #expect(archive.serviceLog.contains("1 that were there are gone"), "\(archive.serviceLog)")
        let log = try archive.risalahd("audit", "verify", "--root", archive.root.path)
        #expect(log.status == 0)
    }

    @Test func `a subject is taken from a certificate, however it is spelled`() throws {
        defer { try? FileManager.default.removeItem(at: work) }
        // Names with an e-mail address, and with an attribute that has no short name, are spelled in many ways.
        let subject = "/C=ID/O=Kementerian+OU=Pusat/CN=Ani, \"A\"/emailAddress=ani@contoh.go.id/2.5.4.97=NIP 1987"
        try national.issue("ani", subject: subject, serial: "0x51")
        try national.issue("next", subject: subject, serial: "0x52")
        let missing = try add("Ani", "--external-certificate", national.path("ani", "none"))
        #expect(missing.status == 64, "\(missing.errorText)")
        #expect(try add("Ani", "--external-certificate", national.path("ani", "key")).status == 64)
        let added = try add("Ani", "--external-certificate", national.path("ani", "pem"))
        try #require(added.status == 0, "\(added.errorText)")
        for name in ["ani", "next"] {
            let enrolled = try enrol(national, name, name)
            #expect(enrolled.status == 0, "\(name): \(enrolled.errorText)")
        }
    }

    @Test func `an enrolment whose answer was lost goes on with its keys`() throws {
        defer { try? FileManager.default.removeItem(at: work) }
        try #require(try add("Ani", "--external-subject", "CN=Ani").status == 0)
        try national.issue("ani", subject: "/CN=Ani", serial: "0x61")
        try national.issue("other", subject: "/CN=Ani", serial: "0x62")
        let home = archive.folder.appending(path: "ani")
        func identity() throws -> String {
            try String(contentsOf: home.appending(path: "identity.txt"), encoding: .utf8)
        }
        // Nobody answers.
        #expect(try archive.stop() == 0)
        #expect(try enrol(national, "ani", "ani").status == 69)
        let made = try identity()
        try archive.start()
        #expect(try enrol(national, "ani", "ani").status == 0)
        #expect(try identity() == made)
        // The archive has them, and the same again is no other.
        #expect(try enrol(national, "ani", "ani").status == 0)
        #expect(try identity() == made)
        #expect(try archive.exchange("GET", "/v1/whoami", as: "ani").status == 200)
        // Another certificate is another enrolment, and what the archive refuses leaves nothing.
        #expect(try enrol(national, "other", "ani").status == 78)
        #expect(try enrol(national, "ani", "late").status == 75)
        #expect(!FileManager.default.fileExists(atPath: archive.folder.appending(path: "late/identity.txt").path))
    }

    @Test func `a name is free again when its principal is closed, and so are its certificates`() throws {
        defer { try? FileManager.default.removeItem(at: work) }
        let name = "CN=Ani,C=ID"
        try national.issue("ani", subject: "/C=ID/CN=Ani", serial: "0x41")
        try national.issue("lost", subject: "/C=ID/CN=Ani", serial: "0x42")
        func added(_ more: String...) throws -> String {
            let outcome = try add("Ani", more[0], more[1], "--same-person")
            try #require(outcome.status == 0, "\(outcome.errorText)")
            let json = try #require(JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
            return try #require(json["principal"] as? String)
        }
        try #require(try add("Ani", "--external-san", "email:ani@contoh.go.id").status == 0)
        let first = try added("--external-subject", name)
        #expect(try enrol(national, "ani", "first").status == 0)
        // As long as it is not closed, the name and the certificate are its own.
        #expect(try add("Ani", "--external-subject", name, "--same-person").status == 75)
        #expect(try archive.risalahd("principal", "disable", first, "--root", archive.root.path).status == 0)
        #expect(try archive.exchange("GET", "/v1/whoami", as: "first").status == 401)
        let second = try added("--external-subject", name)
        #expect(try enrol(national, "ani", "second").status == 0)
        #expect(try archive.risalah(as: "second", "whoami", "--json").text.contains(second))
        // One whose keys are in other hands stays what it is.
        #expect(try enrol(national, "lost", "lost").status == 0)
        let closed = try archive.risalahd("principal", "disable", second, "--lost", "--root", archive.root.path)
        #expect(closed.status == 0)
        _ = try added("--external-subject", name)
        #expect(try enrol(national, "lost", "again").status == 75)
        #expect(try enrol(national, "ani", "again").status == 75)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    @Test func `what is not exactly theirs is nobody's`() throws {
        defer { try? FileManager.default.removeItem(at: work) }
        let name = "CN=Budi,O=Kementerian,C=ID"
        try #require(try add("Budi", "--external-subject", name).status == 0)
        try #require(try add("Sari", "--external-san", "email:sari@contoh.go.id", "--unit", "umum").status == 0)
        // The wrong issuer under the right name: the handshake ends, for its key signed nothing here.
        let impostor = try Authority(in: work, "impostor")
        try impostor.issue("budi", subject: "/C=ID/O=Kementerian/CN=Budi", serial: "1")
        let foreign = try enrol(impostor, "budi", "impostor")
        #expect(foreign.status == 77, "\(foreign.status) \(foreign.errorText)")
        // The right issuer, and a name that is not exactly the one.
        for (number, subject) in [
            "/C=ID/O=Kementerian/CN=budi", "/C=ID/O=Kementerian/CN=Budi ", "/C=ID/O=Kementerian/OU=x/CN=Budi",
            "/O=Kementerian/C=ID/CN=Budi", "/CN=Budi", "/CN=Budi,O=Kementerian,C=ID",
        ].enumerated() {
            try national.issue("near\(number)", subject: subject, serial: "1\(number)")
            let refused = try enrol(national, "near\(number)", "near\(number)")
            #expect(refused.status == 77, "\(subject): \(refused.status) \(refused.errorText)")
            #expect(
                !FileManager.default.fileExists(
                    atPath: archive.folder.appending(path: "near\(number)/certificate.pem").path
                )
            )
        }
        // With the names of two it is neither's.
        try national.issue(
            "both",
            subject: "/C=ID/O=Kementerian/CN=Budi",
            serial: "0x20",
            extensions: "extendedKeyUsage=clientAuth\nsubjectAltName=email:sari@contoh.go.id"
        )
        #expect(try enrol(national, "both", "both").status == 77)
        // One for servers only, a CA, and one whose time is over are refused, whatever their names.
        try national.issue(
            "server",
            subject: "/C=ID/O=Kementerian/CN=Budi",
            serial: "0x21",
            extensions: "extendedKeyUsage=serverAuth"
        )
        #expect(try enrol(national, "server", "server").status == 77)
        try national.issue(
            "subordinate",
            subject: "/C=ID/O=Kementerian/CN=Budi",
            serial: "0x22",
            extensions: "basicConstraints=CA:true"
        )
        #expect(try enrol(national, "subordinate", "ca").status == 77)
        try national.issue("old", subject: "/C=ID/O=Kementerian/CN=Budi", serial: "0x23", days: -1)
        let bare = ["--cert", national.path("old", "pem"), "--key", national.path("old", "key")]
        let recipients = try archive.exchange(
            "POST",
            "/v1/registrations",
            as: nil,
            body: Self.registration,
            bare
        )
        #expect(recipients.status == 401, "\(recipients.text)")
        // The right ones: by subject, and by another name with an RSA key.
        try national.issue("budi", subject: "/C=ID/O=Kementerian/CN=Budi", serial: "0x24")
        #expect(try enrol(national, "budi", "budi").status == 0)
        try national.issue(
            "sari",
            subject: "/CN=whoever",
            serial: "0x25",
            extensions: "subjectAltName=email:sari@contoh.go.id",
            key: ["rsa:2048"]
        )
        let sari = try enrol(national, "sari", "sari")
        #expect(sari.status == 0, "\(sari.errorText)")
        #expect(try archive.risalah(as: "sari", "whoami", "--json").text.contains("\"name\":\"Sari\""))
        // Ours is no certificate of another CA.
        try archive.enrol("wira", "archivist")
        let ours = try archive.exchange(
            "POST",
            "/v1/registrations",
            as: "wira",
            body: Self.registration
        )
        #expect(ours.status == 401)
    }

    /// A body that is right in itself.
    private static var registration: Data {
        get throws {
            let recipients = [
                "x25519": Identity.generateX25519().recipient.description,
                "hybrid": try Identity.generateHybrid().recipient.description,
            ]
            return try JSONSerialization.data(withJSONObject: recipients)
        }
    }

    @Test func `a mistake in risalah.yaml is said at the start`() throws {
        defer { try? FileManager.default.removeItem(at: work) }
        #expect(try archive.stop() == 0)
        let config = archive.root.appending(path: "Config")
        for (wrong, word) in [
            ("certificate: /does/not/exist", "there is no"), ("certificate: ca.pem", "absolute path"),
            ("certificate: \(archive.folder.path)/leaf.pem", "not the certificate of a CA"),
        ] {
            try national.issue("leaf", subject: "/CN=x", serial: "0x30")
            try? FileManager.default.copyItem(
                atPath: national.path("leaf", "pem"),
                toPath: archive.folder.appending(path: "leaf.pem").path
            )
            let right = "certificate: \(national.certificate.path)"
            try LiveArchive.edit(config, "risalah.yaml", right, wrong)
            let refused = try archive.risalahd("serve", "--root", archive.root.path)
            #expect(refused.status == 78 && refused.errorText.contains(word), "\(refused.errorText)")
            try LiveArchive.edit(config, "risalah.yaml", wrong, right)
        }
        try "zz\n".write(to: revoked, atomically: true, encoding: .utf8)
        let refused = try archive.risalahd("serve", "--root", archive.root.path)
        #expect(refused.status == 78 && refused.errorText.contains("revoked:1"), "\(refused.errorText)")
    }
}
