import Foundation
import TestSupport
import Testing

/// Mistakes are found before they count, and rules change as a whole or not at all.
@Suite("The rules of an archive")
struct ConfigurationTests {
    private func check(_ archive: LiveArchive) throws -> Program.Outcome {
        try archive.risalahd("config", "check", "--root", archive.root.path, "--json")
    }

    private func config(_ archive: LiveArchive) -> URL { archive.root.appending(path: "Config") }

    /// Sends SIGHUP and waits until the service has said `words` about it `times` times in all.
    private func reload(_ archive: LiveArchive, says words: String, times: Int = 1) throws {
        kill(archive.processIdentifier, SIGHUP)
        try archive.waitUntil(seconds: 60) { archive.serviceLog.components(separatedBy: words).count > times }
    }

    private func entries(_ archive: LiveArchive, _ action: String) throws -> [[String: Any]] {
        let log = try archive.risalah(as: "wati", "audit", "log", "--action", action, "--json")
        try #require(log.status == 0, "\(log.errorText)")
        return try log.text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    private func digest(_ file: URL) throws -> String {
        let sum = try Program.run("sha256sum", [file.path])
        return String(try #require(sum.text.split(separator: " ").first))
    }

    @Test func `what is sound is shown, and every file's mistake is named`() throws {
        let archive = try LiveArchive()
        let sound = try check(archive)
        #expect(sound.status == 0, "\(sound.errorText)")
        let report = try #require(JSONSerialization.jsonObject(with: sound.output) as? [String: Any])
        #expect(report["sound"] as? Bool == true)
        let levels = try #require(report["levels"] as? [[String: Any]])
        #expect(levels.map { $0["level"] as? String } == ["biasa", "terbatas", "rahasia", "sangat-rahasia"])
        #expect(levels.map { $0["sealedOnly"] as? Bool } == [false, false, true, true])
        let roles = try #require(report["roles"] as? [[String: Any]])
        let archivist = try #require(roles.first { $0["role"] as? String == "archivist" })
        #expect(archivist["actions"] as? [String] == ["send", "find", "show", "open", "expect", "describe"])
        #expect(archivist["accessesPerHour"] as? Int == 100 && archivist["units"] as? String == "own")
        let files = try #require(report["files"] as? [[String: String]])
        #expect(files.count == 3)
        for file in files {
            #expect(try digest(URL(filePath: try #require(file["file"]))) == file["sha256"])
        }
        let table = try archive.risalahd("config", "check", "--root", archive.root.path)
        #expect(table.status == 0 && table.errorText.isEmpty)
        #expect(table.text.contains(/sangat-rahasia +yes +yes +0 +0 +PT1H +any +none\n/), "\(table.text)")
        #expect(table.text.contains(/auditor +all +- +- +read-log\n/), "\(table.text)")

        // All three files at once; the service that runs is not asked and not told.
        try LiveArchive.edit(config(archive), "policy.yaml", "units: [umum]", "units: []")
        try LiveArchive.edit(config(archive), "retention.yaml", "then: review", "then: keep")
        try LiveArchive.edit(config(archive), "risalah.yaml", "Asia/Jakarta", "Asia/Batavia")
        let wrong = try check(archive)
        #expect(wrong.status == 78)
        let found = try #require(JSONSerialization.jsonObject(with: wrong.output) as? [String: Any])
        let mistakes = try #require(found["mistakes"] as? [[String: Any]])
        #expect(mistakes.count == 3)
        for (mistake, file) in zip(mistakes, ["risalah.yaml", "policy.yaml", "retention.yaml"]) {
            #expect((mistake["file"] as? String)?.hasSuffix("/Config/\(file)") == true)
            #expect(mistake["line"] as? Int ?? 0 > 1 && mistake["column"] as? Int ?? 0 > 1)
            #expect(mistake["code"] as? String == "wrong-value")
            #expect((mistake["message"] as? String)?.contains("expected ") == true)
        }
        #expect((found["levels"] as? [Any])?.isEmpty == true && (found["series"] as? [Any])?.isEmpty == true)
        let said = try archive.risalahd("config", "check", "--root", archive.root.path)
        #expect(said.status == 78 && said.output.isEmpty)
        #expect(said.errorText.split(separator: "\n").count == 3, "\(said.errorText)")
        #expect(try archive.risalahd("status", "--root", archive.root.path).status == 0)
        // A start refuses all of it with the same words.
        #expect(try archive.stop() == 0)
        let start = try archive.risalahd("serve", "--root", archive.root.path)
        #expect(start.status == 78)
        for mistake in mistakes {
            #expect(start.errorText.contains(try #require(mistake["message"] as? String)), "\(start.errorText)")
        }
        let policy = config(archive).appending(path: "policy.yaml")
        try FileManager.default.removeItem(at: policy)
        #expect(try check(archive).text.contains("missing-file"))
        try Data([0xFF, 0xFE]).write(to: policy)
        #expect(try check(archive).text.contains("not UTF-8"))
    }

    @Test func `rules change at once for everybody, or not at all`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        try archive.enrol("wati", "auditor")
        let id = try archive.store(
            MadeStream.fresh(),
            level: "terbatas",
            as: "perekam",
            more: "&unit=umum&series=rapat&title=Pleno"
        )
        let links = try archive.links(id, as: "sari")
        let (sealed, opus) = (try #require(links["sealed"]), try #require(links["opus"]))
        #expect(try archive.exchange("GET", opus, as: "sari").status == 200)
        let policy = config(archive).appending(path: "policy.yaml")
        let first = try digest(policy)
        #expect(try entries(archive, "policy.load").map { ($0["details"] as? [String: String])?["sha256"] } == [first])

        // One of the two has a mistake: neither counts.
        let shipped = try String(contentsOf: policy, encoding: .utf8)
        try LiveArchive.edit(
            config(archive),
            "policy.yaml",
            "actions: [send, find, show, open, expect, describe]",
            "actions: [send, find, show, expect]"
        )
        let stricter = try String(contentsOf: policy, encoding: .utf8)
            .replacing("accesses_per_hour: 100", with: "").replacing("accesses_per_day: 500", with: "")
        try stricter.write(to: policy, atomically: true, encoding: .utf8)
        let schedule = config(archive).appending(path: "retention.yaml")
        let kept = try String(contentsOf: schedule, encoding: .utf8)
        try LiveArchive.edit(config(archive), "retention.yaml", "then: review", "then: keep")
        try reload(archive, says: "the rules in force stay")
        #expect(archive.serviceLog.contains(/retention\.yaml:\d+:\d+: expected/), "\(archive.serviceLog)")
        #expect(try archive.exchange("GET", opus, as: "sari").status == 200)
        #expect(try archive.open(id, as: "sari").status == 201)
        let refusals = try entries(archive, "schedule.load").filter { $0["decision"] as? String == "refuse" }
        let details = try #require(refusals.first?["details"] as? [String: String])
        #expect(refusals.count == 1 && details["code"] == "wrong-value" && details["line"] != nil)
        #expect(try details["sha256"] == digest(schedule))

        // Both are sound: what the new policy no longer gives ends with it, also where it was open.
        try kept.write(to: schedule, atomically: true, encoding: .utf8)
        try reload(archive, says: "accesses that ended: 2")
        #expect(try archive.exchange("GET", opus, as: "sari").status == 410)
        #expect(try archive.exchange("GET", sealed, as: "sari").status == 410)
        #expect(try archive.open(id, as: "sari").status == 403)
        #expect(try archive.exchange("GET", "/v1/recordings/\(id)", as: "sari").status == 200)
        let closed = try entries(archive, "access.close")
        #expect(closed.count == 2)
        #expect(closed.allSatisfy { ($0["details"] as? [String: String])?["reason"] == "policy" })

        // And what was ended does not come back with the old one.
        try shipped.write(to: policy, atomically: true, encoding: .utf8)
        try reload(archive, says: "accesses that ended: 0")
        #expect(try archive.exchange("GET", opus, as: "sari").status == 410)
        #expect(try archive.open(id, as: "sari").status == 201)
        let loaded = try entries(archive, "policy.load")
        let second = try #require((loaded[1]["details"] as? [String: String])?["sha256"])
        #expect(loaded.map { ($0["details"] as? [String: String])?["sha256"] } == [first, second, first])
        #expect(second != first && loaded.allSatisfy { $0["actor"] as? String == "service" })

        // A start with the same files makes no entry, one with another file makes one.
        #expect(try archive.stop() == 0)
        try archive.start()
        #expect(try entries(archive, "policy.load").count == 3)
        #expect(try archive.stop() == 0)
        try stricter.write(to: policy, atomically: true, encoding: .utf8)
        try archive.start()
        #expect(try entries(archive, "policy.load").count == 4)
        #expect(try entries(archive, "access.close").count == 3)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    @Test func `explain says what the decision would be`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "rahasia")
        try archive.enrol("budi", "archivist")
        let id = try archive.store(
            MadeStream.fresh(),
            level: "rahasia",
            as: "perekam",
            more: "&unit=umum&series=rapat&title=Pleno"
        )
        let told = try archive.risalah(as: "sari", "explain", id)
        #expect(told.status == 0, "\(told.errorText)")
        #expect(
            told.text.contains(/decision: +allow\n/) && told.text.contains(/purpose needed: +yes\n/),
            "\(told.text)"
        )
        #expect(told.text.contains(/in 60 minutes: +0 \/ 100\n/), "\(told.text)")
        let relabel = try archive.risalah(as: "sari", "explain", id, "--action", "relabel", "--json")
        let report = try #require(JSONSerialization.jsonObject(with: relabel.output) as? [String: Any])
        #expect(report["decision"] as? String == "refuse" && report["conditions"] == nil)
        let reasons = try #require(report["reasons"] as? [[String: String]])
        #expect(reasons.map { $0["code"] } == ["role-lacks-action"])
        #expect(try archive.risalah(as: "sari", "explain", id, "--action", "steal").status == 64)
        let hidden = try archive.risalah(as: "budi", "explain", id)
        let absent = try archive.risalah(as: "budi", "explain", String(repeating: "a", count: 26))
        #expect(hidden.status == 66 && absent.status == 66)
        #expect(hidden.errorText == absent.errorText && hidden.output == absent.output)
    }
}
