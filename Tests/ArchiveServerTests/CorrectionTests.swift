import ArchiveCore
import Foundation
import TestSupport
import Testing

@Suite("Descriptions and corrections, as people make them")
struct CorrectionTests {
    /// An archive of two units, with somebody of each role in `umum`, and a recording.
    private struct Scene {
        let archive: LiveArchive
        let id: String

        init() throws {
            archive = try LiveArchive { config in
                try LiveArchive.edit(config, "policy.yaml", "units: [umum]", "units: [umum, biro]")
            }
            try archive.enrol("perekam", "recorder", "--unit", "umum")
            try archive.enrol("sari", "archivist", clearance: "terbatas", "--unit", "umum")
            try archive.enrol("budi", "archivist", "--unit", "biro")
            try archive.enrol("wati", "records-manager", clearance: "terbatas", "--unit", "umum")
            try archive.enrol("eko", "auditor", "--unit", "umum")
            id = try Self.store(in: archive)
        }

        static func store(in archive: LiveArchive, level: String = "terbatas", series: String = "kerja") throws
            -> String
        {
            try archive.store(
                MadeStream.fresh(),
                level: level,
                as: "perekam",
                more: "&unit=umum&series=\(series)&title=Rapat%20pleno&meeting=Pleno"
            )
        }

        func show(_ who: String, _ id: String? = nil) throws -> [String: Any] {
            let shown = try archive.risalah(as: who, "show", id ?? self.id, "--json")
            try #require(shown.status == 0, "\(shown.errorText)")
            return try #require(JSONSerialization.jsonObject(with: shown.output) as? [String: Any])
        }
    }

