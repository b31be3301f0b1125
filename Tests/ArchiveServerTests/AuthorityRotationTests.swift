import Age
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Catalogue
import Foundation
import SwiftASN1
import TestSupport
import Testing
import Vault
import X509

@testable import ArchiveServer

@Suite("The server's certificate and the CA are changed while it serves")
struct AuthorityRotationTests {
    private func served() async throws -> ServedArchive {
        try await ServedArchive(
            Date(),
            configure: { try LiveArchive.keepSmallReserves(URL(filePath: "\($0)/Config")) }
        )
    }

    private func risalahd(_ served: ServedArchive, _ arguments: String...) throws -> Program.Outcome {
        try Program.run(
            LiveArchive.programs.appending(path: "risalahd").path,
            arguments + ["--root", served.folder.file("archive")],
            environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]
        )
    }

    /// SHA-256 of the certificate that the server shows, hex.
    private func shown(_ served: ServedArchive) throws -> String {
        let host = String(served.url.dropFirst("https://".count))
        let seen = try Program.run("openssl", ["s_client", "-connect", host], input: Data("Q\n".utf8))
        return try Certificate(pemEncoded: certificates(seen.text)[0]).fingerprint()
    }

    private func certificates(_ text: String) throws -> [String] {
        let found = text.matches(of: /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/).map {
            String($0.output)
        }
        try #require(!found.isEmpty, "\(text)")
        return found
    }

    /// The status of a request as `who`, who trusts what is in `authority`.
    private func status(_ served: ServedArchive, as who: String, trusting authority: String) throws -> Int {
        let home = served.folder.file(who)
        let asked = try Program.run(
            "curl",
            [
                "-sS", "-m", "60", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", authority, "--cert",
                "\(home)/certificate.pem", "--key", "\(home)/key.pem", "\(served.url)/v1/whoami",
            ]
        )
        return asked.status == 0 ? Int(asked.text) ?? 0 : 0
    }

    private func rotations(_ served: ServedArchive) async throws -> [[String: String]] {
        var filter = EntryFilter()
        filter.action = "key"
        return try await served.archive.catalogue.read { [filter] in try $0.entries(filter, limit: 100) }
            .compactMap { LogEntry(leaf: $0.leaf)?.details }
    }

    @Test func `new connections get the new certificate`() async throws {
        let served = try await served()
        try await served.enrol("sari", .archivist)
        let ca = served.folder.file("archive/Config/ca.pem")
        let before = try shown(served)
        let rotated = try risalahd(served, "keys", "rotate", "tls", "--json")
        try #require(rotated.status == 0, "\(rotated.errorText)")
        let after = try shown(served)
        #expect(before != after)
        #expect(try status(served, as: "sari", trusting: ca) == 200)
        #expect(try served.risalah("sari", "whoami").status == 0)
        #expect(try await rotations(served) == [["kind": "tls", "from": before, "to": after]])
        #expect(try risalahd(served, "keys", "list").text.contains(after))
        try await served.close()
        // Kept: the next start has it too.
        let again = try await Archive.open(root: served.folder.file("archive"))
        #expect(try Authority.serverCredentials(vault: again.vault).certificate.fingerprint() == after)
        try again.close()
    }

    /// Without a start: the clock goes on to a month before the end of the certificate.
    @Test func `the server's certificate is renewed while it serves`() async throws {
        let served = try await served()
        let before = try shown(served)
        try await served.archive.renewServerCertificate()
        #expect(try shown(served) == before)
        served.clock.advance(by: 336 * 86_400)
        try await served.archive.renewServerCertificate()
        let after = try shown(served)
        #expect(after != before)
        #expect(try await rotations(served) == [["kind": "tls", "from": before, "to": after]])
        try await served.archive.renewServerCertificate()
        #expect(try shown(served) == after)
        try await served.close()
    }

    @Test func `another CA is trusted beside the one before, until nobody needs that`() async throws {
        let served = try await served()
        let ids = [
            "sari": try await served.enrol("sari", .archivist), "wati": try await served.enrol("wati", .auditor),
        ]
        let published = served.folder.file("archive/Config/ca.pem")
        let (old, new) = (served.folder.file("old.pem"), served.folder.file("new.pem"))
        try FileManager.default.copyItem(atPath: published, toPath: old)
        let earlier = NewPrincipal(
            name: "dewi",
            role: .recorder,
            clearance: Label(Level("biasa")),
            unit: "umum",
            person: nil,
            floor: nil
        )
        // An invite of before, with the CA of before.
        guard
            case .invited(let invitation) = try await served.archive.administer(
                .addPrincipal(earlier),
                by: .hostUser(0)
            )
        else { throw ArchiveError(.unexpected, "no invitation") }

        let rotated = try risalahd(served, "keys", "rotate", "ca")
        try #require(rotated.status == 0, "\(rotated.errorText)")
        try FileManager.default.copyItem(atPath: published, toPath: new)
        #expect(try Data(contentsOf: URL(filePath: old)) != Data(contentsOf: URL(filePath: new)))
        #expect(try certificates(rotated.text) == certificates(String(contentsOfFile: new, encoding: .utf8)))
        // Certificates of before, under either CA.
        for ca in [old, new] { #expect(try status(served, as: "sari", trusting: ca) == 200, "\(ca)") }
        let twice = try risalahd(served, "keys", "rotate", "ca")
        #expect(twice.status != 0 && twice.errorText.contains("still trusted"), "\(twice.errorText)")
        for name in ["sari", "wati"] {
            let refused = try risalahd(served, "keys", "retire", "ca")
            #expect(refused.status != 0, "\(name) still has one")
            #expect(refused.errorText.contains(ids[name]?.description ?? "-"), "\(refused.errorText)")
            #expect(try risalahd(served, "keys", "list").text.contains("principal \(ids[name]?.description ?? "-")"))
            // The real client learns the new one, under the old one, and has its certificate renewed by it.
            let home = served.folder.file(name)
            let before = try String(contentsOfFile: "\(home)/certificate.pem", encoding: .utf8)
            let me = try served.risalah(name, "whoami")
            #expect(me.status == 0 && me.errorText.isEmpty, "\(me.errorText)")
            let known = try certificates(String(contentsOfFile: "\(home)/ca.pem", encoding: .utf8))
            #expect(
                known == (try certificates(String(contentsOfFile: new, encoding: .utf8)))
                    + (try certificates(String(contentsOfFile: old, encoding: .utf8)))
            )
            #expect(try String(contentsOfFile: "\(home)/certificate.pem", encoding: .utf8) != before)
            for ca in [old, new, "\(home)/ca.pem"] {
                #expect(try status(served, as: name, trusting: ca) == 200, "\(name), \(ca)")
            }
        }
        // Who was invited before enrols with it, and gets a certificate of the new one.
        let home = served.folder.file("dewi")
        let enrolled = try Program.run(
            LiveArchive.programs.appending(path: "risalah").path,
            ["enrol", served.url, "--invite", invitation.invite, "--home", home],
            environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]
        )
        #expect(enrolled.status == 0, "\(enrolled.errorText)")
        #expect(try status(served, as: "dewi", trusting: new) == 200)

        let retired = try risalahd(served, "keys", "retire", "ca")
        #expect(retired.status == 0, "\(retired.errorText)")
        for name in ["sari", "wati", "dewi"] {
            #expect(try served.risalah(name, "whoami").status == 0, "\(name)")
            let known = try String(contentsOfFile: served.folder.file("\(name)/ca.pem"), encoding: .utf8)
            #expect(try certificates(known).count == 1, "\(name)")
            #expect(try status(served, as: name, trusting: served.folder.file("\(name)/ca.pem")) == 200)
        }
        let changes = try await rotations(served)
        let names = try [old, new].map {
            try Certificate(pemEncoded: String(contentsOfFile: $0, encoding: .utf8)).fingerprint()
        }
        #expect(
            changes == [["kind": "ca", "from": names[0], "to": names[1]], ["kind": "ca", "from": names[0]]]
        )
        #expect(try await served.archive.keys().filter { $0.kind == "ca" }.map(\.key) == [names[1]])
        try await served.close()
    }

    /// A CA that no CA that is known has signed is not learnt, whoever says it.
    @Test func `after the CA before is retired, its certificates end in the handshake`() async throws {
        let served = try await served()
        try await served.enrol("perekam", .recorder)
        let old = served.folder.file("old.pem")
        try FileManager.default.copyItem(atPath: served.folder.file("archive/Config/ca.pem"), toPath: old)
        let actor = Actor.hostUser(0)
        _ = try await served.archive.administer(.rotateKey(.authority), by: actor)
        let home = served.folder.file("perekam")
        for file in ["certificate.pem", "key.pem"] {
            try FileManager.default.createDirectory(atPath: "\(home)-old", withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: "\(home)/\(file)", toPath: "\(home)-old/\(file)")
        }
        #expect(try served.risalah("perekam", "whoami").status == 0)
        #expect(try status(served, as: "perekam-old", trusting: old) == 200)
        _ = try await served.archive.administer(.retireKey(.authority), by: actor)
        #expect(try status(served, as: "perekam-old", trusting: old) == 0)
        // The server can be verified all the same by who knows only that CA.
        #expect(try status(served, as: "perekam", trusting: old) == 200)
        let none = await archiveError {
            _ = try await served.archive.administer(.retireKey(.authority), by: actor)
        }
        #expect(none?.code == .notFound)
        try await served.close()
        let again = try await Archive.open(root: served.folder.file("archive"))
        #expect(again.authority.trusted.count == 1 && again.authority.introduction != nil)
        try again.close()
    }

    /// An answer that was lost renews nothing: its machine has the certificate of before, and no other.
    @Test func `a machine counts as renewed when it shows the new certificate`() async throws {
        let served = try await served()
        let id = try await served.enrol("perekam", .recorder)
        let home = served.folder.file("perekam")
        func recipient(_ file: String) throws -> String {
            let text = try String(contentsOfFile: "\(home)/\(file)", encoding: .utf8)
            return try IdentityFile(parsing: text).identities[0].recipient.description
        }
        let request = try CanonicalJSON.encode(
            RenewalRequest(
                csr: ServedArchive.request(key: "\(home)/lost.pem"),
                x25519: recipient("identity.txt"),
                hybrid: recipient("identity-pq.txt")
            )
        )
        func retired() throws -> Program.Outcome { try risalahd(served, "keys", "retire", "ca") }
        for _ in 0..<2 {
            try #require(try risalahd(served, "keys", "rotate", "ca").status == 0)
            for _ in 0..<2 {
                #expect(try served.curl("POST", "/v1/certificates", as: "perekam", body: request).status == 201)
            }
            let refused = try retired()
            #expect(refused.status != 0 && refused.errorText.contains(id.description), "\(refused.errorText)")
            #expect(try served.curl("GET", "/v1/whoami", as: "perekam").status == 200)
            #expect(try retired().status != 0)
            // The real client; what it asks for last is asked for with the new one. Those that were lost need nothing.
            #expect(try served.risalah("perekam", "whoami").status == 0)
            let done = try retired()
            #expect(done.status == 0, "\(done.errorText)")
            #expect(try served.curl("GET", "/v1/whoami", as: "perekam").status == 200)
        }
        try await served.close()
    }

    /// Where the change failed half way, the next one ends it, and what is used and published is what its entry says.
    @Test func `another CA that could not be published is by the next change`() async throws {
        let folder = try TemporaryFolder()
        let (root, files) = (folder.file("archive"), FaultyFileSystem())
        try await Archive.makeForTest(at: root)
        try LiveArchive.keepSmallReserves(URL(filePath: "\(root)/Config"))
        let archive = try await Archive.open(root: root, files: files)
        let published = StorageLayout(root: root).authority
        let before = try String(contentsOfFile: published, encoding: .utf8)
        files.failOnce("ca.write")
        let error = await archiveError { _ = try await archive.administer(.rotateKey(.authority), by: .hostUser(7)) }
        #expect(error?.code == .inputOutput)
        #expect(try String(contentsOfFile: published, encoding: .utf8) == before)
        _ = try await archive.administer(.rotateKey(.tls), by: .hostUser(7))
        let now = try Certificate(pemEncoded: String(contentsOfFile: published, encoding: .utf8)).fingerprint()
        #expect(try now == archive.authority.certificate.fingerprint())
        #expect(try archive.authority.former?.fingerprint() == Certificate(pemEncoded: before).fingerprint())
        #expect(try archive.vault.pendingKeyChange() == nil)
        try archive.close()
    }
}
