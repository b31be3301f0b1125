import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Foundation
import Glibc
import TestSupport
import Testing

/// What others have to agree to first.
extension ExportTests {
    /// An archive whose levels but the lowest ask a records manager.
    private func asking(_ configure: (URL) throws -> Void = { _ in }) throws -> LiveArchive {
        try LiveArchive { config in
            let policy = config.appending(path: "policy.yaml")
            try Policy.asking(approvals: 1, of: Policy.shipped).write(to: policy, atomically: true, encoding: .utf8)
            try configure(config)
        }
    }

    /// What was opened, as an auditor finds it in the log.
    private func opened(in archive: LiveArchive) throws -> [String] {
        let log = try archive.risalah(as: "eko", "audit", "log", "--action", "access.open", "--json")
        return log.text.split(separator: "\n").compactMap { line in
            let entry = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return entry?["object"] as? String
        }
    }

    @Test func `what others have to agree to at its turn only waits, too`() throws {
        let archive = try asking()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        try archive.enrol("wati", "records-manager", clearance: "terbatas")
        try archive.enrol("eko", "auditor")
        let ids = try (0..<2).map { _ in try store(Data(MadeStream.fresh()), in: archive) }
        let bag = archive.folder.appending(path: "tas")
        let arguments = ["export"] + ids + ["--bag", bag.path, "--purpose", "Penyerahan"]
        // When the first is open and the second planned it looks for the key of the log, and waits for somebody who writes it.
        let pipe = archive.folder.appending(path: "sari/log.vkey").path
        try? FileManager.default.removeItem(atPath: pipe)
        try #require(mkfifo(pipe, 0o600) == 0)
        let out = archive.folder.appending(path: "ekspor.txt")
        try Data().write(to: out)
        let said = try FileHandle(forWritingTo: out)
        let export = try Program.start(
            LiveArchive.programs.appending(path: "risalah").path,
            arguments + ["--home", archive.folder.appending(path: "sari").path],
            environment: ["SWIFT_BACKTRACE": "enable=no"],
            errors: .file(said)
        )
        defer { export.send(signal: SIGKILL) }
        try archive.waitUntil(seconds: 60) { try opened(in: archive) == [ids[0]] || !export.isRunning }
        let raised = try archive.risalah(as: "wati", "label", ids[1], "--level", "terbatas", "--reason", "Isinya")
        #expect(raised.status == 0, "\(raised.errorText)")
        var writer: Int32 = -1
        try archive.waitUntil(seconds: 60) {
            writer = open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            return writer >= 0 || !export.isRunning
        }
        try FileManager.default.removeItem(atPath: pipe)
        close(writer)
        #expect(export.waitUntilExit() == .exit(75))
        let words = try text(out)
        #expect(words.contains("waits for 1 of role records-manager"), "\(words)")
        #expect(!FileManager.default.fileExists(atPath: bag.path))
        // What was asked for is still asked for, and the same command makes the bag.
        let requests = try archive.risalah(as: "wati", "requests", "--json")
        let request = try #require(JSONSerialization.jsonObject(with: requests.output) as? [String: Any])
        #expect(request["recording"] as? String == ids[1])
        let access = try #require(request["id"] as? String)
        #expect(try archive.risalah(as: "wati", "approve", access).status == 0)
        let made = try archive.risalah(as: "sari", arguments: arguments)
        #expect(made.status == 0, "\(made.errorText)")
        #expect(try validate(bag).status == 0)
    }

    @Test func `what others have to agree to waits, and nothing else is opened`() throws {
        let archive = try asking { config in
            let series = """
                series:
                  - {code: rapat, name: {en: E, id: I}, active: P1Y, inactive: P1Y, then: review, witnesses: 0}
                  - {code: arsip, name: {en: E, id: I}, active: P0D, inactive: P0D, then: permanent, witnesses: 0}
                """
            let schedule = config.appending(path: "retention.yaml")
            try series.write(to: schedule, atomically: true, encoding: .utf8)
        }
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        try archive.enrol("wati", "records-manager", clearance: "terbatas")
        try archive.enrol("umar", "records-manager", clearance: "terbatas")
        try archive.enrol("eko", "auditor")
        let open = try store(Data(MadeStream.fresh()), in: archive, series: "arsip")
        let guarded = try store(Data(MadeStream.fresh()), in: archive, level: "terbatas")
        let bag = archive.folder.appending(path: "tas")
        func export() throws -> Program.Outcome {
            try archive.risalah(
                as: "sari",
                "export",
                open,
                guarded,
                "--bag",
                bag.path,
                "--purpose",
                "Penyerahan"
            )
        }
        let asked = try export()
        #expect(
            asked.status == 75 && asked.errorText.contains("waits for 1 of role records-manager"),
            "\(asked.errorText)"
        )
        #expect(try opened(in: archive).isEmpty && !FileManager.default.fileExists(atPath: bag.path))
        let requests = try archive.risalah(as: "wati", "requests", "--json")
        let request = try #require(JSONSerialization.jsonObject(with: requests.output) as? [String: Any])
        #expect(request["recording"] as? String == guarded)
        let access = try #require(request["id"] as? String)
        #expect(try archive.risalah(as: "wati", "approve", access).status == 0)
        let made = try export()
        #expect(made.status == 0, "\(made.errorText)")
        #expect(try validate(bag).status == 0)
        #expect(try opened(in: archive) == [open])
        let premis = try elements(bag.appending(path: "data/\(guarded)/premis.xml"))
        #expect(premis["eventDetail"]?.contains { $0.hasPrefix("access.approve; access=\(access);") } == true)

        // What is permanent, and stands on a list that was approved, goes as one.
        let proposed = try archive.risalah(
            as: "wati",
            "transfer",
            "propose",
            "--series",
            "arsip",
            "--reason",
            "x",
            "--json"
        )
        let list = try #require(JSONSerialization.jsonObject(with: proposed.output) as? [String: Any])
        let name = try #require(list["id"] as? String, "\(proposed.errorText)")
        let transferred = archive.folder.appending(path: "serah")
        func hand() throws -> Program.Outcome {
            try archive.risalah(as: "sari", "export", "--transfer", name, "--bag", transferred.path)
        }
        let early = try hand()
        #expect(early.status == 75 && early.errorText.contains("is proposed"), "\(early.errorText)")
        let digest = try #require(list["digest"] as? String)
        let approved = try archive.risalah(as: "umar", "transfer", "approve", name, "--digest", digest)
        #expect(approved.status == 0, "\(approved.errorText)")
        let handed = try hand()
        #expect(handed.status == 0, "\(handed.errorText)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(transferred.path)/data") == [open])
    }
}
