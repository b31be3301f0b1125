import Foundation
import TestSupport
import Testing

@Suite("risalahd check finds what is damaged, and risalah get --salvage saves the rest")
struct StorageCheckTests {
    /// The object of a JSON answer.
    private func json(_ outcome: Program.Outcome) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: outcome.output) as? [String: Any], "\(outcome.errorText)")
    }

    private func faults(_ check: [String: Any], in part: String) throws -> [[String: Any]] {
        try #require((check[part] as? [String: Any])?["faults"] as? [[String: Any]])
    }

    @Test func `a damaged payload is named with its seconds, while the service runs and while it does not`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        let opus = try Data(MadeStream.noise(seconds: 30, bitrate: 128_000))
        let id = try archive.store(opus, level: "terbatas", as: "perekam")
        let root = archive.root.path
        let whole = try archive.risalahd("check", "--deep", "--root", root)
        #expect(whole.status == 0, "\(whole.text)\(whole.errorText)")
        #expect(whole.text.contains(/recordings: +1,/), "\(whole.text)")

        let payload = archive.root.appending(path: "Storage/recordings/\(id.prefix(2))/\(id).payload")
        var bytes = try Data(contentsOf: payload)
        // Chunks 0 to 6 are whole ones, the last is not.
        try #require((7 * 65_552 + 17..<8 * 65_552).contains(bytes.count))
        bytes[16 + 65_552 + 9] ^= 1
        try FileManager.default.removeItem(at: payload)
        try bytes.write(to: payload)
        // Nothing is read without --deep.
        #expect(try archive.risalahd("check", "--root", root).status == 0)
        for isServed in [true, false] {
            if !isServed { archive.kill() }
            let check = try archive.risalahd("check", "--deep", "--json", "--root", root)
            #expect(check.status == 74, "\(check.errorText)")
            let faults = try faults(json(check), in: "payloads")
            let fault = try #require(faults.first)
            #expect(faults.count == 1 && fault["object"] as? String == id)
            #expect(fault["fault"] as? String == "payload-damaged")
            let lost = try #require(fault["lost"] as? Double)
            #expect(lost > 0 && lost < 15)
        }
        try archive.start()
        let status = try json(archive.risalahd("status", "--json", "--root", root))
        #expect(status["damaged"] as? Int == 1)

        let part = archive.folder.appending(path: "part.opus")
        let refused = try archive.risalah(as: "sari", "get", id, "-o", part.path)
        #expect(refused.status == 65, "\(refused.errorText)")
        #expect(refused.errorText.contains("--salvage"))
        #expect(!FileManager.default.fileExists(atPath: part.path))
        let saved = try archive.risalah(as: "sari", "get", id, "--salvage", "-o", part.path, "--json")
        #expect(saved.status == 0, "\(saved.errorText)")
        let loss = try #require(json(saved)["loss"] as? [String: Any])
        #expect(loss["lost"] as? Int == 1)
        let info = try Program.run("opusinfo", [part.path])
        #expect(info.text.contains("Playback length"), "\(info.text)")
        let wave = archive.folder.appending(path: "part.wav").path
        let played = try Program.run("opusdec", ["--quiet", part.path, wave])
        #expect(played.status == 0, "\(played.errorText)")
        let size = try #require(FileManager.default.attributesOfItem(atPath: wave)[.size] as? Int)
        #expect(size > 20 * 2 * 48_000)

        // The disk has lost its end.
        bytes[16 + 65_552 + 9] ^= 1
        try bytes.dropLast(2 * 65_552).write(to: payload)
        let short = try archive.risalahd("check", "--json", "--root", root)
        #expect(short.status == 74)
        #expect(try faults(json(short), in: "storage").first?["fault"] as? String == "payload-length")
        #expect(try archive.risalah(as: "sari", "get", id, "-o", part.path).status == 65)
        let rest = try archive.risalah(as: "sari", "get", id, "--salvage", "-o", part.path, "--json")
        #expect(rest.status == 0, "\(rest.errorText)")
        let lost = try #require(json(rest)["loss"] as? [String: Any])
        #expect(lost["lost"] as? Int == 3)
        #expect(try Program.run("opusdec", ["--quiet", part.path, wave]).status == 0)

        // A bit of its version has turned over.
        archive.kill()
        let version = archive.root.appending(path: "Storage/VERSION")
        var text = try Data(contentsOf: version)
        text[3] ^= 1
        try text.write(to: version)
        let unknown = try archive.risalahd("check", "--root", root)
        #expect(unknown.status != 0 && unknown.errorText.contains("Storage is of version"), "\(unknown.errorText)")
    }
}