    private func lines(_ outcome: Program.Outcome) throws -> [[String: Any]] {
        try outcome.text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func `described, listed, taken back`() throws {
        let scene = try Scene()
        let (archive, id) = (scene.archive, scene.id)
        let first = try archive.risalah(as: "sari", "history", id)
        #expect(first.status == 0 && first.text.contains(/1 +\d{4}-.* perekam +Rapat pleno\n/), "\(first.text)")
        let described = try archive.risalah(
            as: "sari",
            "describe",
            id,
            "--metadata",
            "-",
            "--reason",
            "Judul undangan",
            input: Data(#"{"title":"Rapat anggaran","participants":["Sari","Budi"]}"#.utf8)
        )
        #expect(described.status == 0 && described.text == "revision 2\n", "\(described.errorText)")
        let again = try archive.risalah(as: "sari", "describe", id, "--title", "Rapat anggaran")
        #expect(again.status == 0 && again.text == "revision 2\n" && again.errorText.contains("nothing changed"))
        #expect(try scene.show("wati")["participants"] as? [String] == ["Sari", "Budi"])
        // Somebody looked at the first revision and comes too late.
        let late = try archive.risalah(as: "sari", "describe", id, "--title", "Lain", "--revision", "1", "--json")
        #expect(late.status == 75 && late.errorText.contains("stale"), "\(late.errorText)")
        let refused = try archive.exchange(
            "PATCH",
            "/v1/recordings/\(id)",
            as: "sari",
            body: Data(#"{"title":"x","revision":1}"#.utf8)
        )
        #expect(refused.status == 412 && refused.code == "stale", "\(refused.text)")
        for body in ["{}", #"{"revert":1,"title":"x"}"#, #"{"title":1}"#] {
            #expect(
                try archive.exchange("PATCH", "/v1/recordings/\(id)", as: "sari", body: Data(body.utf8)).status == 400
            )
        }
        let reverted = try archive.risalah(
            as: "sari",
            "describe",
            id,
            "--revert",
            "1",
            "--reason",
            "Bukan itu",
            "--json"
        )
        let report = try #require(JSONSerialization.jsonObject(with: reverted.output) as? [String: Any])
        #expect(report["revision"] as? Int == 3 && report["title"] as? String == "Rapat pleno")
        let history = try lines(archive.risalah(as: "wati", "history", id, "--json"))
        #expect(history.map { $0["number"] as? Int } == [3, 2, 1])
        #expect(history.map { $0["name"] as? String } == ["sari", "sari", "perekam"])
        #expect(
            history.map { $0["changed"] as? [String] } == [["title", "participants"], ["title", "participants"], []]
        )
        #expect(history.map { $0["reason"] as? String } == ["Bukan itu", "Judul undangan", nil])
        #expect(history[0]["reverts"] as? Int == 1 && history[1]["participants"] as? [String] == ["Sari", "Budi"])
        #expect(
            try archive.risalah(as: "sari", "history", id, "--limit", "1", "--json").text.split(separator: "\n").count
                == 1
        )

        #expect(try archive.risalah(as: "sari", "describe", id).status == 64)
        #expect(try archive.risalah(as: "sari", "describe", id, "--title", "x", "--revert", "1").status == 64)
        #expect(try archive.risalah(as: "sari", "describe", id, "--revert", "9").status == 65)
        #expect(try archive.risalah(as: "wati", "describe", id, "--title", "x").status == 77)
        let absent = String(repeating: "a", count: 26)
        for arguments in [["describe", "--title", "x"], ["history"]] {
            let answers = try [id, absent].map { id in
                try Program.run(
                    LiveArchive.programs.appending(path: "risalah").path,
                    [arguments[0], id] + arguments.dropFirst() + [
                        "--home", archive.folder.appending(path: "budi").path,
                    ],
                    environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]
                )
            }
            #expect(answers.map(\.status) == [66, 66] && answers[0].errorText == answers[1].errorText)
        }
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    @Test func `one is corrected`() throws {
        let scene = try Scene()
        let (archive, id) = (scene.archive, scene.id)
        let dry = try archive.risalah(
            as: "wati",
            "correct",
            id,
            "--series",
            "rapat",
            "--start",
            "2026-11-20 09:00",
            "--reason",
            "Salah jenis",
            "--dry-run"
        )
        #expect(dry.status == 0 && dry.text.contains("series kerja → rapat\n"), "\(dry.errorText)")
        #expect(dry.text.contains("start - → 2026-11-20 09:00 +07:00\n") && dry.text.contains("due 20"), "\(dry.text)")
        #expect(try scene.show("wati")["series"] as? String == "kerja")
        let done = try archive.risalah(
            as: "wati",
            "correct",
            id,
            "--series",
            "rapat",
            "--reason",
            "Salah jenis",
            "--json"
        )
        let report = try #require(JSONSerialization.jsonObject(with: done.output) as? [String: Any])
        #expect(report["needsApproval"] as? Bool == false)
        #expect((report["changes"] as? [[String: Any]])?.map { $0["field"] as? String } == ["series", "due"])
        let weaker = try archive.risalah(as: "wati", "correct", id, "--series", "sementara", "--reason", "Latihan")
        #expect(weaker.status == 0 && weaker.text.contains("destroyed only after people approve\n"), "\(weaker.text)")
        #expect(try scene.show("sari")["needsApproval"] as? Bool == true)
        #expect(try archive.risalah(as: "sari", "correct", id, "--series", "kerja", "--reason", "x").status == 77)
        #expect(try archive.risalah(as: "budi", "correct", id, "--series", "kerja", "--reason", "x").status == 66)
        #expect(try archive.risalah(as: "wati", "correct", id, "--series", "gaib", "--reason", "x").status == 65)
        #expect(
            try archive.risalah(as: "wati", "correct", id, "--series", "gaib", "--reason", "x", "--dry-run").status
                == 65
        )
        #expect(try archive.risalah(as: "wati", "correct", id, "--series", "rapat").status == 64)
        #expect(try archive.risalah(as: "wati", "correct", id, "--reason", "x").status == 64)
        let log = try lines(archive.risalah(as: "eko", "audit", "log", "--action", "recording.correct", "--json"))
        let details = log.compactMap { $0["details"] as? [String: String] }
        #expect(details.contains { $0["series-from"] == "kerja" && $0["series-to"] == "rapat" && $0["due-to"] != nil })
        #expect(log.contains { ($0["texts"] as? [String: String])?["reason"] == "Latihan" })
    }

    @Test func `many are corrected from a file`() throws {
        let scene = try Scene()
        let (archive, id) = (scene.archive, scene.id)
        let second = try Scene.store(in: archive)
        let hidden = try Scene.store(in: archive, level: "rahasia")
        let absent = String(repeating: "a", count: 26)
        let file = archive.folder.appending(path: "koreksi.csv")
        func correct(_ text: String, _ more: String...) throws -> Program.Outcome {
            try text.write(to: file, atomically: true, encoding: .utf8)
            return try Program.run(
                LiveArchive.programs.appending(path: "risalah").path,
                ["correct", "--csv", file.path, "--home", archive.folder.appending(path: "wati").path] + more,
                environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]
            )
        }
        let wrong = try correct(
            """
            id,series,unit,start,meeting,reason
            \(id),rapat,biro,,,Pindah
            \(second),gaib,,,,Pindah
            \(hidden),rapat,,,,Pindah
            \(absent),rapat,,,,Pindah
            \(second),,,besok,,Pindah
            bukan-id,,antah,,,Pindah
            """
        )
        #expect(wrong.status == 65 && wrong.output.isEmpty, "\(wrong.text)")
        let places = wrong.errorText.split(separator: "\n").compactMap { line in
            (try? /koreksi\.csv:(\d+):(\d+): (.*)/.firstMatch(in: line)).map { "\($0.1):\($0.2)" }
        }
        #expect(places == ["3:28", "4:1", "5:1", "6:1", "6:30", "7:1"], "\(wrong.errorText)")
        #expect(wrong.errorText.contains("nothing was corrected"))
        let silent = wrong.errorText.split(separator: "\n").filter {
            $0.contains("csv:4:1: ") || $0.contains("csv:5:1: ")
        }
        .map { String($0.split(separator: ":1: ")[1]) }
        #expect(silent.count == 2 && silent[0] == silent[1])
        #expect(try scene.show("wati")["unit"] as? String == "umum")
        let heading = try correct("id,serie\n\(id),rapat\n")
        #expect(heading.status == 65 && heading.errorText.contains("koreksi.csv:1:4: expected one of the columns"))

        let good = """
            id;unit;series;meeting\r
            \(id);biro;;"Rapat; pleno"\r
            \(second);biro;rapat;-\r

            """
        let dry = try correct(good, "--reason", "Unit dipecah", "--dry-run")
        #expect(dry.status == 0, "\(dry.errorText)")
        #expect(dry.text.contains("line 2, \(id): unit umum → biro; meeting Pleno → Rapat; pleno\n"), "\(dry.text)")
        #expect(dry.text.contains("line 3, \(second): series kerja → rapat; unit umum → biro; meeting Pleno → -"))
        #expect(try scene.show("wati")["unit"] as? String == "umum")
        let done = try correct(good, "--reason", "Unit dipecah", "--json")
        #expect(done.status == 0, "\(done.errorText)")
        #expect(try lines(done).map { $0["line"] as? Int } == [2, 3])
        for one in [id, second] { #expect(try scene.show("wati", one)["unit"] as? String == "biro") }
        #expect(try scene.show("wati")["meeting"] as? String == "Rapat; pleno")
        #expect(try archive.risalah(as: "sari", "show", id).status == 66)
        let asked = try archive.risalah(as: "wati", "correct", "--csv", "-", input: Data("id,unit\n\(id),umum\n".utf8))
        #expect(asked.status == 65 && asked.errorText.contains("stdin:2:1: bad-request: a correction needs a reason"))
        #expect(try archive.risalah(as: "sari", "correct", "--csv", file.path, "--reason", "x").status == 77)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }
}
