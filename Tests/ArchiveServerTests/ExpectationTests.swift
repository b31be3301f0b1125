import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Foundation
import TestSupport
import Testing

@testable import ArchiveServer

/// `risalah expect` and `risalah list --missing`, as people and cron use them.
@Suite("Announced meetings that were not recorded show")
struct ExpectationTests {
    private func object(_ outcome: Program.Outcome) throws -> [String: Any] {
        try #require(outcome.status == 0, "\(outcome.errorText)")
        return try #require(JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
    }

    @Test func `announced, missing, recorded`() async throws {
        let served = try await ServedArchive(Date())
        try await served.enrol("sari", .archivist)
        try await served.enrol("perekam", .recorder)
        try await served.enrol("wati", .auditor)
        let begins = served.clock.now.addingTimeInterval(600)
        let at = Timestamp.text(begins)
        let made = try object(served.risalah("sari", "expect", "Pleno", "--at", at, "--for", "1h30m", "--unit", "umum"))
        #expect(made["meeting"] as? String == "Pleno" && made["duration"] as? Double == 5400)
        #expect(made["level"] as? String == "biasa" && made["missing"] as? Bool == false)
        #expect(made["starts"] as? String == at)
        let id = try #require(made["id"] as? String)
        // Once more is the same.
        let again = try object(served.risalah("sari", "expect", "Pleno", "--at", at, "--for", "PT90M"))
        #expect(again["id"] as? String == id)
        let second = try served.risalah(
            "sari",
            "expect",
            "-",
            "--at",
            at,
            "--for",
            "90m",
            input: Data("Anggaran\n".utf8)
        )
        #expect(try object(second)["meeting"] as? String == "Anggaran")
        #expect(try served.risalah("perekam", "expect", "Pleno", "--at", at, "--for", "90m").status == 77)

        let none = try served.risalah("sari", "list", "--missing")
        #expect(none.status == 0 && none.output.isEmpty, "\(none.errorText)")
        served.clock.advance(by: 600 + 5400 + 901)
        let some = try served.risalah("sari", "list", "--missing")
        #expect(some.status == 75, "\(some.errorText)")
        #expect(some.text.split(separator: "\n").count == 2 && some.errorText.isEmpty)
        #expect(some.text.contains(id) && some.text.contains("Anggaran"))

        // It was sent late: it says itself when it began.
        let stream = try Data(MadeStream.fresh())
        let file = served.folder.file("a.opus")
        try stream.write(to: URL(filePath: file))
        let imported = try served.risalah(
            "perekam",
            "import",
            file,
            "--title",
            "Pleno",
            "--meeting",
            "Pleno",
            "--level",
            "biasa",
            "--unit",
            "umum",
            "--series",
            "rapat",
            "--started",
            Timestamp.text(begins.addingTimeInterval(125))
        )
        let recording = try #require(object(imported)["id"] as? String)
        let left = try served.risalah("sari", "list", "--missing")
        #expect(left.status == 75 && left.text.contains("Anggaran") && !left.text.contains("Pleno"), "\(left.text)")
        let shown = try object(served.risalah("sari", "show", recording))
        #expect(shown["expected"] as? Double == 5400 && shown["late"] as? Double == 125, "\(shown)")
        let listed = try object(served.risalah("sari", "list", "--meeting", "Pleno"))
        #expect(listed["late"] as? Double == 125)
        let people = try Program.run(
            LiveArchive.programs.appending(path: "risalah").path,
            ["show", recording, "--home", served.folder.file("sari")],
            environment: ["LC_ALL": "C"]
        )
        #expect(
            people.text.contains(/expected: +1:30:00\n/) && people.text.contains(/late: +0:02:05\n/),
            "\(people.text)"
        )

        // The service's own look: one entry, and the count in its status.
        for _ in 0..<2 { try await served.archive.noteMissingMeetings() }
        let log = try served.risalah("wati", "audit", "log", "--action", "meeting.missing")
        #expect(log.text.split(separator: "\n").count == 1 && log.text.contains(#""actor":"service""#), "\(log.text)")
        guard case .status(let status) = try await served.archive.administer(.status, by: .hostUser(0)) else {
            throw ArchiveError(.unexpected, "no status")
        }
        #expect(status.missing == 1)
        #expect(try files(below: served.folder.file("archive"), containing: Array("Anggaran".utf8)).isEmpty)
        try await served.close()
    }

    @Test func `what cannot be meant is a mistake of usage`() async throws {
        let served = try await ServedArchive(Date())
        try await served.enrol("sari", .archivist)
        for arguments in [
            ["--at", "soon", "--for", "1h"], ["--at", "2026-02-30 10:00", "--for", "1h"],
            ["--at", "2026-11-21 25:00", "--for", "1h"], ["--at", "2026-11-21 10:00", "--for", "0m"],
            ["--at", "2026-11-21 10:00", "--for", "long"], ["--for", "1h"], ["--at", "2026-11-21 10:00"],
        ] {
            let wrong = try Program.run(
                LiveArchive.programs.appending(path: "risalah").path,
                ["expect", "Pleno", "--home", served.folder.file("sari")] + arguments
            )
            #expect(wrong.status == 64, "\(arguments): \(wrong.errorText)")
        }
        #expect(try served.risalah("sari", "list", "--missing", "--level", "biasa").status == 64)
        let local = try served.risalah("sari", "expect", "Pleno", "--at", "2026-11-21 10:00", "--for", "1h")
        #expect(try object(local)["starts"] as? String == "2026-11-21T03:00:00.000Z")
        let long = try served.risalah("sari", "expect", "Pleno", "--at", "2026-11-21 10:00", "--for", "200h")
        #expect(long.status == 65, "\(long.errorText)")
        let unknown = try served.risalah(
            "sari",
            "expect",
            "P",
            "--at",
            "2026-11-21 10:00",
            "--for",
            "1h",
            "--unit",
            "x"
        )
        #expect(unknown.status == 65 && unknown.errorText.contains("unknown-name"), "\(unknown.errorText)")
        #expect(try served.curl("GET", "/v1/expectations?missing=perhaps", as: "sari").status == 400)
        #expect(try served.curl("GET", "/v1/expectations?meeting=x", as: "sari").status == 400)
        let answer = try served.curl("GET", "/v1/expectations?limit=1", as: "sari")
        #expect(answer.status == 200 && answer.text.contains(#""missing":"#), "\(answer.text)")
        try await served.close()
    }
}
