import ArchiveCore
import ArchiveTesting
import Foundation
import TestSupport
import Testing

/// Each provider of the root key, through a life of the real programs.
@Suite("The root key comes from where Config says")
struct RootKeyTests {
    private let folder: TemporaryFolder
    private let passphraseFile: String

    init() throws {
        folder = try TemporaryFolder()
        passphraseFile = folder.file("words")
        try write("pagar makan tanaman\n", to: passphraseFile)
    }

    private func write(_ text: String, to path: String) throws {
        try LocalFileSystem().replace(path, with: text.utf8, label: "test")
    }

    /// Enrols, sends, stops, starts and reads back: the key that the second start found opens what the first sealed.
    private func live(_ archive: LiveArchive) throws {
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        let stream = try Data(MadeStream.fresh())
        let stored = try archive.put(archive.seal(stream, to: "terbatas", as: "perekam"), as: "perekam")
        let id = try #require(stored.json["id"] as? String, "\(stored.text)")
        #expect(try archive.stop() == 0)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
        try archive.start()
        let output = archive.folder.appending(path: "out.opus")
        let got = try archive.risalah(as: "sari", "get", id, "-o", output.path)
        #expect(got.status == 0, "\(got.errorText)")
        #expect(try Data(contentsOf: output) == stream)
    }

    /// Runs `risalahd` without a terminal, wherever the test runs.
    private func unattended(
        _ archive: LiveArchive,
        _ arguments: [String],
        _ environment: [String: String] = [:],
        input: String = ""
    ) throws -> Program.Outcome {
        try Program.run(
            "setsid",
            ["-w", LiveArchive.programs.appending(path: "risalahd").path] + arguments + ["--root", archive.root.path],
            input: Data(input.utf8),
            environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"].merging(environment) { $1 }
        )
    }

    private func settings(_ archive: LiveArchive) throws -> String {
        try String(contentsOf: archive.root.appending(path: "Config/risalah.yaml"), encoding: .utf8)
    }

    @Test func `a file, also where Config says nothing of it`() throws {
        let archive = try LiveArchive()
        #expect(try settings(archive).contains("  root: file "))
        try live(archive)
        #expect(try archive.stop() == 0)
        let file = archive.root.appending(path: "Config/risalah.yaml")
        let before = try settings(archive)
        let without = before.replacing(/keys:\n(  .*\n| {10,}.*\n)+/, with: "")
        #expect(without.count < before.count && !without.contains("root:"))
        try without.write(to: file, atomically: true, encoding: .utf8)
        try archive.start()
        #expect(try archive.stop() == 0)
        try before.replacing("root: file ", with: "root: sandi ").write(to: file, atomically: true, encoding: .utf8)
        let wrong = try archive.risalahd("serve", "--root", archive.root.path)
        #expect(wrong.status == 78)
        #expect(wrong.errorText.contains(/risalah\.yaml:\d+:\d+: .*credential NAME/), "\(wrong.errorText)")
    }

    @Test func `a passphrase`() throws {
        let archive = try LiveArchive(
            options: ["--root-key", "passphrase", "--passphrase-file", passphraseFile],
            environment: ["RISALAH_PASSPHRASE_FILE": passphraseFile]
        )
        #expect(try settings(archive).contains("  root: passphrase "))
        let secrets = archive.root.appending(path: "Config/secrets").path
        #expect(try FileManager.default.contentsOfDirectory(atPath: secrets) == ["root.key.age"])
        #expect(try LocalFileSystem().mode("\(secrets)/root.key.age") == 0o600)
        try live(archive)
        #expect(try archive.stop() == 0)

        let input = "pagar makan tanaman"
        let piped = try unattended(archive, ["status", "--passphrase-file", "-", "--json"], input: input)
        #expect(piped.status == 0, "\(piped.errorText)")
        try write("pagar makan tanamaN\n", to: passphraseFile)
        for arguments in [["serve"], ["status"], ["audit", "verify"], ["principal", "list"], ["retention", "run"]] {
            let wrong = try unattended(archive, arguments + ["--passphrase-file", passphraseFile])
            #expect(wrong.status == 78, "\(arguments): \(wrong.errorText)")
            #expect(wrong.errorText.contains("the passphrase does not open"), "\(wrong.errorText)")
            #expect(!wrong.errorText.contains("tanam") && wrong.output.isEmpty)
        }
        let none = try unattended(archive, ["serve", "--json"])
        #expect(none.status == 78 && none.errorText.contains("none was given"), "\(none.errorText)")
        let missing = try unattended(archive, ["serve", "--passphrase-file", folder.file("tiada")])
        #expect(missing.status == 78 && missing.errorText.contains("tiada"), "\(missing.errorText)")
        for text in ["", "\n", "dua\nbaris\n", String(repeating: "a", count: 2000)] {
            let odd = try unattended(archive, ["serve", "--passphrase-file", "-"], input: text)
            #expect(odd.status == 78 && odd.errorText.contains("one line"), "\(odd.errorText)")
        }
        try LocalFileSystem().setMode(passphraseFile, 0o644, label: "test")
        let open = try unattended(archive, ["serve"], ["RISALAH_PASSPHRASE_FILE": passphraseFile])
        #expect(open.status == 78 && open.errorText.contains("chmod 600"), "\(open.errorText)")
        try FileManager.default.removeItem(atPath: "\(secrets)/root.key.age")
        let gone = try unattended(archive, ["serve", "--passphrase-file", "-"], input: input)
        #expect(gone.status == 78 && gone.errorText.contains("there is no root key at"), "\(gone.errorText)")
    }

