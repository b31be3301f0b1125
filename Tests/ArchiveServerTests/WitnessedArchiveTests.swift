import ArchiveTesting
import Crypto
import Foundation
import TestSupport
import Testing
import TransparencyLog

/// A real archive whose log real witnesses cosign: two of them, on every level.
@Suite("An archive with witnesses", .serialized)
struct WitnessedArchiveTests {
    /// An archive, its witnesses, a recording in it, and who may open that.
    private final class Scene {
        let archive: LiveArchive
        private(set) var witnesses: [RunningWitness] = []
        private(set) var recording = ""

        init() throws {
            var made: [RunningWitness] = []
            archive = try LiveArchive { config in
                let vkey = try String(contentsOf: config.appending(path: "log.vkey"), encoding: .utf8)
                    .trimmingCharacters(in: .newlines)
                let folder = config.deletingLastPathComponent().deletingLastPathComponent()
                for name in ["saksi.example/satu", "saksi.example/dua"] {
                    // One of them by TLS, as it is run on another host.
                    let isSecure = name.hasSuffix("satu")
                    made.append(try RunningWitness(name, in: folder, logs: [vkey], withTLS: isSecure))
                }
                // Long enough that a release alone makes the archive ask.
                let lines = made.map { witness in
                    let ca = witness.certificate.map { ", ca: \($0.path)" } ?? ""
                    return "    - { vkey: \(witness.vkey), url: \"\(witness.url)\"\(ca) }\n"
                }.joined()
                try LiveArchive.edit(
                    config,
                    "risalah.yaml",
                    "retention_every:",
                    "log:\n  publish_every: P1D\n  witnesses:\n\(lines)retention_every:"
                )
                try LiveArchive.edit(
                    config,
                    "policy.yaml",
                    "  - name: biasa\n",
                    "  - name: biasa\n    cosignatures: 2\n"
                )
                try LiveArchive.keepSmallReserves(config)
            }
            witnesses = made
            try archive.enrol("perekam", "recorder")
            try archive.enrol("sari", "archivist", clearance: "terbatas")
            try archive.enrol("wati", "auditor")
            let sealed = try archive.seal(Data(MadeStream.fresh()), to: "terbatas", as: "perekam")
            let stored = try archive.put(sealed, as: "perekam")
            recording = try #require(stored.json["id"] as? String, "\(stored.text)")
        }

        func get() throws -> Program.Outcome {
            let file = archive.folder.appending(path: "\(UUID().uuidString).opus")
            let outcome = try archive.risalah(as: "sari", "get", recording, "-o", file.path, "--json")
            #expect(FileManager.default.fileExists(atPath: file.path) == (outcome.status == 0))
            return outcome
        }

        /// Under load a witness may be slower than the archive's patience; whoever asks again gets it.
        func released(_ ask: () throws -> Program.Outcome) throws -> Program.Outcome {
            let deadline = Date(timeIntervalSinceNow: 120)
            while true {
                let outcome = try ask()
                guard outcome.status == 75, Date() < deadline else { return outcome }
            }
        }

        func count(_ action: String) throws -> Int {
            let log = try archive.risalah(as: "wati", "audit", "log", "--action", action, "--json")
            try #require(log.status == 0, "\(log.errorText)")
            return log.text.split(separator: "\n").count
        }

        func standings() throws -> [[String: Any]] {
            let status = try archive.risalahd("status", "--root", archive.root.path, "--json")
            try #require(status.status == 0, "\(status.errorText)")
            let json = try #require(JSONSerialization.jsonObject(with: status.output) as? [String: Any])
            return try #require(json["witnesses"] as? [[String: Any]])
        }
    }

