import ArchiveCore
import Foundation
import TestSupport
import Testing

/// From a voice to a text that people correct, with the real programs.
@Suite("A recording becomes text") struct TranscriptTests {
    private static let spoken = "the committee has approved the budget for the new harbour"

    private func configure(_ lines: String) -> (URL) throws -> Void {
        { config in
            try LiveArchive.keepSmallReserves(config)
            let settings = config.appending(path: "risalah.yaml")
            let text = try String(contentsOf: settings, encoding: .utf8)
            try (text + "\ntranscription:\n\(lines)").write(to: settings, atomically: true, encoding: .utf8)
        }
    }

    private func send(_ stream: Data, to archive: LiveArchive) throws -> String {
        let query = "level=biasa&unit=umum&series=rapat&title=Rapat"
        let stored = try archive.put(archive.seal(stream, to: "biasa", as: "perekam"), as: "perekam", query: query)
        return try #require(stored.json["id"] as? String, "\(stored.text)")
    }

    private func revisions(of id: String, in archive: LiveArchive) throws -> [[String: Any]] {
        let listed = try archive.risalah(as: "sari", "transcript", "list", id, "--json")
        try #require(listed.status == 0, "\(listed.errorText)")
        return try listed.text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func `pocketsphinx hears it, and people correct it`() throws {
        let archive = try LiveArchive(configure: configure("  engine: pocketsphinx\n  up_to: biasa\n"))
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist")
        let id = try send(MadeSpeech.opus(Self.spoken, in: archive.folder), to: archive)
        try archive.waitUntil(seconds: 120) { try revisions(of: id, in: archive).count == 1 }
        let first = try revisions(of: id, in: archive)[0]
        #expect(first["engine"] as? String == "pocketsphinx" && first["language"] as? String == "en")
        func get(_ arguments: String...) throws -> String {
            let got = try archive.risalah(
                as: "sari",
                arguments: ["transcript", "get", id, "--purpose", "Notulen"] + arguments
            )
            try #require(got.status == 0, "\(got.errorText)")
            return got.text
        }
        let heard = try get("--format", "edit")
        let words = Set(heard.lowercased().split { !$0.isLetter }.map(String.init))
        // A voice of a machine, heard by another: most of it.
        let known = Self.spoken.split(separator: " ").filter { words.contains(String($0)) }
        #expect(known.count >= 7, "\(heard)")

        let corrected = heard.replacing(/(?m)^(\[[^\]]*)\] .*$/, maxReplacements: 1) { "\($0.1) S1] \(Self.spoken)" }
        func correct(_ text: String) throws -> Program.Outcome {
            try archive.risalah(
                as: "sari",
                "transcript",
                "put",
                id,
                "-",
                "--after",
                "0",
                input: Data(text.utf8)
            )
        }
        let put = try correct(corrected)
        try #require(put.status == 0 && put.text == "1\n", "\(put.text)\(put.errorText)")
        // Who looked at the machine's own is told that somebody was faster.
        let late = try correct(heard)
        #expect(late.status == 75, "\(late.status) \(late.errorText)")
        #expect(late.errorText.contains("revision"), "\(late.errorText)")
        let named = try archive.risalah(
            as: "sari",
            "transcript",
            "speaker",
            id,
            "S1",
            "Menteri Pertahanan",
            "--purpose",
            "Notulen"
        )
        try #require(named.status == 0 && named.text == "2\n", "\(named.errorText)")
        #expect(try get("--format", "vtt").contains("<v Menteri Pertahanan>\(Self.spoken)"))
        let page = try get("--format", "html")
        #expect(page.contains("Menteri Pertahanan") && page.contains("@page") && page.contains("biasa"))
        #expect(try get("--format", "srt", "--revision", "0").contains("-->"))
        let difference = try archive.risalah(as: "sari", "transcript", "diff", id, "--purpose", "Notulen")
        #expect(difference.status == 0 && difference.text.contains("Menteri Pertahanan"), "\(difference.text)")
        #expect(try revisions(of: id, in: archive).map { $0["revision"] as? Int } == [2, 1, 0])
        let mistaken = try archive.risalah(
            as: "sari",
            "transcript",
            "put",
            id,
            "-",
            input: Data("[00:00:01.000 - x] a".utf8)
        )
        #expect(mistaken.status == 65 && mistaken.errorText.contains("line 1"), "\(mistaken.errorText)")
        // What was said lies nowhere in clear, nor do names.
        let found = try Program.run(
            "grep",
            ["-r", "-l", "-a", "-e", "Menteri Pertahanan", "-e", "harbour", archive.root.path]
        )
        #expect(found.status == 1, "\(found.text)")
        #expect(try archive.stop() == 0)
    }

