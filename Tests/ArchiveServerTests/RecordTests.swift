import Foundation
import TestSupport
import Testing

@Suite("A meeting is recorded from whatever gives samples")
struct RecordTests {
    private let archive: LiveArchive

    init() throws {
        archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
    }

    private func shown(_ id: String) throws -> [String: Any] {
        try #require(try archive.objects(archive.risalah(as: "sari", "show", id, "--json")).first)
    }

    private func expectEmptySpool() throws {
        #expect(try FileManager.default.contentsOfDirectory(atPath: archive.spool("perekam").path).isEmpty)
    }

    @Test func `raw samples from a pipe`() throws {
        let outcome = try archive.piped(
            as: "perekam",
            ["record", "--rate", "44100", "--channels", "2", "--no-live", "--json", "--meeting", "Rapat pleno"]
                + LiveArchive.naming,
            input: Sound.noise(seconds: 7.25, rate: 44_100, channels: 2)
        )
        let receipt = try #require(try archive.objects(outcome).first)
        #expect(receipt["state"] as? String == "stored" && receipt["loss"] as? Double == 0)
        #expect(receipt["duration"] as? Double == 7.25 && receipt["captured"] as? Double == 7.25)
        #expect((receipt["gaps"] as? [Any])?.isEmpty == true && receipt["missing"] as? Double == 0)
        #expect(outcome.errorText.isEmpty)
        let id = try #require(receipt["id"] as? String)
        // What it is called has come inside the sealed stream.
        let report = try shown(id)
        #expect(report["title"] as? String == LiveArchive.title && report["meeting"] as? String == "Rapat pleno")
        #expect(report["channels"] as? Int == 2 && report["started"] is String)
        let opus = archive.folder.appending(path: "raw.opus").path
        #expect(try archive.risalah(as: "sari", "get", id, "-o", opus).status == 0)
        let info = try Program.run("opusinfo", [opus])
        #expect(info.status == 0 && info.text.contains("Playback length: 0m:07.250s"), "\(info.text)")
        #expect(info.text.contains("Original sample rate: 44100 Hz") && !info.text.contains("WARNING"))
        let probe = try Program.run(
            "ffprobe",
            ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", opus]
        )
        #expect(abs((Double(probe.text.split(separator: "\n").first ?? "") ?? 0) - 7.25) < 0.02)
        try expectEmptySpool()
    }

