import ArchiveCore
import Foundation
import OggOpus
import TestSupport
import Testing

@Suite("A part of a recording, by stock tools and by the program")
struct ExcerptTests {
    private let archive: LiveArchive
    private let id: String
    private let whole: Data

    init() throws {
        archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "rahasia")
        whole = try Data(
            MadeStream.noise(
                seconds: 40,
                bitrate: 128_000,
                tags: [("TITLE", "Rapat"), ("DATE", "2026-11-20T02:00:00Z")]
            )
        )
        id = try archive.store(whole, level: "terbatas", as: "perekam")
    }

    private func open(_ body: String, of recording: String? = nil, as who: String = "sari") throws -> Exchange {
        try archive.exchange("POST", "/v1/recordings/\(recording ?? id)/accesses", as: who, body: Data(body.utf8))
    }

    private func stream(_ bytes: Data) throws -> ValidatedStream {
        let validator = StreamValidator()
        try bytes.withUnsafeBytes { try validator.consume($0) }
        return try validator.finish()
    }

    private func openFile(_ file: Data, as who: String = "sari") throws -> Data {
        let identity = archive.folder.appending(path: "\(who)/identity.txt").path
        let opened = try Program.run("age", ["-d", "-i", identity], input: file)
        try #require(opened.status == 0, "\(opened.errorText)")
        return opened.output
    }

    @Test func `curl and age get the part, whole and in pieces`() throws {
        let access = try open(#"{"from":10.5,"to":31}"#)
        #expect(access.status == 201 && access.json["from"] as? Double == 10.5 && access.json["to"] as? Double == 31)
        let links = try #require(access.json["links"] as? [String: String])
        let (sealed, opened) = (try #require(links["sealed"]), try #require(links["opus"]))
        let file = try archive.exchange("GET", sealed, as: "sari")
        let opus = try openFile(file.body)
        #expect(try stream(opus).facts.duration == 20.5)
        #expect(opus.count > 3 * 65_536 && opus.count < whole.count * 6 / 10)
        #expect(try archive.exchange("GET", opened, as: "sari").body == opus)
        // Nothing of the rest of the recording is in it: no page of the whole comes after its end.
        let path = archive.folder.appending(path: "part.opus")
        try opus.write(to: path)
        let info = try Program.run("opusinfo", [path.path])
        #expect(info.text.contains("Playback length: 0m:20.5"), "\(info.text)")
        #expect(!info.text.contains("WARNING") && !info.text.contains("ERROR"), "\(info.text)")
        #expect(info.text.contains("TITLE=Rapat"))
        // Ranges of either form stitch to the same bytes, asked for in any order.
        for (link, bytes) in [(sealed, file.body), (opened, opus)] {
            let head = try archive.exchange("GET", link, as: "sari")
            let tag = try #require(head.header("etag"))
            #expect(head.body == bytes && head.header("content-length") == String(bytes.count))
            let cuts = [0, 1, 150, 200, 65_536, 65_900, 131_300, bytes.count - 1, bytes.count]
            var parts: [Int: Data] = [:]
            for (from, to) in zip(cuts, cuts.dropFirst()).reversed() {
                let part = try archive.exchange(
                    "GET",
                    link,
                    as: "sari",
                    headers: ["Range: bytes=\(from)-\(to - 1)", "If-Range: \(tag)"]
                )
                #expect(part.status == 206 && part.header("content-range") == "bytes \(from)-\(to - 1)/\(bytes.count)")
                parts[from] = part.body
            }
            #expect(cuts.dropLast().reduce(into: Data()) { $0 += parts[$1] ?? Data() } == bytes)
            let beyond = try archive.exchange(
                "GET",
                link,
                as: "sari",
                headers: ["Range: bytes=\(bytes.count)-"]
            )
            #expect(beyond.status == 416)
        }
        // An access to a part is not one to the whole, whatever the request says.
        #expect(try archive.exchange("GET", sealed + "?from=0&to=40", as: "sari").body == file.body)
        let other = try open("{}")
        #expect(other.json["from"] == nil)
        let all = try #require((other.json["links"] as? [String: String])?["sealed"])
        #expect(try openFile(archive.exchange("GET", all, as: "sari").body) == whole)
        // After a restart: the same bytes.
        archive.kill()
        try archive.start()
        #expect(try archive.exchange("GET", sealed, as: "sari").body == file.body)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    @Test func `parts that are none, and what is not visible`() throws {
        for body in [
            #"{"from":5,"to":5}"#, #"{"from":-1}"#, #"{"from":40}"#, #"{"to":0}"#, #"{"from":9,"to":8}"#,
            #"{"from":"1"}"#,
        ] {
            let answer = try open(body)
            #expect(answer.status == 400 && answer.code == "bad-request", "\(body): \(answer.text)")
        }
        // Who does not know of the recording learns nothing of its length.
        try archive.enrol("budi", "archivist", clearance: "biasa")
        #expect(try open(#"{"from":40}"#, as: "budi") == open(#"{"from":1}"#, as: "budi"))
        #expect(try open(#"{"from":40}"#, as: "budi").status == 404)
    }

    @Test func `closed in the middle of a part`() throws {
        // More than all buffers between hold.
        let long = try archive.store(
            Data(MadeStream.noise(seconds: 300, bitrate: 510_000)),
            level: "terbatas",
            as: "perekam"
        )
        let access = try open(#"{"from":0.5,"to":299}"#, of: long)
        let link = try #require((access.json["links"] as? [String: String])?["sealed"])
        let first = try archive.exchange("GET", link, as: "sari", headers: ["Range: bytes=0-0"])
        let length = try #require(Int(first.header("content-range")?.split(separator: "/").last ?? ""))
        let path = archive.folder.appending(path: "slow")
        let curl = try Program.start(
            "curl",
            ["-sS", "-m", "60", "--limit-rate", "400k", "-o", path.path] + archive.credentials("sari") + [
                archive.address + link
            ],
            errors: .null
        )
        func arrived() -> Int {
            (try? FileManager.default.attributesOfItem(atPath: path.path)[.size] as? Int) ?? 0
        }
        try archive.waitUntil(seconds: 30) { arrived() > 0 }
        let id = try #require(access.json["id"] as? String)
        #expect(try archive.exchange("DELETE", "/v1/accesses/\(id)", as: "sari").status == 204)
        try archive.waitUntil(seconds: 60) { !curl.isRunning }
        // What was in the buffers had left already; the end never does.
        #expect(arrived() < length)
        #expect(try archive.exchange("GET", link, as: "sari").code == "gone")
    }

    @Test func `get and play with times of the recording and of the clock`() throws {
        let file = archive.folder.appending(path: "part.opus").path
        let got = try archive.risalah(
            as: "sari",
            "get",
            id,
            "--from",
            "0:05",
            "--to",
            "7.5s",
            "-o",
            file,
            "--json"
        )
        #expect(got.status == 0, "\(got.errorText)")
        let json = try #require(JSONSerialization.jsonObject(with: got.output) as? [String: Any])
        #expect(json["from"] as? Double == 5 && json["to"] as? Double == 7.5)
        let part = try Data(contentsOf: URL(filePath: file))
        #expect(try stream(part).facts.duration == 2.5)
        // The recording began at 09:00 in Jakarta; it is said what was taken.
        let clock = try archive.risalah(
            as: "sari",
            "get",
            id,
            "--from",
            "9:00:05",
            "--to",
            "09:00:07",
            "--clock",
            "-o",
            "-"
        )
        #expect(clock.status == 0 && clock.errorText.contains("0:00:05 to 0:00:07"), "\(clock.errorText)")
        #expect(try stream(clock.output).facts.duration == 2)
        let late = try archive.risalah(as: "sari", "get", id, "--from", "9:30", "--clock", "-o", "-")
        #expect(
            late.status == 64 && late.output.isEmpty && late.errorText.contains("09:00 +07:00"),
            "\(late.errorText)"
        )
        // A player gets the same, by its stdin; what it prints never goes to stdout.
        let heard = archive.folder.appending(path: "heard.opus")
        let played = try archive.risalah(
            as: "sari",
            "play",
            id,
            "--from",
            "00:00:05",
            "--to",
            "00:00:07.5",
            "--player",
            "cat > '\(heard.path)'; echo playing",
            "--json"
        )
        #expect(played.status == 0 && played.errorText.contains("playing"), "\(played.errorText)")
        let report = try #require(JSONSerialization.jsonObject(with: played.output) as? [String: Any])
        let bytes = try Data(contentsOf: heard)
        #expect(try stream(bytes).facts.duration == 2.5)
        #expect(report["bytes"] as? Int == bytes.count && report["from"] as? Double == 5)
        // One that has heard enough, one that fails, one that is not there.
        #expect(try archive.risalah(as: "sari", "play", id, "--player", "head -c 100 >/dev/null").status == 0)
        #expect(try archive.risalah(as: "sari", "play", id, "--player", "cat >/dev/null; exit 3").status == 74)
        #expect(try archive.risalah(as: "sari", "play", id, "--player", "/nonexistent/player").status == 74)
        for wrong in [["--from", "x"], ["--from", "2", "--to", "1"], ["--clock"], ["--from", "25:00", "--clock"]] {
            let outcome = try Program.run(
                LiveArchive.programs.appending(path: "risalah").path,
                ["get", id, "--home", archive.folder.appending(path: "sari").path] + wrong
            )
            #expect(outcome.status == 64, "\(wrong): \(outcome.errorText)")
        }
    }

    @Test func `a recording without a beginning has no times of day`() throws {
        let timeless = try archive.store(MadeStream.fresh(), level: "terbatas", as: "perekam")
        let refused = try archive.risalah(as: "sari", "get", timeless, "--from", "10:00", "--clock", "-o", "-")
        #expect(refused.status == 64 && refused.errorText.contains("without --clock"), "\(refused.errorText)")
        try archive.enrol("wati", "auditor")
        let log = try archive.risalah(as: "wati", "audit", "log", "--action", "access.open", "--json")
        #expect(log.text.isEmpty, "no access was asked for: \(log.text)")
    }
}
