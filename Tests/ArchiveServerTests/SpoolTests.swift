import Foundation
import TestSupport
import Testing

/// Nothing spooled is lost, whatever ends in the middle, and nothing of it can be read.
@Suite("A recording outlives the network, the archive and its recorder")
struct SpoolTests {
    private let archive: LiveArchive
    /// Enough of them that a chunk is full after less than two seconds of noise.
    private static let raw = ["--rate", "48000", "--channels", "1", "--bitrate", "320000", "--no-live"]

    init() throws {
        archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
    }

    private func record(_ more: [String] = []) throws -> RunningRecorder {
        try RunningRecorder(archive, as: "perekam", ["record"] + Self.raw + LiveArchive.naming + more)
    }

    private func acknowledged() throws -> Int {
        try archive.bytes(in: "incoming")
    }

    /// Exactly one recording, of so many seconds, with nothing missing.
    private func expectStored(seconds: Double) throws {
        let list = try archive.objects(archive.risalah(as: "sari", "list", "--json"))
        #expect(list.count == 1)
        let recording = try #require(list.first)
        #expect(recording["duration"] as? Double == seconds && recording["loss"] as? Double == 0, "\(recording)")
        #expect(recording["title"] as? String == LiveArchive.title && recording["state"] as? String == "stored")
        #expect(archive.stored("incoming").isEmpty)
        #expect(try archive.uploads("perekam").isEmpty)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    @Test func `the archive is killed and comes back while it goes on`() throws {
        let recorder = try record()
        for _ in 0..<2 {
            let before = try acknowledged()
            try recorder.write(Sound.noise(seconds: 6))
            try archive.waitUntil(seconds: 60) { try acknowledged() > before + 65_536 }
            archive.kill()
            let spooled = archive.spooled("perekam")
            try recorder.write(Sound.noise(seconds: 6))
            // It goes on into the spool meanwhile.
            try archive.waitUntil(seconds: 60) { archive.spooled("perekam") > spooled + 131_072 }
            try archive.waitUntil(seconds: 60) { recorder.errorText.contains("sending is interrupted") }
            try archive.start()
        }
        try archive.waitUntil(seconds: 60) { recorder.errorText.contains("sending goes on") }
        try recorder.close()
        #expect(try recorder.status() == 0, "\(recorder.errorText)")
        try expectStored(seconds: 24)
    }

    @Test func `recording begins while the archive is away, and is sent when it comes`() throws {
        // Where the archive has never been asked, nobody knows to whom it would be sealed.
        #expect(try archive.stop() == 0)
        let early = try archive.piped(
            as: "perekam",
            ["record"] + Self.raw + LiveArchive.naming,
            input: Sound.noise(seconds: 1)
        )
        #expect(early.status == 69, "\(early.errorText)")
        try archive.start()
        let first = try archive.piped(
            as: "perekam",
            ["record"] + Self.raw + LiveArchive.naming,
            input: Sound.noise(seconds: 1)
        )
        #expect(first.status == 0, "\(first.errorText)")
        let kept = archive.folder.appending(path: "perekam/recipients.json")
        #expect(try !String(contentsOf: kept, encoding: .utf8).contains("SECRET"))

        #expect(try archive.stop() == 0)
        let recorder = try record()
        try recorder.write(Sound.noise(seconds: 5))
        try archive.waitUntil(seconds: 60) { archive.spooled("perekam") > 65_536 }
        #expect(recorder.errorText.contains("the archive does not answer"), "\(recorder.errorText)")
        let listed = try #require(archive.uploads("perekam").first)
        #expect(listed["state"] as? String == "live" && listed["level"] as? String == "terbatas")
        // What a process has is not another's to send or to drop.
        let id = try #require(listed["id"] as? String)
        #expect(try archive.risalah(as: "perekam", "uploads", "--finish", id).status == 75)
        #expect(try archive.risalah(as: "perekam", "uploads", "--drop", "--yes", id).status == 75)
        #expect(try archive.risalah(as: "perekam", "uploads", "--finish").errorText.contains("nothing is left over"))
        try archive.start()
        try archive.waitUntil(seconds: 60) { try acknowledged() > 0 }
        try recorder.write(Sound.noise(seconds: 5))
        try recorder.close()
        #expect(try recorder.status() == 0, "\(recorder.errorText)")
        let list = try archive.objects(archive.risalah(as: "sari", "list", "--json"))
        #expect(list.compactMap { $0["duration"] as? Double } == [10, 1])
    }

