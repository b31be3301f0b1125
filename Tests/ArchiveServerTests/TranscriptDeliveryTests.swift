import Foundation
import TestSupport
import Testing

/// What was written down leaves as recordings do: in pieces, in parts, and not after its access has ended.
@Suite("A transcript on its way out") struct TranscriptDeliveryTests {
    private let archive: LiveArchive
    private let id: String

    init() throws {
        (archive, id) = try LiveArchive.withOneRecording()
    }

    /// Keeps a transcript of so many segments, each of so many bytes.
    private func put(_ segments: Int, of bytes: Int, after: Int? = nil) throws {
        let text = String(repeating: "a", count: bytes)
        let said = (0..<segments).map { #"{"start":\#($0),"end":\#($0),"text":"\#(text)"}"# }.joined(separator: ",")
        let kept = try archive.exchange(
            "PUT",
            "/v1/recordings/\(id)/transcript" + (after.map { "?after=\($0)" } ?? ""),
            as: "sari",
            body: Data(#"{"format":"risalah-transcript 1","segments":[\#(said)]}"#.utf8)
        )
        try #require(kept.status == 201, "\(kept.text)")
    }

    private func access() throws -> String {
        let answer = try archive.open(id, as: "sari", purpose: "Notulen")
        return try #require(answer.json["id"] as? String, "\(answer.text)")
    }

    @Test func `parts of it go together, and what is sealed has none`() throws {
        try put(40, of: 20_000)
        let link = "/v1/accesses/\(try access())/transcript"
        let whole = try archive.exchange("GET", "\(link).json", as: "sari")
        #expect(whole.status == 200 && whole.header("content-type") == "application/json")
        #expect(whole.body.count > 800_000 && whole.header("content-length") == String(whole.body.count))
        #expect(whole.header("accept-ranges") == "bytes" && whole.header("cache-control") == "private, no-store")
        let tag = try #require(whole.header("etag"))
        #expect(try archive.exchange("GET", "\(link).json", as: "sari") == whole)
        #expect(try archive.exchange("GET", "\(link).vtt", as: "sari").header("etag") != tag)
        func get(_ form: String, _ headers: String...) throws -> Exchange {
            try archive.exchange("GET", "\(link).\(form)", as: "sari", headers: headers)
        }
        let part = try get("json", "Range: bytes=262100-600000", "If-Range: \(tag)")
        #expect(part.status == 206 && part.body == whole.body[262_100...600_000])
        #expect(try get("json", "Range: bytes=-5").body == whole.body.suffix(5))
        #expect(try get("json", "Range: bytes=\(whole.body.count)-").status == 416)
        // Somebody has corrected it: what was fetched of the other one is of no use.
        try put(1, of: 100, after: 0)
        let other = try get("json", "Range: bytes=0-9", "If-Range: \(tag)")
        #expect(other.status == 200 && other.header("etag") != tag && other.body.count < 1000)
        #expect(try get("json?revision=0", "Range: bytes=0-9", "If-Range: \(tag)").status == 206)
        let sealed = try get("json.age", "Range: bytes=0-9")
        #expect(sealed.status == 200 && sealed.header("accept-ranges") == "none", "\(sealed.status)")
        #expect(sealed.body.starts(with: Data("age-encryption.org/v1".utf8)))
        let again = try get("json.age")
        #expect(again.header("etag") != sealed.header("etag") && again.body != sealed.body)
    }

    @Test(arguments: ["json", "json.age"]) func `an access that is closed ends it`(_ form: String) throws {
        // More than the buffers of both sides hold.
        try put(400, of: 60_000)
        let access = try access()
        let reader = try SlowReader(of: "/v1/accesses/\(access)/transcript.\(form)", as: "sari", from: archive)
        #expect(try archive.exchange("DELETE", "/v1/accesses/\(access)", as: "sari").status == 204)
        let said = try reader.finish()
        #expect(said[0] == 200 && said[1] > 24_000_000 && said[2] == 200)
        #expect(said[3] < said[1], "the whole of it came")
        #expect(said[4] == 200)
        #expect(try archive.exchange("GET", "/v1/accesses/\(access)/transcript.\(form)", as: "sari").status == 410)
    }
}