    @Test func `a passphrase that is too short makes no archive`() throws {
        let root = folder.file("archive")
        let made = try Program.run(
            LiveArchive.programs.appending(path: "risalahd").path,
            ["init", "--root", root, "--solo", "--root-key", "passphrase", "--passphrase-file", "-"],
            input: Data("pendek\n".utf8)
        )
        #expect(made.status == 78 && made.errorText.contains("fewer than 12"), "\(made.errorText)")
        #expect(try everyFile(below: root).keys.allSatisfy { $0.hasSuffix("/Storage/lock") })
    }

    @Test func `a person at a terminal is asked, and nothing shows`() throws {
        let risalahd = LiveArchive.programs.appending(path: "risalahd").path
        let root = folder.file("archive")
        let make = ["init", "--root", root, "--solo", "--root-key", "passphrase"]
        let typo = try Person.atTerminal("rahasia lama sekali,rahasia lama sekal1", risalahd, make)
        #expect(typo.status == 78 && typo.text.contains("differ"), "\(typo.text)")
        // A letter too much, taken back.
        let made = try Person.atTerminal("rahasia lama sekalii\u{7f},rahasia lama sekali", risalahd, make)
        #expect(made.status == 0, "\(made.text)\(made.errorText)")
        #expect(made.text.contains("root.key.age, under the passphrase"))
        let status = try Person.atTerminal("rahasia lama sekali", risalahd, ["status", "--root", root])
        #expect(status.status == 0, "\(status.text)")
        let given = try Person.atTerminal("\u{3}", risalahd, ["status", "--root", root])
        #expect(given.status == 78 && given.text.contains("no passphrase was given"), "\(given.text)")
        for outcome in [typo, made, status] { #expect(!outcome.text.contains("lama")) }

        // The stock tool opens the file, and what is in it is the key of the file provider.
        let age = try #require(Program.find("age")).path
        let key = folder.file("root.key")
        let opened = try Person.atTerminal(
            "rahasia lama sekali",
            age,
            ["-d", "-o", key, "\(root)/Config/secrets/root.key.age"]
        )
        #expect(opened.status == 0, "\(opened.text)")
        let settings = "\(root)/Config/risalah.yaml"
        let text = try String(contentsOfFile: settings, encoding: .utf8)
        try text.replacing("root: passphrase ", with: "root: file ")
            .write(toFile: settings, atomically: true, encoding: .utf8)
        try FileManager.default.moveItem(atPath: key, toPath: "\(root)/Config/secrets/root.key")
        try LocalFileSystem().setMode("\(root)/Config/secrets/root.key", 0o600, label: "test")
        let moved = try Program.run(risalahd, ["audit", "verify", "--root", root])
        #expect(moved.status == 0, "\(moved.errorText)")
    }

    @Test func `a credential of systemd, in bytes and in text`() throws {
        let text = "risalah-root-key 1\n\(Base32.encode(Random.bytes(32)))\n"
        for contents in [Random.bytes(32), Array(text.utf8)] {
            try LocalFileSystem().replace(folder.file("akar"), with: contents, label: "test")
            let archive = try LiveArchive(
                options: ["--root-key", "credential:akar"],
                environment: ["CREDENTIALS_DIRECTORY": folder.path]
            )
            #expect(try settings(archive).contains("  root: credential akar "))
            let secrets = archive.root.appending(path: "Config/secrets").path
            #expect(try FileManager.default.contentsOfDirectory(atPath: secrets).isEmpty)
            try live(archive)
            #expect(try archive.stop() == 0)
            #expect(try files(below: archive.root.path, containing: contents).isEmpty)
            let there = ["CREDENTIALS_DIRECTORY": folder.path]
            let outside = try unattended(archive, ["serve"], ["CREDENTIALS_DIRECTORY": ""])
            #expect(outside.status == 78 && outside.errorText.contains("LoadCredential="), "\(outside.errorText)")
            for length in [0, 31, 33, 5000] {
                let bytes = [UInt8](repeating: 9, count: length)
                try LocalFileSystem().replace(folder.file("akar"), with: bytes, label: "test")
                let wrong = try unattended(archive, ["serve"], there)
                #expect(wrong.status == 78 && wrong.errorText.contains("akar"), "\(length): \(wrong.errorText)")
            }
            // Another key than that of the archive, one that cannot be read, and none.
            try LocalFileSystem().replace(folder.file("akar"), with: Random.bytes(32), label: "test")
            #expect(try unattended(archive, ["serve"], there).status == 78)
            try FileManager.default.removeItem(atPath: folder.file("akar"))
            try FileManager.default.createDirectory(atPath: folder.file("akar"), withIntermediateDirectories: false)
            #expect(try unattended(archive, ["serve"], there).status == 78)
            try FileManager.default.removeItem(atPath: folder.file("akar"))
            let gone = try unattended(archive, ["serve"], there)
            #expect(gone.status == 78 && gone.errorText.contains("there is no credential akar"), "\(gone.errorText)")
        }
    }
}
