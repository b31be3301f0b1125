import Foundation
import TestSupport
import Testing

/// `risalahd init --person A --person B`, with real programs.
@Suite("An archive that two persons begin")
struct FounderTests {
    private func objects(_ outcome: Program.Outcome) throws -> [[String: Any]] {
        try #require(outcome.status == 0, "\(outcome.errorText)")
        return try outcome.text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func `the two confirm each other, and then what others ask for`() throws {
        let archive = try LiveArchive(
            isSolo: false,
            options: ["--person", "Ani Wijaya", "--person", "Budi Santoso", "--json"]
        )
        let made = try #require(archive.made)
        let sheet = try #require(objects(made).first)
        let people = try #require(sheet["people"] as? [[String: Any]])
        #expect(people.map { $0["name"] as? String } == ["Ani Wijaya", "Budi Santoso"])
        let ids = try people.map { try #require($0["principal"] as? String) }
        for (who, person) in zip(["ani", "budi"], people) {
            let invite = try #require(person["invite"] as? String)
            let enrolled = try archive.risalah(as: who, "enrol", archive.address, "--invite", invite)
            #expect(enrolled.status == 0, "\(enrolled.errorText)")
            // It counts for nothing but the other's confirmation.
            for (method, path) in [("GET", "/v1/whoami"), ("GET", "/v1/recordings"), ("GET", "/v1/audit/entries")] {
                #expect(try archive.exchange(method, path, as: who).status == 401, "\(path)")
            }
        }
        // Nobody for themselves, and nobody else for them.
        let waiting = try objects(archive.risalah(as: "ani", "confirm", "--json"))
        #expect(waiting.map { $0["principal"] as? String } == [ids[1]])
        #expect(try archive.risalah(as: "ani", "confirm", ids[0]).status == 66)
        let own = try archive.exchange(
            "POST",
            "/v1/grants/\(ids[0])/confirmation",
            as: "ani",
            body: Data(#"{"digest":"x"}"#.utf8)
        )
        #expect(own.status == 404, "\(own.text)")
        func digest(_ grants: [[String: Any]], _ id: String) throws -> String {
            let grant = try #require(grants.first { $0["principal"] as? String == id }?["waiting"] as? [String: Any])
            return try #require(grant["digest"] as? String)
        }
        let mine = try objects(archive.risalah(as: "budi", "confirm", "--json"))
        let host = try archive.risalahd(
            "principal",
            "confirm",
            ids[0],
            "--digest",
            digest(mine, ids[0]),
            "--root",
            archive.root.path
        )
        #expect(host.status == 77 && host.errorText.contains("does not confirm it"), "\(host.errorText)")

        // At a terminal it is shown, and asked for: no, and yes.
        func answer(_ word: String) throws -> Program.Outcome {
            try Person.atTerminal(
                word,
                LiveArchive.programs.appending(path: "risalah").path,
                ["confirm", ids[1], "--home", archive.folder.appending(path: "ani").path]
            )
        }
        let refusal = try answer("")
        #expect(refusal.status == 0 && refusal.text.contains("nothing was confirmed"), "\(refusal.text)")
        #expect(try archive.exchange("GET", "/v1/whoami", as: "budi").status == 401)
        let agreed = try answer("y")
        #expect(agreed.status == 0 && agreed.text.contains("Budi Santoso"), "\(agreed.text)")
        #expect(try archive.exchange("GET", "/v1/whoami", as: "budi").status == 200)
        #expect(try archive.exchange("GET", "/v1/whoami", as: "ani").status == 401)
        #expect(try archive.risalah(as: "budi", "confirm", ids[0], "--digest", "x").status == 75)
        #expect(try archive.risalah(as: "budi", "confirm", ids[0], "--digest", digest(mine, ids[0])).status == 0)
        #expect(try archive.exchange("GET", "/v1/whoami", as: "ani").json["role"] as? String == "records-manager")
        #expect(try objects(archive.risalah(as: "ani", "confirm", "--json")).isEmpty)

        // From then on they are the second person for what the administrator asks for.
        let added = try objects(
            archive.risalahd(
                "principal",
                "add",
                "Sari",
                "--role",
                "archivist",
                "--clearance",
                "rahasia",
                "--root",
                archive.root.path,
                "--json"
            )
        )
        let sari = try #require(added.first?["principal"] as? String)
        let listed = try objects(archive.risalah(as: "budi", "confirm", "--json"))
        #expect(listed.map { $0["name"] as? String } == ["Sari"])
        let told = try archive.risalah(as: "budi", "whoami")
        #expect(told.text.contains("1 grant (risalah confirm)"), "\(told.text)")
        let stale = try archive.exchange(
            "POST",
            "/v1/grants/\(sari)/confirmation",
            as: "budi",
            body: Data(#"{"digest":"x"}"#.utf8)
        )
        #expect(stale.status == 409, "\(stale.text)")
        #expect(try archive.risalah(as: "budi", "confirm", sari, "--json").status == 64)
        #expect(try archive.risalah(as: "budi", "confirm", sari, "--digest", digest(listed, sari)).status == 0)
        let shown = try objects(archive.risalahd("principal", "show", sari, "--root", archive.root.path, "--json"))
        #expect((shown.first?["confirmedBy"] as? [String: Any])?["name"] as? String == "Budi Santoso")
        // Who may not confirm is told nothing.
        try archive.enrol("wira", "archivist", clearance: "biasa")
        #expect(try archive.exchange("GET", "/v1/grants", as: "wira").status == 403)
        let blind = try archive.exchange(
            "POST",
            "/v1/grants/\(sari)/confirmation",
            as: "wira",
            body: Data(#"{"digest":"x"}"#.utf8)
        )
        #expect(blind.status == 404)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    @Test func `the sheet is for both to sign, in both languages, and has no invite`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "founders-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        func initialize(_ arguments: String...) throws -> Program.Outcome {
            try Program.run(
                LiveArchive.programs.appending(path: "risalahd").path,
                ["init", "--root", folder.path] + arguments,
                environment: ["LC_ALL": "C", "SWIFT_BACKTRACE": "enable=no"]
            )
        }
        for wrong in [["--person", "A"], ["--person", "A", "--person", "B", "--solo"]] {
            let refused = try Program.run(
                LiveArchive.programs.appending(path: "risalahd").path,
                ["init", "--root", folder.path] + wrong
            )
            #expect(refused.status == 64 && !FileManager.default.fileExists(atPath: folder.path))
        }
        #expect(try initialize("--person", "Ani", "--person", " ANI ").status == 64)
        let made = try initialize("--person", "Ani", "--person", "Budi")
        try #require(made.status == 0, "\(made.errorText)")
        let ca = try Program.run(
            "openssl",
            ["x509", "-in", folder.appending(path: "Config/ca.pem").path, "-noout", "-fingerprint", "-sha256"]
        ).text.split(separator: "=").last?.replacing(":", with: "").lowercased().trimmingCharacters(in: .newlines)
        let vkey = try String(contentsOf: folder.appending(path: "Config/log.vkey"), encoding: .utf8)
        for text in ["Ani", "Budi", "signature / tanda tangan", "date / tanggal", "Config/secrets/root.key", ca ?? "-"]
        {
            #expect(made.text.contains(text), "\(text): \(made.text)")
        }
        #expect(made.text.contains(vkey.trimmingCharacters(in: .newlines)))
        #expect(
            !made.text.contains("risalah-invite") && made.errorText.components(separatedBy: "risalah-invite").count == 3
        )
    }
}
