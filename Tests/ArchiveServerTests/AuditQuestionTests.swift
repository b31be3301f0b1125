import ArchiveCore
import Foundation
import TestSupport
import Testing

/// What auditors ask, with the real programs on both sides.
@Suite("An auditor asks the log")
struct AuditQuestionTests {
    private func lines(_ outcome: Program.Outcome) throws -> [[String: Any]] {
        try #require(outcome.status == 0, "\(outcome.errorText)")
        return try outcome.text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    /// Every list, in pages of two, is the same list.
    private func pages(_ archive: LiveArchive) throws {
        func audit(_ arguments: [String]) throws -> Program.Outcome {
            let home = ["--csv", "--home", archive.folder.appending(path: "wati").path]
            let program = LiveArchive.programs.appending(path: "risalah").path
            return try Program.run(program, ["audit"] + arguments + home, environment: archive.environment)
        }
        for (command, option, limit) in [
            (["log", "--offline"], "--after", 10), (["log", "--offline", "--newest"], "--before", 10),
            (["principals"], "--after", 2), (["report", "--burst", "1"], "--after", 2),
        ] {
            var whole = try audit(command)
            var expected = whole.text.split(separator: "\n")
            try #require(expected.count > limit, "\(command) \(whole.errorText)")
            let heading = expected.removeFirst()
            var found: [Substring] = []
            var next: [String] = []
            while found.count < expected.count {
                whole = try audit(command + ["--limit", String(limit)] + next)
                let page = whole.text.split(separator: "\n")
                try #require(
                    whole.status == 0 && page.first == heading && page.count > 1,
                    "\(command) \(whole.errorText)"
                )
                found += page.dropFirst()
                guard let place = whole.errorText.firstMatch(of: /(--\w+) (\d+)/) else { break }
                #expect(place.output.1 == option)
                next = [option, String(place.output.2)]
            }
            // Their own questions are entries too: what was used last is another moment.
            func shown(_ lines: [Substring]) -> [Substring.SubSequence] { lines.map { $0.prefix { $0 != "," } } }
            #expect(shown(found) == shown(expected), "\(command)")
        }
    }

    @Test func `who, exposure, principals and the report, and what was forgotten`() throws {
        // They work on one day of the week only, three days from now.
        let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        let weekday = Calendar(identifier: .gregorian).component(.weekday, from: Date(timeIntervalSinceNow: 3 * 86_400))
        let archive = try LiveArchive { config in
            let file = config.appending(path: "risalah.yaml")
            let office = "office: { days: [\(days[weekday - 1])], from: \"07:30\", to: \"16:00\", closed: [] }\n"
            try (String(contentsOf: file, encoding: .utf8) + office).write(to: file, atomically: true, encoding: .utf8)
        }
        try archive.enrol("perekam", "recorder")
        let sari = try archive.enrol("sari", "archivist", clearance: "terbatas")
        try archive.enrol("budi", "archivist")
        try archive.enrol("wati", "auditor")
        let sealed = try archive.seal(Data(MadeStream.fresh()), to: "terbatas", as: "perekam")
        let stored = try archive.put(sealed, as: "perekam")
        let id = try #require(stored.json["id"] as? String, "\(stored.text)")
        let output = archive.folder.appending(path: "out.opus").path
        let got = try archive.risalah(as: "sari", "get", id, "--purpose", "Notulen <rapat>", "-o", output)
        #expect(got.status == 0, "\(got.errorText)")
        #expect(try archive.risalah(as: "budi", "get", id, "--purpose", "Ingin tahu", "-o", "\(output).2").status == 66)

        // Who opened this recording.
        let who = try lines(archive.risalah(as: "wati", "audit", "who", id, "--json"))
        #expect(who.map { $0["what"] as? String } == ["opened", "delivered", "refused"])
        #expect(who.map { $0["name"] as? String } == ["sari", "sari", "budi"])
        #expect(who[0]["purpose"] as? String == "Notulen <rapat>" && who[0]["erased"] as? Bool == false)
        #expect(who[0]["label"] as? String == "terbatas" && who[2]["reasons"] as? String == "not-found")
        // Every list goes on where it was cut, and says how.
        let cut = try archive.risalah(as: "wati", "audit", "who", id, "--json", "--limit", "2")
        #expect(try lines(cut).map { $0["what"] as? String } == ["opened", "delivered"])
        let place = try #require(cut.errorText.firstMatch(of: /--after (\d+)/)).output.1
        let went = try archive.risalah(
            as: "wati",
            "audit",
            "who",
            id,
            "--json",
            "--limit",
            "1",
            "--after",
            String(place)
        )
        #expect(try lines(went).map { $0["what"] as? String } == ["refused"] && !went.errorText.contains("--after"))
        let early = try archive.risalah(as: "wati", "audit", "who", id, "--json", "--until", "2026-01-01")
        #expect(early.status == 0 && early.output.isEmpty)
        let table = try archive.risalah(as: "wati", "audit", "who", "--person", "SARI", "--csv")
        let rows = table.text.split(separator: "\n")
        #expect(rows.first == "seq,time,what,who,role,object,label,part,reasons,purpose", "\(table.errorText)")
        #expect(rows.count == 3 && rows[1].hasSuffix(",archivist,\(id),terbatas,,,Notulen <rapat>"), "\(table.text)")
        #expect(try archive.risalah(as: "wati", "audit", "who", "--person", "siapa").status == 66)
        #expect(try archive.risalah(as: "wati", "audit", "who").status == 64)
        #expect(try archive.risalah(as: "sari", "audit", "who", id).status == 77)

        // What her keys were given, and who may what.
        let exposure = try lines(archive.risalah(as: "wati", "audit", "exposure", sari, "--json"))
        #expect(exposure.map { $0["object"] as? String } == [id])
        let certificate = try #require(exposure[0]["certificate"] as? String)
        for (digest, count) in [(certificate, 1), (String(repeating: "0", count: 64), 0)] {
            let found = try archive.risalah(as: "wati", "audit", "exposure", sari, "--certificate", digest, "--json")
            #expect(try lines(found).count == count)
        }
        let principals = try lines(archive.risalah(as: "wati", "audit", "principals", "--json"))
        #expect(Set(principals.map { $0["name"] as? String }) == ["perekam", "sari", "budi", "wati"])
        #expect(
            principals.allSatisfy {
                $0["lastUse"] != nil && $0["leaver"] == nil && $0["grantedBy"] as? String == "uid:\(getuid())"
                    && $0["enrolled"] != nil && ($0["differs"] as? [String])?.isEmpty == true
            }
        )
        #expect(principals.first { $0["name"] as? String == "sari" }?["state"] as? String == "active")

