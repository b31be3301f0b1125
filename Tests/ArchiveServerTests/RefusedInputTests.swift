import Foundation
import TestSupport
import Testing

/// Each bad input gets a clear error naming what and where; nothing is lost or half-written, and the service goes on.
@Suite("What is no recording is refused, and the service goes on")
struct RefusedInputTests {
    /// One thing that is wrong, and how it is answered.
    private struct Case {
        let name: String
        let status: Int
        let code: String
        /// What the message has to say.
        let words: String
        var hasOffset = false
        var query = "level=terbatas&unit=umum&series=rapat&title=Rapat"
        var headers: [String] = []
        let body: Data
    }

    private let archive: LiveArchive
    private let opus: Data
    private let sealed: Data

    init() throws {
        archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "sangat-rahasia")
        // Longer than two chunks, so that there is a first, a middle and a last one.
        opus = try Data(MadeStream.noise(seconds: 25, bitrate: 64_000))
        sealed = try archive.seal(opus, to: "terbatas", as: "perekam")
        try #require(sealed.count > 150_000)
    }

    /// Sends every case in one shot and holds the archive to what the suite says.
    private func check(_ cases: [Case]) throws {
        let first = try archive.store(MadeStream.fresh(), level: "terbatas", as: "perekam")
        for wrong in cases {
            let answer = try archive.exchange(
                "PUT",
                "/v1/recordings?\(wrong.query)",
                as: "perekam",
                headers: wrong.headers,
                body: wrong.body
            )
            #expect(answer.status == wrong.status, "\(wrong.name): \(answer.text)")
            #expect(answer.code == wrong.code, "\(wrong.name): \(answer.text)")
            #expect(answer.words.contains(wrong.words), "\(wrong.name): \(answer.words)")
            #expect(answer.header("content-type") == "application/problem+json", "\(wrong.name)")
            if wrong.hasOffset { #expect(answer.json["offset"] is Int, "\(wrong.name): \(answer.text)") }
            #expect(try archive.list(as: "sari") == [first], "\(wrong.name) changed the list")
            #expect(archive.stored("incoming").isEmpty, "\(wrong.name) was left in incoming")
            #expect(archive.stored("recordings").count == 1, "\(wrong.name) left a payload")
        }
        let last = try archive.store(MadeStream.fresh(), level: "terbatas", as: "perekam")
        #expect(try Set(archive.list(as: "sari")) == [first, last])
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    /// Another letter of base64 in one place: still well spelled, and wrong.
    private func respelled(at place: Int) -> Data {
        var bytes = sealed
        bytes[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        return bytes
    }

    private func flipped(at place: Int) -> Data {
        var bytes = sealed
        bytes[place] ^= 1
        return bytes
    }

    @Test func `bytes that are no age file, or are a damaged one`() throws {
        let payload = try #require(sealed.range(of: Data("\n--- ".utf8))).lowerBound + 49
        let other = folderRecipient()
        let foreign = try Program.run("age", ["-r", other], input: opus).output
        let stanza = "-> X25519 \(String(repeating: "A", count: 43))\n\(String(repeating: "A", count: 43))\n"
        let many = Data("age-encryption.org/v1\n\(String(repeating: stanza, count: 900))".utf8)
        try check([
            Case(name: "nothing", status: 422, code: "truncated", words: "empty", body: Data()),
            Case(
                name: "garbage",
                status: 422,
                code: "bad-encryption",
                words: "age",
                hasOffset: true,
                body: Data((0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 7) })
            ),
            Case(
                name: "a header cut off",
                status: 422,
                code: "truncated",
                words: "header",
                hasOffset: true,
                body: sealed.prefix(100)
            ),
            Case(
                name: "an oversized header",
                status: 422,
                code: "bad-encryption",
                words: "header",
                hasOffset: true,
                body: many
            ),
            Case(
                name: "another recipient",
                status: 422,
                code: "wrong-recipient",
                words: "recipient",
                body: foreign
            ),
            Case(
                name: "a flipped bit in the header",
                status: 422,
                code: "wrong-recipient",
                words: "open the header",
                body: respelled(at: payload - 60)
            ),
            Case(
                name: "a flipped bit in the header's MAC",
                status: 422,
                code: "bad-encryption",
                words: "header",
                body: respelled(at: payload - 10)
            ),
            Case(
                name: "much garbage, refused long before its end",
                status: 422,
                code: "bad-encryption",
                words: "age",
                hasOffset: true,
                body: Data(count: 20_000_000)
            ),
            Case(
                name: "a flipped bit in the first chunk",
                status: 422,
                code: "bad-encryption",
                words: "chunk",
                hasOffset: true,
                body: flipped(at: payload + 16 + 1000)
            ),
        ])
    }

    @Test func `Ogg that is not one Opus stream, and what is not Ogg`() throws {
        let tone = ["-v", "error", "-f", "lavfi", "-i", "sine=duration=1"]
        func made(_ name: String, _ arguments: [String]) throws -> Data {
            let file = archive.folder.appending(path: name)
            let outcome = try Program.run("ffmpeg", arguments + ["-y", file.path])
            try #require(outcome.status == 0, "\(outcome.errorText)")
            return try archive.seal(Data(contentsOf: file), to: "terbatas", as: "perekam")
        }
        let picture = ["-f", "lavfi", "-i", "testsrc=duration=1:size=64x64"]
        let vorbis = ["-ac", "2", "-c:a", "vorbis", "-strict", "-2"]
        let two = ["-map", "0:a", "-map", "0:a", "-c:a", "libopus"]
        let theora = ["-v", "error"] + picture + ["-c:v", "libtheora"]
        let headers = try Data(opus.prefix(endOfTags(opus)))
        func refusal(_ name: String, _ body: Data, words: String) -> Case {
            Case(name: name, status: 422, code: "bad-recording", words: words, hasOffset: true, body: body)
        }
        try check([
            refusal("Vorbis", try made("v.ogg", tone + vorbis), words: "Opus"),
            refusal("video", try made("t.ogv", theora), words: "Opus"),
            refusal("WAV", try made("w.wav", tone), words: "Ogg"),
            refusal("two streams", try made("two.ogg", tone + two), words: "stream"),
            refusal("no audio", try archive.seal(headers, to: "terbatas", as: "perekam"), words: "no audio"),
            refusal("text", try archive.seal(Data("notulen".utf8), to: "terbatas", as: "perekam"), words: "Ogg"),
            refusal("nothing inside", try archive.seal(Data(), to: "terbatas", as: "perekam"), words: "no bytes"),
        ])
    }

    @Test func `metadata that does not hold`() throws {
        let base = "level=terbatas&unit=umum&series=rapat"
        func wrong(_ name: String, _ query: String, _ code: String = "bad-metadata", words: String) -> Case {
            Case(name: name, status: 400, code: code, words: words, query: query, body: sealed)
        }
        // The label inside says a compartment that does not exist; the series inside lives longer than the one beside.
        let inside = try archive.seal(
            Data(MadeStream.noise(seconds: 1, tags: [("COMPARTMENT", "rahasia-negara")])),
            to: "terbatas",
            as: "perekam"
        )
        let long = String(repeating: "x", count: 501)
        try check([
            wrong("a title too long", "\(base)&title=\(long)", words: "title has 501 bytes"),
            wrong("an empty title", "\(base)&title=", words: "title is empty"),
            wrong("no title", base, words: "no title"),
            wrong("no series", "level=terbatas&unit=umum&title=t", words: "series"),
            wrong("not UTF-8", "\(base)&title=%ff%fe", words: "UTF-8"),
            wrong("control characters", "\(base)&title=a%1bb", words: "control"),
            wrong("two titles", "\(base)&title=a&title=b", words: "title is given twice"),
            wrong("two levels", "\(base)&level=biasa&title=a", words: "level is given twice"),
            wrong("an unknown field", "\(base)&title=a&judul=b", words: "judul"),
            wrong("no time", "\(base)&title=a&started=kemarin", words: "started"),
            wrong("a time to come", "\(base)&title=a&started=2999-01-01T00:00:00Z", words: "future"),
            wrong("an unknown level", "level=umum&unit=umum&series=rapat&title=a", "unknown-name", words: "umum"),
            wrong("an unknown unit", "level=biasa&unit=x&series=rapat&title=a", "unknown-name", words: "unit \"x\""),
            wrong("an unknown series", "level=biasa&unit=umum&series=zzz&title=a", "unknown-name", words: "zzz"),
            wrong("an unknown compartment", "\(base)&title=a&compartment=qqq", "unknown-name", words: "qqq"),
            Case(
                name: "an unknown compartment inside",
                status: 400,
                code: "unknown-name",
                words: "rahasia-negara",
                query: "\(base)&title=a",
                body: inside
            ),
            Case(
                name: "an unknown media type",
                status: 415,
                code: "unsupported-media",
                words: "video/mp4",
                headers: ["Content-Type: video/mp4"],
                body: sealed
            ),
            Case(
                name: "clear where only sealed is taken",
                status: 415,
                code: "unsupported-media",
                words: "sealed",
                query: "level=rahasia&unit=umum&series=rapat&title=a",
                headers: ["Content-Type: audio/ogg"],
                body: opus
            ),
        ])
    }

    @Test func `uploads that go wrong`() throws {
        let first = try archive.store(MadeStream.fresh(), level: "terbatas", as: "perekam")
        let metadata = ["level": "terbatas", "unit": "umum", "series": "rapat", "title": "t"]
        func refused(_ change: [String: String], _ code: String, _ words: String) throws {
            let answer = try archive.create(length: 10, metadata.merging(change) { $1 }, as: "perekam")
            #expect(answer.status == 400 && answer.code == code, "\(change): \(answer.text)")
            #expect(answer.words.contains(words), "\(change): \(answer.words)")
        }
        try refused(["level": "x"], "unknown-name", "x")
        try refused(["series": "x"], "unknown-name", "x")
        try refused(["title": String(repeating: "t", count: 600)], "bad-metadata", "title has 600 bytes")
        let notText = try archive.exchange(
            "POST",
            "/v1/uploads",
            as: "perekam",
            headers: [LiveArchive.tus, "Upload-Length: 10", "Upload-Metadata: title //8="]
        )
        #expect(notText.status == 400 && notText.words.contains("UTF-8"), "\(notText.text)")
        #expect(try archive.create(length: 1 << 50, as: "perekam").status == 413)

        // A wrong offset changes nothing, and says where to go on.
        let upload = try #require(archive.create(length: sealed.count, as: "perekam").header("location"))
        #expect(try archive.patch(upload, sealed.prefix(70_000), at: 0, as: "perekam").status == 204)
        for wrong in [0, 69_999, 70_001, sealed.count] {
            let answer = try archive.patch(upload, sealed.dropFirst(70_000), at: wrong, as: "perekam")
            #expect(answer.status == 409 && answer.code == "wrong-offset", "\(wrong): \(answer.text)")
            #expect(answer.header("upload-offset") == "70000")
        }
        // More than was announced is refused, and so are others than the owner.
        let longer = try archive.patch(upload, sealed.dropFirst(70_000) + Data(1...9), at: 70_000, as: "perekam")
        #expect(longer.status == 400, "\(longer.text)")
        try archive.enrol("lain", "recorder")
        #expect(try archive.head(upload, as: "lain").status == 404)
        #expect(try archive.patch(upload, sealed.dropFirst(70_000), at: 70_000, as: "lain").status == 404)

        // A flipped bit in a later piece: what came before it is kept, and the upload is over.
        let damaged = try #require(archive.create(length: sealed.count, as: "perekam").header("location"))
        #expect(try archive.patch(damaged, sealed.prefix(70_000), at: 0, as: "perekam").status == 204)
        let refusal = try archive.patch(damaged, flipped(at: 80_000).dropFirst(70_000), at: 70_000, as: "perekam")
        #expect(refusal.status == 422 && refusal.code == "bad-encryption", "\(refusal.text)")
        let part = try #require(archive.list(as: "sari").first { $0 != first })
        #expect((refusal.json["hint"] as? String)?.contains(part) == true, "\(refusal.text)")
        let over = try archive.patch(damaged, sealed.dropFirst(70_000), at: 70_000, as: "perekam")
        #expect(over.status == 410 && over.words.contains(part), "\(over.text)")
        // 0 bytes, of a length known from the start.
        let empty = try #require(archive.create(length: 0, as: "perekam").header("location"))
        let nothing = try archive.patch(empty, Data(), at: 0, as: "perekam")
        #expect(nothing.status == 422 && nothing.words.contains("empty"), "\(nothing.text)")

        #expect(try Set(archive.list(as: "sari")) == [first, part])
        // Only the one that can still go on.
        #expect(archive.stored("incoming").count == 1)
        let offset = try #require(Int(archive.head(upload, as: "perekam").header("upload-offset") ?? ""))
        let done = try archive.patch(upload, sealed.dropFirst(offset), at: offset, as: "perekam")
        #expect(done.status == 204, "\(done.text)")
        #expect(try archive.list(as: "sari").count == 3)
        #expect(archive.stored("incoming").isEmpty)
    }

    /// A recipient that is nobody's here.
    private func folderRecipient() -> String {
        "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg"
    }

    /// The offset behind the page of OpusTags, the second of the stream.
    private func endOfTags(_ stream: Data) throws -> Int {
        var found = stream.startIndex
        for _ in 0..<3 {
            let next = stream.range(of: Data("OggS".utf8), in: found..<stream.endIndex)
            found = try #require(next).lowerBound + 1
        }
        return found - 1
    }
}
