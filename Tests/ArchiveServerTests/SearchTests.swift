import ArchiveTesting
import Foundation
import TestSupport
import Testing

/// Finding what was said, as people do it.
@Suite("What was said is found") struct SearchTests {
    private struct Found: Decodable {
        struct Hit: Decodable {
            var start: Double
            var end: Double
            var speaker: String?
            var snippet: String
            var marks: [[Int]]
        }
        var id: String
        var score: Double
        var title: String
        var hits: [Hit]
        var withheld: Bool
    }

    private func search(_ arguments: String..., as who: String = "sari", in archive: LiveArchive) throws -> [Found] {
        let found = try archive.risalah(as: who, arguments: ["search", "--json"] + arguments)
        try #require(found.status == 0, "\(found.errorText)")
        return try found.text.split(separator: "\n").map { try JSONDecoder().decode(Found.self, from: Data($0.utf8)) }
    }

    private func store(
        _ vtt: String,
        title: String,
        level: String = "biasa",
        by writer: String = "sari",
        in archive: LiveArchive
    ) throws -> String {
        let query = "level=\(level)&unit=umum&series=rapat&title=\(title)"
        let sealed = try archive.seal(Data(MadeRecording.opus(seconds: 6)), to: level, as: "perekam")
        let stored = try archive.put(sealed, as: "perekam", query: query)
        let id = try #require(stored.json["id"] as? String, "\(stored.text)")
        let kept = try archive.risalah(as: writer, "transcript", "put", id, "-", input: Data("WEBVTT\n\n\(vtt)".utf8))
        try #require(kept.status == 0, "\(kept.errorText)")
        return id
    }

    @Test func `words lead to times, and to nobody who may not know`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder", clearance: "rahasia")
        try archive.enrol("sari", "archivist", clearance: "rahasia")
        try archive.enrol("budi", "archivist")
        let said = """
            00:01.000 --> 00:02.500
            <v Menteri Pertahanan>Kita membahas anggaran alat utama.

            00:03.000 --> 00:04.000
            <v Budi>Setuju.

            """
        let open = try store(said, title: "Rapat%20koordinasi", in: archive)
        let secret = try store(said, title: "Rapat%20rahasia", level: "rahasia", in: archive)
        let purpose = ["--purpose", "Notulen"]
        try archive.waitUntil(seconds: 30) { try search("anggaran", in: archive).count == 2 }
        // Budi's level wants no purpose.
        let below = try search("dianggarkan \"alat utama\"", as: "budi", in: archive)
        #expect(below.map(\.id) == [open] && below[0].title == "Rapat koordinasi" && !below[0].withheld)
        let hit = try #require(below.first?.hits.first)
        #expect(hit.start == 1 && hit.end == 2.5 && hit.speaker == "Menteri Pertahanan")
        let scalars = Array(hit.snippet.unicodeScalars)
        let marked = hit.marks.map { mark in
            String(String.UnicodeScalarView(scalars[mark[0]..<mark[1]]))
        }
        #expect(marked == ["anggaran", "alat", "utama"])
        // The level above leaves sealed only, and not without a purpose.
        let without = try search("anggaran", in: archive)
        #expect(without.first { $0.id == secret }.map { $0.withheld && $0.hits.isEmpty } == true)
        let with = try search("anggaran", purpose[0], purpose[1], in: archive)
        #expect(with.first { $0.id == secret }.map { !$0.withheld && $0.hits.map(\.start) == [1] } == true)
        let page = try archive.curl(
            as: "sari",
            "/v1/searches",
            ["-H", "Content-Type: application/json", "-d", #"{"query":"anggaran level:rahasia","purpose":"Notulen"}"#]
        )
        #expect(page.status == 200 && page.json["sealed"] is String, "\(page.text)")
        #expect(!page.text.contains("Menteri"), "\(page.text)")

        // For people, with what they can go on with.
        let shown = try archive.risalah(
            as: "sari",
            "search",
            "-",
            input: Data("title:koordinasi \"alat utama\"\n".utf8)
        )
        #expect(shown.text.contains(open) && !shown.text.contains(secret), "\(shown.text)\(shown.errorText)")
        #expect(
            shown.text.contains("    0:00:01  Menteri Pertahanan: Kita membahas anggaran **alat** **utama**."),
            "\(shown.text)"
        )
        let heard = archive.folder.appending(path: "heard.opus")
        let played = try archive.risalah(
            as: "sari",
            arguments: ["search", "utama title:koordinasi", "--play", "--player", "cat > '\(heard.path)'"]
        )
        #expect(played.status == 0, "\(played.errorText)")
        // From the beginning, for there are less than three seconds before it, to three behind it.
        let length = try Program.run(
            "ffprobe",
            ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", heard.path]
        )
        #expect(abs((Double(length.text.trimmingCharacters(in: .newlines)) ?? 0) - 5.5) < 0.1, "\(length.text)")
        let mistaken = try archive.risalah(as: "sari", "search", "anggaran spaeker:budi")
        #expect(mistaken.status == 64 || mistaken.status == 65, "\(mistaken.status)")
        #expect(mistaken.errorText.hasPrefix("anggaran spaeker:budi\n         ^\n"), "\(mistaken.errorText)")
        let nothing = try archive.risalah(as: "sari", "search", "kapal")
        #expect(nothing.status == 0 && nothing.text.isEmpty && nothing.errorText.contains("nothing"))
        let refused = try archive.risalah(as: "perekam", "search", "anggaran")
        #expect(refused.status == 77, "\(refused.errorText)")

