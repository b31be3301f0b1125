import Foundation
import TestSupport
import Testing

@Suite("The commands do what other tools rely on")
struct CommandTests {
    @Test func `a life of an archive by its commands`() throws {
        let archive = try LiveArchive { config in
            let file = config.appending(path: "retention.yaml")
            let series = """
                  - code: coba
                    name: { en: Trial, id: Coba }
                    active: PT1S
                    inactive: PT0S
                    then: destroy
                    approval: none
                    nonrecord: true
                    cooling: PT1S

                """
            try (String(contentsOf: file, encoding: .utf8) + series).write(to: file, atomically: true, encoding: .utf8)
        }
        let root = archive.root.path
        let again = try archive.risalahd("init", "--root", root, "--solo")
        #expect(again.status == 78, "init overwrote an archive")
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        try archive.enrol("wati", "auditor")

        let wave = archive.folder.appending(path: "m.wav").path
        _ = try Program.run("espeak-ng", ["-w", wave, "The minutes of the last meeting are approved."])
        let imported = try archive.risalah(
            as: "perekam",
            "import",
            wave,
            "--title",
            "Notulen rahasia besar",
            "--level",
            "terbatas",
            "--unit",
            "umum",
            "--series",
            "coba",
            "--meeting",
            "Rapat pleno",
            "--participant",
            "Sari",
            "--json"
        )
        #expect(imported.status == 0, "\(imported.errorText)")
        let receipt = try #require(JSONSerialization.jsonObject(with: imported.output) as? [String: Any])
        #expect(Set(receipt.keys).isSuperset(of: ["id", "duration", "loss", "findings"]))
        let id = try #require(receipt["id"] as? String)

        // From a pipe, as Ogg Opus.
        let piped = try archive.risalah(
            as: "perekam",
            "import",
            "-",
            "--title",
            "Kedua",
            "--level",
            "biasa",
            "--unit",
            "umum",
            "--series",
            "rapat",
            input: archive.speech("The second one comes through a pipe.")
        )
        #expect(piped.status == 0, "\(piped.errorText)")

        let list = try archive.risalah(as: "sari", "list", "--meeting", "Rapat pleno", "--json")
        #expect(list.text.split(separator: "\n").count == 1)
        let item = try #require(JSONSerialization.jsonObject(with: list.output) as? [String: Any])
        #expect(item["id"] as? String == id)
        // Every field of the contract is there, null where there is nothing to say.
        let shown = try archive.risalah(as: "sari", "show", id, "--json")
        let report = try #require(JSONSerialization.jsonObject(with: shown.output) as? [String: Any])
        let fields =
            "id state level compartments unit series title meeting participants started received duration loss findings"
            + " channels bitrate size digest retention"
        for field in fields.split(separator: " ") { #expect(report[String(field)] != nil, "show has no \(field)") }
        #expect(report["started"] is NSNull)
        let form = try archive.curl(as: "sari", "/v1/recordings?meeting=Rapat+pleno")
        #expect((form.json["recordings"] as? [Any])?.count == 1, "a + in a query is a space: \(form.text)")
        let none = try archive.risalah(as: "sari", "list", "--meeting", "Rapat lain")
        #expect(none.status == 0 && none.output.isEmpty && none.errorText == "risalah: no recordings\n")
        let output = archive.folder.appending(path: "out.opus").path
        let got = try archive.risalah(as: "sari", "get", id, "-o", output, "--recipient", "hybrid", "--json")
        #expect(got.status == 0, "\(got.errorText)")
        let fetched = try #require(JSONSerialization.jsonObject(with: got.output) as? [String: Any])
        let access = try #require(fetched["access"] as? String)
        #expect(try Program.run("opusinfo", [output]).status == 0)
        #expect(try archive.risalah(as: "sari", "show", "aaaaaaaaaaaaaaaaaaaaaaaaaa").status == 66)
        #expect(try archive.risalah(as: "sari", "audit", "log").status == 77)
        #expect(try archive.risalah(as: "nobody", "list").status == 78)
        #expect(try archive.risalah(as: "sari", "list", "--limit", "x").status == 64)
        let garbage = archive.folder.appending(path: "garbage").path
        try Data(repeating: 7, count: 4000).write(to: URL(filePath: garbage))
        let bad = try archive.risalah(
            as: "perekam",
            "import",
            garbage,
            "--title",
            "T",
            "--level",
            "biasa",
            "--unit",
            "umum",
            "--series",
            "rapat"
        )
        #expect(bad.status == 65, "\(bad.errorText)")

        let log = try archive.risalah(as: "wati", "audit", "log", "--object", id, "--json")
        let lines = try log.text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(lines.compactMap { $0["action"] as? String }.contains("access.open"))
        for key in ["seq", "time", "actor", "role", "action", "object", "decision", "details", "commitments"] {
            #expect(lines[0][key] != nil, "audit log --json has no \(key)")
        }

        // What somebody has open is not destroyed.
        #expect(try archive.risalah(as: "sari", "close", access).status == 0)
        // Time passes; the list is frozen, cools, and is executed while the service runs.
        let payloads = archive.stored("recordings").count
        try archive.waitUntil(seconds: 30) {
            try archive.risalahd("retention", "propose", "--root", root, "--json").text.contains(id)
        }
        try archive.waitUntil(seconds: 30) {
            try archive.risalahd("retention", "run", "--root", root, "--json").text.contains("destroyed")
        }
        #expect(archive.stored("recordings").count == payloads - 1)
        #expect(try archive.risalah(as: "sari", "get", id, "-o", output + "2").status == 66)
        #expect(!FileManager.default.fileExists(atPath: output + "2"))
        #expect(try archive.risalah(as: "sari", "list", "--json").text.split(separator: "\n").count == 1)

        #expect(try archive.stop() == 0)
        #expect(
            archive.serviceLog.split(separator: "\n").count == 1,
            "one line, and nothing else: \(archive.serviceLog)"
        )
        // Commands work without the service too, under the lock.
        #expect(try archive.risalahd("principal", "list", "--root", root).text.contains("sari"))
        #expect(try archive.risalahd("audit", "verify", "--root", root, "--json").status == 0)
        #expect(try archive.risalah(as: "sari", "whoami").status == 69)
    }

    @Test func `a tampered log is found, and the first bad entry named`() throws {
        let archive = try LiveArchive()
        try archive.enrol("sari", "archivist")
        #expect(try archive.stop() == 0)
        let database = archive.root.appending(path: "Storage/archive.sqlite").path
        let refused = try Program.run("sqlite3", [database, "UPDATE entry SET actor = 'uid:1' WHERE seq = 2;"])
        #expect(refused.status != 0, "a trigger forbids it")
        let forced = try Program.run(
            "sqlite3",
            [database, "DROP TRIGGER entry_never_changes; UPDATE entry SET actor = 'uid:1' WHERE seq = 2;"]
        )
        #expect(forced.status == 0, "\(forced.errorText)")
        let verdict = try archive.risalahd("audit", "verify", "--root", archive.root.path, "--json")
        #expect(verdict.status == 67)
        let json = try #require(JSONSerialization.jsonObject(with: verdict.output) as? [String: Any])
        #expect(json["firstBad"] as? Int == 2, "\(verdict.text)")
    }
}
