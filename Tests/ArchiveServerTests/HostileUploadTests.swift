import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ArchiveServer

@Suite("Uploads among strangers, on full disks and under certificates that end")
struct HostileUploadTests {
    private func sealed(_ archive: LiveArchive, seconds: Double, to level: String = "terbatas") throws -> Data {
        try archive.seal(Data(MadeStream.noise(seconds: seconds, bitrate: 64_000)), to: level, as: "perekam")
    }

    /// Uploads belong to their principal: whoever guesses an address learns that there is nothing, in the same bytes.
    @Test func `an address that somebody else guesses`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "sangat-rahasia")
        try archive.enrol("lain", "recorder", clearance: "sangat-rahasia")
        let bytes = try sealed(archive, seconds: 30)
        let upload = try #require(archive.create(length: bytes.count, as: "perekam").header("location"))
        #expect(try archive.patch(upload, bytes.prefix(90_000), at: 0, as: "perekam").status == 204)
        let absent = "\(archive.address)/v1/uploads/\(UploadID())"
        for who in ["lain", "sari"] {
            for method in ["HEAD", "PATCH", "DELETE", "POST"] {
                let headers = [
                    LiveArchive.tus, "Upload-Offset: 90000", "Content-Type: application/offset+octet-stream",
                    "X-HTTP-Method-Override: PATCH",
                ]
                let body = method == "PATCH" || method == "POST" ? Data(bytes.dropFirst(90_000)) : nil
                let there = try archive.exchange(method, upload, as: who, headers: headers, body: body)
                let nothing = try archive.exchange(method, absent, as: who, headers: headers, body: body)
                #expect(there.status == 404, "\(who) \(method): \(there.text)")
                #expect(there.status == nothing.status && there.body == nothing.body, "\(who) \(method)")
                #expect(there.headers == nothing.headers, "\(who) \(method)")
            }
        }
        // Nobody has moved it, nor ended who feeds it.
        let end = try archive.patch(upload, bytes.dropFirst(90_000), at: 90_000, as: "perekam")
        #expect(end.status == 204 && end.header("archive-recording") != nil, "\(end.text)")
        #expect(try archive.head(upload, as: "lain").status == 404)
    }

    /// Who has captured a sealed file cannot have the archive file it under a label that they may see.
    @Test func `a captured file replayed under a lower label`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("lain", "recorder")
        try archive.enrol("sari", "archivist", clearance: "sangat-rahasia")
        try archive.enrol("budi", "archivist", clearance: "biasa")
        let bytes = try sealed(archive, seconds: 20, to: "rahasia")
        let query = "unit=umum&series=rapat&title=Rahasia"
        let id = try archive.put(bytes, as: "perekam", query: "level=rahasia&\(query)").json["id"] as? String
        let known = try #require(id)
        let before = ["recordings", "incoming", "quarantine"].map { archive.stored($0) }
        func expectNothingNew() throws {
            #expect(["recordings", "incoming", "quarantine"].map { archive.stored($0) } == before)
            #expect(try archive.list(as: "sari") == [known] && archive.list(as: "budi").isEmpty)
            let shown = try archive.exchange("GET", "/v1/recordings/\(known)", as: "sari").json
            #expect(shown["level"] as? String == "rahasia" && shown["title"] as? String == "Rahasia")
        }
        let shot = try archive.exchange("PUT", "/v1/recordings?level=biasa&\(query)", as: "lain", body: bytes)
        try expectNothingNew()
        let fields = ["level": "biasa", "unit": "umum", "series": "rapat", "title": "murah"]
        let upload = try #require(archive.create(length: bytes.count, fields, as: "lain").header("location"))
        #expect(try archive.patch(upload, bytes.prefix(50_000), at: 0, as: "lain").status == 204)
        let pushed = try archive.patch(upload, bytes.dropFirst(50_000), at: 50_000, as: "lain")
        try expectNothingNew()
        // The same to both, and to whoever asks again; nothing of it says that the archive knows the file.
        let again = try archive.head(upload, as: "lain")
        #expect(shot.status == 403 && pushed.status == 403 && again.status == 403)
        #expect(shot.body == pushed.body && shot.code == "refused", "\(shot.text) \(pushed.text)")
        #expect(!shot.text.contains(known) && !shot.text.contains("seen") && !shot.text.contains("rahasia"))
        // A part of it, ended there, is no way either.
        let part = try archive.exchange(
            "PUT",
            "/v1/recordings?level=biasa&\(query)",
            as: "lain",
            body: bytes.prefix(90_000)
        )
        #expect(part.status != 201 && !part.text.contains(known), "\(part.text)")
        #expect(try archive.list(as: "budi").isEmpty && archive.list(as: "sari") == [known])
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    /// The archive's disk fills while a recorder sends; when there is room again the recorder goes on by itself.
    @Test(.enabled(if: SmallDisk.isPossible, "this host forbids user namespaces"))
    func `a disk that is full`() throws {
        let disk = try SmallDisk(mebibytes: 24)
        // Without a reserve, so that it is the disk itself that ends.
        let archive = try LiveArchive(on: disk) { config in
            for (name, size) in [("bulk", "2 GiB "), ("live", "1 GiB "), ("log", "64 MiB"), ("destruction", "256 MiB")]
            {
                try LiveArchive.edit(config, "risalah.yaml", "\(name): \(size)", "\(name): 0 KiB")
            }
        }
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        let bytes = try sealed(archive, seconds: 240)
        let file = archive.folder.appending(path: "sealed.age")
        try bytes.write(to: file)
        let pusher = try Pusher(
            .tuspy,
            sending: file,
            to: archive.address,
            as: archive.folder.appending(path: "perekam"),
            chunk: 40_000
        )
        try archive.waitUntil(seconds: 60) { try archive.bytes(in: "incoming") > 200_000 || !pusher.process.isRunning }
        try disk.fill()
        let upload = try archive.create(length: 1000, as: "perekam")
        #expect(upload.status >= 500, "\(upload.text)")
        #expect(try archive.exchange("GET", "/v1/whoami", as: "perekam").status == 200, "it still answers")
        let kept = try archive.bytes(in: "incoming")
        #expect(kept < bytes.count && pusher.process.isRunning, "\(pusher.text)")
        try disk.free()
        let (_, troubles) = try pusher.finish("on a full disk")
        #expect(troubles > 0)
        let stored = try archive.stored("recordings").map {
            try Data(contentsOf: archive.root.appending(path: "Storage/recordings/\($0)"))
        }
        let mark = try #require(bytes.range(of: Data("\n--- ".utf8))).lowerBound
        #expect(stored == [Data(bytes[(mark + 49)...])])
        #expect(try archive.list(as: "sari").count == 1)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }
}
