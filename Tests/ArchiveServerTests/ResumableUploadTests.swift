import ArchiveCore
import Foundation
import TestSupport
import Testing

@Suite("tus 1.0 as its clients speak it")
struct ResumableUploadTests {
    private let archive: LiveArchive
    private let sealed: Data

    init() throws {
        archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        sealed = try archive.seal(Data(MadeStream.noise(seconds: 60, bitrate: 64_000)), to: "terbatas", as: "perekam")
        try #require(sealed.count > 400_000)
    }

    private static let stream = "Content-Type: application/offset+octet-stream"

    private func checksum(_ bytes: Data, _ tool: String = "sha1sum") throws -> String {
        let file = archive.folder.appending(path: "sum-\(UUID().uuidString)")
        try bytes.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let digits = try Program.run(tool, [file.path]).text.prefix { $0 != " " }
        let digest = stride(from: 0, to: digits.count, by: 2).compactMap { place in
            UInt8(digits.dropFirst(place).prefix(2), radix: 16)
        }
        return "Upload-Checksum: \(tool.dropLast(3)) \(Data(digest).base64EncodedString())"
    }

    @Test func `options say what is spoken`() throws {
        let options = try archive.exchange("OPTIONS", "/v1/uploads", as: "perekam")
        #expect(options.status == 204)
        let extensions = options.header("tus-extension")?.split(separator: ",") ?? []
        let wanted = ["creation", "creation-with-upload", "creation-defer-length", "checksum", "termination"]
        #expect(Set(extensions.map(String.init)).isSuperset(of: wanted))
        #expect(options.header("tus-checksum-algorithm") == "sha1,sha256")
    }

