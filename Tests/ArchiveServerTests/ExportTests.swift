import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Foundation
import Glibc
import TestSupport
import Testing

/// Recordings leave for another archive, and programs that nobody here wrote read them there.
@Suite("Exported bags are what another archive takes")
struct ExportTests {
    private static let title = "Anggaran ]]> & <\"2026\"> \u{202E}x"

    private func store(
        _ opus: Data,
        in archive: LiveArchive,
        level: String = "biasa",
        series: String = "rapat"
    ) throws -> String {
        let name = try #require(Self.title.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let stored = try archive.put(
            archive.seal(opus, to: level, as: "perekam"),
            as: "perekam",
            query: "level=\(level)&unit=umum&series=\(series)&title=\(name)&participant=Sari&participant=Budi"
        )
        return try #require(stored.json["id"] as? String, "\(stored.text)")
    }

    /// Whether PyPI's `bagit` finds a bag valid.
    private func validate(_ bag: URL) throws -> Program.Outcome {
        try Program.run(LiveArchive.python, ["-m", "bagit", "--validate", bag.path])
    }

    private func files(_ folder: URL) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: folder.appending(path: path).path, isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }

    private func text(_ file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }

    /// What stands in the elements of an XML document, by local name, as ElementTree reads it.
    private func elements(_ file: URL) throws -> [String: [String]] {
        let lint = try Program.run("xmllint", ["--noout", file.path])
        try #require(lint.status == 0 && lint.errorText.isEmpty, "\(lint.errorText)")
        let script = """
            import collections, json, sys
            from xml.etree import ElementTree
            found = collections.defaultdict(list)
            for element in ElementTree.parse(sys.argv[1]).getroot().iter():
                found[element.tag.split("}")[1]].append((element.text or "").strip())
            print(json.dumps(found))
            """
        let read = try Program.run("python3", ["-c", script, file.path])
        return try JSONDecoder().decode([String: [String]].self, from: read.output)
    }

    private func sha256(_ file: URL) throws -> String {
        String(try Program.run("sha256sum", [file.path]).text.prefix(64))
    }

    @Test func `a bag in clear, with proofs that hold without the archive`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        try archive.enrol("wati", "records-manager", clearance: "terbatas")
        let streams = try [Data(MadeStream.fresh()), Data(MadeStream.fresh())]
        let ids = try streams.map { try store($0, in: archive) }
        let described = try archive.risalah(
            as: "sari",
            "describe",
            ids[0],
            "--participant",
            "Wati",
            "--reason",
            "Hadir"
        )
        #expect(described.status == 0, "\(described.errorText)")
        let raised = try archive.risalah(
            as: "wati",
            "label",
            ids[1],
            "--level",
            "terbatas",
            "--reason",
            "Isinya"
        )
        #expect(raised.status == 0, "\(raised.errorText)")
        let absent = String(repeating: "a", count: 26)
        let out = archive.folder.appending(path: "keluar")
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        let bag = out.appending(path: "tas")

        // One is killed while it waits for its purpose; another that is made meanwhile leaves it alone, the next one clears up.
        let pipe = archive.folder.appending(path: "tujuan").path
        try #require(mkfifo(pipe, 0o600) == 0)
        let killed = try Program.start(
            LiveArchive.programs.appending(path: "risalah").path,
            ["export", ids[0], "--bag", bag.path, "--purpose-file", pipe, "--home"]
                + [archive.folder.appending(path: "sari").path],
            environment: ["SWIFT_BACKTRACE": "enable=no"]
        )
        defer { killed.send(signal: SIGKILL) }
        func parts() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: out.path).filter { $0.hasPrefix(".risalah-bag-") }
        }
        // Somebody reads from the pipe when it has come so far, and then waits for what is written.
        var writer: Int32 = -1
        try archive.waitUntil(seconds: 60) {
            writer = open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            return writer >= 0 || !killed.isRunning
        }
        defer { close(writer) }
        let left = try #require(try parts().first)
        func all() throws -> Program.Outcome {
            try archive.risalah(
                as: "sari",
                arguments: ["export"] + ids + [absent, "--bag", bag.path, "--all-or-nothing"]
            )
        }
        let beside = try all()
        #expect(beside.status == 66 && !beside.errorText.contains(left), "\(beside.errorText)")
        #expect(try parts() == [left])
        killed.send(signal: SIGKILL)
        killed.waitUntilExit()
        let whole = try all()
        #expect(whole.status == 66 && whole.errorText.contains(left), "\(whole.errorText)")
        #expect(try parts().isEmpty)
        #expect(try files(out).isEmpty)
        let made = try archive.risalah(as: "sari", arguments: ["export"] + ids + [absent, "--bag", bag.path, "--json"])
        #expect(made.status == 66, "\(made.errorText)")
        let result = try #require(JSONSerialization.jsonObject(with: made.output) as? [String: Any])
        #expect(result["label"] as? String == "terbatas" && result["sealed"] as? Bool == false)
        #expect((result["omitted"] as? [[String: String]])?.map { $0["code"] } == ["not-found"])
        #expect(try text(bag.appending(path: "omitted.txt")) == "\(absent) not-found\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: out.path) == ["tas"])
        let valid = try validate(bag)
        #expect(valid.status == 0, "\(valid.errorText)")
        let info = try text(bag.appending(path: "bag-info.txt"))
        for line in ["Classification: terbatas", "External-Identifier: \(ids[0])", "External-Identifier: \(ids[1])"] {
            #expect(info.split(separator: "\n").contains { $0 == line }, "\(info)")
        }

        let accesses = try #require(result["recordings"] as? [[String: Any]])
        for (number, id) in ids.enumerated() {
            let folder = bag.appending(path: "data/\(id)")
            let audio = folder.appending(path: "recording.opus")
            #expect(try Data(contentsOf: audio) == streams[number])
            let described = try elements(folder.appending(path: "metadata.xml"))
            #expect(described["title"] == [Self.title] && described["rights"] == [number == 0 ? "biasa" : "terbatas"])
            #expect(described["contributor"] == (number == 0 ? ["Wati"] : ["Sari", "Budi"]))
            let premis = try elements(folder.appending(path: "premis.xml"))
            let shown = try archive.risalah(as: "sari", "show", id, "--json")
            let json = try #require(JSONSerialization.jsonObject(with: shown.output) as? [String: Any])
            #expect(premis["messageDigest"] == [try sha256(audio), try #require(json["digest"] as? String)])
            let changed = number == 0 ? "metadata modification" : "policy assignment"
            #expect(premis["eventType"] == ["ingestion", "validation", changed, "dissemination", "fixity check"])
            #expect(premis["formatRegistryKey"] == ["fmt/946"])
            // Each event but the last names its proof, which holds by the key alone.
            let notes = premis["eventOutcomeDetailNote"] ?? []
            let proofs = notes.compactMap { $0.components(separatedBy: "proved by ").last }
            #expect(proofs.count == 4)
            #expect(try Set(proofs) == Set(files(folder).filter { $0.hasSuffix(".tlog-proof") }))
            for proof in Set(proofs) {
                let verified = try archive.risalah(
                    as: "nobody",
                    "audit",
                    "verify",
                    "--proof",
                    folder.appending(path: proof).path,
                    "--vkey",
                    folder.appending(path: "log/vkey").path
                )
                #expect(verified.status == 0 && verified.text.contains(id), "\(verified.errorText)")
            }
            // Nothing is open that would stand in the way of its transfer.
            let access = try #require(accesses[number]["access"] as? String)
            #expect(try archive.curl(as: "sari", "/v1/accesses/\(access)/recording.opus.age").status == 410)
        }

        // Once is enough, and a bag that was touched does not validate.
        let again = try archive.risalah(as: "sari", "export", ids[0], "--bag", bag.path)
        #expect(again.status == 74 && again.errorText.contains("is there already"), "\(again.errorText)")
        let touched = bag.appending(path: "data/\(ids[0])/premis.xml")
        try Data(text(touched).replacing("ingestion", with: "Ingestion").utf8).write(to: touched)
        #expect(try validate(bag).status != 0)
    }

    @Test func `a sealed bag says nothing to who has no key`() throws {
        let archive = try LiveArchive { config in
            try LiveArchive.edit(
                config,
                "policy.yaml",
                "access_lifetime: PT1H\n    recipients: any\n    index: none",
                "access_lifetime: PT1H\n    recipients: hybrid\n    index: none"
            )
        }
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "sangat-rahasia")
        let opus = try Data(MadeStream.fresh())
        let id = try store(opus, in: archive, level: "rahasia")
        func export(_ bag: URL, _ more: String...) throws -> Program.Outcome {
            try archive.risalah(
                as: "sari",
                arguments: ["export", id, "--purpose", "Penyerahan Anggaran", "--bag", bag.path] + more
            )
        }
        let (clear, own, foreign) = (
            archive.folder.appending(path: "clear"), archive.folder.appending(path: "own"),
            archive.folder.appending(path: "foreign")
        )
        let refused = try export(clear)
        #expect(refused.status == 77 && refused.errorText.contains("--sealed"), "\(refused.errorText)")
        #expect(try export(clear, "--recipient", "age1x").status == 64)
        let key = archive.folder.appending(path: "anri.txt")
        #expect(try Program.run("age-keygen", ["-o", key.path]).status == 0)
        let recipient = try Program.run("age-keygen", ["-y", key.path]).text.trimmingCharacters(in: .newlines)
        for (bag, more, identity) in [
            (own, [], archive.folder.appending(path: "sari/identity.txt")), (foreign, ["--recipient", recipient], key),
        ] {
            let made = try archive.risalah(
                as: "sari",
                arguments: ["export", id, "--purpose", "Penyerahan Anggaran", "--bag", bag.path, "--sealed"] + more
            )
            #expect(made.status == 0, "\(made.errorText)")
            #expect(try validate(bag).status == 0)
            let contents = try files(bag.appending(path: "data"))
            #expect(contents.count > 6 && contents.allSatisfy { $0.hasPrefix("\(id)/") && $0.hasSuffix(".age") })
            for word in ["Anggaran", "Sari", "Budi", "umum", "Penyerahan"] {
                let found = try Program.run("grep", ["-r", "-a", "-l", word, bag.path])
                #expect(found.text.isEmpty, "\(word) is in clear in \(found.text)")
            }
            #expect(try text(bag.appending(path: "bag-info.txt")).contains("Classification: rahasia\n"))
            for file in contents {
                let sealed = bag.appending(path: "data/\(file)")
                let opened = try Program.run("age", ["-d", "-i", identity.path, sealed.path])
                #expect(opened.status == 0, "\(file): \(opened.errorText)")
                if file.hasSuffix("recording.opus.age") { #expect(opened.output == opus) }
                if file.hasSuffix("metadata.xml.age") { #expect(opened.text.contains("Anggaran ]]&gt;")) }
            }
        }
        // What a level keeps from later computers goes to no key that they could break.
        let file = archive.folder.appending(path: "atas.opus")
        try Data(MadeStream.fresh()).write(to: file)
        let stored = try archive.risalah(
            as: "sari",
            arguments: [
                "import", file.path, "--level", "sangat-rahasia", "--unit", "umum", "--series", "rapat", "--title", "x",
            ]
                + ["--json"]
        )
        let answer = try #require(
            JSONSerialization.jsonObject(with: stored.output) as? [String: Any],
            "\(stored.errorText)"
        )
        let highest = try #require(answer["id"] as? String)
        let weak = try archive.risalah(
            as: "sari",
            arguments: ["export", highest, "--purpose", "x", "--sealed", "--recipient", recipient, "--bag", clear.path]
        )
        #expect(weak.status == 64 && weak.errorText.contains("post-quantum"), "\(weak.errorText)")
        // It is sealed for whom it was meant, and for nobody else.
        let sealed = foreign.appending(path: "data/\(id)/recording.opus.age").path
        let mine = try Program.run(
            "age",
            ["-d", "-i", archive.folder.appending(path: "sari/identity.txt").path, sealed]
        )
        #expect(mine.status != 0)
    }

    /// An archive whose levels but the lowest ask a records manager.
    private func asking(_ configure: (URL) throws -> Void = { _ in }) throws -> LiveArchive {
        try LiveArchive { config in
            let policy = config.appending(path: "policy.yaml")
            try Policy.asking(approvals: 1, of: Policy.shipped).write(to: policy, atomically: true, encoding: .utf8)
            try configure(config)
        }
    }

    /// What was opened, as an auditor finds it in the log.
    private func opened(in archive: LiveArchive) throws -> [String] {
        let log = try archive.risalah(as: "eko", "audit", "log", "--action", "access.open", "--json")
        return log.text.split(separator: "\n").compactMap { line in
            let entry = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return entry?["object"] as? String
        }
    }

    @Test func `what others have to agree to at its turn only waits, too`() throws {
        let archive = try asking()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        try archive.enrol("wati", "records-manager", clearance: "terbatas")
        try archive.enrol("eko", "auditor")
        let ids = try (0..<2).map { _ in try store(Data(MadeStream.fresh()), in: archive) }
        let bag = archive.folder.appending(path: "tas")
        let arguments = ["export"] + ids + ["--bag", bag.path, "--purpose", "Penyerahan"]
        // When the first is open and the second planned it looks for the key of the log, and waits for somebody who writes it.
        let pipe = archive.folder.appending(path: "sari/log.vkey").path
        try? FileManager.default.removeItem(atPath: pipe)
        try #require(mkfifo(pipe, 0o600) == 0)
        let out = archive.folder.appending(path: "ekspor.txt")
        try Data().write(to: out)
        let said = try FileHandle(forWritingTo: out)
        let export = try Program.start(
            LiveArchive.programs.appending(path: "risalah").path,
            arguments + ["--home", archive.folder.appending(path: "sari").path],
            environment: ["SWIFT_BACKTRACE": "enable=no"],
            errors: .file(said)
        )
        defer { export.send(signal: SIGKILL) }
        try archive.waitUntil(seconds: 60) { try opened(in: archive) == [ids[0]] || !export.isRunning }
        let raised = try archive.risalah(as: "wati", "label", ids[1], "--level", "terbatas", "--reason", "Isinya")
        #expect(raised.status == 0, "\(raised.errorText)")
        var writer: Int32 = -1
        try archive.waitUntil(seconds: 60) {
            writer = open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            return writer >= 0 || !export.isRunning
        }
        try FileManager.default.removeItem(atPath: pipe)
        close(writer)
        #expect(export.waitUntilExit() == .exit(75))
        let words = try text(out)
        #expect(words.contains("waits for 1 of role records-manager"), "\(words)")
        #expect(!FileManager.default.fileExists(atPath: bag.path))
        // What was asked for is still asked for, and the same command makes the bag.
        let requests = try archive.risalah(as: "wati", "requests", "--json")
        let request = try #require(JSONSerialization.jsonObject(with: requests.output) as? [String: Any])
        #expect(request["recording"] as? String == ids[1])
        let access = try #require(request["id"] as? String)
        #expect(try archive.risalah(as: "wati", "approve", access).status == 0)
        let made = try archive.risalah(as: "sari", arguments: arguments)
        #expect(made.status == 0, "\(made.errorText)")
        #expect(try validate(bag).status == 0)
    }

    @Test func `what others have to agree to waits, and nothing else is opened`() throws {
        let archive = try asking { config in
            let series = """
                series:
                  - {code: rapat, name: {en: E, id: I}, active: P1Y, inactive: P1Y, then: review, witnesses: 0}
                  - {code: arsip, name: {en: E, id: I}, active: P0D, inactive: P0D, then: permanent, witnesses: 0}
                """
            let schedule = config.appending(path: "retention.yaml")
            try series.write(to: schedule, atomically: true, encoding: .utf8)
        }
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        try archive.enrol("wati", "records-manager", clearance: "terbatas")
        try archive.enrol("umar", "records-manager", clearance: "terbatas")
        try archive.enrol("eko", "auditor")
        let open = try store(Data(MadeStream.fresh()), in: archive, series: "arsip")
        let guarded = try store(Data(MadeStream.fresh()), in: archive, level: "terbatas")
        let bag = archive.folder.appending(path: "tas")
        func export() throws -> Program.Outcome {
            try archive.risalah(
                as: "sari",
                "export",
                open,
                guarded,
                "--bag",
                bag.path,
                "--purpose",
                "Penyerahan"
            )
        }
        let asked = try export()
        #expect(
            asked.status == 75 && asked.errorText.contains("waits for 1 of role records-manager"),
            "\(asked.errorText)"
        )
        #expect(try opened(in: archive).isEmpty && !FileManager.default.fileExists(atPath: bag.path))
        let requests = try archive.risalah(as: "wati", "requests", "--json")
        let request = try #require(JSONSerialization.jsonObject(with: requests.output) as? [String: Any])
        #expect(request["recording"] as? String == guarded)
        let access = try #require(request["id"] as? String)
        #expect(try archive.risalah(as: "wati", "approve", access).status == 0)
        let made = try export()
        #expect(made.status == 0, "\(made.errorText)")
        #expect(try validate(bag).status == 0)
        #expect(try opened(in: archive) == [open])
        let premis = try elements(bag.appending(path: "data/\(guarded)/premis.xml"))
        #expect(premis["eventDetail"]?.contains { $0.hasPrefix("access.approve; access=\(access);") } == true)

        // What is permanent, and stands on a list that was approved, goes as one.
        let proposed = try archive.risalah(
            as: "wati",
            "transfer",
            "propose",
            "--series",
            "arsip",
            "--reason",
            "x",
            "--json"
        )
        let list = try #require(JSONSerialization.jsonObject(with: proposed.output) as? [String: Any])
        let name = try #require(list["id"] as? String, "\(proposed.errorText)")
        let transferred = archive.folder.appending(path: "serah")
        func hand() throws -> Program.Outcome {
            try archive.risalah(as: "sari", "export", "--transfer", name, "--bag", transferred.path)
        }
        let early = try hand()
        #expect(early.status == 75 && early.errorText.contains("is proposed"), "\(early.errorText)")
        let digest = try #require(list["digest"] as? String)
        let approved = try archive.risalah(as: "umar", "transfer", "approve", name, "--digest", digest)
        #expect(approved.status == 0, "\(approved.errorText)")
        let handed = try hand()
        #expect(handed.status == 0, "\(handed.errorText)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(transferred.path)/data") == [open])
    }
}
