import ArchiveCore
import Foundation
import TestSupport
import Testing

@Suite("Attachments, by curl, age and the commands")
struct AttachmentTests {
    private func stored(in archive: LiveArchive, level: String) throws -> String {
        let sealed = try archive.seal(Data(MadeStream.fresh()), to: level, as: "perekam")
        let answer = try archive.put(sealed, as: "perekam", query: "level=\(level)&unit=umum&series=rapat&title=Pleno")
        return try #require(answer.json["id"] as? String, "\(answer.text)")
    }

    private func people(_ archive: LiveArchive) throws {
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "rahasia")
    }

    @Test func `curl attaches, age opens what comes back`() throws {
        let archive = try LiveArchive()
        try people(archive)
        let (biasa, rahasia) = (try stored(in: archive, level: "biasa"), try stored(in: archive, level: "rahasia"))
        let slides = Data(Random.bytes(300_000))
        for (id, number) in [(biasa, 0), (rahasia, 0)] {
            let path = "/v1/recordings/\(id)/attachments?name=Paparan%20akhir.pdf"
            let type = ["-H", "Content-Type: application/pdf", "--data-binary", "@-"]
            let answer = try archive.curl(as: "sari", path, type, input: slides)
            #expect(answer.status == 201 && answer.json["number"] as? Int == number, "\(answer.text)")
            #expect(answer.json["bytes"] as? Int == slides.count && answer.json["by"] as? String == "sari")
            #expect(try archive.curl(as: "sari", path, type, input: slides).status == 200)
            #expect(try archive.curl(as: "perekam", path, type, input: slides).status == 404)
            #expect(try archive.curl(as: "sari", path + "&x=1", type, input: slides).status == 400)
        }
        let identity = archive.folder.appending(path: "sari/identity.txt").path
        for id in [biasa, rahasia] {
            let asked = ["-d", #"{"purpose":"Notulen","recipient":"x25519"}"#]
            let access = try archive.curl(as: "sari", "/v1/recordings/\(id)/accesses", asked)
            let link = "/v1/accesses/\(try #require(access.json["id"] as? String))/attachments/0"
            let sealed = try archive.curl(as: "sari", link + ".age")
            #expect(sealed.status == 200)
            #expect(try Program.run("age", ["-d", "-i", identity], input: sealed.body).output == slides)
            let opened = try archive.curl(as: "sari", link)
            let part = try archive.curl(as: "sari", link, ["-r", "70000-70009"])
            if id == biasa {
                #expect(opened.body == slides && part.status == 206 && part.body == slides[70_000...70_009])
            } else {
                #expect(opened.status == 403 && part.status == 403, "\(opened.text)")
            }
            #expect(try archive.curl(as: "sari", link.dropLast() + "1.age").status == 404)
            for wrong in ["-1", "00", "x", "0.agee", "9999999999999999999"] {
                let path = link.dropLast() + wrong
                #expect(try archive.curl(as: "sari", String(path)).status == 404, "\(wrong)")
            }
        }
        // Neither what is in them nor what they are called is in clear on the archive's disk.
        let found = try Program.run(
            "grep",
            ["-r", "-a", "-l", "-i", "Paparan", archive.root.appending(path: "Storage").path]
        )
        #expect(found.status == 1, "\(found.text)")
    }

    @Test func `the commands attach, list and fetch`() throws {
        let archive = try LiveArchive()
        try people(archive)
        let id = try stored(in: archive, level: "rahasia")
        let folder = archive.folder.appending(path: "berkas")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let chat = Data("09:31:00 From Budi : halo\n".utf8)
        try chat.write(to: folder.appending(path: "obrolan rapat.txt"))
        try Data().write(to: folder.appending(path: "kosong"))
        func run(_ arguments: String...) throws -> Program.Outcome {
            try archive.risalah(as: "sari", arguments: ["attachment"] + arguments)
        }
        let missing = try run("add", id, folder.appending(path: "obrolan rapat.txt").path, "/dev/null")
        #expect(missing.status == 66 && missing.errorText.contains("/dev/null"), "\(missing.errorText)")
        let added = try run(
            "add",
            id,
            folder.appending(path: "obrolan rapat.txt").path,
            folder.appending(path: "kosong").path
        )
        #expect(added.status == 0 && added.text == "0  obrolan rapat.txt  26 B\n1  kosong  0 B\n", "\(added.errorText)")
        let again = try run("add", id, folder.appending(path: "obrolan rapat.txt").path, "--json")
        #expect(again.status == 0 && again.text.contains(#""number":0"#), "\(again.text)")
        let shown = try archive.risalah(as: "sari", "show", id)
        #expect(shown.text.contains("attachment 0: obrolan rapat.txt, 26 B, text/plain"), "\(shown.text)")
        #expect(shown.text.contains("attachment 1: kosong, 0 B, application/octet-stream"), "\(shown.text)")
        let got = try run("get", id, "0", "--purpose", "Notulen", "-o", archive.folder.path)
        #expect(got.status == 0, "\(got.errorText)")
        #expect(try Data(contentsOf: archive.folder.appending(path: "\(id)-0-obrolan rapat.txt")) == chat)
        let out = try run("get", id, "0", "--purpose", "Notulen", "-o", "-")
        #expect(out.status == 0 && out.output == chat, "\(out.errorText)")
        let none = try run("get", id, "2", "--purpose", "Notulen", "-o", "-")
        #expect(none.status == 66 && none.errorText.contains("has no attachment 2"), "\(none.errorText)")
        #expect(try run("get", id, "0", "--from", "0:01", "--to", "0:02").status == 64)
        #expect(try archive.risalah(as: "perekam", arguments: ["attachment", "add", id, folder.path]).status == 66)
    }
}
