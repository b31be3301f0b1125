import Foundation
import TestSupport
import Testing

/// `risalahd principal`, word by word.
@Suite("Principals on the command line")
struct PrincipalCommandTests {
    @Test func `a life of one`() throws {
        let archive = try LiveArchive(isSolo: false)
        func principal(_ arguments: String...) throws -> Program.Outcome {
            try Program.run(
                LiveArchive.programs.appending(path: "risalahd").path,
                ["principal"] + arguments + ["--root", archive.root.path],
                environment: ["LC_ALL": "C", "SWIFT_BACKTRACE": "enable=no"]
            )
        }
        func object(_ outcome: Program.Outcome) throws -> [String: Any] {
            try #require(outcome.status == 0, "\(outcome.errorText)")
            return try #require(JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
        }
        let id = try archive.enrol("Sari, \"S\"", "archivist", clearance: "terbatas", "--ends", "2099-12-31")
        let again = try principal("add", "sari, \"s\"", "--role", "auditor")
        #expect(again.status == 64 && again.errorText.contains(id), "\(again.errorText)")

        let raised = try object(principal("set", id, "--clearance", "rahasia", "--json"))
        let waiting = try #require(raised["waiting"] as? [String: Any])
        #expect((waiting["grant"] as? [String: Any])?["unit"] as? String == "umum")
        let told = try principal("set", id, "--clearance", "rahasia:anggaran")
        #expect(told.errorText.contains("principal confirm \(id)"), "\(told.errorText)")
        // Shown first, and confirmed only by whoever says that they saw it.
        let digest = try #require(object(principal("show", id, "--json"))["waiting"] as? [String: Any])["digest"]
        let seen = try #require(digest as? String)
        let unseen = try Program.run(
            "setsid",
            [
                "-w", LiveArchive.programs.appending(path: "risalahd").path, "principal", "confirm", id, "--root",
                archive.root.path,
            ],
            environment: ["LC_ALL": "C"]
        )
        #expect(unseen.status == 64 && unseen.errorText.contains("--digest"), "\(unseen.errorText)")
        #expect(unseen.text.contains("rahasia:anggaran") && unseen.text.contains(seen), "\(unseen.text)")
        #expect(try principal("confirm", id, "--json").status == 64)
        #expect(try principal("confirm", id, "--digest", "x").status == 75)
        #expect(try principal("confirm", id, "--digest", seen).status == 77)
        #expect(try principal("set", id).status == 64)
        #expect(try principal("set", id, "--ends", "31 December").status == 64)
        #expect(try principal("set", id, "--host-user", "nobody-of-that-name").status == 64)

        // Who has an end is told of it before they rely on an access that would last longer.
        try archive.enrol("perekam", "recorder")
        let recording = try archive.store(Data(MadeStream.fresh()), level: "biasa", as: "perekam")
        let explained = try archive.risalah(as: "Sari, \"S\"", "explain", recording)
        #expect(explained.status == 0 && explained.text.contains("2099-12-31T17:00:00.000Z"), "\(explained.text)")
        let who = try object(archive.risalah(as: "Sari, \"S\"", "whoami", "--json"))
        #expect(who["ends"] as? String == "2099-12-31T17:00:00.000Z" && who["grants"] as? Int == 0)
        let plain = try archive.risalah(as: "perekam", "explain", recording)
        #expect(plain.status != 0 && !plain.text.contains("you count until"), "\(plain.text)")

        let shown = try object(principal("show", id, "--json"))
        let fields: Set = [
            "summary", "person", "alsoHolds", "added", "addedBy", "waiting", "certificates", "lastUse", "underWay",
        ]
        #expect(Set(shown.keys) == fields, "\(shown.keys)")
        #expect((shown["certificates"] as? [[String: Any]])?.count == 1)
        let read = try principal("show", id).text
        for words in ["archivist", "counts until: ", "waits for a second person", "asked by: ", "certificate "] {
            #expect(read.contains(words) || read.contains(words.replacing(": ", with: ":")), "\(words): \(read)")
        }
        #expect(try principal("show", String(repeating: "a", count: 26)).status == 66)

        let table = try principal("list", "--csv")
        let lines = table.text.split(separator: "\n")
        #expect(lines.first == "principal,name,role,clearance,unit,state,starts,ends,waits")
        #expect(
            lines.dropFirst().first
                == "\(id),\"Sari, \"\"S\"\"\",archivist,terbatas,umum,active,,2099-12-31T17:00:00.000Z,true"
        )
        #expect(try principal("list", "--csv", "--json").status == 64)
        #expect(try principal("list").text.contains("active*"))

        let renewed = try object(principal("renew", id, "--lost", "--json"))
        #expect((renewed["invite"] as? String)?.hasPrefix("risalah-invite-1.") == true)
        #expect(try archive.exchange("GET", "/v1/whoami", as: "Sari, \"S\"").status == 401)
        let closed = try object(principal("disable", id, "--lost", "--json"))
        #expect(closed["delivered"] as? Int == 0 && closed["waiting"] != nil)
        let late = try principal("renew", id)
        #expect(late.status == 75 && late.errorText.contains("disabled"), "\(late.errorText)")
    }
}
