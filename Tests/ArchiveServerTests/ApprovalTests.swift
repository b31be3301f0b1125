import AccessPolicy
import ArchiveTesting
import Foundation
import TestSupport
import Testing

@Suite("What others have to agree to, as people do it")
struct ApprovalTests {
    /// An archive whose level terbatas wants one records manager to agree, and which tells `program` of requests.
    private func archive(telling program: String) throws -> LiveArchive {
        try LiveArchive { config in
            let policy = config.appending(path: "policy.yaml")
            try Policy.asking(approvals: 1, of: Policy.shipped).write(to: policy, atomically: true, encoding: .utf8)
            let settings = config.appending(path: "risalah.yaml")
            let text = try String(contentsOf: settings, encoding: .utf8) + "on_request: \(program)\n"
            try text.write(to: settings, atomically: true, encoding: .utf8)
        }
    }

    @Test func `asked, told, agreed, opened`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "approvals-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let told = folder.appending(path: "told")
        let program = folder.appending(path: "tell")
        try "#!/bin/sh\ncat > \(told.path).new && mv \(told.path).new \(told.path)\n"
            .write(to: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        let archive = try archive(telling: program.path)
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        try archive.enrol("wati", "records-manager", clearance: "terbatas")
        let opus = try Data(MadeStream.fresh())
        let stored = try archive.put(archive.seal(opus, to: "terbatas", as: "perekam"), as: "perekam")
        let id = try #require(stored.json["id"] as? String, "\(stored.text)")
        func get(_ purpose: String) throws -> Program.Outcome {
            try archive.risalah(as: "sari", "get", id, "--purpose", purpose, "-o", "-")
        }

        let asked = try get("Notulen")
        #expect(asked.status == 75 && asked.output.isEmpty)
        #expect(asked.errorText.contains("waits for 1 of role records-manager to agree"), "\(asked.errorText)")
        try archive.waitUntil(seconds: 30) { FileManager.default.fileExists(atPath: told.path) }
        let line = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: told)) as? [String: Any])
        #expect(Set(line.keys) == ["access", "expires", "persons", "role"])
        let whoami = try archive.risalah(as: "wati", "whoami")
        #expect(whoami.text.contains("1 request (risalah requests)"), "\(whoami.text)")
        let requests = try archive.risalah(as: "wati", "requests", "--json")
        let request = try #require(JSONSerialization.jsonObject(with: requests.output) as? [String: Any])
        #expect(request["purpose"] as? String == "Notulen" && request["name"] as? String == "sari")
        #expect(request["recording"] as? String == id && request["state"] as? String == "pending")
        let access = try #require(request["id"] as? String)
        #expect(line["access"] as? String == access)

        #expect(try archive.risalah(as: "sari", "approve", access).status == 77)
        let another = try get("Lain")
        #expect(another.status == 75)
        let approved = try archive.risalah(as: "wati", "approve", access)
        #expect(approved.status == 0 && approved.text == "open\n", "\(approved.errorText)")
        #expect(try archive.risalah(as: "wati", "approve", access).status == 75)
        let opened = try get("Notulen")
        #expect(opened.status == 0 && opened.output == opus, "\(opened.errorText)")

        // What was not agreed to is still closed, and a refusal is told.
        let rest = try archive.risalah(as: "wati", "requests", "--json")
        let other = try #require(JSONSerialization.jsonObject(with: rest.output) as? [String: Any])
        let otherID = try #require(other["id"] as? String)
        #expect(try archive.risalah(as: "wati", "refuse", otherID, "--reason", "Bukan urusannya").status == 0)
        let own = try archive.risalah(as: "sari", "requests", "--own")
        #expect(own.text.contains("Bukan urusannya") && own.text.contains("refused"), "\(own.text)")
        #expect(try get("Lain").status == 75)

        // Closed by the one who agreed, it has to be asked for again.
        #expect(try archive.risalah(as: "wati", "close", access).status == 0)
        #expect(try get("Notulen").status == 75)
        let none = try archive.risalah(as: "wati", "delegate")
        #expect(none.status == 0 && none.errorText.contains("there is none"), "\(none.errorText)")
    }
}