    /// The archive has no engine of its own; a machine elsewhere, with its own program, is given the jobs that it is cleared for.
    @Test func `a machine elsewhere hears what it is cleared for`() throws {
        let archive = try LiveArchive(configure: LiveArchive.keepSmallReserves)
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist")
        try archive.enrol("pendengar", "transcriber")
        let id = try send(MadeSpeech.opus(Self.spoken, in: archive.folder), to: archive)
        let program = archive.folder.appending(path: "engine")
        // Says how much it got, and leaves it nowhere.
        try """
        #!/bin/sh
        bytes=$(wc -c)
        printf 'WEBVTT\\n\\n00:00.100 --> 00:00.900\\nsaya mendengar %s bita\\n' "$bytes"
        """.write(to: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        let settings = archive.folder.appending(path: "engine.yaml")
        try "engine: command\nprogram: [\(program.path)]\nmodel: uji\nlanguage: id\n"
            .write(to: settings, atomically: true, encoding: .utf8)
        func hear() throws -> Program.Outcome {
            try archive.risalah(as: "pendengar", "transcriber", "--settings", settings.path, "--once")
        }
        let nothing = try hear()
        #expect(nothing.status == 0 && nothing.text.isEmpty, "\(nothing.errorText)")
        let asked = try archive.risalah(as: "sari", "transcript", "ask", id, "--json")
        try #require(asked.status == 0, "\(asked.errorText)")
        let job = try #require(
            (JSONSerialization.jsonObject(with: Data(asked.text.utf8)) as? [String: Any])?["id"] as? String
        )
        let waiting = try archive.risalah(as: "sari", "transcript", "status")
        #expect(waiting.text.contains(job) && waiting.text.contains("waiting"), "\(waiting.text)")
        let heard = try hear()
        try #require(heard.status == 0 && heard.text.hasPrefix(job), "\(heard.text)\(heard.errorText)")
        let watched = try archive.risalah(as: "sari", "transcript", "status", "--watch", job)
        #expect(watched.status == 0 && watched.text == "done\n", "\(watched.errorText)")
        let text = try archive.risalah(
            as: "sari",
            "transcript",
            "get",
            id,
            "--format",
            "json",
            "--purpose",
            "Notulen"
        )
        #expect(text.text.contains("saya mendengar") && text.text.contains("\"model\":\"uji\""), "\(text.text)")
        // An archivist is no transcriber, and the other way round.
        let refused = try archive.risalah(as: "sari", "transcriber", "--settings", settings.path, "--once")
        #expect(refused.status == 77, "\(refused.errorText)")
        let unseen = try archive.risalah(as: "pendengar", "transcript", "get", id)
        #expect(unseen.status == 66, "\(unseen.errorText)")
        // What fails is seen, with its reason; once more than enough is given up.
        try "#!/bin/sh\necho gagal >&2\nexit 3\n".write(to: program, atomically: false, encoding: .utf8)
        let again = try archive.risalah(as: "sari", "transcript", "ask", id)
        try #require(again.status == 0, "\(again.errorText)")
        let failed = try hear()
        #expect(failed.text.contains("status 3"), "\(failed.text)")
        let shown = try archive.risalah(as: "sari", "transcript", "status", "--json")
        #expect(shown.text.contains("\"engine-failed\""), "\(shown.text)")
        #expect(try archive.stop() == 0)
    }
}
