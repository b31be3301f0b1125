import Foundation
import TestSupport
import Testing

/// A recorder that was killed leaves a stream that can never be finished: what is there becomes an incomplete recording.
@Suite("What a killed recorder leaves becomes an incomplete recording")
struct AbandonedSpoolTests {
    @Test func `uploads --finish sends what is there, and the archive says what it has`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        let recorder = try RunningRecorder(
            archive,
            as: "perekam",
            ["record", "--rate", "48000", "--channels", "1", "--bitrate", "320000", "--no-live"] + LiveArchive.naming
        )
        try recorder.write(Sound.noise(seconds: 12))
        try archive.waitUntil(seconds: 60) { try archive.bytes(in: "incoming") > 200_000 }
        recorder.kill()
        let spooled = archive.spooled("perekam")
        let receipts = try archive.objects(archive.risalah(as: "perekam", "uploads", "--finish", "--json"))
        let receipt = try #require(receipts.first)
        #expect(receipt["state"] as? String == "incomplete" && receipt["loss"] is Double)
        let id = try #require(receipt["id"] as? String)
        #expect(try archive.uploads("perekam").isEmpty)
        // All whole chunks that were spooled are in it.
        let duration = try #require(receipt["duration"] as? Double)
        let chunks = spooled / 65_552
        #expect(duration > 12 * Double((chunks - 1) * 65_536) / Double(spooled + 65_536) && duration <= 12)
        let shown = try #require(archive.objects(archive.risalah(as: "sari", "show", id, "--json")).first)
        #expect(shown["state"] as? String == "incomplete" && shown["title"] as? String == LiveArchive.title)
        #expect(try !archive.decoded(id, as: "sari").isEmpty)
    }

    /// The archive could not be reached for longer than it waits; the recorder went on, and has all of it.
    @Test func `a recorder that comes back too late sends all of it anew`() throws {
        let archive = try LiveArchive { config in
            try LiveArchive.edit(config, "risalah.yaml", "silence: PT24H", "silence: PT1S")
        }
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        let recorder = try RunningRecorder(
            archive,
            as: "perekam",
            ["record", "--rate", "48000", "--channels", "1", "--bitrate", "320000", "--no-live"] + LiveArchive.naming
        )
        try recorder.write(Sound.noise(seconds: 12))
        // Nothing more comes for a while, and the archive closes what it has.
        var listed: [String] = []
        try archive.waitUntil(seconds: 90) {
            listed = try archive.list(as: "sari")
            return listed.count == 1
        }
        let part = try #require(listed.first)
        #expect(try archive.curl(as: "sari", "/v1/recordings/\(part)").json["state"] as? String == "incomplete")
        try recorder.write(Sound.noise(seconds: 6))
        try recorder.close()
        let status = try recorder.status()
        #expect(status == 0, "\(recorder.errorText)")
        let all = try archive.list(as: "sari")
        let whole = try #require(all.first { $0 != part })
        #expect(all.count == 2)
        let view = try archive.curl(as: "sari", "/v1/recordings/\(whole)").json
        #expect(view["state"] as? String == "stored")
        #expect(try #require(view["duration"] as? Double) > 17.9)
    }
}
