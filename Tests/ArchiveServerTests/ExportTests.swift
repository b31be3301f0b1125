import ArchiveCore
import Foundation
import Glibc
import TestSupport
import Testing

/// Recordings leave for another archive, and programs that nobody here wrote read them there.
@Suite("Exported bags are what another archive takes")
struct ExportTests {
    private static let source = String(repeating: "5c", count: 32)
    private static let title = "Anggaran ]]> & <\"2026\"> \u{202E}x"

    func store(
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
                + "&source=sha256:\(Self.source),4711,jitsi"
        )
        return try #require(stored.json["id"] as? String, "\(stored.text)")
    }

    /// Whether PyPI's `bagit` finds a bag valid.
    func validate(_ bag: URL) throws -> Program.Outcome {
        try Program.run(LiveArchive.python, ["-m", "bagit", "--validate", bag.path])
    }

    private func files(_ folder: URL) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: folder.appending(path: path).path, isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }

    func text(_ file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }

    /// What stands in the elements of an XML document, by local name, as ElementTree reads it.
    func elements(_ file: URL) throws -> [String: [String]] {
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
            #expect(described["source"]?.last == "sha256:\(Self.source), 4711 bytes, jitsi")
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
}
