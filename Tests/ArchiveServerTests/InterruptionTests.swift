import ArchiveCore
import Foundation
import TestSupport
import Testing

/// Acknowledged means durable (DESIGN.md invariant 1), whatever ends in the middle.
@Suite("What breaks in the middle goes on, and the recording is whole")
struct InterruptionTests {
    private let archive: LiveArchive
    private let opus: Data
    private let sealed: Data

    init() throws {
        archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        opus = try Data(MadeStream.noise(seconds: 180, bitrate: 64_000))
        sealed = try archive.seal(opus, to: "terbatas", as: "perekam")
        try #require(sealed.count > 1_000_000)
    }

    /// `curl` that sends the rest of an upload at 300 kB/s, on its way.
    private func send(_ upload: String, from offset: Int) throws -> ChildProcess {
        let rest = archive.folder.appending(path: "rest-\(offset)")
        try sealed.dropFirst(offset).write(to: rest)
        return try Program.start(
            "curl",
            ["-sS", "-m", "120", "--limit-rate", "300k", "-o", "/dev/null"] + archive.credentials("perekam") + [
                "-X", "PATCH", "-H", LiveArchive.tus, "-H", "Upload-Offset: \(offset)", "-H",
                "Content-Type: application/offset+octet-stream", "-H", "Expect:", "--data-binary", "@\(rest.path)",
                upload,
            ],
            errors: .null
        )
    }

    private func offset(_ upload: String) throws -> Int {
        let answer = try archive.head(upload, as: "perekam")
        try #require(answer.status == 200, "\(answer)")
        return try #require(Int(answer.header("upload-offset") ?? ""))
    }

    /// Sends what is missing and holds the recording to what was sealed.
    private func finish(_ upload: String) throws {
        let place = try offset(upload)
        let last = try archive.patch(upload, sealed.dropFirst(place), at: place, as: "perekam")
        #expect(last.status == 204, "\(last.text)")
        let id = try #require(last.header("archive-recording"))
        #expect(last.header("archive-state") == "stored" && last.header("upload-offset") == String(sealed.count))
        #expect(try archive.head(upload, as: "perekam").header("archive-recording") == id)
        #expect(try archive.list(as: "sari") == [id])
        #expect(archive.stored("incoming").isEmpty)
        // The payload rests exactly as it was sealed, and opens to exactly what was in it.
        let shown = try archive.exchange("GET", "/v1/recordings/\(id)", as: "sari").json
        let mark = try #require(sealed.range(of: Data("\n--- ".utf8))).lowerBound
        let payload = sealed.dropFirst(mark + 49)
        #expect(shown["size"] as? Int == payload.count)
        let file = archive.folder.appending(path: "payload")
        try payload.write(to: file)
        let digest = try Program.run("sha256sum", [file.path]).text.prefix(64)
        #expect(shown["digest"] as? String == String(digest))
        let link = try #require(archive.links(id, as: "sari")["opus"])
        #expect(try archive.exchange("GET", link, as: "sari").body == opus)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    private func begin() throws -> String {
        let created = try archive.create(length: sealed.count, as: "perekam")
        #expect(created.status == 201, "\(created.text)")
        let upload = try #require(created.header("location"))
        #expect(try archive.patch(upload, sealed.prefix(90), at: 0, as: "perekam").status == 204)
        return upload
    }

    @Test func `a connection that breaks, again and again`() throws {
        let upload = try begin()
        var acknowledged = 90
        for _ in 0..<2 {
            let sender = try send(upload, from: acknowledged)
            let before = try archive.bytes(in: "incoming")
            try archive.waitUntil(seconds: 60) {
                try archive.bytes(in: "incoming") > before + 50_000 || !sender.isRunning
            }
            sender.send(signal: SIGKILL)
            sender.waitUntilExit()
            let now = try offset(upload)
            #expect(now > acknowledged + 50_000, "what had reached the disk is not lost with the connection")
            #expect(now < sealed.count)
            acknowledged = now
        }
        try finish(upload)
        #expect(archive.serviceLog.split(separator: "\n").count == 1, "\(archive.serviceLog)")
    }