        // The index can be made anew while the service runs.
        func index(_ sql: (Int) -> String) throws -> [String] {
            let path = archive.root.appending(path: "Storage/index.sqlite").path
            func run(_ sql: String) throws -> String {
                let ran = try Program.run("sqlite3", [path, sql])
                try #require(ran.status == 0, "\(ran.errorText)")
                return ran.text
            }
            return try run("SELECT number FROM class").split(separator: "\n").compactMap { Int($0) }.map {
                try run(sql($0))
            }
        }
        _ = try index { "UPDATE documents_\($0) SET revision = 99" }
        let anew = try archive.risalahd("reindex", "--root", archive.root.path, "--json")
        #expect(anew.status == 0 && anew.text == "{\"recordings\":2}\n", "\(anew.text)\(anew.errorText)")
        #expect(try search("anggaran", in: archive).count == 2)
        #expect(try index { "SELECT count(*) FROM documents_\($0) WHERE revision = 99" } == ["0\n", "0\n"])
        let check = try archive.risalahd("check", "--deep", "--root", archive.root.path)
        #expect(check.status == 0, "\(check.text)\(check.errorText)")
        #expect(try archive.stop() == 0)
        for word in ["anggaran", "utama", "Pertahanan", "koordinasi"] {
            let storage = archive.root.appending(path: "Storage").path
            let found = try files(below: storage, containing: Data(word.utf8))
            #expect(found.isEmpty, "\(word) in \(found)")
        }
    }

    /// The disk ends under index.sqlite: the service and what comes in go on, and the index is whole when there is room again.
    @Test(.enabled(if: SmallDisk.isPossible, "this host forbids user namespaces"))
    func `a disk that is too full for the index`() throws {
        let disk = try SmallDisk(mebibytes: 64)
        // Without a reserve, so that it is the disk itself that ends.
        let archive = try LiveArchive(on: disk) { config in
            for (name, size) in [("bulk", "2 GiB "), ("live", "1 GiB "), ("log", "64 MiB"), ("destruction", "256 MiB")]
            {
                try LiveArchive.edit(config, "risalah.yaml", "\(name): \(size)", "\(name): 0 KiB")
            }
        }
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist")
        func cue(_ text: String, at second: Int = 1) -> String {
            "00:0\(second).000 --> 00:0\(second).900\n\(text)\n\n"
        }
        let known = try store(cue("Kita membahas anggaran."), title: "Rapat", in: archive)
        try archive.waitUntil(seconds: 30) { try search("anggaran", in: archive).count == 1 }
        // A small file, and a large index: each word is a term of its own.
        var random = SeededGenerator(seed: 7)
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        let words = (0..<40_000).map { _ in
            String((0..<8).map { _ in letters[Int.random(in: 0..<26, using: &random)] })
        }
        try disk.fill(leaving: 3 << 20)
        // As much as one cue may hold, and a little less.
        let cues = (0..<8).map { part in
            cue(words[part * 5000..<(part + 1) * 5000].joined(separator: " "), at: part)
        }
        let large = try store(cues.joined(), title: "Besar", in: archive)
        try archive.waitUntil(seconds: 60) { archive.serviceLog.contains("the search index: the disk is full") }
        // What has failed takes no room from what comes in; an attempt under way does, for a moment.
        let sealed = try archive.seal(Data(MadeRecording.opus(seconds: 6, seed: 9)), to: "biasa", as: "perekam")
        let query = "level=biasa&unit=umum&series=rapat&title=Terlambat"
        var late: String?
        try archive.waitUntil(seconds: 60) {
            late = try archive.put(sealed, as: "perekam", query: query).json["id"] as? String
            return late != nil
        }
        try archive.waitUntil(seconds: 60) {
            let found = try archive.risalah(as: "sari", "search", "--json", "anggaran")
            return found.status == 0 && found.text.contains(known)
        }
        try disk.free()
        try archive.waitUntil(seconds: 60) { try search("terlambat", in: archive).map(\.id) == [late] }
        for word in [words[0], words[39_999]] { #expect(try search(word, in: archive).map(\.id) == [large], "\(word)") }
        let check = try archive.risalahd("check", "--root", archive.root.path)
        #expect(check.status == 0, "\(check.text)\(check.errorText)")
        #expect(try archive.stop() == 0)
    }

    /// A meeting of three, heard by pocketsphinx; what is found is opened, and heard again to be what was found.
    @Test func `a phrase of a meeting is found, opened and heard again`() throws {
        let archive = try LiveArchive { config in
            try LiveArchive.keepSmallReserves(config)
            let settings = config.appending(path: "risalah.yaml")
            let text = try String(contentsOf: settings, encoding: .utf8)
            try (text + "\ntranscription:\n  engine: pocketsphinx\n  up_to: biasa\n")
                .write(to: settings, atomically: true, encoding: .utf8)
        }
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist")
        let meeting = try MadeSpeech.opus(
            [
                (.slt, "the committee has approved the budget for the new school"),
                (.rms, "all of the ships will be repaired before the winter"),
                (.awb, "the minister wants to read the report on friday"),
            ],
            in: archive.folder
        )
        let query = "level=biasa&unit=umum&series=rapat&title=Rapat"
        let stored = try archive.put(archive.seal(meeting, to: "biasa", as: "perekam"), as: "perekam", query: query)
        let id = try #require(stored.json["id"] as? String, "\(stored.text)")
        try archive.waitUntil(seconds: 180) { try !search("winter", in: archive).isEmpty }
        let found = try search("\"before the winter\"", in: archive)
        let hit = try #require(found.first?.hits.first)
        #expect(found.map(\.id) == [id] && hit.start > 3)
        let passage = archive.folder.appending(path: "passage.opus")
        let got = try archive.risalah(
            as: "sari",
            arguments: [
                "get", id, "--from", "\(hit.start)", "--to", "\(hit.end)", "--purpose", "Notulen", "-o", passage.path,
            ]
        )
        try #require(got.status == 0, "\(got.errorText)")
        let wave = archive.folder.appending(path: "passage.wav")
        let decoded = try Program.run(
            "ffmpeg",
            ["-v", "error", "-i", passage.path, "-ar", "16000", "-ac", "1", "-y", wave.path]
        )
        try #require(decoded.status == 0, "\(decoded.errorText)")
        let again = try Program.run("pocketsphinx_continuous", ["-infile", wave.path, "-logfn", "/dev/null"])
        let words = Set(again.text.lowercased().split { !$0.isLetter }.map(String.init))
        #expect(words.isSuperset(of: ["before", "winter"]), "\(again.text)")
        #expect(words.isDisjoint(with: ["budget", "committee", "minister", "friday"]), "\(again.text)")
        #expect(try archive.stop() == 0)
    }
}