    /// Bytes that await their checksum do not advance the offset, and a wrong one forgets them.
    @Test func `a checksum is held to before anything counts`() throws {
        let created = try archive.create(length: sealed.count, as: "perekam")
        let upload = try #require(created.header("location"))
        func send(_ range: Range<Int>, _ checksum: String) throws -> Exchange {
            try archive.exchange(
                "PATCH",
                upload,
                as: "perekam",
                headers: [LiveArchive.tus, "Upload-Offset: \(range.lowerBound)", Self.stream, checksum],
                body: sealed[range]
            )
        }
        // Within the header, over its end, within the payload, and to the end.
        let cuts = [0, 50, 5000, 300_000, sealed.count]
        for (start, end) in zip(cuts, cuts.dropFirst()) {
            let wrong = try send(start..<end, checksum(Data("another".utf8)))
            #expect(wrong.status == 460 && wrong.code == "checksum-mismatch", "\(wrong.text)")
            #expect(try archive.head(upload, as: "perekam").header("upload-offset") == String(start))
            #expect(archive.stored("incoming").allSatisfy { !$0.hasSuffix(".chunk") })
            let right = try send(start..<end, checksum(sealed[start..<end], start == 50 ? "sha256sum" : "sha1sum"))
            #expect(right.status == 204 && right.header("upload-offset") == String(end), "\(right.text)")
            if end == sealed.count {
                let id = try #require(right.header("archive-recording"))
                #expect(try archive.list(as: "sari") == [id])
            }
        }
        for (bad, words) in [
            ("sha1 AAAA", "bytes"), ("md5 AAAA", "algorithm"), ("sha1", "base64"), ("sha1 !", "base64"),
        ] {
            let answer = try send(0..<10, "Upload-Checksum: \(bad)")
            #expect(answer.status == 400 && answer.words.contains(words), "\(bad): \(answer.text)")
        }
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    /// A header that a network damaged is told from one that was never good by its checksum.
    @Test func `a checksum comes before the grammar`() throws {
        let garbage = Data(repeating: 7, count: 200_000)
        let created = try archive.create(length: garbage.count, as: "perekam")
        let upload = try #require(created.header("location"))
        func send(_ checksum: String) throws -> Exchange {
            try archive.exchange(
                "PATCH",
                upload,
                as: "perekam",
                headers: [LiveArchive.tus, "Upload-Offset: 0", Self.stream, checksum],
                body: garbage
            )
        }
        #expect(try send(checksum(Data())).status == 460)
        #expect(try archive.head(upload, as: "perekam").header("upload-offset") == "0")
        let answer = try send(checksum(garbage))
        #expect(answer.status == 422 && answer.code == "bad-encryption", "\(answer.text)")
        #expect(archive.stored("incoming").isEmpty)
    }

    @Test func `an upload that begins with its first bytes`() throws {
        let metadata = ["level": "terbatas", "unit": "umum", "series": "rapat", "title": "sekaligus"]
        func create(_ bytes: Data, _ more: [String] = []) throws -> Exchange {
            try archive.exchange(
                "POST",
                "/v1/uploads",
                as: "perekam",
                headers: [
                    LiveArchive.tus, "Upload-Length: \(sealed.count)", Self.stream,
                    "Upload-Metadata: \(uploadMetadata(metadata))",
                ] + more,
                body: bytes
            )
        }
        let begun = try create(sealed.prefix(70_000))
        #expect(begun.status == 201 && begun.header("upload-offset") == "70000", "\(begun.text)")
        let upload = try #require(begun.header("location"))
        let end = try archive.patch(upload, sealed.dropFirst(70_000), at: 70_000, as: "perekam")
        let id = try #require(end.header("archive-recording"))
        // All of it at once; from the same sender it is the same recording.
        let whole = try create(sealed, [checksum(sealed)])
        #expect(whole.status == 201 && whole.header("upload-offset") == String(sealed.count))
        #expect(whole.header("archive-recording") == id && whole.header("location") != upload)
        #expect(try create(sealed, [checksum(Data())]).status == 460)
        #expect(try archive.list(as: "sari") == [id])
    }

    @Test func `what its sender terminates is forgotten, and a recording is not`() throws {
        func terminate(_ upload: String, as who: String) throws -> Exchange {
            try archive.exchange("DELETE", upload, as: who, headers: [LiveArchive.tus])
        }
        try archive.enrol("lain", "recorder")
        try archive.enrol("wati", "auditor")
        let upload = try #require(archive.create(length: sealed.count, as: "perekam").header("location"))
        #expect(try archive.patch(upload, sealed.prefix(100_000), at: 0, as: "perekam").status == 204)
        #expect(archive.stored("incoming").count == 1)
        #expect(try terminate(upload, as: "lain").status == 404)
        #expect(archive.stored("incoming").count == 1)
        #expect(try terminate(upload, as: "perekam").status == 204)
        #expect(archive.stored("incoming").isEmpty && archive.stored("quarantine").isEmpty)
        #expect(try archive.head(upload, as: "perekam").status == 410)
        #expect(try archive.patch(upload, sealed.dropFirst(100_000), at: 100_000, as: "perekam").status == 410)
        let log = try archive.risalah(as: "wati", "audit", "log", "--action", "recording.store", "--json").text
        #expect(log.contains(#""details":{"code":"terminated"}"#), "\(log)")
        // A finished one goes, what it has become stays.
        let second = try #require(archive.create(length: sealed.count, as: "perekam").header("location"))
        let end = try archive.patch(second, sealed, at: 0, as: "perekam")
        let id = try #require(end.header("archive-recording"))
        #expect(try terminate(second, as: "perekam").status == 204)
        #expect(try archive.head(second, as: "perekam").status == 404)
        #expect(try archive.list(as: "sari") == [id])
        #expect(try archive.exchange("GET", archive.links(id, as: "sari")["sealed"] ?? "", as: "sari").status == 200)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    @Test func `a length that is said last, and methods that networks let through`() throws {
        let created = try archive.create(length: nil, as: "perekam")
        #expect(created.status == 201 && created.header("tus-resumable") == "1.0.0")
        let upload = try #require(created.header("location"))
        #expect(upload.hasPrefix("\(archive.address)/v1/uploads/"), "some clients want it absolute")
        let stream = "Content-Type: application/offset+octet-stream"
        let first = try archive.exchange(
            "POST",
            upload,
            as: "perekam",
            headers: [LiveArchive.tus, "X-HTTP-Method-Override: PATCH", "Upload-Offset: 0", stream],
            body: sealed.prefix(1000)
        )
        #expect(first.status == 204 && first.header("upload-offset") == "1000", "\(first.text)")
        let asked = try archive.head(upload, as: "perekam")
        #expect(asked.status == 200 && asked.header("upload-defer-length") == "1")
        #expect(asked.header("upload-offset") == "1000" && asked.header("cache-control") == "no-store")
        #expect(asked.header("upload-metadata")?.contains("title dHVz") == true)
        let last = try archive.exchange(
            "PATCH",
            upload,
            as: "perekam",
            headers: [LiveArchive.tus, "Upload-Offset: 1000", "Upload-Length: \(sealed.count)", stream],
            body: sealed.dropFirst(1000)
        )
        #expect(last.status == 204, "\(last.text)")
        let id = try #require(last.header("archive-recording"))
        #expect(try archive.list(as: "sari") == [id])
        // The same bytes again, from the same sender, are the recording that is there already.
        let again = try archive.exchange(
            "PUT",
            "/v1/recordings?level=terbatas&unit=umum&series=rapat&title=lagi",
            as: "perekam",
            body: sealed
        )
        #expect(again.status == 201 && again.json["id"] as? String == id, "\(again.text)")
        // From another sender they are refused, and nothing says that they are known.
        try archive.enrol("lain", "recorder")
        let copied = try archive.exchange(
            "PUT",
            "/v1/recordings?level=terbatas&unit=umum&series=rapat&title=lagi",
            as: "lain",
            body: sealed
        )
        #expect(copied.status == 403 && !copied.text.contains(id), "\(copied.text)")
        #expect(try archive.list(as: "sari") == [id])
    }

    @Test func `what is not tus`() throws {
        let options = try archive.exchange("OPTIONS", "/v1/uploads", as: "perekam")
        #expect(options.status == 204 && options.header("tus-version") == "1.0.0")
        #expect(Int(options.header("tus-max-size") ?? "") == 16 << 30)
        let upload = try #require(archive.create(length: sealed.count, as: "perekam").header("location"))
        let stream = "Content-Type: application/offset+octet-stream"
        func patch(_ headers: [String], _ path: String? = nil) throws -> Int {
            try archive.exchange("PATCH", path ?? upload, as: "perekam", headers: headers, body: sealed).status
        }
        #expect(try patch([stream, "Upload-Offset: 0"]) == 412)
        #expect(try patch(["Tus-Resumable: 0.2.2", stream, "Upload-Offset: 0"]) == 412)
        #expect(try patch([LiveArchive.tus, "Upload-Offset: 0"]) == 415)
        #expect(try patch([LiveArchive.tus, stream]) == 400)
        #expect(try patch([LiveArchive.tus, stream, "Upload-Offset: -1"]) == 400)
        let absent = "/v1/uploads/\(String(repeating: "a", count: 26))"
        #expect(try patch([LiveArchive.tus, stream, "Upload-Offset: 0"], absent) == 404)
        for headers in [["Upload-Length: x"], [], ["Upload-Length: 5", "Upload-Defer-Length: 1"]] {
            let answer = try archive.exchange(
                "POST",
                "/v1/uploads",
                as: "perekam",
                headers: [LiveArchive.tus] + headers
            )
            #expect(answer.status == 400, "\(headers): \(answer.text)")
        }
        // None of it moved the upload; an empty Upload-Metadata is no mistake, and the recording can say it all itself.
        #expect(try archive.head(upload, as: "perekam").header("upload-offset") == "0")
        let tags = [("TITLE", "Dalam"), ("SERIES", "kerja"), ("CLASSIFICATION", "terbatas")]
        let spoken = try archive.seal(Data(MadeStream.noise(seconds: 1, tags: tags)), to: "biasa", as: "perekam")
        let bare = try archive.exchange(
            "POST",
            "/v1/uploads",
            as: "perekam",
            headers: [LiveArchive.tus, "Upload-Length: \(spoken.count)", "Upload-Metadata;"]
        )
        let done = try archive.patch(try #require(bare.header("location")), spoken, at: 0, as: "perekam")
        #expect(done.status == 204, "\(done.text)")
        let id = try #require(done.header("archive-recording"))
        let shown = try archive.exchange("GET", "/v1/recordings/\(id)", as: "sari").json
        #expect(shown["title"] as? String == "Dalam" && shown["series"] as? String == "kerja")
        #expect(shown["level"] as? String == "terbatas", "labels only join")
    }

    @Test func `a newer request ends one that is half open`() throws {
        let upload = try #require(archive.create(length: sealed.count, as: "perekam").header("location"))
        let input = Pipe()
        let answer = archive.folder.appending(path: "answer")
        let sender = try Program.start(
            "curl",
            ["-sS", "-m", "120", "-T", "-", "-X", "PATCH", "-o", answer.path] + archive.credentials("perekam") + [
                "-H", LiveArchive.tus, "-H", "Upload-Offset: 0", "-H",
                "Content-Type: application/offset+octet-stream", "-H", "Expect:", upload,
            ],
            input: .pipe(input),
            errors: .null
        )
        defer { sender.send(signal: SIGKILL) }
        input.fileHandleForWriting.write(sealed.prefix(400_000))
        try archive.waitUntil(seconds: 60) { try archive.bytes(in: "incoming") > 0 }
        // The connection is open still; whoever lost it asks where to go on.
        let place = try #require(Int(archive.head(upload, as: "perekam").header("upload-offset") ?? ""))
        #expect(place > 0 && place <= 400_000)
        let last = try archive.patch(upload, sealed.dropFirst(place), at: place, as: "perekam")
        #expect(last.status == 204, "\(last.text)")
        // The older one is told so when it goes on, and has changed nothing.
        input.fileHandleForWriting.write(sealed.dropFirst(400_000))
        try input.fileHandleForWriting.close()
        try archive.waitUntil(seconds: 60) { !sender.isRunning }
        let told = try JSONSerialization.jsonObject(with: Data(contentsOf: answer)) as? [String: Any]
        #expect(told?["code"] as? String == "conflict", "\(String(describing: told))")
        let id = try #require(last.header("archive-recording"))
        #expect(try archive.list(as: "sari") == [id])
        #expect(try archive.head(upload, as: "perekam").header("archive-recording") == id)
    }
}
