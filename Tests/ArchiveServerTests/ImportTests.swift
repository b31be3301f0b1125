import ArchiveCore
import ArchiveTesting
import Foundation
import TestSupport
import Testing

/// What another service left is taken over, with the real programs.
@Suite("The past comes along") struct ImportTests {
    static let labels = ["--level", "terbatas", "--unit", "umum", "--series", "rapat"]

    func archive() throws -> LiveArchive {
        let archive = try LiveArchive(configure: LiveArchive.keepSmallReserves)
        try archive.enrol("sari", "archivist", clearance: "rahasia")
        return archive
    }

    /// The lines that an import printed, and the sum.
    func reports(_ outcome: Program.Outcome) throws -> (lines: [[String: Any]], summary: [String: Int]) {
        let objects = try outcome.text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
        }
        let last = try #require(objects.last?["summary"] as? [String: Any], "\(outcome.text)\(outcome.errorText)")
        return (objects.dropLast(), last.compactMapValues { $0 as? Int })
    }

    func recordings(_ archive: LiveArchive) throws -> [[String: Any]] {
        try archive.objects(archive.risalah(as: "sari", "list", "--json", "--limit", "500"))
    }

    /// Asked for by each run, it is one request, which a records manager grants as a whole.
    @Test func `old recordings count from when they began`() throws {
        let archive = try archive()
        try archive.enrol("wati", "records-manager", clearance: "rahasia")
        let tree = try ImportTree(archive.folder.appending(path: "tree"))
        try tree.makeEverything()
        let command =
            ["import", tree.path, "--json", "--retention-from", "started", "--retention-reason", "Pindah layanan"]
            + Self.labels
        func told(_ arguments: [String]) throws -> (line: [String: Any], stored: Int) {
            let outcome = try archive.risalah(as: "sari", arguments: arguments)
            try #require(outcome.status == 65, "\(outcome.errorText)")
            let (lines, summary) = try reports(outcome)
            let told = try #require(lines.last?["backdating"] as? [String: Any], "\(outcome.text)")
            return (told, summary["stored"] ?? -1)
        }
        let planned = try told(command + ["--dry-run"]).line
        let (first, stored) = try told(command)
        let request = try #require(first["request"] as? [String: Any])
        let (id, waiting) = (try #require(request["id"] as? String), try #require(request["waiting"] as? Int))
        let old = try recordings(archive).filter { $0["started"] is String }
        #expect(waiting == old.count && waiting > 2 && planned["planned"] as? Int == waiting, "\(planned)")
        #expect(stored == waiting + (first["withoutBeginning"] as? Int ?? -1))
        let second = try told(command)
        #expect(second.stored == 0 && (second.line["request"] as? [String: Any])?["id"] as? String == id)

        func manager(_ arguments: String...) throws -> [String: Any] {
            let outcome = try archive.risalah(as: "wati", arguments: arguments + ["--json"])
            return try #require(archive.objects(outcome).first, "\(outcome.text)\(outcome.errorText)")
        }
        #expect(try manager("whoami")["backdatings"] as? Int == 1)
        #expect(try archive.risalah(as: "wati", "whoami").text.contains("1 back-dating (risalah backdating list)"))
        let listed = try manager("backdating", "list")
        #expect(listed["id"] as? String == id && listed["reason"] as? String == "Pindah layanan")
        let granted = try manager("backdating", "grant", id)
        #expect(granted["granted"] as? Int == waiting && granted["waiting"] as? Int == 0, "\(granted)")
        #expect(try manager("whoami")["backdatings"] as? Int == 0)
        for recording in old {
            let name = try #require(recording["id"] as? String)
            let ask = try archive.exchange("GET", "/v1/recordings/\(name)/retention", as: "wati")
            #expect(ask.json["counted"] as? String == recording["started"] as? String, "\(ask.text)")
        }
        #expect(try archive.risalah(as: "sari", "backdating", "grant", id).status == 66)
        #expect(try archive.stop() == 0)
    }

    @Test func `trees of every service, twice`() throws {
        let archive = try archive()
        let tree = try ImportTree(archive.folder.appending(path: "tree"))
        try tree.makeEverything()
        let command = ["import", tree.path, "--json"] + Self.labels

        let rehearsal = try archive.risalah(as: "sari", arguments: command + ["--dry-run"])
        #expect(rehearsal.status == 65, "\(rehearsal.errorText)")
        let planned = try reports(rehearsal)
        #expect(planned.summary["planned"] == tree.good && planned.summary["stored"] == 0)
        #expect(try recordings(archive).isEmpty)

        let first = try archive.risalah(as: "sari", arguments: command)
        #expect(first.status == 65, "\(first.errorText)")
        let (lines, summary) = try reports(first)
        #expect(summary["stored"] == tree.good && summary["refused"] == tree.broken, "\(first.text)")
        #expect(summary["skipped"] == 1 && summary["transcripts"] == 1 && summary["transcriptsRefused"] == 0)
        // What was announced is what was done.
        func named(_ lines: [[String: Any]], _ outcome: String) -> Set<String> {
            Set(lines.filter { $0["outcome"] as? String == outcome }.compactMap { $0["path"] as? String })
        }
        #expect(
            named(planned.lines, "planned").union(named(planned.lines, "skipped"))
                == named(lines, "stored").union(named(lines, "skipped"))
        )
        #expect(named(planned.lines, "refused") == named(lines, "refused"))
        // Of two with the same bytes the first by its path.
        #expect(named(lines, "skipped") == ["\(tree.path)/satu.opus"])
        let found = try recordings(archive)
        #expect(found.count == tree.good)
        for line in lines where line["outcome"] as? String == "stored" {
            let recording = try #require(found.first { $0["id"] as? String == line["id"] as? String })
            let said = try #require(line["metadata"] as? [String: Any])
            for field in ["title", "level", "unit", "series", "started", "description"] {
                #expect(recording[field] as? String == said[field] as? String, "\(field) of \(line)")
            }
            let source = try #require(line["source"] as? String)
            let path = try #require(line["path"] as? String)
            #expect(
                source
                    == (try Program.run("sha256sum", [], input: Data(contentsOf: URL(filePath: path))).text.prefix(64))
            )
            let original = try #require(recording["source"] as? [String: Any])
            #expect(original["sha256"] as? String == source && original["bytes"] as? Int == line["bytes"] as? Int)
            #expect(original["origin"] as? String == line["origin"] as? String)
        }
        #expect(Set(found.compactMap { $0["title"] as? String }) == tree.titles)

        // An original is what it was.
        let meeting = try #require(found.first { $0["title"] as? String == "test-polling" }?["id"] as? String)
        let copy = archive.folder.appending(path: "copy.opus")
        #expect(try archive.risalah(as: "sari", "get", meeting, "-o", copy.path, "--purpose", "Uji").status == 0)
        #expect(try Data(contentsOf: copy) == Data(contentsOf: tree.original))

        // A transcript has its speakers and times.
        let cloud = try #require(found.first { $0["title"] as? String == "Rapat Anggaran" }?["id"] as? String)
        let text = try archive.risalah(as: "sari", "transcript", "get", cloud, "--format", "vtt", "--purpose", "Uji")
        #expect(
            text.text.contains("00:00:01.120 --> 00:00:04.870\n<v Sari Wulandari>Selamat pagi"),
            "\(text.text)\(text.errorText)"
        )

        // So has a chat what was written.
        #expect(summary["attachments"] ?? 0 > 0 && summary["attachmentsRefused"] == 0, "\(summary)")
        let chat = lines.first { line in
            (line["attachments"] as? [[String: Any]] ?? []).contains {
                ($0["path"] as? String)?.hasSuffix("chat.txt") == true
            }
        }
        let chatted = try #require(chat?["id"] as? String)
        let words = try archive.risalah(as: "sari", "attachment", "get", chatted, "0", "--purpose", "Uji", "-o", "-")
        #expect(words.text.contains("From Budi : halo"), "\(words.errorText)")
        // What was said in it is found, with who said it and when.
        try archive.waitUntil(seconds: 60) {
            let hit = try archive.risalah(as: "sari", "search", "selamat pagi", "--json", "--purpose", "Uji")
            return hit.text.contains(cloud) && hit.text.contains(#""speaker":"Sari Wulandari""#)
                && hit.text.contains(#""start":1.12"#)
        }

        let second = try archive.risalah(as: "sari", arguments: command)
        let again = try reports(second)
        #expect(again.summary["attachments"] == 0 && again.summary["attachmentsRefused"] == 0)
        #expect(second.status == 65 && again.summary["stored"] == 0 && again.summary["skipped"] == tree.good + 1)
        #expect(again.lines.allSatisfy { ($0["reason"] as? [String: Any])?["message"] != nil })
        #expect(try recordings(archive).count == tree.good)
        // Nothing of what it is about lies on the disk of whoever imported it.
        let home = archive.folder.appending(path: "sari").path
        #expect(try Program.run("grep", ["-r", "-l", "-a", "Anggaran", home]).status == 1)
    }

    /// Whatever it is doing when it is ended, going on makes of it what one undisturbed run would.
    @Test(arguments: 0..<3) func `killed at any moment`(_ seed: UInt64) throws {
        let archive = try archive()
        let tree = try ImportTree(archive.folder.appending(path: "tree"))
        let count = 12
        for number in 0..<count {
            let format = number.isMultiple(of: 3) ? "opus" : number.isMultiple(of: 2) ? "m4a" : "wav"
            try tree.tone("\(number).\(format)", frequency: 300 + number, seconds: 40)
        }
        let journal = archive.folder.appending(path: "sari/imports/journal")
        func lines() -> Int { (try? Data(contentsOf: journal))?.count { $0 == UInt8(ascii: "\n") } ?? 0 }
        var random = SeededGenerator(seed: seed)
        var kills = 0
        while true {
            let run = try RunningRecorder(
                archive,
                as: "sari",
                ["import", tree.path, "--json", "--jobs", "2"] + Self.labels
            )
            let goal = lines() + Int.random(in: 1...6, using: &random)
            try archive.waitUntil(seconds: 120) { lines() >= goal || !run.isRunning }
            guard run.isRunning else {
                #expect(try run.status() == 0, "\(run.errorText)")
                break
            }
            run.kill()
            kills += 1
        }
        #expect(kills >= 3)
        let found = try recordings(archive)
        #expect(found.compactMap { $0["title"] as? String }.sorted() == (0..<count).map(String.init).sorted())
        #expect(
            found.allSatisfy { $0["state"] as? String == "stored" && abs(($0["duration"] as? Double ?? 0) - 40) < 0.05 }
        )
        // The spool of a killed one is gone with it.
        #expect(try FileManager.default.contentsOfDirectory(atPath: archive.spool("sari").path).isEmpty)
    }

    @Test func `a file that changes while it is read`() throws {
        let archive = try archive()
        let tree = try ImportTree(archive.folder.appending(path: "tree"))
        let path = try tree.silence("panjang.wav", seconds: 900)
        let run = try RunningRecorder(archive, as: "sari", ["import", tree.path, "--json"] + Self.labels)
        let open = "/proc/\(run.identifier)/fd"
        try archive.waitUntil(seconds: 60) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: open)) ?? []
            return names.contains {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(open)/\($0)")) == path
            }
        }
        let file = try FileHandle(forUpdating: URL(filePath: path))
        try file.seek(toOffset: 1_000)
        try file.write(contentsOf: Data([1, 2, 3, 4]))
        try file.close()
        #expect(try run.status() == 65, "\(run.errorText)")
        let reason = run.receipts.first?["reason"] as? [String: Any]
        #expect((reason?["message"] as? String)?.contains("changed while it was read") == true, "\(run.receipts)")
        #expect(try recordings(archive).isEmpty)
    }

    @Test func `without labels nothing is begun, and nothing is made lower`() throws {
        let archive = try archive()
        let tree = try ImportTree(archive.folder.appending(path: "tree"))
        try tree.tone("satu.wav", frequency: 400, seconds: 1)
        try tree.tone("dua.m4a", frequency: 500, seconds: 1)
        for missing in 0..<3 {
            var labels = Self.labels
            labels.removeSubrange(2 * missing..<2 * missing + 2)
            let refused = try archive.risalah(as: "sari", arguments: ["import", tree.path] + labels)
            #expect(refused.status == 65 && refused.errorText.contains("has no "), "\(refused.errorText)")
        }
        let list = archive.folder.appending(path: "tree/daftar.csv").path
        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: list)) }
        try write("\u{FEFF}path;level;titel\r\nsatu.wav;biasa;x\r\n")
        let mistaken = try archive.risalah(as: "sari", arguments: ["import", "--from-list", list] + Self.labels)
        #expect(mistaken.status == 65 && mistaken.errorText.contains("line 1, column 12"), "\(mistaken.errorText)")
        #expect(try recordings(archive).isEmpty)

        try write(
            "\u{FEFF}path;level;title;participants\r\nsatu.wav;biasa;\"Rapat; \"\"satu\"\"\";Sari|Budi\r\ndua.m4a;rahasia;;\r\n"
        )
        let taken = try archive.risalah(as: "sari", arguments: ["import", "--from-list", list] + Self.labels)
        #expect(taken.status == 0, "\(taken.text)\(taken.errorText)")
        let found = try recordings(archive)
        let levels = Dictionary(
            uniqueKeysWithValues: found.map { ($0["title"] as? String ?? "", $0["level"] as? String ?? "") }
        )
        #expect(levels == ["Rapat; \"satu\"": "terbatas", "dua": "rahasia"])
    }

    @Test func `one file of another kind, by its name`() throws {
        let archive = try archive()
        let tree = try ImportTree(archive.folder.appending(path: "tree"))
        try tree.tone("rapat.m4a", frequency: 400, seconds: 2)
        let file = tree.path + "/rapat.m4a"
        let taken = try archive.risalah(
            as: "sari",
            arguments: ["import", file, "--title", "Satu", "--json"] + Self.labels
        )
        let receipt = try #require(archive.objects(taken).first)
        #expect(receipt["state"] as? String == "stored" && receipt["loss"] as? Double == 0 && receipt["id"] is String)
        #expect(abs((receipt["duration"] as? Double ?? 0) - 2) < 0.03)
        let without = try archive.risalah(
            as: "sari",
            arguments: ["import", file, "--ffmpeg", "/nonexistent/ffmpeg"] + Self.labels
        )
        // It is there already, and needs no program.
        #expect(without.status == 0, "\(without.errorText)")
        try tree.tone("lain.m4a", frequency: 450, seconds: 2)
        let missing = try archive.risalah(
            as: "sari",
            arguments: ["import", tree.path, "--ffmpeg", "/nonexistent/ffmpeg"] + Self.labels
        )
        #expect(missing.status == 78 && missing.errorText.contains("ffmpeg is not there"), "\(missing.errorText)")
    }

    /// What is there is kept, and what should be there is said to be missing.
    @Test func `a file that was cut off`() throws {
        let archive = try archive()
        let tree = try ImportTree(archive.folder.appending(path: "tree"))
        try tree.tone("utuh.m4a", frequency: 400, seconds: 30)
        let (whole, cut) = (tree.path + "/utuh.m4a", tree.path + "/potong.m4a")
        // With its index in front, so that it can be played as far as it goes.
        let moved = try Program.run(
            "ffmpeg",
            ["-v", "error", "-i", whole, "-c", "copy", "-movflags", "+faststart", cut]
        )
        try #require(moved.status == 0, "\(moved.errorText)")
        let length = try Data(contentsOf: URL(filePath: cut)).count
        #expect(truncate(cut, off_t(length * 2 / 3)) == 0)
        let taken = try archive.risalah(as: "sari", arguments: ["import", cut, "--json"] + Self.labels)
        let receipt = try #require(archive.objects(taken).first)
        let (duration, loss) = (receipt["duration"] as? Double ?? 0, receipt["loss"] as? Double ?? 0)
        #expect(loss > 5 && duration > 15 && abs(duration + loss - 30) < 0.1, "\(receipt)")
        let codes = (receipt["findings"] as? [[String: Any]])?.compactMap { $0["code"] as? String } ?? []
        #expect(codes.contains("truncated-source") && codes.contains("damaged-source"), "\(codes)")
    }

    /// Who only sends has no part in transcripts, and is told so.
    @Test func `a recorder takes over what is said, and not what was written down`() throws {
        let archive = try archive()
        try archive.enrol("perekam", "recorder")
        let tree = try ImportTree(archive.folder.appending(path: "tree"))
        try tree.tone("rapat.wav", frequency: 400, seconds: 5)
        try Data("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Sari>halo\n".utf8).write(
            to: URL(filePath: tree.path + "/rapat.vtt")
        )
        let command = ["import", tree.path, "--json"] + Self.labels
        let partly = try archive.risalah(as: "perekam", arguments: command)
        let (lines, summary) = try reports(partly)
        #expect(partly.status == 65 && summary["stored"] == 1 && summary["transcriptsRefused"] == 1, "\(partly.text)")
        #expect((lines[0]["metadata"] as? [String: Any])?["participants"] as? [String] == ["Sari"])
        #expect(try archive.risalah(as: "perekam", arguments: command + ["--no-transcripts"]).status == 0)
        #expect(try recordings(archive).count == 1)
    }
}
