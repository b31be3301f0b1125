import Foundation
import TestSupport
import Testing

@Suite("Any part of a recording, in either form, is the same bytes")
struct RangeTests {
    @Test func `ranges, suffixes, If-Range, and what no resource has`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        // Three chunks and a little.
        let opus = try Data(MadeStream.noise(seconds: 32, bitrate: 64_000))
        try #require(opus.count > 196_608)
        let id = try archive.store(opus, level: "terbatas", as: "perekam")
        let links = try archive.links(id, as: "sari")
        for (form, type) in [("sealed", "application/age"), ("opus", "audio/ogg")] {
            let link = try #require(links[form])
            let whole = try archive.exchange("GET", link, as: "sari")
            #expect(whole.status == 200 && whole.header("content-type") == type)
            #expect(whole.header("accept-ranges") == "bytes")
            #expect(whole.header("cache-control") == "private, no-store")
            #expect(whole.header("content-length") == String(whole.body.count))
            if form == "opus" { #expect(whole.body == opus) }
            let tag = try #require(whole.header("etag"))
            let length = whole.body.count
            #expect(try archive.exchange("GET", link, as: "sari") == whole, "a repetition differs")

            func get(_ range: String, _ more: [String] = []) throws -> Exchange {
                try archive.exchange("GET", link, as: "sari", headers: ["Range: \(range)"] + more)
            }
            let parts: [(String, Range<Int>)] = [
                ("bytes=0-0", 0..<1), ("bytes=150-400", 150..<401), ("bytes=65530-65560", 65_530..<65_561),
                ("bytes=100-196700", 100..<196_701), ("bytes=196000-", 196_000..<length),
                ("bytes=-1", (length - 1)..<length), ("bytes=-70000", (length - 70_000)..<length),
                ("bytes=-99999999", 0..<length), ("bytes=5-99999999", 5..<length),
                ("bytes=\(length - 1)-", (length - 1)..<length),
            ]
            for (range, bytes) in parts {
                let part = try get(range)
                #expect(part.status == 206, "\(form) \(range): \(part.status)")
                #expect(part.body == whole.body[bytes], "\(form) \(range)")
                #expect(
                    part.header("content-range") == "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/\(length)"
                )
                #expect(part.header("content-length") == String(bytes.count))
            }
            for range in ["bytes=\(length)-", "bytes=99999999-", "bytes=-0"] {
                let none = try get(range)
                #expect(none.status == 416 && none.header("content-range") == "bytes */\(length)", "\(range)")
            }
            // What is not understood is as if it were not there (RFC 9110 §14.2).
            for range in ["bytes=9-3", "bytes=a-b", "seconds=1-2", "bytes=0-1,5-6", "bytes=--1", "bytes="] {
                let ignored = try get(range)
                #expect(ignored.status == 200 && ignored.body == whole.body, "\(range): \(ignored.status)")
            }
            #expect(try get("bytes=10-19", ["If-Range: \(tag)"]).body == whole.body[10..<20])
            for other in ["\"other\"", "W/\(tag)", "Sat, 21 Nov 2026 00:00:00 GMT"] {
                let changed = try get("bytes=10-19", ["If-Range: \(other)"])
                #expect(changed.status == 200 && changed.body == whole.body, "\(other)")
            }
        }
        // Closed is closed, for parts too.
        let access = try #require(links["opus"]).replacingOccurrences(of: "/recording.opus", with: "")
        #expect(try archive.exchange("DELETE", access, as: "sari").status == 204)
        #expect(try archive.exchange("GET", access + "/recording.opus", as: "sari").code == "gone")
        #expect(try archive.exchange("DELETE", access, as: "sari").status == 204)
    }
}