    @Test func `who gives up leaves it in the spool, and uploads finishes it`() throws {
        let recorder = try record(["--retries", "0", "--json"])
        try recorder.write(Sound.noise(seconds: 8))
        try archive.waitUntil(seconds: 60) { try acknowledged() > 65_536 }
        archive.kill()
        try recorder.write(Sound.noise(seconds: 4))
        try recorder.close()
        #expect(try recorder.status() == 69)
        #expect(recorder.errorText.contains("risalah uploads --finish") && recorder.receipts.isEmpty)
        let left = try #require(archive.uploads("perekam").first)
        #expect(left["state"] as? String == "waiting" && left["spooled"] as? Int == archive.spooled("perekam"))
        #expect(try archive.risalah(as: "perekam", "uploads", "--finish", "--retries", "0").status == 69)
        let table = try archive.risalah(as: "perekam", "uploads")
        #expect(table.text.contains("waiting") && table.text.split(separator: "\n").count == 2)
        try archive.start()
        let finished = try archive.objects(archive.risalah(as: "perekam", "uploads", "--finish", "--json"))
        #expect(finished.count == 1 && finished[0]["duration"] as? Double == 12)
        try expectStored(seconds: 12)
    }

    @Test func `a second signal without a terminal stops sending`() throws {
        let recorder = try record()
        try recorder.write(Sound.noise(seconds: 8))
        try archive.waitUntil(seconds: 60) { try acknowledged() > 65_536 }
        archive.kill()
        recorder.signal(SIGINT)
        try archive.waitUntil(seconds: 60) {
            try archive.uploads("perekam").count == 1 && recorder.errorText.contains("sending is interrupted")
        }
        recorder.signal(SIGINT)
        #expect(try recorder.status() == 69)
        #expect(recorder.errorText.contains("sending was stopped"), "\(recorder.errorText)")
        try archive.start()
        #expect(try archive.risalah(as: "perekam", "uploads", "--finish").status == 0)
        try expectStored(seconds: 8)
    }

