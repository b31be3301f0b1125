import ArchiveCore
import Foundation
import TestSupport
import Testing

@Suite("Programs that nobody here wrote put recordings in and take them out")
struct StockToolTests {
    @Test func `opusenc, age and curl in, curl and age out, the same bytes`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "rahasia")
        let opus = try archive.speech("The first point on the agenda is the harbour.")
        let answer = try archive.put(
            archive.seal(opus, to: "rahasia", as: "perekam"),
            as: "perekam",
            query: "level=rahasia&unit=umum&series=rapat&title=Pelabuhan&participant=Sari&participant=Budi"
        )
        #expect(answer.status == 201, "\(answer.text)")
        let id = try #require(answer.json["id"] as? String)
        #expect(answer.json["state"] as? String == "stored")

        let access = try archive.curl(
            as: "sari",
            "/v1/recordings/\(id)/accesses",
            ["-d", #"{"purpose":"Minutes","recipient":"x25519"}"#]
        )
        #expect(access.status == 201, "\(access.text)")
        #expect(access.json["state"] as? String == "open")
        let links = try #require(access.json["links"] as? [String: String])
        #expect(links["opus"] == nil, "rahasia is delivered sealed only")
        let sealed = try archive.curl(as: "sari", try #require(links["sealed"]))
        #expect(sealed.status == 200)
        let identity = archive.folder.appending(path: "sari/identity.txt").path
        let opened = try Program.run("age", ["-d", "-i", identity], input: sealed.body)
        #expect(opened.output == opus, "\(opened.errorText)")

        // A range of it is the same bytes, and so is every repetition.
        let part = try archive.curl(as: "sari", try #require(links["sealed"]), ["-r", "150-400"])
        #expect(part.status == 206)
        #expect(part.body == sealed.body[150...400])
        #expect(try archive.curl(as: "sari", try #require(links["sealed"]), ["-r", "99999999-"]).status == 416)

        // What opusinfo and ffprobe say of it is what the archive says.
        let file = archive.folder.appending(path: "opened.opus")
        try opened.output.write(to: file)
        let shown = try archive.risalah(as: "sari", "show", id, "--json")
        let json = try #require(JSONSerialization.jsonObject(with: shown.output) as? [String: Any])
        let duration = try #require(json["duration"] as? Double)
        let probe = try Program.run(
            "ffprobe",
            ["-v", "error", "-show_entries", "stream=channels:format=duration", "-of", "default=nw=1", file.path]
        )
        let probed = try #require(probe.text.firstMatch(of: /duration=([0-9.]+)/).flatMap { Double($0.output.1) })
        #expect(abs(probed - duration) < 0.03)
        #expect(probe.text.contains("channels=\(json["channels"] as? Int ?? 0)"))
        let info = try Program.run("opusinfo", [file.path])
        let length = try #require(info.text.firstMatch(of: /Playback length: (\d+)m:([0-9.]+)s/))
        let seconds = (Double(length.output.1) ?? 0) * 60 + (Double(length.output.2) ?? 0)
        #expect(abs(seconds - duration) < 0.01)
        for key in [
            "id", "state", "level", "compartments", "unit", "series", "title", "participants", "received", "duration",
            "loss", "findings", "channels", "bitrate", "size", "digest", "retention",
        ] { #expect(json[key] != nil, "show --json has no \(key)") }
        #expect(json["participants"] as? [String] == ["Sari", "Budi"])

        // Nothing that describes it is in clear anywhere on the archive's disk, nor in what the service says.
        for word in ["Pelabuhan", "Minutes", "sari", "perekam"] {
            let found = try Program.run(
                "grep",
                ["-r", "-a", "-l", "-i", word, archive.root.appending(path: "Storage").path]
            )
            #expect(found.text.isEmpty, "\(word) is in clear in \(found.text)")
            #expect(!archive.serviceLog.contains(word))
        }
    }

    @Test func `tuspy is cut off in the middle and goes on`() throws {
        let python = try LiveArchive.python
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        let opus = try archive.speech(String(repeating: "We go on with the second point. ", count: 12))
        let file = archive.folder.appending(path: "sealed.age")
        try archive.seal(opus, to: "terbatas", as: "perekam").write(to: file)
        let script = """
            import sys
            from tusclient.client import TusClient
            base, home, path, url, stop = sys.argv[1:6]
            client = TusClient(base + "/v1/uploads", client_cert=(home + "/certificate.pem", home + "/key.pem"))
            meta = {"level": "terbatas", "unit": "umum", "series": "rapat", "title": "tus", "participant": "A\\nB"}
            if url == "-":
                up = client.uploader(path, chunk_size=7000, metadata=meta, upload_checksum=True)
            else:
                up = client.uploader(path, chunk_size=7000, url=url, upload_checksum=True)
            up.upload(stop_at=int(stop)) if stop != "-" else up.upload()
            print(up.url, up.offset)
            """
        let home = archive.folder.appending(path: "perekam").path
        func tus(_ url: String, _ stop: String) throws -> [String] {
            let outcome = try Program.run(
                python,
                ["-c", script, archive.address, home, file.path, url, stop],
                environment: ["REQUESTS_CA_BUNDLE": "\(home)/ca.pem"]
            )
            try #require(outcome.status == 0, "\(outcome.errorText)")
            return outcome.text.split(whereSeparator: \.isWhitespace).map(String.init)
        }
        let first = try tus("-", "14000")
        #expect(first[1] == "14000")
        // The service dies between the two; what it had acknowledged is there.
        archive.kill()
        try archive.start()
        let second = try tus(first[0], "-")
        #expect(second[1] == String(try Data(contentsOf: file).count))
        let list = try archive.risalah(as: "sari", "list", "--json")
        let recording = try #require(JSONSerialization.jsonObject(with: list.output) as? [String: Any])
        #expect(recording["title"] as? String == "tus")
        #expect(recording["participants"] as? [String] == ["A", "B"])
        let output = archive.folder.appending(path: "out.opus").path
        let got = try archive.risalah(as: "sari", "get", recording["id"] as? String ?? "", "-o", output)
        #expect(got.status == 0, "\(got.errorText)")
        #expect(try Data(contentsOf: URL(filePath: output)) == opus)
    }

    @Test func `a PATCH that kill -9 interrupts goes on from what was kept`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        let opus = try archive.speech(String(repeating: "And so the meeting goes on and on. ", count: 60))
        let sealed = try archive.seal(opus, to: "terbatas", as: "perekam")
        let metadata = ["level": "terbatas", "unit": "umum", "series": "rapat", "title": "t"]
            .map { "\($0) \(Data($1.utf8).base64EncodedString())" }.joined(separator: ",")
        let tus = ["-H", "Tus-Resumable: 1.0.0"]
        let created = try archive.curl(
            as: "perekam",
            "/v1/uploads",
            tus + ["-X", "POST", "-i", "-H", "Upload-Length: \(sealed.count)", "-H", "Upload-Metadata: \(metadata)"]
        )
        #expect(created.status == 201)
        let upload = String(try #require(created.text.firstMatch(of: /(?i)location: (\S+)/)).output.1)
        let patch = tus + ["-X", "PATCH", "-H", "Content-Type: application/offset+octet-stream", "--data-binary", "@-"]
        #expect(
            try archive.curl(as: "perekam", upload, patch + ["-H", "Upload-Offset: 0"], input: sealed.prefix(90)).status
                == 204
        )

        // A slow sender; the service dies when some of it has reached the disk.
        let file = archive.folder.appending(path: "rest")
        try sealed.dropFirst(90).write(to: file)
        let home = archive.folder.appending(path: "perekam").path
        let slow = try Program.start(
            "curl",
            [
                "-sS", "-m", "60", "--limit-rate", "60k", "--cacert", "\(home)/ca.pem", "--cert",
                "\(home)/certificate.pem", "--key", "\(home)/key.pem", "-X", "PATCH", "-H", "Tus-Resumable: 1.0.0",
                "-H",
                "Upload-Offset: 90", "-H", "Content-Type: application/offset+octet-stream", "--data-binary",
                "@\(file.path)", upload,
            ],
            errors: .null
        )
        try archive.waitUntil(seconds: 30) {
            let incoming = archive.root.appending(path: "Storage/incoming").path
            return try archive.stored("incoming").contains { name in
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(incoming)/\(name)")
                return attributes[.size] as? Int ?? 0 > 20_000
            }
        }
        archive.kill()
        slow.waitUntilExit()
        try archive.start()
        let status = try archive.curl(as: "perekam", upload, tus + ["-I"])
        let offset = Int(try #require(status.text.firstMatch(of: /(?i)upload-offset: (\d+)/)).output.1) ?? 0
        #expect(offset >= 90)
        let wrong = try archive.curl(
            as: "perekam",
            upload,
            patch + ["-H", "Upload-Offset: \(offset + 1)"],
            input: sealed.dropFirst(offset + 1)
        )
        #expect(wrong.status == 409)
        #expect(wrong.code == "wrong-offset")
        let last = try archive.curl(
            as: "perekam",
            upload,
            patch + ["-i", "-H", "Upload-Offset: \(offset)"],
            input: sealed.dropFirst(offset)
        )
        #expect(last.status == 204, "\(last.text)")
        let id = String(try #require(last.text.firstMatch(of: /(?i)archive-recording: (\S+)/)).output.1)
        #expect(archive.stored("recordings").count == 1)
        #expect(archive.stored("incoming").isEmpty)
        let again = try archive.curl(as: "perekam", upload, tus + ["-I"])
        #expect(again.text.contains(id))
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }
}
