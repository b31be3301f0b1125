import ArchiveCore
import Foundation
import TestSupport
import Testing

/// The command lines and the JSON that other tools rely on, one by one.
@Suite("Command lines keep their word")
struct CommandContractTests {
    private func object(_ data: Data) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func lines(_ outcome: Program.Outcome) throws -> [[String: Any]] {
        try #require(outcome.status == 0, "\(outcome.errorText)")
        return try outcome.text.split(separator: "\n").map { try object(Data($0.utf8)) }
    }

    /// Every file below `folder`, with what is in it.
    private func contents(_ folder: URL) throws -> [String: Data] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return names.reduce(into: [:]) { $0[$1] = try? Data(contentsOf: folder.appending(path: $1)) }
    }

    @Test func `init makes an archive once, and serve says one line`() throws {
        let archive = try LiveArchive()
        let root = archive.root.path
        #expect(try archive.stop() == 0)
        #expect(archive.serviceLog.split(separator: "\n").count == 1)
        #expect(
            archive.serviceLog.wholeMatch(of: /risalahd: ready, https:\/\/127\.0\.0\.1:\d+, health http:\/\/\S+\n/)
                != nil
        )
        let before = try contents(archive.root)
        for arguments in [["--solo"], ["--name", "lain.example"], ["--listen", "127.0.0.1:1"]] {
            let again = try Program.run(
                LiveArchive.programs.appending(path: "risalahd").path,
                ["init", "--root", root] + arguments
            )
            #expect(again.status == 78 && again.output.isEmpty)
            #expect(again.errorText.contains("already; nothing was changed"), "\(again.errorText)")
        }
        #expect(try contents(archive.root) == before, "init changed an archive that was there")
        let secret = "\(root)/Config/secrets/root.key"
        #expect(try FileManager.default.attributesOfItem(atPath: secret)[.posixPermissions] as? Int == 0o600)

        // A second service on the same folder is refused and the first goes on.
        try archive.start()
        let second = try archive.risalahd("serve", "--root", root)
        #expect(second.status == 75, "\(second.status): \(second.errorText)")
        #expect(try archive.risalahd("status", "--root", root).status == 0)
        // A mistake in Config is refused with file, line and column.
        #expect(try archive.stop() == 0)
        try LiveArchive.edit(archive.root.appending(path: "Config"), "policy.yaml", "sealed_only: false", "sealed: x")
        let wrong = try archive.risalahd("serve", "--root", root)
        #expect(wrong.status == 78)
        #expect(wrong.errorText.contains(/policy\.yaml:\d+:\d+/), "\(wrong.errorText)")
        #expect(try archive.risalahd("serve", "--root", root + "-not").status == 78)
        #expect(try archive.risalahd("serve").status == 64)
        #expect(try archive.risalahd("principal", "add", "x", "--role", "king", "--root", root).status == 64)
    }

    @Test func `administration while it serves and while it does not`() throws {
        let archive = try LiveArchive()
        let root = archive.root.path
        func add(_ name: String, _ more: String...) throws -> [String: Any] {
            let role = ["--role", "archivist", "--clearance", "rahasia:anggaran,pertahanan", "--unit", "umum"]
            let added = try Program.run(
                LiveArchive.programs.appending(path: "risalahd").path,
                ["principal", "add", name, "--person", "p-1", "--root", root, "--json"] + role + more
            )
            #expect(added.status == 0, "\(added.errorText)")
            return try object(added.output)
        }
        func whole() throws -> Int {
            let verified = try archive.risalahd("audit", "verify", "--root", root, "--json")
            #expect(verified.status == 0)
            let verdict = try object(verified.output)
            #expect(verdict["whole"] as? Bool == true)
            return try #require(verdict["size"] as? Int)
        }
        let serving = try add("satu")
        #expect(Set(serving.keys).isSuperset(of: ["principal", "invite", "expires"]))
        let size = try whole()
        #expect(try archive.risalahd("retention", "propose", "--root", root, "--json").status == 0)
        #expect(try archive.stop() == 0)
        let alone = try add("dua", "--same-person")
        #expect(Set(alone.keys) == Set(serving.keys))
        let larger = try whole()
        #expect(larger > size, "the same entries are written without the service")
        #expect(try archive.risalahd("retention", "run", "--root", root, "--json").status == 0)
        let listed = try lines(archive.risalahd("principal", "list", "--root", root, "--json"))
        #expect(Set(listed.compactMap { $0["name"] as? String }) == ["satu", "dua"])
        // An invite made without the service enrols with it.
        try archive.start()
        let invite = try #require(alone["invite"] as? String)
        let enrolled = try archive.risalah(as: "dua", "enrol", archive.address, "--invite", invite)
        #expect(enrolled.status == 0, "\(enrolled.errorText)")
        let home = archive.folder.appending(path: "dua")
        #expect(
            try Set(FileManager.default.contentsOfDirectory(atPath: home.path)).isSuperset(of: [
                "certificate.pem", "key.pem", "ca.pem", "identity.txt", "identity-pq.txt",
            ])
        )
        for name in try FileManager.default.contentsOfDirectory(atPath: home.path) {
            let path = home.appending(path: name).path
            #expect(
                try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600,
                "\(name)"
            )
        }
        let me = try object(archive.risalah(as: "dua", "whoami", "--json").output)
        #expect(me["name"] as? String == "dua" && me["role"] as? String == "archivist" && me["solo"] as? Bool == true)
        let clearance = try #require(me["clearance"] as? [String: Any])
        #expect(clearance["level"] as? String == "rahasia")
        #expect(clearance["compartments"] as? [String] == ["anggaran", "pertahanan"])
    }

    @Test func `import, list, show, get and the log, field by field`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "rahasia:anggaran")
        try archive.enrol("wati", "auditor")
        let file = archive.folder.appending(path: "rapat.opus")
        let opus = try archive.speech("The budget is approved as it stands.")
        try opus.write(to: file)
        let imported = try archive.risalah(
            as: "perekam",
            "import",
            file.path,
            "--title",
            "Anggaran",
            "--level",
            "rahasia",
            "--compartment",
            "anggaran",
            "--unit",
            "umum",
            "--series",
            "rapat",
            "--meeting",
            "Pleno",
            "--participant",
            "Sari",
            "--participant",
            "Budi",
            "--started",
            "2026-01-02T03:04:05+07:00",
            "--json"
        )
        #expect(imported.status == 0, "\(imported.errorText)")
        let receipt = try object(imported.output)
        let id = try #require(receipt["id"] as? String)
        #expect(receipt["loss"] as? Double == 0 && receipt["findings"] as? [String] == [])
        let shown = try object(archive.risalah(as: "sari", "show", id, "--json").output)
        let expected: [String: String] = [
            "id": id, "state": "stored", "level": "rahasia", "unit": "umum", "series": "rapat", "title": "Anggaran",
            "meeting": "Pleno", "started": "2026-01-01T20:04:05.000Z",
        ]
        for (name, value) in expected { #expect(shown[name] as? String == value, "\(name): \(shown)") }
        #expect(shown["compartments"] as? [String] == ["anggaran"])
        #expect(shown["participants"] as? [String] == ["Sari", "Budi"])
        #expect(shown["duration"] as? Double == receipt["duration"] as? Double)
        for name in ["received", "loss", "findings", "channels", "bitrate", "size", "digest"] {
            #expect(shown[name] != nil, "show --json has no \(name)")
        }
        let retention = try #require(shown["retention"] as? [String: Any])
        #expect(Set(retention.keys) == ["due", "then", "rule"] && retention["then"] as? String == "review")
        // A WAV from stdin, told by a file.
        let metadata = archive.folder.appending(path: "m.json")
        let told = #"{"title":"Kedua","level":"biasa","unit":"umum","series":"kerja"}"#
        try Data(told.utf8).write(to: metadata)
        let wave = archive.folder.appending(path: "m.wav")
        #expect(try Program.run("espeak-ng", ["-w", wave.path, "And the second."]).status == 0)
        let piped = try archive.risalah(
            as: "perekam",
            "import",
            "-",
            "--metadata",
            metadata.path,
            "--json",
            input: Data(contentsOf: wave)
        )
        #expect(piped.status == 0, "\(piped.errorText)")
        let second = try #require(object(piped.output)["id"] as? String)

        func ids(_ filter: String...) throws -> [String] {
            let listed = try Program.run(
                LiveArchive.programs.appending(path: "risalah").path,
                ["list", "--json", "--home", archive.folder.appending(path: "sari").path] + filter
            )
            return try lines(listed).compactMap { $0["id"] as? String }
        }
        #expect(try ids() == [second, id])
        #expect(try ids("--limit", "1") == [second])
        #expect(try ids("--level", "rahasia") == [id] && ids("--meeting", "Pleno") == [id])
        #expect(try ids("--meeting", "pleno").isEmpty && ids("--unit", "umum").count == 2)
        #expect(try ids("--until", "2026-01-02") == [id] && ids("--since", "2026-01-03") == [second])

        // No file is left by what fails, and what is there is not touched.
        let output = archive.folder.appending(path: "out.opus").path
        for (arguments, status) in [
            (["get", id, "-o", output], 77), (["get", String(repeating: "a", count: 26), "-o", output], 66),
            (["get", "x", "-o", output], 64), (["get", id, "--purpose", "a", "-o", "/nonexistent/x"], 74),
            (["get", second, "--recipient", "both", "-o", output], 64), (["list", "--level", "tiada"], 65),
        ] as [([String], Int32)] {
            let outcome = try Program.run(
                LiveArchive.programs.appending(path: "risalah").path,
                arguments + ["--home", archive.folder.appending(path: "sari").path]
            )
            #expect(outcome.status == status, "\(arguments): \(outcome.errorText)")
            #expect(outcome.output.isEmpty && outcome.errorText.hasPrefix("risalah: "))
            #expect(!FileManager.default.fileExists(atPath: output))
        }
        for recipient in ["x25519", "hybrid"] {
            let got = try archive.risalah(
                as: "sari",
                "get",
                id,
                "-o",
                output,
                "--purpose",
                "Notulen",
                "--recipient",
                recipient,
                "--json"
            )
            #expect(got.status == 0, "\(got.errorText)")
            #expect(try object(got.output)["bytes"] as? Int == opus.count)
            #expect(try Data(contentsOf: URL(filePath: output)) == opus)
            #expect(try FileManager.default.attributesOfItem(atPath: output)[.posixPermissions] as? Int == 0o600)
        }
        try audits(archive, id)
    }

    private func audits(_ archive: LiveArchive, _ id: String) throws {
        func log(_ filter: String...) throws -> [[String: Any]] {
            let read = try Program.run(
                LiveArchive.programs.appending(path: "risalah").path,
                ["audit", "log", "--json", "--home", archive.folder.appending(path: "wati").path] + filter
            )
            return try lines(read)
        }
        let all = try log()
        for (place, entry) in all.enumerated() {
            #expect(entry["seq"] as? Int == place)
            for field in [
                "time", "actor", "role", "certificate", "action", "object", "label", "decision", "details",
                "commitments",
            ] {
                #expect(entry[field] != nil, "entry \(place) has no \(field): \(entry)")
            }
        }
        let refused = try log("--object", id, "--decision", "refuse")
        #expect(refused.map { $0["action"] as? String } == ["access.open"])
        let opened = try log("--object", id, "--action", "access.open", "--decision", "allow")
        #expect(opened.count == 2)
        #expect((opened.first?["texts"] as? [String: String])?["purpose"] == "Notulen")
        #expect(opened.first?["label"] as? String == "rahasia:anggaran")
        #expect(opened.first?["certificate"] is String)
        let actor = try #require(opened.first?["actor"] as? String)
        let own = try log("--actor", actor)
        #expect(!own.isEmpty && own.allSatisfy { $0["actor"] as? String == actor })
        // By name, as people know each other; reading the log is no entry of hers.
        #expect(try log("--actor", "sari").count == own.count)
        // Nobody of that name is not somebody who did nothing.
        for (more, status) in [(["nobody"], Int32(66)), (["sari", "--offline"], 64), ([PrincipalID().description], 0)] {
            let asked = try archive.risalah(as: "wati", arguments: ["audit", "log", "--actor"] + more)
            #expect(asked.status == status && asked.output.isEmpty, "\(asked.errorText)")
        }
        let table = try archive.risalah(as: "wati", "audit", "log", "--actor", "sari").text
        #expect(table.contains("purpose: Notulen") && table.contains("+07:00"), "\(table)")
        #expect(try log("--since", "2999-01-01").isEmpty && log("--until", "2001-01-01").isEmpty)
        // Every decision comes before its delivery.
        let actions = try log("--object", id).compactMap { $0["action"] as? String }
        let delivery = try #require(actions.firstIndex(of: "access.deliver"))
        #expect(actions[..<delivery].contains("access.open"))
        #expect(try archive.risalah(as: "wati", "audit", "verify").status == 0)
    }

    @Test func `health, and nothing in clear on the disk`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("Sarinah Wijaya", "archivist", clearance: "rahasia")
        let health = try #require(archive.serviceLog.firstMatch(of: /health (http:\/\/\S+)/)).output.1
        #expect(try Program.run("curl", ["-sS", "-m", "20", "\(health)/health/live"]).text == #"{"live":true}"#)
        let ready = try object(Program.run("curl", ["-sS", "-m", "20", "\(health)/health/ready"]).output)
        #expect(ready["ready"] as? Bool == true && ready["solo"] as? Bool == true)
        let words = ["Pelabuhan", "Adiwangsa", "Musyawarah", "Keterangan", "Berita-acara"]
        let stream = try Data(MadeStream.noise(seconds: 2, tags: [("TITLE", words[0]), ("PERFORMER", words[1])]))
        let id = try archive.store(
            stream,
            level: "rahasia",
            as: "perekam",
            more: "&unit=umum&series=rapat&title=\(words[0])&participant=\(words[1])&meeting=\(words[2])"
                + "&description=\(words[3])"
        )
        // An upload on its way, one that was refused, a query, and a purpose.
        let fields = ["level": "rahasia", "unit": "umum", "series": "rapat", "title": words[0], "meeting": words[2]]
        #expect(try archive.create(length: 100, fields, as: "perekam").status == 201)
        let contradiction = try Data(MadeStream.noise(seconds: 1, tags: [("UNIT", words[3]), ("TITLE", words[0])]))
        let sealed = try archive.seal(contradiction, to: "rahasia", as: "perekam")
        let upload = try #require(archive.create(length: sealed.count, fields, as: "perekam").header("location"))
        #expect(try archive.patch(upload, sealed, at: 0, as: "perekam").status == 400)
        #expect(try archive.list(as: "Sarinah Wijaya", "&meeting=\(words[2])") == [id])
        let link = try #require(archive.links(id, as: "Sarinah Wijaya", purpose: words[4])["sealed"])
        #expect(try archive.exchange("GET", link, as: "Sarinah Wijaya").status == 200)
        #expect(try archive.exchange("GET", "/v1/recordings/\(id)?title=\(words[0])", as: "perekam").status == 404)

        // While it runs, with its write-ahead logs, and after.
        for _ in 0..<2 {
            let files = try contents(archive.root.appending(path: "Storage"))
            #expect(files.count > 5)
            for (name, bytes) in files {
                for word in words + ["Sarinah", "OpusHead", "OpusTags"] {
                    #expect(bytes.range(of: Data(word.utf8)) == nil, "\(word) is in clear in \(name)")
                }
                #expect(bytes.range(of: opusPage(stream)) == nil, "sound is in clear in \(name)")
            }
            for word in words { #expect(!archive.serviceLog.contains(word)) }
            _ = try archive.stop()
        }
    }

    /// A piece of sound from the middle of a stream.
    private func opusPage(_ stream: Data) -> Data { stream[(stream.count / 2)..<(stream.count / 2 + 64)] }
}
