import ArchiveCore
import Foundation
import TestSupport
import Testing

/// `risalah transcript edit`, with programs in the place of the person's editor.
@Suite("A transcript is corrected in an editor") struct TranscriptEditTests {
    private let archive: LiveArchive
    private let id: String
    private let secret = "alutsista"

    init() throws {
        (archive, id) = try LiveArchive.withOneRecording()
        let text = """
            {"format":"risalah-transcript 1","language":"id","segments":[\
            {"start":0,"end":0.2,"speaker":"S1","text":"anggaran alutsista","confidence":0.5,\
            "words":[{"start":0,"end":0.1,"text":"anggaran"},{"start":0.1,"end":0.2,"text":"alutsista"}]},\
            {"start":0.3,"end":0.4,"speaker":"S2","text":"setuju","confidence":0.25}]}
            """
        let put = try archive.risalah(as: "sari", "transcript", "put", id, "-", input: Data(text.utf8))
        try #require(put.status == 0, "\(put.errorText)")
    }

    private var evidence: URL { archive.folder.appending(path: "evidence") }
    private var risalah: String { LiveArchive.programs.appending(path: "risalah").path }
    private var home: String { archive.folder.appending(path: "sari").path }

    /// An editor that runs `script`; `$1` is the file, `$turn` counts from 1, and what it says goes to ``evidence``.
    private func editor(_ script: String) throws -> [String: String] {
        let program = archive.folder.appending(path: "an editor").path
        try """
        #!/bin/sh
        exec >> '\(evidence.path)' 2>&1
        echo turn
        turn=$(grep -c '^turn$' '\(evidence.path)')
        \(script)
        """.write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        // Quoted for the shell.
        return [
            "EDITOR": "'\(program)'", "VISUAL": "", "TERM": "dumb", "SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C",
        ]
    }

    private var arguments: [String] { ["transcript", "edit", id, "--purpose", "Notulen", "--home", home] }

    /// Without a terminal, whatever the test has.
    private func edit(_ script: String, _ more: String...) throws -> Program.Outcome {
        try Program.run("setsid", ["-w", risalah] + arguments + more, environment: editor(script))
    }

    private func edit(answering answers: String, _ script: String) throws -> Program.Outcome {
        try Person.atTerminal(answers, risalah, arguments, environment: editor(script))
    }

    private func get(_ format: String = "json") throws -> String {
        let got = try archive.risalah(
            as: "sari",
            arguments: ["transcript", "get", id, "--purpose", "Notulen", "--format", format]
        )
        try #require(got.status == 0, "\(got.errorText)")
        return got.text
    }

    private func newest() throws -> Int {
        try archive.risalah(as: "sari", "transcript", "list", id, "--json").text.split(separator: "\n").count - 1
    }

    /// What was said is nowhere that the test, the archive and the editor could write, and no folder of an editor is left.
    private func expectNothingLeft(_ sourceLocation: SourceLocation = #_sourceLocation) throws {
        let found = try Program.run("grep", ["-r", "-l", "-a", "-i", "-e", secret, archive.folder.path])
        #expect(found.status == 1, "\(found.text)", sourceLocation: sourceLocation)
        let said = (try? String(contentsOf: evidence, encoding: .utf8)) ?? ""
        let folders = said.matches(of: /\/\S*\/risalah-edit\.[^\s\/]+/).map { String($0.output) }
        #expect(!folders.isEmpty, "\(said)", sourceLocation: sourceLocation)
        for folder in Set(folders) {
            #expect(!FileManager.default.fileExists(atPath: folder), "\(folder)", sourceLocation: sourceLocation)
        }
    }

