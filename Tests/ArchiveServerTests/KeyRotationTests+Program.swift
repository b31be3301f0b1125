import Foundation
import TestSupport
import Testing

extension KeyRotationTests {
    /// The real programs, while the service goes on.
    @Test func `the root key: by the program, and what was kept is read after a kill`() throws {
        let archive = try LiveArchive(configure: LiveArchive.keepSmallReserves)
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist")
        let stream = try Data(MadeStream.fresh())
        let query = "level=biasa&unit=umum&series=rapat&title=Rapat"
        let stored = try archive.put(archive.seal(stream, to: "biasa", as: "perekam"), as: "perekam", query: query)
        let id = try #require(stored.json["id"] as? String, "\(stored.text)")
        let file = archive.root.appending(path: "Config/secrets/root.key")
        let before = try Data(contentsOf: file)
        let rotated = try json(archive.risalahd("keys", "rotate", "root", "--json", "--root", archive.root.path))
        #expect(rotated["waiting"] as? Bool == false)
        #expect(try Data(contentsOf: file) != before)
        let wrong = try archive.risalahd(
            "keys",
            "rotate",
            "root",
            "--to",
            "credential:kunci",
            "--root",
            archive.root.path
        )
        #expect(wrong.status != 0 && wrong.errorText.contains("--new-key"), "\(wrong.errorText)")
        archive.kill()
        try archive.start()
        let output = archive.folder.appending(path: "out.opus")
        let got = try archive.risalah(as: "sari", "get", id, "--purpose", "Notulen", "-o", output.path)
        #expect(got.status == 0, "\(got.errorText)")
        #expect(try Data(contentsOf: output) == stream)

        // To a passphrase, and to another one: a person is told what else has to change.
        func change(_ arguments: String...) throws -> String {
            let root = ["--root", archive.root.path]
            let changed = try archive.risalahd(arguments: ["keys", "rotate", "root"] + arguments + root)
            #expect(changed.status == 0, "\(changed.errorText)")
            return changed.errorText
        }
        let words = try (1...2).map { number in
            let file = archive.folder.appending(path: "words-\(number)")
            try "pagar makan tanaman \(number)\n".write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
            return file.path
        }
        let moved = try change("--to", "passphrase", "--new-passphrase-file", words[0])
        #expect(moved.contains("both keys open the vault") && moved.contains("RISALAH_PASSPHRASE_FILE"), "\(moved)")
        archive.kill()
        let settings = archive.root.appending(path: "Config/risalah.yaml")
        try String(contentsOf: settings, encoding: .utf8).replacing(/root: file */, with: "root: passphrase ")
            .write(to: settings, atomically: true, encoding: .utf8)
        let replaced = try change("--passphrase-file", words[0], "--new-passphrase-file", words[1])
        #expect(!replaced.contains("both keys open") && replaced.contains("RISALAH_PASSPHRASE_FILE"), "\(replaced)")
        for (number, file) in words.enumerated() {
            let listed = try archive.risalahd("keys", "list", "--passphrase-file", file, "--root", archive.root.path)
            #expect((listed.status == 0) == (number == 1), "\(listed.errorText)")
        }
    }
}