    @Test func `what lies in the spool tells nobody anything`() throws {
        archive.kill()
        try archive.start()
        let recorder = try record([
            "--meeting", "Rapat rahasia", "--participant", "Menteri", "--description", "Bahasan",
        ])
        try recorder.write(Sound.noise(seconds: 8))
        try archive.waitUntil(seconds: 60) { archive.spooled("perekam") > 131_072 }
        recorder.kill()
        let manager = FileManager.default
        let spool = archive.spool("perekam")
        #expect(try manager.attributesOfItem(atPath: spool.path)[.posixPermissions] as? Int == 0o700)
        let names = try manager.subpathsOfDirectory(atPath: spool.path)
        #expect(names.count == 3, "\(names)")
        for name in names {
            let path = spool.appending(path: name).path
            let attributes = try manager.attributesOfItem(atPath: path)
            let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
            #expect(attributes[.posixPermissions] as? Int == (isFolder ? 0o700 : 0o600), "\(name)")
            guard !isFolder else { continue }
            let bytes = try Data(contentsOf: URL(filePath: path))
            for secret in [LiveArchive.title, "Rapat rahasia", "Menteri", "Bahasan", "OggS", "OpusHead", "OpusTags"] {
                #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(secret) lies in \(name)")
                #expect(
                    bytes.range(of: Data(Data(secret.utf8).base64EncodedString().utf8)) == nil,
                    "\(secret) in \(name)"
                )
            }
        }
    }

    @Test func `a killed recorder leaves what can be listed and dropped`() throws {
        let recorder = try record()
        try recorder.write(Sound.noise(seconds: 8))
        try archive.waitUntil(seconds: 60) { try acknowledged() > 65_536 }
        #expect(try archive.uploads("perekam").first?["state"] as? String == "live")
        recorder.kill()
        let left = try #require(archive.uploads("perekam").first)
        #expect(left["state"] as? String == "interrupted")
        let id = try #require(left["id"] as? String)
        // Nobody is there to be asked.
        let asked = try Program.run(
            "setsid",
            [
                "-w", LiveArchive.programs.appending(path: "risalah").path, "uploads", "--drop", id, "--home",
                archive.folder.appending(path: "perekam").path,
            ],
            environment: ["LC_ALL": "C"]
        )
        #expect(asked.status == 64 && asked.errorText.contains("--yes"), "\(asked.errorText)")
        #expect(try archive.uploads("perekam").count == 1)
        #expect(try archive.risalah(as: "perekam", "uploads", "--drop", "--yes", id).status == 0)
        #expect(try archive.uploads("perekam").isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: archive.spool("perekam").path).isEmpty)
    }

    @Test func `a spool that is full ends the recording and keeps it`() throws {
        let limit = ["--spool-limit", "700kB", "--json"]
        // With an archive that takes it, what it has makes room: much more than the limit goes through.
        let flowing = try record(limit)
        for _ in 0..<12 {
            let before = archive.spooled("perekam")
            try flowing.write(Sound.noise(seconds: 4))
            try archive.waitUntil(seconds: 60) { archive.spooled("perekam") > before + 65_536 || !flowing.isRunning }
            let spooled = archive.spooled("perekam")
            try archive.waitUntil(seconds: 60) { try acknowledged() > spooled - 65_536 || !flowing.isRunning }
        }
        #expect(archive.spooled("perekam") > 1_200_000)
        try flowing.close()
        #expect(try flowing.status() == 0, "\(flowing.errorText)")
        #expect(flowing.receipts.first?["duration"] as? Double == 48)

        archive.kill()
        let stuck = try record(limit + ["--retries", "0"])
        // More than fits; nobody ends the input, and it ends by itself.
        for _ in 0..<20 { try stuck.write(Sound.noise(seconds: 2)) }
        #expect(try stuck.status() == 74, "\(stuck.errorText)")
        #expect(stuck.errorText.contains("the spool is full"))
        #expect(archive.spooled("perekam") <= 700_000)
        // What came until then was ended properly, and is all there.
        #expect(try archive.uploads("perekam").first?["state"] as? String == "waiting")
        try archive.start()
        let finished = try archive.objects(archive.risalah(as: "perekam", "uploads", "--finish", "--json"))
        #expect(finished.count == 1 && finished[0]["state"] as? String == "stored")
        #expect(finished[0]["duration"] as? Double ?? 0 > 10)
    }

    @Test func `at a terminal one line says how it goes`() throws {
        let program = LiveArchive.programs.appending(path: "risalah").path
        let home = archive.folder.appending(path: "perekam").path
        let log = archive.folder.appending(path: "terminal").path
        let command =
            "\(program) record --home \(home) --rate 48000 --channels 1 --title T --level biasa --unit umum "
            + "--series rapat --command 'ffmpeg -v quiet -re -f lavfi -i anoisesrc=d=3:r=48000 -f s16le -'"
        let outcome = try Program.run(
            "script",
            ["-qefc", command, log],
            environment: ["LC_ALL": "C"]
        )
        #expect(outcome.status == 0, "\(outcome.text)")
        let text = try String(contentsOfFile: log, encoding: .utf8)
        for part in ["dBFS", "captured 0:00:0", "spooled 0.", "acknowledged 0.", "lost 0.0 s", "stored"] {
            #expect(text.contains(part), "\(part) is not in \(text)")
        }
    }

    /// A person at a terminal presses Ctrl-C twice, and is asked.
    @Test(arguments: ["y", "n"]) func `a second Ctrl-C asks whether to abandon`(_ answer: String) throws {
        // No archive, so that there is time for a second one.
        let warm = try archive.piped(
            as: "perekam",
            ["record"] + Self.raw + LiveArchive.naming,
            input: Sound.noise(seconds: 1)
        )
        try #require(warm.status == 0, "\(warm.errorText)")
        #expect(try archive.stop() == 0)
        let person = """
            import os, pty, sys, time
            child, terminal = pty.fork()
            if child == 0: os.execv(sys.argv[2], sys.argv[2:])
            seen = b""
            def until(text):
                global seen
                end = time.monotonic() + 60
                while text not in seen:
                    if time.monotonic() > end: sys.exit("no " + text.decode() + " in " + seen.decode())
                    try: seen += os.read(terminal, 4096)
                    except OSError: sys.exit("ended before " + text.decode() + ": " + seen.decode())
            until(b"captured 0:00:01")
            os.write(terminal, b"\\x03")
            until(b"ending the recording")
            os.write(terminal, b"\\x03")
            until(b"abandon this recording")
            os.write(terminal, sys.argv[1].encode() + b"\\n")
            until(b"abandoned" if sys.argv[1] == "y" else b"not all of it could be sent")
            while True:
                try:
                    if not os.read(terminal, 4096): break
                except OSError: break
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """
        let outcome = try Program.run(
            "python3",
            [
                "-c", person, answer,
                LiveArchive.programs.appending(path: "risalah").path, "record", "--home",
                archive.folder.appending(path: "perekam").path, "--retries", "2", "--rate", "48000", "--channels", "1",
                "--command", "ffmpeg -v quiet -re -f lavfi -i anoisesrc=r=48000 -f s16le -",
            ] + LiveArchive.naming,
            environment: ["LC_ALL": "C", "SWIFT_BACKTRACE": "enable=no"]
        )
        #expect(outcome.status == (answer == "y" ? 1 : 69), "\(outcome.errorText)")
        #expect(try archive.uploads("perekam").count == (answer == "y" ? 0 : 1))
    }
}