    @Test func `what comes out of the editor is the next revision, and nothing stays behind`() throws {
        let done = try edit(
            """
            pwd; echo "$HOME $TMPDIR $XDG_STATE_HOME $XDG_CONFIG_HOME"; stat -f -c %T .; stat -c %a .
            # What editors leave: a backup, a swap file, histories.
            cp "$1" "$1~"; cp "$1" "$HOME/.transcript.swp"; cp "$1" "$TMPDIR/tmp"; mkdir -p "$XDG_STATE_HOME/undo"
            cp "$1" "$XDG_STATE_HOME/undo/a"; cp "$1" .viminfo
            sed 's/setuju/Setuju sekali./; s/ S2\\]/ Menteri Pertahanan]/' "$1" > new && mv new "$1"
            """
        )
        try #require(done.status == 0 && done.text == "1\n", "\(done.text)\(done.errorText)")
        let said = try String(contentsOf: evidence, encoding: .utf8).split(separator: "\n")
        let folder = try #require(said.dropFirst().first)
        #expect(said[2] == "\(folder) \(folder) \(folder)/.local/state \(folder)/.config")
        #expect(said[3...] == ["tmpfs", "700"])
        let text = try get()
        // What was not touched has its words and confidence still.
        #expect(text.contains("\"confidence\":0.5") && text.contains("\"words\":["), "\(text)")
        #expect(text.contains("\"speaker\":\"Menteri Pertahanan\"") && text.contains("Setuju sekali."), "\(text)")
        #expect(!text.contains("0.25") && text.contains("\"language\":\"id\""), "\(text)")
        let same = try edit("sed -i 's/^# One/# Two/' \"$1\"")
        #expect(
            same.status == 0 && same.text.isEmpty && same.errorText.contains("nothing was changed"),
            "\(same.errorText)"
        )
        #expect(try newest() == 1)
        try expectNothingLeft()
    }

    @Test func `without a terminal what cannot be kept goes to stdout`() throws {
        let wrong = try edit("pwd; sed -i 's/ - 00:00:00.400/ - x/' \"$1\"")
        #expect(wrong.status == 65 && wrong.errorText.contains("line 8:"), "\(wrong.status) \(wrong.errorText)")
        #expect(wrong.errorText.ranges(of: "line 8:").count == 1, "\(wrong.errorText)")
        #expect(wrong.text.contains("anggaran alutsista") && wrong.text.contains(" - x S2] setuju"), "\(wrong.text)")
        let json = try edit("pwd; sed -i 's/ - 00:00:00.400/ - x/' \"$1\"", "--json")
        #expect(json.status == 65 && json.text.hasPrefix("{\"edited\":\"# risalah"), "\(json.text)")
        // Somebody else was faster.
        let put = "'\(risalah)' transcript speaker '\(id)' S2 Panglima --purpose a --home '\(home)' || echo failed"
        let stale = try edit("pwd; sed -i 's/setuju/Setuju./' \"$1\"; \(put)")
        #expect(stale.status == 75 && stale.text.contains("S2] Setuju."), "\(stale.status) \(stale.errorText)")
        #expect(try newest() == 1 && get().contains("\"text\":\"setuju\""))
        // Of what was not changed there is nothing to lose.
        let failed = try edit("pwd; exit 3")
        #expect(
            failed.status == 74 && failed.text.isEmpty && failed.errorText.contains("status 3"),
            "\(failed.errorText)"
        )
        let removed = try edit("pwd; rm \"$1\"")
        #expect(removed.status == 66 && removed.text.isEmpty, "\(removed.status) \(removed.errorText)")
        #expect(try newest() == 1)
        try expectNothingLeft()
    }

    @Test func `at a terminal the person goes on where they were`() throws {
        let done = try edit(
            answering: "x,e",
            """
            pwd
            if [ $turn = 1 ]; then sed -i 's/ - 00:00:00.400/ - x/; s/setuju/Setuju./' "$1"
            else sed -i 's/ - x/ - 00:00:00.400/' "$1"; fi
            """
        )
        #expect(done.status == 0 && done.text.contains("line 8:"), "\(done.text)")
        #expect(try newest() == 1 && get().contains("\"text\":\"Setuju.\""))
        let discarded = try edit(answering: "d", "pwd; echo '[' >> \"$1\"")
        #expect(discarded.status == 65 && !discarded.text.contains("anggaran"), "\(discarded.text)")
        try expectNothingLeft()
        let own = archive.folder.appending(path: "own.txt").path
        let saved = try edit(answering: "w,/nowhere/a,w,\(own)", "pwd; echo '[ kata' >> \"$1\"")
        #expect(saved.status == 65 && saved.text.contains("in clear"), "\(saved.text)")
        #expect(try String(contentsOfFile: own, encoding: .utf8).hasSuffix("[ kata\n"))
        try FileManager.default.removeItem(atPath: own)
        #expect(try newest() == 1)
        try expectNothingLeft()
    }

    @Test func `what somebody else has made meanwhile is merged`() throws {
        let others = archive.folder.appending(path: "others.txt").path
        let theirs = try get("edit").replacing("setuju", with: "Sangat setuju.").replacing("S1", with: "Panglima")
        try theirs.replacing(secret, with: "utama").write(toFile: others, atomically: true, encoding: .utf8)
        let done = try edit(
            answering: "m",
            """
            pwd
            case $turn in
            1) sed -i 's/setuju/Setuju./' "$1"; '\(risalah)' transcript put '\(id)' '\(others)' --home '\(home)' || echo failed;;
            *) grep -c -e 'S2. Setuju.' -e 'S2. Sangat setuju.' -e 'Panglima. anggaran utama' "$1"
               sed -i '/Sangat/d' "$1";;
            esac
            """
        )
        #expect(done.status == 0 && done.text.contains("yours first: 00:00:00"), "\(done.text)")
        #expect(try String(contentsOf: evidence, encoding: .utf8).hasSuffix("\n3\n"), "all three were there")
        #expect(try newest() == 2)
        let text = try get("edit")
        #expect(text.contains("Panglima] anggaran utama") && text.contains("S2] Setuju.") && !text.contains("Sangat"))
        try expectNothingLeft()
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGKILL]) func `a signal leaves nothing`(_ number: Int32) throws {
        let process = try Program.start(
            risalah,
            arguments,
            environment: editor("pwd; echo ready; exec sleep 60"),
            input: .null,
            output: .null,
            errors: .null
        )
        defer { process.send(signal: SIGKILL) }
        func said() -> String { (try? String(contentsOf: evidence, encoding: .utf8)) ?? "" }
        try archive.waitUntil(seconds: 60) { said().contains("ready") || !process.isRunning }
        let path = try #require(said().split(separator: "\n").dropFirst().first.map(String.init), "\(said())")
        #expect(FileManager.default.fileExists(atPath: "\(path)/transcript.txt"))
        // What a person types at a full-screen editor.
        process.send(signal: SIGINT)
        process.send(signal: SIGQUIT)
        process.send(signal: number)
        #expect(process.waitUntilExit().status == 128 + number)
        guard number == SIGKILL else { return try expectNothingLeft() }
        // Nobody could; the next one does.
        let next = try edit("true")
        #expect(next.status == 0, "\(next.errorText)")
        try expectNothingLeft()
    }

    /// With its own undo, swap and backup files switched on, and settings in the home of the person that would lead elsewhere.
    @Test func `vim leaves nothing`() throws {
        let own = archive.folder.appending(path: "person")
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        try "set undofile undodir=\(own.path) backup backupdir=\(own.path) directory=\(own.path)\n"
            .write(to: own.appending(path: ".vimrc"), atomically: true, encoding: .utf8)
        let vim = "vim -c 'set undofile backup' -c '%s/setuju/Setuju./' -c 'silent !pwd >> \(evidence.path)' -c wq"
        let done = try Person.atTerminal(
            "",
            risalah,
            arguments,
            environment: ["EDITOR": vim, "VISUAL": "", "TERM": "xterm", "HOME": own.path, "VIMINIT": "source ~/.vimrc"]
        )
        #expect(done.status == 0, "\(done.text)")
        #expect(try newest() == 1 && get().contains("\"text\":\"Setuju.\""))
        #expect(try FileManager.default.contentsOfDirectory(atPath: own.path) == [".vimrc"])
        try expectNothingLeft()
    }
}