    @Test func `the service is killed in a PATCH, twice`() throws {
        let upload = try begin()
        let known = 300_000
        #expect(try archive.patch(upload, sealed[90..<known], at: 90, as: "perekam").status == 204)
        var acknowledged = known
        for _ in 0..<2 {
            let sender = try send(upload, from: acknowledged)
            let before = try archive.bytes(in: "incoming")
            try archive.waitUntil(seconds: 60) { try archive.bytes(in: "incoming") > before || !sender.isRunning }
            archive.kill()
            #expect(sender.waitUntilExit() != .exit(0))
            try archive.start()
            let now = try offset(upload)
            #expect(now >= acknowledged, "acknowledged bytes are gone")
            acknowledged = now
        }
        try finish(upload)
    }

    /// A recorder that pipes into curl has no second copy (DESIGN.md invariant 12).
    @Test func `a one-shot stream whose connection breaks is kept as far as it came`() throws {
        let input = Pipe()
        let curl = try Program.start(
            "curl",
            ["-sS", "-m", "120", "-o", "/dev/null", "-T", "-"] + archive.credentials("perekam") + [
                archive.address + "/v1/recordings?level=terbatas&unit=umum&series=rapat&title=Putus"
            ],
            input: .pipe(input),
            errors: .null
        )
        let sent = 700_000
        input.fileHandleForWriting.write(sealed.prefix(sent))
        try archive.waitUntil(seconds: 60) { try archive.bytes(in: "incoming") > 400_000 || !curl.isRunning }
        curl.send(signal: SIGKILL)
        curl.waitUntilExit()
        var found: [String] = []
        try archive.waitUntil(seconds: 60) {
            found = try archive.list(as: "sari")
            return found.count == 1
        }
        let id = try #require(found.first)
        let shown = try archive.curl(as: "sari", "/v1/recordings/\(id)").json
        #expect(shown["state"] as? String == "incomplete")
        #expect(try #require(shown["loss"] as? Double) > 0)
        let link = try #require(archive.links(id, as: "sari")["opus"])
        let heard = try archive.exchange("GET", link, as: "sari").body
        #expect(heard.count > 6 * 65_536 && opus.starts(with: heard))
        // What came is in it, and nowhere else.
        try archive.waitUntil(seconds: 60) { archive.stored("incoming").isEmpty }
        #expect(archive.stored("quarantine").isEmpty)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    @Test func `what was told to a one-shot sender is there after a kill, and nothing else`() throws {
        let id = try archive.store(opus, level: "terbatas", as: "perekam")
        // Another one is under way; its sender was told nothing.
        let file = archive.folder.appending(path: "whole")
        try archive.seal(MadeStream.fresh() + Data(count: 1_000_000), to: "terbatas", as: "perekam").write(to: file)
        let sender = try Program.start(
            "curl",
            ["-sS", "-m", "120", "--limit-rate", "300k", "-o", "/dev/null", "-T", file.path]
                + archive.credentials("perekam") + [
                    "\(archive.address)/v1/recordings?level=terbatas&unit=umum&series=rapat&title=t"
                ],
            errors: .null
        )
        try archive.waitUntil(seconds: 60) { try archive.bytes(in: "incoming") > 0 || !sender.isRunning }
        #expect(sender.isRunning)
        archive.kill()
        sender.waitUntilExit()
        try archive.start()
        // What had come of the other is there as far as a whole chunk of it had.
        let others = try archive.list(as: "sari").filter { $0 != id }
        #expect(others.count <= 1)
        for other in others {
            #expect(try archive.curl(as: "sari", "/v1/recordings/\(other)").json["state"] as? String == "incomplete")
        }
        #expect(archive.stored("incoming").isEmpty)
        #expect(archive.stored("recordings").count == 1 + others.count)
        let link = try #require(archive.links(id, as: "sari")["opus"])
        #expect(try archive.exchange("GET", link, as: "sari").body == opus)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }
}