        // The report of a month.
        let findings = try lines(archive.risalah(as: "wati", "audit", "report", "--json", "--burst", "1"))
        #expect(findings.map { $0["kind"] as? String } == ["outside-hours", "first-reader", "outside-hours"])
        #expect(findings[0]["purpose"] as? String == "Notulen <rapat>" && findings[0]["name"] as? String == "sari")
        let page = archive.folder.appending(path: "report.html")
        // The month of Jakarta in which the entries lie.
        let time = try #require(Timestamp.date(who[0]["time"] as? String ?? ""))
        let month = String(Timestamp.text(time.addingTimeInterval(7 * 3600)).prefix(7))
        let made = try archive.risalah(as: "wati", "audit", "report", "--month", month, "-o", page.path)
        #expect(made.status == 0 && made.text == "\(page.path)\n", "\(made.errorText)")
        let check = """
            import sys, xml.etree.ElementTree as tree
            page = tree.parse(sys.argv[1]).getroot()
            print("".join(page.find(".//pre").itertext()))
            print([cell.text for cell in page.iter("td") if cell.text and "Notulen" in cell.text])
            """
        let parsed = try Program.run("python3", ["-c", check, page.path])
        #expect(parsed.status == 0, "\(parsed.errorText)")
        let vkey = try String(contentsOf: archive.root.appending(path: "Config/log.vkey"), encoding: .utf8)
        let origin = try #require(vkey.split(separator: "+").first)
        #expect(parsed.text.hasPrefix("\(origin)\n") && parsed.text.contains("— \(origin) "), "\(parsed.text)")
        // Of the opening, of its delivery, and of the first time.
        let purposes = "['Notulen <rapat>', 'Notulen <rapat>', 'Notulen <rapat>']"
        #expect(parsed.text.contains(purposes), "\(parsed.text)")
        #expect(try archive.risalah(as: "wati", "audit", "report", "--month", "2026-13", "-o", page.path).status == 64)

        try pages(archive)

        // What is forgotten is said to be.
        let seq = try #require(who[0]["seq"] as? Int)
        let forget = ["audit", "forget", "--entry", String(seq), "--field", "purpose", "--reason", "Permintaan"]
        func forgetting() throws -> Program.Outcome {
            try Program.run(
                LiveArchive.programs.appending(path: "risalahd").path,
                forget + ["--root", archive.root.path, "--json"],
                environment: archive.environment
            )
        }
        let forgotten = try lines(forgetting())
        #expect(forgotten.map { $0["texts"] as? Int } == [1])
        #expect(try forgetting().status == 66)
        let after = try lines(archive.risalah(as: "wati", "audit", "who", id, "--json"))
        #expect(after[0]["purpose"] == nil && after[0]["erased"] as? Bool == true)
        let verified = try archive.risalah(as: "wati", "audit", "verify", "--json")
        #expect(verified.status == 0 && verified.text.contains(#""erased":1"#), "\(verified.text)\(verified.errorText)")
        // Without the service it is the same.
        #expect(try archive.stop() == 0)
        #expect(try forgetting().status == 66)
        #expect(try archive.risalahd("audit", "forget", "--reason", "x", "--root", archive.root.path).status == 64)
    }
}
