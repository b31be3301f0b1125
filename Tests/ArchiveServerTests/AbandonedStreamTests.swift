import Foundation
import TestSupport
import Testing

/// Streams that never get their end, and what could not become a recording, over real connections.
@Suite("What came of a stream without an end is kept, and said")
struct AbandonedStreamTests {
    private let archive: LiveArchive
    private let opus: Data
    private let sealed: Data

    init() throws {
        archive = try LiveArchive { config in
            try LiveArchive.edit(config, "risalah.yaml", "silence: PT24H", "silence: PT2S")
        }
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "sangat-rahasia")
        opus = try Data(MadeStream.noise(seconds: 25, bitrate: 64_000))
        sealed = try archive.seal(opus, to: "terbatas", as: "perekam")
        try #require(sealed.count > 150_000)
    }

    private func shown(_ id: String) throws -> [String: Any] {
        try archive.curl(as: "sari", "/v1/recordings/\(id)").json
    }

    @Test func `what is cut off is answered as incomplete, with what is missing`() throws {
        let answer = try archive.put(sealed.dropLast(1000), as: "perekam")
        #expect(answer.status == 201, "\(answer.text)")
        #expect(answer.json["state"] as? String == "incomplete")
        let loss = try #require(answer.json["loss"] as? Double)
        #expect(loss > 0 && loss < 10)
        let findings = try #require(answer.json["findings"] as? [[String: Any]])
        #expect(findings.contains { $0["code"] as? String == "no-end" }, "\(findings)")
        let id = try #require(answer.json["id"] as? String)
        let view = try shown(id)
        #expect(view["state"] as? String == "incomplete" && view["loss"] as? Double == loss)
        let (captured, duration) = (view["captured"] as? Double ?? 0, view["duration"] as? Double ?? 0)
        #expect(captured == duration && captured > 10 && captured + loss > 24.5 && captured + loss < 27, "\(captured)")
        // A person sees it at once.
        let text = try archive.risalah(as: "sari", "show", id).text
        #expect(text.contains("incomplete"), "\(text)")
        // The stock tool opens it, as far as it came.
        let file = archive.folder.appending(path: "part.opus")
        let got = try archive.risalah(as: "sari", "get", id, "--purpose", "uji", "-o", file.path)
        #expect(got.status == 0, "\(got.errorText)")
        let heard = try Data(contentsOf: file)
        #expect(heard.count >= 2 * 65_536 && opus.starts(with: heard))
    }

    @Test func `a damaged chunk ends it there, and the answer names what is kept`() throws {
        let payload = try #require(sealed.range(of: Data("\n--- ".utf8))).lowerBound + 49
        var bytes = sealed
        bytes[payload + 16 + 65_552 + 5] ^= 1
        let answer = try archive.put(bytes, as: "perekam")
        #expect(answer.status == 422 && answer.code == "bad-encryption", "\(answer.text)")
        let id = try #require(archive.list(as: "sari").first)
        #expect((answer.json["hint"] as? String)?.contains(id) == true, "\(answer.text)")
        #expect(try shown(id)["state"] as? String == "incomplete")
    }

    @Test func `an upload without news is closed by itself, and says when`() throws {
        let made = try archive.exchange(
            "POST",
            "/v1/uploads",
            as: "perekam",
            headers: [
                "Tus-Resumable: 1.0.0", "Upload-Defer-Length: 1",
                "Upload-Metadata: title \(Data("Rapat".utf8).base64EncodedString()),"
                    + "series \(Data("rapat".utf8).base64EncodedString())",
            ]
        )
        let location = try #require(made.header("location"))
        let patched = try archive.exchange(
            "PATCH",
            location,
            as: "perekam",
            headers: [
                "Tus-Resumable: 1.0.0", "Upload-Offset: 0", "Content-Type: application/offset+octet-stream",
            ],
            body: sealed.dropLast(1000)
        )
        #expect(patched.status == 204, "\(patched.text)")
        // RFC 9110 §5.6.7.
        let expires = try #require(patched.header("upload-expires"))
        #expect(expires.wholeMatch(of: /[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT/) != nil)
        var found: [String] = []
        try archive.waitUntil(seconds: 60) {
            found = try archive.list(as: "sari")
            return found.count == 1
        }
        let id = try #require(found.first)
        #expect(try shown(id)["state"] as? String == "incomplete")
        let head = try archive.exchange("HEAD", location, as: "perekam", headers: ["Tus-Resumable: 1.0.0"])
        #expect(head.status == 200)
        #expect(head.header("archive-recording") == id && head.header("archive-state") == "incomplete")
        #expect(head.header("upload-expires") == nil)
        let late = try archive.exchange(
            "PATCH",
            location,
            as: "perekam",
            headers: [
                "Tus-Resumable: 1.0.0", "Upload-Offset: \(sealed.count - 1000)",
                "Content-Type: application/offset+octet-stream",
            ],
            body: sealed.suffix(1000)
        )
        #expect(late.status == 410 && late.words.contains(id), "\(late.text)")
        #expect(head.header("upload-offset") == String(sealed.count - 1000))
        #expect(try archive.list(as: "sari") == [id])
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    @Test func `quarantine is listed, released and dropped by the administrator, and the log says so`() throws {
        let root = archive.root.path
        let empty = try archive.risalahd("quarantine", "list", "--root", root)
        #expect(empty.status == 0 && empty.text.isEmpty && empty.errorText.contains("nothing"))
        for _ in 0..<2 {
            let stream = try archive.seal(Data(MadeStream.fresh()), to: "terbatas", as: "perekam")
            let answer = try archive.put(stream, as: "perekam", query: "level=terbatas&unit=umum&title=Tanpa+seri")
            #expect(answer.code == "bad-metadata", "\(answer.text)")
        }
        let listed = try archive.risalahd("quarantine", "list", "--root", root, "--json")
        let items = try #require(JSONSerialization.jsonObject(with: listed.output) as? [[String: Any]])
        #expect(items.map { $0["reason"] as? String } == ["bad-metadata", "bad-metadata"])
        let ids = items.compactMap { $0["upload"] as? String }
        try #require(ids.count == 2)
        #expect(try archive.risalahd("quarantine", "list", "--root", root).text.contains(ids[0]))

        let refused = try archive.risalahd("quarantine", "release", ids[0], "--root", root)
        #expect(refused.status == 65 && refused.errorText.contains("series"), "\(refused.errorText)")
        let released = try archive.risalahd(
            "quarantine",
            "release",
            ids[0],
            "--series",
            "rapat",
            "--root",
            root,
            "--json"
        )
        #expect(released.status == 0, "\(released.errorText)")
        let recording = try #require(JSONSerialization.jsonObject(with: released.output) as? [String: Any])
        #expect(recording["state"] as? String == "stored")
        #expect(try archive.list(as: "sari") == [recording["id"] as? String])

        #expect(try archive.risalahd("quarantine", "drop", ids[1], "--root", root).status == 0)
        #expect(try archive.risalahd("quarantine", "drop", ids[1], "--root", root).status == 66)
        #expect(try archive.risalahd("quarantine", "release", "nonsense", "--root", root).status == 64)
        #expect(archive.stored("quarantine").isEmpty && archive.stored("incoming").isEmpty)
        try archive.enrol("wati", "auditor")
        let log = try archive.risalah(as: "wati", "audit", "log", "--json").text
        for action in ["quarantine.release", "quarantine.drop"] { #expect(log.contains(action)) }
        #expect(try archive.risalahd("audit", "verify", "--root", root).status == 0)
    }
}
