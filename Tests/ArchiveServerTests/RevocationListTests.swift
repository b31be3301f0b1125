import Foundation
import TestSupport
import Testing

/// The command of Docs/operations.md that makes a list of revoked serial numbers of a CRL, with stock openssl.
@Suite("A list of revoked serial numbers, from a CRL")
struct RevocationListTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "crl-\(UUID().uuidString)")

    private func run(_ program: String, _ arguments: String...) throws {
        let outcome = try Program.run(program, arguments)
        try #require(outcome.status == 0, "\(outcome.errorText)")
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Makes a CA, of the one name that all have here.
    private func makeAuthority(_ name: String) throws {
        try run(
            "openssl",
            "req",
            "-x509",
            "-config",
            path("ca.cnf"),
            "-subj",
            "/C=ID/CN=Akar",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            path("\(name).key"),
            "-out",
            path("\(name).pem")
        )
    }

    /// A CRL of `authority` with these serial numbers, in the file `NAME.crl`.
    private func makeList(_ name: String, by authority: String, _ serials: [String]) throws {
        let lines = serials.map { "R\t270101000000Z\t261101000000Z\t\($0)\tunknown\t/CN=x\n" }.joined()
        try lines.write(toFile: path("index.txt"), atomically: true, encoding: .utf8)
        try run(
            "openssl",
            "ca",
            "-config",
            path("ca.cnf"),
            "-gencrl",
            "-cert",
            path("\(authority).pem"),
            "-keyfile",
            path("\(authority).key"),
            "-out",
            path("\(name).crl")
        )
    }

    /// The documented command, for files in `folder`.
    private func command(_ list: String) throws -> String {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: package.appending(path: "Docs/operations.md"), encoding: .utf8)
        let block = try #require(text.components(separatedBy: "```").first { $0.contains("openssl crl -in") })
        return block.replacing("/etc/risalah/", with: folder.path + "/").replacing("national.crl", with: path(list))
    }

    @Test func `the documented command takes what the CA signed, and nothing else`() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try """
        [ca]
        default_ca = one
        [one]
        database = \(path("index.txt"))
        default_md = sha256
        default_crl_days = 30
        [req]
        distinguished_name = dn
        x509_extensions = v3
        [dn]
        [v3]
        basicConstraints = critical,CA:true
        keyUsage = critical,keyCertSign,cRLSign
        """
        .write(toFile: path("ca.cnf"), atomically: true, encoding: .utf8)
        for name in ["national-ca", "impostor"] { try makeAuthority(name) }
        try makeList("good", by: "national-ca", ["0A01", "B2"])
        try makeList("foreign", by: "impostor", ["0C"])
        try makeList("empty", by: "national-ca", [])
        let good = try Data(contentsOf: folder.appending(path: "good.crl"))
        try good.prefix(good.count / 2).write(to: folder.appending(path: "cut.crl"))

        let made = try Program.run("bash", ["-c", command("good.crl")])
        #expect(made.status == 0, "\(made.errorText)")
        let list = try String(contentsOfFile: path("national.revoked"), encoding: .utf8)
        #expect(Set(list.split(separator: "\n")) == ["0A01", "B2"])
        for wrong in ["foreign.crl", "empty.crl", "cut.crl", "absent.crl"] {
            let refused = try Program.run("bash", ["-c", command(wrong)])
            #expect(refused.status != 0, "\(wrong)")
            #expect(try String(contentsOfFile: path("national.revoked"), encoding: .utf8) == list, "\(wrong)")
        }
    }
}
