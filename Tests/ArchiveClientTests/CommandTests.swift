@testable import ArchiveClient
import ArchiveCore
import ArchiveInterface
import Foundation
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

/// The program itself, as scripts see it: what it prints where, its exit codes, and what it leaves behind.
@Suite struct CommandTests {
    /// The program lies beside the bundle of tests.
    private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "risalah").path

    private func run(
        _ arguments: [String],
        journey: Journey? = nil,
        input: Data = Data(),
        language: String = "C",
        current: String? = nil
    ) throws -> Program.Outcome {
        var environment = ["LC_ALL": language, "SWIFT_BACKTRACE": "enable=no", "RISALAH_HOME": "/nonexistent/home"]
        if let journey { environment["RISALAH_HOME"] = journey.home.path }
        guard let current else {
            return try Program.run(Self.program, arguments, input: input, environment: environment)
        }
        let script = "cd \"$0\" && exec \"$@\""
        return try Program.run(
            "sh",
            ["-c", script, current, Self.program] + arguments,
            input: input,
            environment: environment
        )
    }

    private func object(_ data: Data) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    private func enrolled() async throws -> Journey {
        let journey = try await Journey()
        let outcome = try run(
            ["enrol", journey.address.description, "--invite-file", "-", "--json"],
            journey: journey,
            input: Data("\(journey.archive.invite.text)\n".utf8)
        )
        #expect(outcome.status == 0, "\(outcome.errorText)")
        #expect(try object(outcome.output)["role"] as? String == "archivist")
        return journey
    }

    private func importTone(_ journey: Journey, title: String = "Rapat", more: [String] = []) throws -> String {
        let path = try journey.folder.write("tone.ogg", Samples.wave(seconds: 3))
        let outcome = try run(
            ["import", path, "--title", title, "--level", "terbatas", "--unit", "u", "--series", "s", "--json"] + more,
            journey: journey
        )
        #expect(outcome.status == 0, "\(outcome.errorText)")
        #expect(outcome.errors.isEmpty)
        return try object(outcome.output)["id"] as? String ?? ""
    }

    @Test func wholeWay() async throws {
        let journey = try await enrolled()
        let id = try importTone(journey)
        let shown = try object(try run(["show", id, "--json"], journey: journey).output)
        #expect(shown["title"] as? String == "Rapat" && shown["id"] as? String == id)

        let current = journey.folder.file("here")
        try FileManager.default.createDirectory(atPath: current, withIntermediateDirectories: true)
        let got = try run(["get", id, "--purpose", "uji", "--json"], journey: journey, current: current)
        #expect(got.status == 0, "\(got.errorText)")
        #expect(try journey.folder.names("here") == ["\(id).opus"])
        let result = try object(got.output)
        let opened = try Data(contentsOf: URL(filePath: "\(current)/\(id).opus"))
        #expect(result["bytes"] as? Int == opened.count && (result["access"] as? String)?.count == 26)
        #expect(journey.archive.state.withLock { $0.purposes } == ["uji"])
        #expect(try FileManager.default.mode("\(current)/\(id).opus") == 0o600)
        let info = try Program.run("opusinfo", ["\(current)/\(id).opus"])
        #expect(info.status == 0 && info.text.contains("TITLE=Rapat"))

        let piped = try run(["get", id, "-o", "-", "--recipient", "hybrid"], journey: journey)
        #expect(piped.output == opened)
        #expect(piped.errorText.contains("access"))

        let sealed = try run(["get", id, "--sealed", "-o", current], journey: journey)
        #expect(sealed.status == 0)
        let age = try Program.run(
            "age",
            ["-d", "-i", journey.home.path(of: .identity), "\(current)/\(id).opus.age"]
        )
        #expect(age.output == opened)
    }

    /// The recording is whole, the log is not: both are said, and what came in place of the receipt is kept.
    @Test func saysThatAReceiptIsWrong() async throws {
        let journey = try await enrolled()
        let id = try importTone(journey)
        journey.fault { $0.receiptIsWrong = true }
        let target = journey.folder.file("out.opus")
        let got = try run(["get", id, "-o", target], journey: journey)
        #expect(got.status == 67 && got.text.contains("out.opus"), "\(got.errorText)")
        #expect(got.errorText.contains("WARNING") && got.errorText.contains("delivered whole"), "\(got.errorText)")
        #expect(try Program.run("opusinfo", [target]).status == 0)
        #expect(try journey.folder.names("home/receipts").allSatisfy { $0.contains(".refused-") })
        let json = try run(["get", id, "-o", target, "--json"], journey: journey)
        #expect(json.status == 67)
        #expect(try (object(json.errors)["error"] as? [String: Any])?["code"] as? String == "log-mismatch")
        #expect(try object(json.output)["path"] as? String == target)
        journey.fault { $0.receiptIsWrong = false }
        let right = try run(["get", id, "-o", target], journey: journey)
        #expect(right.status == 0 && right.errorText.isEmpty, "\(right.errorText)")
    }

    @Test func leavesNoFileOnFailure() async throws {
        let journey = try await enrolled()
        let id = try importTone(journey)
        let target = journey.folder.file("out.opus")
        // Changed on its way: the end does not authenticate.
        let file = journey.archive.state.withLock { state in
            guard let id = RecordingID(id), var recording = state.recordings[id] else { return false }
            recording.bytes[recording.bytes.count - 1] ^= 1
            state.recordings[id] = recording
            return true
        }
        #expect(file)
        let outcome = try run(["get", id, "-o", target, "--json"], journey: journey)
        #expect(outcome.status == 65)
        #expect(try (object(outcome.errors)["error"] as? [String: Any])?["code"] as? String == "bad-encryption")
        #expect(try journey.folder.names() == ["home", "tone.ogg"])
        #expect(outcome.output.isEmpty)
    }

    @Test func listsPageByPage() async throws {
        let journey = try await enrolled()
        for number in 1...5 { _ = try importTone(journey, title: "Rapat\u{1B}[2J \(number)") }
        let all = try run(["list", "--json"], journey: journey)
        #expect(all.text.split(separator: "\n").count == 5)
        #expect(try run(["list", "--json", "--limit", "3"], journey: journey).text.split(separator: "\n").count == 3)
        let table = try run(["list"], journey: journey)
        let lines = table.text.split(separator: "\n")
        try #require(lines.count == 6)
        #expect(lines[0].hasPrefix("id ") && lines[0].hasSuffix("title"))
        #expect(lines[1].contains(" 0:00:03   terbatas  stored      Rapat"))
        // What others wrote never reaches the terminal as an escape sequence.
        #expect(!table.output.contains(0x1B))
        #expect(try run(["list"], journey: journey, language: "id_ID.UTF-8").text.contains("judul"))
    }

    @Test func audits() async throws {
        let journey = try await enrolled()
        let log = try run(["audit", "log", "--action", "open", "--json"], journey: journey)
        #expect(log.text.split(separator: "\n").count == 5 && log.text.contains(#""action":"open""#))
        #expect(try run(["audit", "log", "--limit", "3"], journey: journey).text.split(separator: "\n").count == 4)
        #expect(try run(["audit", "checkpoint"], journey: journey).text.hasPrefix("archive.example/log\n"))
        #expect(try run(["audit", "verify"], journey: journey).status == 0)
        journey.fault { $0.logIsWhole = false }
        let verdict = try run(["audit", "verify", "--json"], journey: journey)
        #expect(verdict.status == 67)
        #expect(try object(verdict.output)["firstBad"] as? Int == 3)
    }

    @Test func tellsWhoAndToWhom() async throws {
        let journey = try await enrolled()
        let me = try run(["whoami"], journey: journey)
        #expect(me.text.contains("evaluation only") && !me.output.contains(0x1B))
        #expect(try object(run(["whoami", "--json"], journey: journey).output)["solo"] as? Bool == true)
        let levels = try object(run(["recipients", "--json"], journey: journey).output)["levels"] as? [Any]
        #expect(levels?.count == 2)
        #expect(try run(["recipients"], journey: journey).text.contains("rahasia"))
    }

    @Test func exitCodes() async throws {
        let journey = try await enrolled()
        let id = RecordingID().description
        let text = try journey.folder.write("text", "bukan rekaman".utf8)
        let full = ["--title", "t", "--unit", "u", "--series", "s"]
        let cases: [([String], Int32)] = [
            (["whoami"], 0), (["--help"], 0), (["--version"], 0), (["nonsense"], 64), (["show"], 64),
            (["show", "x"], 64), (["list", "--since", "kemarin"], 64), (["list", "--limit", "0"], 64),
            (["list", "--timezone", "Asia/Nowhere"], 64), (["enrol", "https://x"], 64),
            (["get", id, "--purpose", "a", "--purpose-file", "b"], 64), (["import", "-", "--metadata", "-"], 64),
            (["import", text] + full, 65), (["import", text, "--level", "terbatas"] + full, 65),
            (["import", text, "--level", "nihil"] + full, 65), (["show", id], 66), (["get", id], 66),
            (["import", "/nonexistent/x", "--level", "terbatas"] + full, 66),
            (["get", id, "-o", "/nonexistent/x"], 74), (["whoami", "--home", "/nonexistent/x"], 78),
        ]
        for (arguments, status) in cases {
            let outcome = try run(arguments, journey: journey)
            #expect(outcome.status == status, "\(arguments): \(outcome.errorText)")
            guard status != 0 else { continue }
            #expect(outcome.output.isEmpty, "\(arguments)")
            #expect(outcome.errorText.hasPrefix("risalah: "), "\(arguments): \(outcome.errorText)")
            let json = try run(arguments + ["--json"], journey: journey)
            #expect(json.status == status)
            let error = try object(json.errors)["error"] as? [String: Any]
            #expect(error?["code"] != nil && error?["message"] != nil, "\(arguments): \(json.errorText)")
        }
        for (status, exit) in [(401, 77), (403, 77), (410, 66), (500, 1), (507, 74)] as [(Int, Int32)] {
            journey.fault { $0.status = .init(statusCode: status) }
            #expect(try run(["whoami"], journey: journey).status == exit)
        }
        try await journey.server.close()
        #expect(try run(["whoami"], journey: journey).status == 69)
    }

    @Test func saysWhereInBothLanguages() async throws {
        let journey = try await enrolled()
        let text = try journey.folder.write("text", "bukan rekaman".utf8)
        let arguments = ["import", text, "--level", "terbatas", "--title", "t", "--unit", "u", "--series", "s"]
        #expect(try run(arguments, journey: journey).errorText.contains("(byte 0)\nrisalah: hint: "))
        let indonesian = try run(arguments, journey: journey, language: "id_ID.UTF-8").errorText
        #expect(indonesian.contains("rekaman tidak dapat diterima") && indonesian.contains("risalah: saran: "))
    }

    @Test func metadataFromAFile() async throws {
        let journey = try await enrolled()
        let json = #"{"title":"Rahasia","level":"terbatas","unit":"u","series":"s","participants":["A"]}"#
        let metadata = try journey.folder.write("m.json", json.utf8)
        let outcome = try run(
            ["import", "-", "--metadata", metadata, "--unit", "lain", "--json"],
            journey: journey,
            input: Data(Samples.wave(seconds: 1))
        )
        #expect(outcome.status == 0, "\(outcome.errorText)")
        let kept = journey.archive.state.withLock { $0.recordings.values.first?.metadata }
        #expect(kept?["title"] == "Rahasia" && kept?["unit"] == "lain" && kept?["participant"] == "A")
    }

    /// A command that waits for stdin never sees its cancellation; it is ended all the same.
    @Test func interruptWhileReadingStdin() async throws {
        let journey = try await enrolled()
        let script = "sleep 8 | timeout --preserve-status -s INT 1 \"$0\" import - --level terbatas; echo $?"
        let outcome = try Program.run(
            "sh",
            ["-c", script, Self.program],
            environment: ["RISALAH_HOME": journey.home.path],
            limit: 60
        )
        #expect(outcome.text == "130\n")
        #expect(try journey.folder.names("home") == ClientHome.File.allCases.map(\.rawValue).sorted())
    }

    /// A reader that closes early ends us quietly, and a signal leaves no file.
    @Test func closedPipeAndInterrupt() async throws {
        let journey = try await enrolled()
        let id = try importTone(journey)
        let script = "\"$0\" get \(id) -o - | head -c 1 >/dev/null; \"$0\" list --json 2>&1 >/dev/full; echo $?"
        let piped = try Program.run(
            "sh",
            ["-c", script, Self.program],
            environment: ["RISALAH_HOME": journey.home.path, "LC_ALL": "C"]
        )
        #expect(piped.text.contains("No space left on device") && piped.text.hasSuffix("74\n"))

        // Every download breaks at once, so the program is in its pauses when the signal comes.
        journey.fault { $0.fetchDrops = Array(repeating: 10, count: 100) }
        let target = journey.folder.file("out.opus")
        let outcome = try Program.run(
            "timeout",
            ["--preserve-status", "-s", "TERM", "1", Self.program, "get", id, "-o", target],
            environment: ["RISALAH_HOME": journey.home.path]
        )
        #expect(outcome.status == 128 + 15)
        #expect(try journey.folder.names() == ["home", "tone.ogg"])
    }
}
