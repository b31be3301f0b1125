import Foundation
import TestSupport
import Testing

@Suite("Who may not is refused, and learns nothing")
struct AccessTests {
    @Test func `the matrix of role, clearance, compartment and unit`() throws {
        let archive = try LiveArchive { config in
            let file = config.appending(path: "policy.yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            let changed = text.replacing(/units: \[umum\]/, with: "units: [umum, biro]")
            try #require(changed != text, "the shipped policy has one unit")
            try changed.write(to: file, atomically: true, encoding: .utf8)
        }
        try archive.enrol("perekam", "recorder", "--unit", "umum")
        let sealed = try archive.seal(archive.speech("This is for few."), to: "rahasia", as: "perekam")
        let stored = try archive.put(
            sealed,
            as: "perekam",
            query: "level=rahasia&compartment=anggaran&unit=umum&series=rapat&title=Anggaran"
        )
        let id = try #require(stored.json["id"] as? String, "\(stored.text)")

        // Who, and what the policy's words say: see it? open it?
        let people: [(name: String, role: String, clearance: String, unit: String, sees: Bool, opens: Bool)] = [
            ("equal", "archivist", "rahasia:anggaran", "umum", true, true),
            ("above", "archivist", "sangat-rahasia:anggaran,pertahanan", "umum", true, true),
            ("below", "archivist", "terbatas:anggaran", "umum", false, false),
            ("compartment", "archivist", "sangat-rahasia:pertahanan", "umum", false, false),
            ("elsewhere", "archivist", "sangat-rahasia:anggaran", "biro", false, false),
            ("manager", "records-manager", "sangat-rahasia:anggaran", "umum", true, false),
            ("listener", "auditor", "sangat-rahasia:anggaran", "umum", false, false),
            ("machine", "transcriber", "sangat-rahasia:anggaran", "umum", false, false),
            ("admin", "administrator", "sangat-rahasia:anggaran", "umum", false, false),
            ("device", "recorder", "sangat-rahasia:anggaran", "umum", false, false),
        ]
        let absent = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
        let body = #"{"purpose":"Minutes"}"#
        func whole(_ who: String, _ path: String, _ arguments: [String] = []) throws -> String {
            try archive.curl(as: who, path, arguments + ["-i"]).text
                .replacing(/(?i)date: [^\r]*\r\n/, with: "")
        }
        for person in people {
            try archive.enrol(person.name, person.role, clearance: person.clearance, "--unit", person.unit)
            let show = try archive.curl(as: person.name, "/v1/recordings/\(id)")
            #expect(show.status == (person.sees ? 200 : 404), "\(person.name): \(show.text)")
            let open = try archive.curl(as: person.name, "/v1/recordings/\(id)/accesses", ["-d", body])
            #expect(open.status == (person.opens ? 201 : person.sees ? 403 : 404), "\(person.name): \(open.text)")
            if !person.sees {
                #expect(
                    try whole(person.name, "/v1/recordings/\(id)") == whole(person.name, "/v1/recordings/\(absent)")
                )
                #expect(
                    try whole(person.name, "/v1/recordings/\(id)/accesses", ["-d", body])
                        == whole(person.name, "/v1/recordings/\(absent)/accesses", ["-d", body])
                )
                let list = try archive.curl(as: person.name, "/v1/recordings")
                #expect(!list.text.contains(id))
            }
            let log = try archive.curl(as: person.name, "/v1/audit/entries")
            #expect(log.status == (person.role == "auditor" ? 200 : 403), "\(person.name) and the log")
        }
        // Visible, and the purpose is missing: told so.
        let unexplained = try archive.curl(as: "equal", "/v1/recordings/\(id)/accesses", ["-d", "{}"])
        #expect(unexplained.status == 403)
        // Another's access is nobody else's, and sealed only is sealed only.
        let access = try archive.curl(as: "equal", "/v1/recordings/\(id)/accesses", ["-d", body])
        let links = try #require(access.json["links"] as? [String: String])
        let link = try #require(links["sealed"])
        #expect(try archive.curl(as: "above", link).status == 404)
        #expect(try archive.curl(as: "equal", link.replacing(".age", with: "")).status == 403)
        #expect(try archive.curl(as: "equal", link).status == 200)
        let accessID = try #require(access.json["id"] as? String)
        #expect(try archive.curl(as: "equal", "/v1/accesses/\(accessID)", ["-X", "DELETE"]).status == 204)
        #expect(try archive.curl(as: "equal", link).status == 410)
    }

    @Test func `a certificate counts at every request`() throws {
        let archive = try LiveArchive()
        let id = try archive.enrol("sari", "archivist", clearance: "rahasia")
        let other = try LiveArchive()
        try other.enrol("asing", "archivist", clearance: "rahasia")
        let routes = [
            "/v1/whoami", "/v1/recipients", "/v1/recordings", "/v1/recordings/aaaaaaaaaaaaaaaaaaaaaaaaaa",
            "/v1/uploads",
            "/v1/accesses/aaaaaaaaaaaaaaaaaaaaaaaaaa/recording.opus", "/v1/audit/entries", "/v1/openapi.yaml",
        ]
        let authority = archive.folder.appending(path: "sari/ca.pem").path
        for route in routes {
            let anonymous = try Program.run(
                "curl",
                ["-sS", "-m", "20", "--cacert", authority, "-w", "%{http_code}", "\(archive.address)\(route)"]
            )
            // A path that only knows other methods is answered as any path that is not there.
            #expect(anonymous.text.hasSuffix("401") || route == "/v1/uploads", "\(route): \(anonymous.text)")
            let home = other.folder.appending(path: "asing").path
            let foreign = try Program.run(
                "curl",
                [
                    "-sS", "-m", "20", "--cacert", authority, "--cert", "\(home)/certificate.pem", "--key",
                    "\(home)/key.pem", "-w", "%{http_code}", "\(archive.address)\(route)",
                ]
            )
            #expect(foreign.status != 0 || foreign.text.hasSuffix("401"), "\(route): \(foreign.text)")
        }
        #expect(try archive.curl(as: "sari", "/v1/whoami").status == 200)
        #expect(try archive.risalahd("principal", "disable", id, "--root", archive.root.path).status == 0)
        let disabled = try archive.curl(as: "sari", "/v1/whoami")
        #expect(disabled.status == 401)
        #expect(disabled.code == "unauthenticated")
        let refused = try archive.risalah(as: "sari", "list")
        #expect(refused.status == 77, "\(refused.errorText)")
    }

    @Test func `an invite enrols once`() throws {
        let archive = try LiveArchive()
        let added = try archive.risalahd(
            "principal",
            "add",
            "sari",
            "--role",
            "archivist",
            "--root",
            archive.root.path,
            "--json"
        )
        let json = try #require(JSONSerialization.jsonObject(with: added.output) as? [String: Any])
        #expect(Set(json.keys).isSuperset(of: ["principal", "invite", "expires"]))
        let invite = try #require(json["invite"] as? String)
        #expect(try archive.risalah(as: "sari", "enrol", archive.address, "--invite", invite).status == 0)
        let home = archive.folder.appending(path: "sari")
        for name in ["certificate.pem", "key.pem", "ca.pem", "identity.txt", "identity-pq.txt"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: home.appending(path: name).path)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        let again = try archive.risalah(as: "lain", "enrol", archive.address, "--invite", invite)
        #expect(again.status == 65, "\(again.errorText)")
        #expect(!FileManager.default.fileExists(atPath: archive.folder.appending(path: "lain/key.pem").path))
        // One line for an invite that is tried again, however often: the log is not a stranger's to fill.
        for _ in 0..<3 { _ = try archive.risalah(as: "lain", "enrol", archive.address, "--invite", invite) }
        try archive.enrol("wati", "auditor")
        let log = try archive.risalah(
            as: "wati",
            "audit",
            "log",
            "--action",
            "principal.enrol",
            "--json",
            "--decision",
            "refuse"
        )
        #expect(log.text.split(separator: "\n").count == 1, "\(log.text)")
        let forged = try archive.risalah(as: "lain", "enrol", archive.address, "--invite", "risalah-invite-1.AAAA")
        #expect(forged.status == 65)
    }
}
