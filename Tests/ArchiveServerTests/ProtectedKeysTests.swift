import Foundation
import TestSupport
import Testing

/// Keys under a passphrase, with real programs.
@Suite("Keys of a person's machine under a passphrase")
struct ProtectedKeysTests {
    private func file(_ archive: LiveArchive, _ name: String, _ text: String) throws -> String {
        let path = archive.folder.appending(path: name).path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return path
    }

    private func invite(_ archive: LiveArchive, _ name: String, _ role: String) throws -> String {
        let added = try archive.risalahd(
            "principal",
            "add",
            name,
            "--role",
            role,
            "--clearance",
            "terbatas",
            "--root",
            archive.root.path,
            "--json"
        )
        let json = try #require(JSONSerialization.jsonObject(with: added.output) as? [String: Any])
        return try #require(json["invite"] as? String)
    }

    @Test func `a person's keys are never on disk in clear`() throws {
        let archive = try LiveArchive()
        let right = try file(archive, "right", "kuda lumping biru\n")
        let wrong = try file(archive, "wrong", "kuda lumping merah\n")
        let short = try file(archive, "short", "kuda\n")
        let text = try invite(archive, "sari", "archivist")
        let enrol = ["enrol", archive.address, "--invite", text, "--passphrase"]
        func sari(_ arguments: [String], environment: [String: String] = [:]) throws -> Program.Outcome {
            try Program.run(
                LiveArchive.programs.appending(path: "risalah").path,
                arguments + ["--home", archive.folder.appending(path: "sari").path],
                environment: environment.merging(["LC_ALL": "C", "SWIFT_BACKTRACE": "enable=no"]) { $1 }
            )
        }
        // A passphrase that is too short spends no invite.
        let refused = try sari(enrol + ["--passphrase-file", short])
        #expect(refused.status == 78 && refused.errorText.contains("fewer than 12"), "\(refused.errorText)")
        let enrolled = try sari(enrol + ["--passphrase-file", right])
        try #require(enrolled.status == 0, "\(enrolled.errorText)")
        let home = archive.folder.appending(path: "sari")
        let names = try Set(FileManager.default.contentsOfDirectory(atPath: home.path))
        #expect(names == ["server.txt", "ca.pem", "certificate.pem", "keys.age"])
        let sealed = try Data(contentsOf: home.appending(path: "keys.age"))
        #expect(sealed.starts(with: Data("age-encryption.org/v1\n-> scrypt ".utf8)))

        #expect(try sari(["whoami", "--passphrase-file", right]).status == 0)
        #expect(try sari(["whoami"], environment: ["RISALAH_CLIENT_PASSPHRASE_FILE": right]).status == 0)
        let mistaken = try sari(["whoami", "--passphrase-file", wrong])
        #expect(mistaken.status == 77 && mistaken.errorText.contains("does not open"), "\(mistaken.errorText)")
        // Without a terminal nobody can be asked.
        let silent = try Program.run(
            "setsid",
            ["--wait", LiveArchive.programs.appending(path: "risalah").path, "whoami", "--home", home.path],
            environment: ["LC_ALL": "C", "SWIFT_BACKTRACE": "enable=no"]
        )
        #expect(silent.status == 78 && silent.errorText.contains("--passphrase-file"), "\(silent.errorText)")

        // What is delivered opens with it.
        try archive.enrol("perekam", "recorder")
        let stream = try MadeStream.fresh()
        let recording = try archive.store(stream, level: "terbatas", as: "perekam")
        let out = archive.folder.appending(path: "out.opus")
        let got = try sari(["get", recording, "-o", out.path, "--passphrase-file", right])
        #expect(got.status == 0, "\(got.errorText)")
        #expect(try Data(contentsOf: out) == stream)

        // Changed, and taken off.
        let changed = try sari(["passphrase", "--passphrase-file", right, "--new-passphrase-file", wrong])
        #expect(changed.status == 0, "\(changed.errorText)")
        #expect(try sari(["whoami", "--passphrase-file", right]).status == 77)
        #expect(try sari(["whoami", "--passphrase-file", wrong]).status == 0)
        let removed = try sari(["passphrase", "--remove", "--passphrase-file", wrong, "--json"])
        #expect(removed.status == 0 && removed.text.contains("\"protected\":false"), "\(removed.errorText)")
        #expect(try sari(["whoami"]).status == 0)
        #expect(!FileManager.default.fileExists(atPath: home.appending(path: "keys.age").path))
        let sealedFile = archive.folder.appending(path: "sealed.age").path
        #expect(try sari(["get", recording, "--sealed", "-o", sealedFile]).status == 0)
        let opened = try Program.run("age", ["-d", "-i", home.appending(path: "identity.txt").path, sealedFile])
        #expect(opened.output == stream)
        // And put under one that was in clear, by a person who is asked.
        let risalah = LiveArchive.programs.appending(path: "risalah").path
        let chosen = try Person.atTerminal(
            "kuda lumping biru,kuda lumping biru",
            risalah,
            ["passphrase", "--home", home.path]
        )
        #expect(chosen.status == 0 && !chosen.text.contains("lumping"), "\(chosen.text)")
        let asked = try Person.atTerminal("kuda lumping biru", risalah, ["whoami", "--home", home.path])
        #expect(asked.status == 0 && asked.text.contains("sari"), "\(asked.text)")
        // The stock tool takes the file for identities, and asks the same.
        let output = archive.folder.appending(path: "stock.opus").path
        let keys = home.appending(path: "keys.age").path
        let stock = try Person.atTerminal(
            "kuda lumping biru",
            #require(Program.find("age")).path,
            ["-d", "-i", keys, "-o", output, sealedFile]
        )
        #expect(stock.status == 0, "\(stock.text)")
        #expect(try Data(contentsOf: URL(filePath: output)) == stream)
        let left = try Set(FileManager.default.contentsOfDirectory(atPath: home.path))
        #expect(left.isDisjoint(with: ["key.pem", "identity.txt", "identity-pq.txt"]) && left.contains("keys.age"))
        #expect(try sari(["whoami", "--passphrase-file", right]).status == 0)
    }

    @Test func `a recorder is given a file, or none`() throws {
        let archive = try LiveArchive()
        let text = try invite(archive, "perekam", "recorder")
        let risalah = LiveArchive.programs.appending(path: "risalah").path
        let home = archive.folder.appending(path: "perekam").path
        let command = ["enrol", archive.address, "--invite", text, "--passphrase", "--home", home]
        let asked = try Person.atTerminal("kuda lumping biru,kuda lumping biru", risalah, command)
        #expect(asked.status == 64 && asked.text.contains("cannot be asked for a passphrase"), "\(asked.text)")
        #expect(!FileManager.default.fileExists(atPath: "\(home)/keys.age"))
        // The invite was not spent on that.
        let passphrase = try file(archive, "passphrase", "kuda lumping biru\n")
        let enrolled = try archive.risalah(
            as: "perekam",
            "enrol",
            archive.address,
            "--invite",
            text,
            "--passphrase",
            "--passphrase-file",
            passphrase
        )
        #expect(enrolled.status == 0, "\(enrolled.errorText)")
        #expect(try archive.risalah(as: "perekam", "recipients", "--passphrase-file", passphrase).status == 0)
    }
}
