import ArchiveCore
import ArchiveInterface
import Foundation
import Glibc
import TestSupport
import Testing

/// What came from elsewhere is recognized, and what can be deleted there is said by the archive.
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

    /// What can go is what the archive has, whole; and its word holds without it, or not at all.
    @Test func `originals that can be deleted`() throws {
        let archive = try archive()
        let tree = try ImportTree(archive.folder.appending(path: "tree"))
        for (number, name) in ["satu.opus", "dua.wav", "tiga.opus"].enumerated() {
            try tree.tone(name, frequency: 400 + number, seconds: 2)
        }
        try FileManager.default.copyItem(atPath: tree.path + "/satu.opus", toPath: tree.path + "/salinan, satu.opus")
        let list = archive.folder.appending(path: "asli.json")
        let command = ["import", tree.path, "--json"] + Self.labels
        let first = try archive.risalah(as: "sari", arguments: command + ["--deletable", list.path])
        let (lines, summary) = try reports(first)
        #expect(first.status == 0 && summary["stored"] == 3, "\(first.text)\(first.errorText)")
        #expect(summary["deletable"] == 4 && summary["undeletable"] == 0)
        for path in [list.path, list.path + ".csv"] {
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        }
        let page = try #require(try CanonicalJSON.decode(OriginalsList.self, from: Data(contentsOf: list)).pages.first)
        for item in page.statement.items {
            let line = try #require(lines.first { $0["id"] as? String == item.recording.description })
            #expect(line["source"] as? String == item.sha256.description && line["bytes"] as? Int == item.bytes)
            #expect(item.checked > item.stored && item.checked <= page.statement.made && item.origin == "file")
            let shown = try archive.objects(archive.risalah(as: "sari", "show", item.recording.description, "--json"))
            #expect(shown.first?["digest"] as? String == item.payload && shown.first?["size"] as? Int == item.size)
        }
        #expect(page.statement.items.count == 3 && page.statement.omitted.isEmpty)
        let key = archive.root.appending(path: "Config/log.vkey").path
        func verify(_ file: URL) throws -> Program.Outcome {
            try archive.risalah(as: "sari", "originals", "verify", file.path, "--vkey", key)
        }
        let proved = try verify(list)
        #expect(proved.status == 0 && proved.text.contains("originals:"), "\(proved.text)\(proved.errorText)")
        // Whatever is another letter in it: in the digest of an original, or in the proof.
        let text = try String(contentsOf: list, encoding: .utf8)
        let digest = page.statement.items[0].sha256.description
        let other = (digest.first == "0" ? "1" : "0") + String(digest.dropFirst())
        let forged = archive.folder.appending(path: "palsu.json")
        let last = try #require(page.proof.split(separator: "\n").last { $0.count == 44 })
        let hash = String(last)
        let flipped = (hash.first == "A" ? "B" : "A") + String(hash.dropFirst())
        func escaped(_ base64: String) -> String { base64.replacing("/", with: "\\/") }
        var forgeries = 0
        for (from, to) in [(digest, other), (hash, flipped), (escaped(hash), escaped(flipped))]
        where text.contains(from) {
            forgeries += 1
            try text.replacing(from, with: to).write(to: forged, atomically: true, encoding: .utf8)
            let refused = try verify(forged)
            #expect(refused.status == 67, "\(from): \(refused.status) \(refused.errorText)")
        }
        #expect(forgeries >= 2)

        // A run that stores nothing gets the list too; what is damaged by now, or not taken, stays.
        let damaged = try #require(lines.first { ($0["path"] as? String)?.hasSuffix("tiga.opus") == true })
        let id = try #require(damaged["id"] as? String)
        try spoil(id, of: archive)
        let checked = try archive.risalahd("check", "--deep", "--root", archive.root.path)
        #expect(checked.status != 0, "\(checked.text)")
        // That one nobody has read yet.
        try tree.tone("empat.opus", frequency: 500, seconds: 1)
        try Data("rusak".utf8).write(to: URL(filePath: tree.path + "/rusak.mp4"))
        #expect(try archive.risalah(as: "sari", arguments: ["import", tree.path] + Self.labels).status == 65)
        let fresh = try recordings(archive)
        let later = try #require(fresh.first { $0["title"] as? String == "empat" }?["id"] as? String)
        try spoil(later, of: archive)
        let again = try archive.risalah(as: "sari", arguments: command + ["--deletable", list.path])
        #expect(again.status == 65, "\(again.text)\(again.errorText)")
        let sum = try reports(again).summary
        #expect(sum["stored"] == 0 && sum["deletable"] == 3 && sum["undeletable"] == 3, "\(again.text)")
        let pages = try CanonicalJSON.decode(OriginalsList.self, from: Data(contentsOf: list)).pages
        #expect(pages.flatMap(\.statement.items).count == 2)
        #expect(Set(pages.flatMap(\.statement.omitted).map(\.recording.description)) == [id, later])
        #expect(pages.flatMap(\.statement.omitted).allSatisfy { $0.reason == .damaged })
        #expect(try verify(list).status == 0)
        let table = try String(contentsOf: URL(filePath: list.path + ".csv"), encoding: .utf8)
        let rows = table.split(separator: "\r\n").map(String.init)
        #expect(rows.first == "path,sha256,bytes,recording,deletable,code,reason" && rows.count == 7)
        #expect(
            rows.contains { $0.hasPrefix("\"\(tree.path)/salinan, satu.opus\",") && $0.contains(",yes,") },
            "\(table)"
        )
        #expect(rows.contains { $0.contains("/tiga.opus,") && $0.contains(",no,damaged,") })
        #expect(rows.contains { $0.contains("/rusak.mp4,") && $0.contains(",no,bad-recording,") })
    }

    /// Changes a byte of a payload where it rests.
    private func spoil(_ recording: String, of archive: LiveArchive) throws {
        let path = archive.root.appending(path: "Storage/recordings/\(recording.prefix(2))/\(recording).payload").path
        #expect(chmod(path, 0o600) == 0)
        let file = try FileHandle(forUpdating: URL(filePath: path))
        try file.seek(toOffset: 100)
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: 100)
        try file.write(contentsOf: Data([byte ^ 1]))
        try file.close()
    }
}