    @Test func `WAV from a pipe of ffmpeg, which does not know its length`() throws {
        let home = archive.folder.appending(path: "perekam").path
        let program = LiveArchive.programs.appending(path: "risalah").path
        let pipe = "ffmpeg -v error -f lavfi -i anoisesrc=d=4:r=16000 -f wav - | \"$@\""
        let outcome = try Program.run(
            "sh",
            ["-c", pipe, "sh", program, "record", "--no-live", "--home", home] + LiveArchive.naming,
            environment: ["LC_ALL": "C"]
        )
        #expect(outcome.status == 0, "\(outcome.errorText)")
        #expect(outcome.text.contains("state:     stored") && outcome.text.contains("0:00:04"), "\(outcome.text)")
        // A line at the start, one at the end.
        let lines = outcome.errorText.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].contains("recording 1 channels at 16000 Hz"), "\(outcome.errorText)")
        #expect(lines.last?.contains("captured 0:00:04, lost 0.0 s in 0 gaps") == true)
        try expectEmptySpool()
    }

    @Test func `what a command writes, live and with its status`() throws {
        // -re: as fast as a microphone would.
        let live = try archive.risalah(
            as: "perekam",
            "record",
            "--command",
            "ffmpeg -v error -re -f lavfi -i anoisesrc=d=3:r=48000 -f s16le -",
            "--rate",
            "48000",
            "--channels",
            "1",
            "--live",
            "--json",
            "--title",
            "T",
            "--level",
            "biasa",
            "--unit",
            "umum",
            "--series",
            "rapat"
        )
        let receipt = try #require(try archive.objects(live).first)
        #expect(receipt["captured"] as? Double == 3 && receipt["commandStatus"] as? Int == 0)

        let wave = archive.folder.appending(path: "c.wav").path
        _ = try Program.run("espeak-ng", ["-w", wave, "Sound enough for a test of what a command says."])
        let failed = try archive.risalah(
            as: "perekam",
            "record",
            "--command",
            "cat \(wave); echo broken >&2; exit 3",
            "--title",
            "T",
            "--level",
            "biasa",
            "--unit",
            "umum",
            "--series",
            "rapat"
        )
        #expect(failed.status == 0, "what came is stored: \(failed.errorText)")
        #expect(failed.errorText.contains("broken\n") && failed.errorText.contains("ended with status 3"))
        let silent = try archive.risalah(
            as: "perekam",
            "record",
            "--command",
            "exit 4",
            "--rate",
            "8000",
            "--channels",
            "1",
            "--title",
            "T",
            "--level",
            "biasa",
            "--unit",
            "umum",
            "--series",
            "rapat"
        )
        #expect(silent.status == 65 && silent.errorText.contains("gave no audio"), "\(silent.errorText)")
        try expectEmptySpool()
    }

    @Test func `a recording of each speaker`() throws {
        // The left channel is a tone, the right one silence.
        let wave = archive.folder.appending(path: "two.wav").path
        let made = try Program.run(
            "ffmpeg",
            ["-v", "error", "-f", "lavfi", "-i", "aevalsrc=0.4*sin(2*PI*440*t)|0:d=4:s=48000", "-y", wave]
        )
        #expect(made.status == 0, "\(made.errorText)")
        let outcome = try archive.risalah(
            as: "perekam",
            "record",
            wave,
            "--tracks",
            "Ketua, Sekretaris",
            "--json",
            "--title",
            "Rapat kerja",
            "--level",
            "terbatas",
            "--unit",
            "umum",
            "--series",
            "rapat"
        )
        let receipts = try archive.objects(outcome)
        #expect(receipts.map { $0["performer"] as? String } == ["Ketua", "Sekretaris"])
        #expect(receipts.map { $0["channel"] as? Int } == [1, 2])
        let ids = try receipts.map { try #require($0["id"] as? String) }
        let reports = try ids.map(shown)
        #expect(reports.map { $0["participants"] as? [String] } == [["Ketua"], ["Sekretaris"]])
        // One meeting, by the title where nothing else is said.
        #expect(reports.allSatisfy { $0["meeting"] as? String == "Rapat kerja" && $0["channels"] as? Int == 1 })
        #expect(reports[0]["started"] as? String == reports[1]["started"] as? String)
        let list = try archive.objects(archive.risalah(as: "sari", "list", "--meeting", "Rapat kerja", "--json"))
        #expect(Set(list.compactMap { $0["id"] as? String }) == Set(ids))
        func level(_ id: String) throws -> Double {
            let samples = try archive.decoded(id, as: "sari")
            #expect(abs(samples.count - 4 * 48_000) < 1_000)
            return samples.reduce(0.0) { $0 + abs(Double($1)) } / Double(samples.count)
        }
        #expect(try level(ids[0]) > 2_000 && level(ids[1]) < 50)
        let wrong = try archive.risalah(
            as: "perekam",
            "record",
            wave,
            "--tracks",
            "A,B,C",
            "--title",
            "T",
            "--level",
            "biasa",
            "--unit",
            "umum",
            "--series",
            "rapat"
        )
        #expect(wrong.status == 64 && wrong.errorText.contains("names 3 speakers"), "\(wrong.errorText)")
        try expectEmptySpool()
    }

    @Test(arguments: [SIGINT, SIGTERM]) func `a signal ends it properly`(_ number: Int32) throws {
        // A command with a child of its own, which would go on for ever.
        let mark = archive.folder.appending(path: "child-\(number)").path
        let recorder = try RunningRecorder(
            archive,
            as: "perekam",
            [
                "record", "--command",
                "sleep 1000 & echo $! > \(mark); exec ffmpeg -v quiet -re -f lavfi -i anoisesrc=r=48000 -f s16le -",
                "--rate", "48000", "--channels", "1", "--json",
            ] + LiveArchive.naming
        )
        try archive.waitUntil(seconds: 60) { archive.spooled("perekam") > 0 }
        recorder.signal(number)
        #expect(try recorder.status() == 0, "\(recorder.errorText)")
        let receipt = try #require(recorder.receipts.first)
        #expect(receipt["state"] as? String == "stored" && receipt["loss"] as? Double == 0)
        #expect(receipt["captured"] as? Double == receipt["duration"] as? Double)
        // Nothing of the command is left.
        let child = try #require(Int32(String(contentsOfFile: mark, encoding: .utf8).dropLast()))
        try archive.waitUntil(seconds: 10) { kill(child, 0) != 0 }
        try expectEmptySpool()
    }

    @Test func `what falls behind is loss, and the archive says so`() throws {
        let recorder = try RunningRecorder(
            archive,
            as: "perekam",
            ["record", "--rate", "16000", "--channels", "1", "--live"] + LiveArchive.naming
        )
        let second = Sound.noise(seconds: 1, rate: 16_000)
        let clock = ContinuousClock()
        try recorder.write(second)
        let begun = clock.now
        // The passing of time is what is tested: nothing comes for two and a half seconds, then audio as it is heard.
        for step in 0..<10 {
            let due = begun.advanced(by: .milliseconds(2_500 + 100 * step))
            try archive.waitUntil(seconds: 30) { clock.now >= due }
            try recorder.write(second.prefix(3_200))
        }
        try recorder.close()
        #expect(try recorder.status() == 0, "\(recorder.errorText)")
        #expect(recorder.errorText.contains("s at 0:00:01: the source fell behind"), "\(recorder.errorText)")
        let list = try archive.objects(archive.risalah(as: "sari", "list", "--json"))
        let recording = try #require(list.first)
        let (loss, duration) = (recording["loss"] as? Double ?? 0, recording["duration"] as? Double ?? 0)
        #expect(loss > 1.5 && loss < 20, "\(loss)")
        // Two seconds came; the rest of the time is the gap and the silence at its edges.
        #expect(abs(duration - 2 - loss) < 0.1, "\(duration) \(loss)")
        let findings = try #require(recording["findings"] as? [[String: Any]])
        #expect(findings.compactMap { $0["code"] as? String } == ["page-hole", "gap"])
        // With its place in time, for people.
        let gap = findings.last?["message"] as? String ?? ""
        #expect(gap.contains("s are missing before"), "\(gap)")
    }

    @Test func `mistakes are named, with their exit codes`() throws {
        func run(_ arguments: [String], input: Data = Data(count: 64)) throws -> Program.Outcome {
            try archive.piped(as: "perekam", ["record"] + arguments, input: input)
        }
        let naming = LiveArchive.naming
        for arguments in [
            ["--rate", "8000"], ["--channels", "1"], ["--rate", "7", "--channels", "1"],
            ["--rate", "8000", "--channels", "3"], ["--rate", "8000", "--channels", "2", "--tracks", "A"],
            ["--rate", "8000", "--channels", "2", "--tracks", "A,"], ["--tracks", "A,A"], ["--bitrate", "1"],
            ["--spool-limit", "x"], ["--retries", "-1"], ["--metadata", "-"], ["x.wav", "--command", "y"],
            // No WAV, and no word of what else it is.
            [],
        ] {
            let outcome = try run(arguments + naming)
            #expect(outcome.status == 64, "\(arguments): \(outcome.status) \(outcome.errorText)")
        }
        #expect(try run(["--rate", "8000", "--channels", "1", "--title", "T"]).status == 65)
        #expect(try run(["--rate", "8000", "--channels", "1"] + naming.dropFirst(2)).status == 65)
        #expect(try run(["/nonexistent"] + naming).status == 66)
        let level = ["--level", "tinggi", "--title", "T", "--unit", "umum", "--series", "rapat"]
        let unknown = try run(["--rate", "8000", "--channels", "1"] + level)
        #expect(unknown.status == 65 && unknown.errorText.contains("no level"), "\(unknown.errorText)")
        #expect(try run(naming, input: archive.speech("This is Ogg, and no samples")).status == 65)
        #expect(try run(["--rate", "8000", "--channels", "1"] + naming, input: Data()).status == 65)
        for arguments in [
            ["--finish", "--drop", "x"], ["--drop"], ["--yes"], ["aaaaaaaaaaaaaaaaaaaaaaaaaa"], ["--finish", "short"],
        ] {
            let outcome = try archive.piped(as: "perekam", ["uploads"] + arguments, input: Data())
            #expect(outcome.status == 64, "\(arguments): \(outcome.status) \(outcome.errorText)")
        }
        let absent = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
        #expect(try archive.risalah(as: "perekam", "uploads", "--finish", absent).status == 66)
        #expect(try archive.risalah(as: "perekam", "uploads", "--drop", "--yes", absent).status == 66)
        #expect(
            try archive.risalah(
                as: "nobody",
                "record",
                "/dev/null",
                "--title",
                "T",
                "--level",
                "x",
                "--unit",
                "u",
                "--series",
                "s"
            ).status == 78
        )
        try expectEmptySpool()
    }
}
