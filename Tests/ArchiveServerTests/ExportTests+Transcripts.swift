import Foundation
import TestSupport
import Testing

/// What was said goes along.
extension ExportTests {
    /// Keeps `text` as the next revision of what was said in a recording.
    private func write(_ text: String, of id: String, after revision: Int?, in archive: LiveArchive) throws {
        let base = revision.map { ["--after", String($0)] } ?? []
        let document = "WEBVTT\nLanguage: id\n\n00:00.000 --> 00:00.500\n<v Wati>\(text)\n"
        let put = try archive.risalah(
            as: "sari",
            arguments: ["transcript", "put", id, "-"] + base,
            input: Data(document.utf8)
        )
        try #require(put.status == 0, "\(put.errorText)")
    }

    @Test func `the newest transcript lies beside its recording`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        let ids = try (0..<2).map { _ in try store(Data(MadeStream.fresh()), in: archive) }
        try write("Anggaran ditolak & ditunda", of: ids[0], after: nil, in: archive)
        try write("Anggaran disetujui & dicatat", of: ids[0], after: 0, in: archive)
        let slides = archive.folder.appending(path: "paparan.pdf")
        try Data(repeating: 7, count: 100_000).write(to: slides)
        #expect(try archive.risalah(as: "sari", "attachment", "add", ids[1], slides.path).status == 0)
        func get(_ format: String) throws -> Data {
            let got = try archive.risalah(as: "sari", "transcript", "get", ids[0], "--format", format)
            try #require(got.status == 0, "\(got.errorText)")
            return got.output
        }
        let (json, vtt) = (try get("json"), try get("vtt"))

        let clear = archive.folder.appending(path: "tas")
        let made = try archive.risalah(as: "sari", arguments: ["export"] + ids + ["--bag", clear.path])
        #expect(made.status == 0, "\(made.errorText)")
        #expect(made.errorText.contains("without a transcript: \(ids[1])"), "\(made.errorText)")
        #expect(!made.errorText.contains(ids[0]) && made.text.contains("transcripts"), "\(made.text)")
        #expect(try validate(clear).status == 0)
        #expect(try text(clear.appending(path: "bag-info.txt")).contains("with a transcript: 1"))
        let folder = clear.appending(path: "data/\(ids[0])")
        #expect(try Data(contentsOf: folder.appending(path: "transcript.json")) == json)
        #expect(try Data(contentsOf: folder.appending(path: "transcript.vtt")) == vtt)
        #expect(String(decoding: vtt, as: UTF8.self).contains("<v Wati>Anggaran disetujui"))
        let manifest = try text(clear.appending(path: "manifest-sha256.txt"))
        for name in ["transcript.json", "transcript.vtt"] { #expect(manifest.contains("data/\(ids[0])/\(name)\n")) }
        #expect(manifest.contains("data/\(ids[1])/attachments/0-paparan.pdf\n"))
        let other = clear.appending(path: "data/\(ids[1])")
        #expect(
            try Data(contentsOf: other.appending(path: "attachments/0-paparan.pdf")) == Data(contentsOf: slides)
        )
        let kept = try elements(other.appending(path: "premis.xml"))
        #expect(kept["originalName"] == ["recording.opus", "attachments/0-paparan.pdf"])
        #expect(kept["formatName"]?.contains("application/pdf") == true)
        #expect(kept["messageDigest"]?.contains(try sha256(Data(contentsOf: slides))) == true)
        let described = try elements(folder.appending(path: "metadata.xml"))
        #expect(described["relation"] == ["transcript.json", "transcript.vtt"] && described["language"] == ["id"])
        let premis = try elements(folder.appending(path: "premis.xml"))
        #expect(
            premis["originalName"] == ["recording.opus", "transcript.json", "transcript.vtt"]
                && premis["relatedObjectIdentifierValue"]
                    == ["\(ids[0])/payload", ids[0], "\(ids[0])/transcript/1.json"]
        )
        #expect(premis["messageDigest"]?.suffix(2) == [try sha256(json), try sha256(vtt)])
        // Both revisions were made, and the newest is what lies here.
        #expect(premis["eventType"]?.filter { $0 == "creation" }.count == 2)
        #expect(premis["linkingObjectRole"] == ["source", "outcome"])
        #expect(premis["linkingObjectIdentifierValue"]?.contains("\(ids[0])/transcript/1.json") == true)
        for note in premis["eventOutcomeDetailNote"] ?? [] {
            let proof = try #require(note.components(separatedBy: "proved by ").last)
            let (proofPath, key) = (folder.appending(path: proof).path, folder.appending(path: "log/vkey").path)
            let verified = try archive.risalah(as: "nobody", "audit", "verify", "--proof", proofPath, "--vkey", key)
            #expect(verified.status == 0, "\(verified.errorText)")
        }
        // Of the other nothing is said that is not there.
        let bare = clear.appending(path: "data/\(ids[1])")
        #expect(!FileManager.default.fileExists(atPath: bare.appending(path: "transcript.json").path))
        #expect(try elements(bare.appending(path: "premis.xml"))["messageDigest"]?.count == 3)

        // For another archive's key, and for no other.
        let key = archive.folder.appending(path: "anri.txt")
        #expect(try Program.run("age-keygen", ["-o", key.path]).status == 0)
        let recipient = try Program.run("age-keygen", ["-y", key.path]).text.trimmingCharacters(in: .newlines)
        let sealed = archive.folder.appending(path: "segel")
        let carried = try archive.risalah(
            as: "sari",
            arguments: ["export"] + ids + ["--bag", sealed.path, "--sealed", "--recipient", recipient, "--json"]
        )
        #expect(carried.status == 0, "\(carried.errorText)")
        let result = try #require(JSONSerialization.jsonObject(with: carried.output) as? [String: Any])
        let recordings = try #require(result["recordings"] as? [[String: Any]])
        #expect(recordings.map { $0["transcript"] as? Int } == [1, nil] && recordings[1]["transcript"] is NSNull)
        #expect(try validate(sealed).status == 0)
        for word in ["Anggaran", "disetujui", "Wati"] {
            let found = try Program.run("grep", ["-r", "-a", "-l", word, sealed.path])
            #expect(found.text.isEmpty, "\(word) is in clear in \(found.text)")
        }
        func open(_ name: String) throws -> Program.Outcome {
            let file = sealed.appending(path: "data/\(ids[0])/\(name).age").path
            return try Program.run("age", ["-d", "-i", key.path, file])
        }
        #expect(try open("transcript.json").output == json)
        #expect(try open("transcript.vtt").output == vtt)
        let proved = try open("premis.xml").text
        #expect(proved.contains("<premis:originalName>transcript.json.age</premis:originalName>"))
    }

    private func sha256(_ bytes: Data) throws -> String {
        String(try Program.run("sha256sum", [], input: bytes).text.prefix(64))
    }
}
