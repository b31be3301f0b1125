import ArchiveCore
import Foundation
import TestSupport
import Testing

/// What came from elsewhere is recognized.
extension ImportTests {
    private func codes(_ lines: [[String: Any]]) -> Set<String> {
        Set(lines.compactMap { ($0["reason"] as? [String: Any])?["code"] as? String })
    }

    @Test func `from two homes nothing comes twice`() throws {
        let archive = try archive()
        try archive.enrol("budi", "archivist", clearance: "rahasia")
        try archive.enrol("rini", "archivist")
        try archive.enrol("perekam", "recorder")
        let tree = try ImportTree(archive.folder.appending(path: "tree"))
        try tree.tone("rapat.m4a", frequency: 400, seconds: 5)
        try tree.tone("asli.opus", frequency: 410, seconds: 2)
        try Data("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Sari>halo\n".utf8).write(
            to: URL(filePath: tree.path + "/rapat.vtt")
        )
        let command = ["import", tree.path, "--json"]
        let first = try reports(
            archive.risalah(as: "sari", arguments: command + Self.labels + ["--no-transcripts"])
        )
        #expect(first.summary["stored"] == 2 && first.summary["transcripts"] == 0)
        let ids = Set(first.lines.compactMap { $0["id"] as? String })

        // Another machine, with a journal that knows nothing: it says so before, and does so.
        let rehearsal = try reports(
            archive.risalah(as: "budi", arguments: command + Self.labels + ["--dry-run"])
        )
        #expect(rehearsal.summary["planned"] == 0 && rehearsal.summary["skipped"] == 2)
        let second = try archive.risalah(as: "budi", arguments: command + Self.labels)
        let (lines, summary) = try reports(second)
        #expect(second.status == 0 && summary["stored"] == 0 && summary["skipped"] == 2, "\(second.text)")
        #expect(Set(lines.compactMap { $0["id"] as? String }) == ids && codes(lines) == ["there-already"])
        // The transcript that was missing came with it.
        #expect(summary["transcripts"] == 1)
        let recording = try #require(lines.first { ($0["path"] as? String)?.hasSuffix("m4a") == true })
        let id = try #require(recording["id"] as? String)
        let text = try archive.risalah(as: "sari", "transcript", "get", id, "--format", "vtt", "--purpose", "Uji")
        #expect(text.text.contains("<v Sari>halo"), "\(text.errorText)")
        // From here on the journal knows it.
        #expect(try reports(archive.risalah(as: "budi", arguments: command + Self.labels)).summary["skipped"] == 2)

        // Another label is named.
        let elsewhere = ["--level", "rahasia", "--unit", "umum", "--series", "rapat"]
        try FileManager.default.removeItem(at: archive.folder.appending(path: "budi/imports/journal"))
        let raised = try archive.risalah(as: "budi", arguments: ["import", tree.path] + elsewhere)
        #expect(
            raised.status == 0 && raised.text.contains("it is there as terbatas of the unit umum"),
            "\(raised.text)"
        )

        // Who does not see it is told nothing of it, and who only sends is not asked for.
        let source = try #require(recording["source"] as? String)
        func found(_ who: String) throws -> [String] {
            try archive.objects(archive.risalah(as: who, "list", "--source", source, "--json"))
                .compactMap { $0["id"] as? String }
        }
        #expect(try found("sari") == [id])
        #expect(try found("rini").isEmpty)
        let low = ["--level", "biasa", "--unit", "umum", "--series", "rapat"]
        let unseen = try reports(archive.risalah(as: "rini", arguments: command + low))
        #expect(unseen.summary["stored"] == 2, "\(unseen.lines)")
        let sent = try archive.risalah(as: "perekam", arguments: command + Self.labels + ["--no-transcripts"])
        #expect(try reports(sent).summary["stored"] == 2, "\(sent.text)\(sent.errorText)")
        #expect(try recordings(archive).count == 6)
        let wrong = try archive.risalah(as: "sari", "list", "--source", "x")
        #expect(wrong.status == 64, "\(wrong.errorText)")
    }
}