    @Test func `an access is released only with the cosignatures that its level wants`() throws {
        let scene = try Scene()
        let archive = scene.archive
        let explained = try archive.risalah(as: "sari", "explain", scene.recording, "--json")
        #expect(explained.text.contains("\"cosignatures\":2"), "\(explained.text)")
        let first = try scene.released(scene.get)
        #expect(first.status == 0, "\(first.errorText)")

        // What is served is what both cosigned, and it covers the opening.
        let served = try archive.curl(as: "wati", "/v1/audit/cosigned")
        try #require(served.status == 200, "\(served.text)")
        let note = try SignedNote(parsing: served.body)
        let vkey = try String(contentsOf: archive.root.appending(path: "Config/log.vkey"), encoding: .utf8)
        let checkpoint = try NoteVerifier(vkey: vkey.trimmingCharacters(in: .newlines)).checkpoint(in: note)
        for witness in scene.witnesses { _ = try CosignatureVerifier(vkey: witness.vkey).verify(note) }
        let opened = try archive.curl(as: "wati", "/v1/audit/entries?action=access.open").json
        let entries = try #require(opened["entries"] as? [[String: Any]])
        let seq = try #require(entries.first?["seq"] as? Int)
        #expect(entries.count == 1 && checkpoint.size > seq)
        #expect(try scene.standings().allSatisfy { $0["trouble"] == nil && $0["size"] as? Int == checkpoint.size })
        #expect(try archive.curl(as: "sari", "/v1/audit/cosigned").status == 403)
        #expect(scene.witnesses[0].url.hasPrefix("https://"))

        // An auditor sees whom the log was shown to, and how much of it.
        let keys = archive.folder.appending(path: "witnesses")
        try "# saksi\n\(scene.witnesses[1].vkey)\n".write(to: keys, atomically: true, encoding: .utf8)
        let never = try CosignatureSigner(name: "saksi.example/tiga", privateKey: .init()).verifier.vkey
        let options = ["audit", "verify", "--witness", scene.witnesses[0].vkey, "--witness", keys.path, "--json"]
        let audited = try archive.risalah(as: "wati", arguments: options + ["--witnesses-needed", "2"])
        try #require(audited.status == 0, "\(audited.errorText)")
        let report = try #require(JSONSerialization.jsonObject(with: audited.output) as? [String: Any])
        let seen = try #require(report["witnesses"] as? [[String: Any]])
        #expect(seen.map { $0["name"] as? String } == ["saksi.example/satu", "saksi.example/dua"])
        let size = try #require((report["copy"] as? [String: Any])?["size"] as? Int)
        for one in seen {
            #expect(one["size"] as? Int == checkpoint.size && one["behind"] as? Int == size - checkpoint.size)
            #expect(one["time"] is String)
        }
        // The copy has gone on since: nobody has cosigned all of it, and one of the three nothing.
        let behind = try archive.risalah(
            as: "wati",
            arguments: options + ["--witness", never, "--witnesses-needed", "3"]
        )
        #expect(behind.status == 75 && behind.errorText.contains("0 of the witnesses"), "\(behind.errorText)")
        let said = try archive.risalah(as: "wati", "audit", "verify", "--witness", never)
        #expect(said.status == 0 && said.text.contains("saksi.example/tiga: nothing"), "\(said.text)")

        // Nothing leaves while one of them is down: another access, since this one stays released.
        #expect(try scene.get().status == 0)
        #expect(try scene.witnesses[1].stop() == 0)
        try archive.enrol("dewi", "archivist", clearance: "terbatas")
        let path = "/v1/recordings/\(scene.recording)/accesses"
        let access = try archive.curl(as: "dewi", path, ["-d", "{}"])
        let links = try #require(access.json["links"] as? [String: Any], "\(access.text)")
        let link = try #require(links["sealed"] as? String)
        let held = try archive.curl(as: "dewi", link, ["-i"])
        #expect(held.status == 503)
        #expect(held.text.contains("\"code\":\"awaiting-witness\""), "\(held.text)")
        #expect(held.text.lowercased().contains("retry-after: 30"), "\(held.text)")
        let file = archive.folder.appending(path: "held.opus")
        let waiting = try archive.risalah(as: "dewi", "get", scene.recording, "-o", file.path)
        #expect(waiting.status == 75, "\(waiting.errorText)")
        #expect(waiting.errorText.contains("2 witnesses have to cosign"), "\(waiting.errorText)")
        #expect(!FileManager.default.fileExists(atPath: file.path))
        #expect(try scene.standings()[1]["trouble"] is String)
        // Asked again for the same it is the same access, and nothing was delivered.
        #expect(try scene.count("access.open") == 2)
        #expect(try scene.count("access.deliver") == 1)

        // She asked for it twice, and opened it once.
        let asked = try archive.risalah(as: "wati", "audit", "who", "--person", "dewi", "--json")
        let steps = try asked.text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        let kinds = steps.map { $0["what"] as? String }
        #expect(Set(kinds.dropFirst()) == ["asked-again"] && kinds.first == "opened", "\(asked.text)\(asked.errorText)")

        // Both again; also after a restart of the archive what was cosigned counts.
        try scene.witnesses[1].start()
        let released = try scene.released {
            try archive.risalah(as: "dewi", "get", scene.recording, "-o", file.path)
        }
        #expect(released.status == 0, "\(released.errorText)")
        #expect(try archive.stop() == 0)
        for witness in scene.witnesses { #expect(try witness.stop() == 0) }
        try archive.start()
        #expect(try archive.curl(as: "dewi", link).status == 200)
        #expect(try archive.curl(as: "wati", "/v1/audit/cosigned").status == 200)
    }

    @Test func `an archive whose database was put back is not cosigned, and the evidence is kept`() throws {
        let scene = try Scene()
        let archive = scene.archive
        #expect(try archive.stop() == 0)
        let storage = archive.root.appending(path: "Storage")
        let before = archive.folder.appending(path: "before")
        try FileManager.default.copyItem(at: storage, to: before)
        try archive.start()
        for _ in 0..<4 { _ = try archive.curl(as: "sari", "/v1/recordings") }
        let first = try scene.released(scene.get)
        #expect(first.status == 0, "\(first.errorText)")
        let witnessed = try #require(try scene.standings()[0]["size"] as? Int)

        // With its own checkpoint file: nothing on this host shows it.
        #expect(try archive.stop() == 0)
        try FileManager.default.removeItem(at: storage)
        try FileManager.default.copyItem(at: before, to: storage)
        try archive.start()
        var behind = ""
        try archive.waitUntil(seconds: 120) {
            let held = try scene.get()
            #expect(held.status == 75)
            behind = try scene.standings()[0]["trouble"] as? String ?? ""
            return !behind.isEmpty && !behind.contains("in time")
        }
        #expect(behind.contains("has cosigned \(witnessed) entries"), "\(behind)")
        // It goes on until it is longer than what was cosigned.
        for _ in 0..<witnessed { _ = try archive.curl(as: "sari", "/v1/recordings?limit=1") }
        try archive.waitUntil(seconds: 120) {
            let held = try scene.get()
            #expect(held.status == 75)
            return archive.serviceLog.contains("does not find that this log continues")
                && scene.witnesses.allSatisfy { $0.evidence.contains { $0.contains("-not-consistent-") } }
        }
        #expect(try scene.count("access.deliver") == 0)
        for witness in scene.witnesses {
            #expect(witness.evidence.contains { $0.contains("-not-consistent-") }, "\(witness.evidence)")
            #expect(witness.errorText.contains("kept as"), "\(witness.errorText)")
        }
        #expect(archive.serviceLog.contains("does not find that this log continues"), "\(archive.serviceLog)")
    }

    @Test func `what is wrong with witnesses is refused at start and at reload`() throws {
        let archive = try LiveArchive()
        let config = archive.root.appending(path: "Config")
        try LiveArchive.edit(config, "policy.yaml", "  - name: biasa\n", "  - name: biasa\n    cosignatures: 1\n")
        let check = try archive.risalahd("config", "check", "--root", archive.root.path)
        #expect(check.status == 78)
        let mistake = try Regex(#"policy\.yaml:\d+:19: .*at most 0, as many as log\.witnesses in risalah\.yaml names"#)
        #expect(check.errorText.contains(mistake), "\(check.errorText)")
        kill(archive.processIdentifier, SIGHUP)
        try archive.waitUntil(seconds: 60) { archive.serviceLog.contains("at most 0") }
        #expect(try archive.stop() == 0)
        let start = try archive.risalahd("status", "--root", archive.root.path)
        #expect(start.status == 78 && start.errorText.contains(mistake), "\(start.errorText)")
    }
}
