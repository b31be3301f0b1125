import Foundation
import TestSupport
import Testing

@Suite("Whoever changes the log is found out")
struct TamperTests {
    /// An archive with some entries, stopped.
    private func stopped() throws -> LiveArchive {
        let archive = try LiveArchive()
        try archive.enrol("wati", "auditor")
        try archive.enrol("sari", "archivist")
        #expect(try archive.stop() == 0)
        return archive
    }

    private func sql(_ archive: LiveArchive, _ statements: String) throws {
        let database = archive.root.appending(path: "Storage/archive.sqlite").path
        let done = try Program.run("sqlite3", ["-cmd", ".timeout 20000", database, statements])
        try #require(done.status == 0, "\(done.errorText)")
    }

    private static let dropped = """
        DROP TRIGGER entry_never_changes; DROP TRIGGER entry_is_never_deleted; DROP TRIGGER entry_follows_the_last;
        """

    @Test(
        arguments: [
            ("UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'allow', 'allox') AS BLOB) WHERE seq = 3;", 3),
            // The leaf's hash with it: only the root can tell, and it names no entry.
            (
                "UPDATE entry SET (leaf, hash) = (SELECT leaf, hash FROM entry WHERE seq = 0),"
                    + " (time, actor, action, object, decision) ="
                    + " (SELECT time, actor, action, object, decision FROM entry WHERE seq = 0) WHERE seq = 3;"
                    + " DELETE FROM entry_text WHERE seq = 3;", nil
            ),
            ("UPDATE entry SET leaf = CAST(leaf || ' ' AS BLOB) WHERE seq = 3;", 3),
            ("UPDATE entry SET decision = 'refuse' WHERE seq = 3;", 3),
            ("UPDATE entry SET object = 'x' WHERE seq = 1;", 1),
            ("DELETE FROM entry_text WHERE seq = 2; DELETE FROM entry WHERE seq = 2;", 2),
        ] as [(String, Int?)]
    )
    func `an entry that was changed or taken out is found, and named where one is wrong by itself`(
        _ change: String,
        _ place: Int?
    ) throws {
        let archive = try stopped()
        let root = archive.root.path
        #expect(try archive.risalahd("audit", "verify", "--root", root).status == 0)
        try sql(archive, Self.dropped + change)
        let verdict = try archive.risalahd("audit", "verify", "--root", root, "--json")
        #expect(verdict.status == 67, "\(verdict.text) \(verdict.errorText)")
        let json = try #require(JSONSerialization.jsonObject(with: verdict.output) as? [String: Any])
        #expect(json["whole"] as? Bool == false && json["firstBad"] as? Int == place, "\(verdict.text)")
    }

    /// The copy of the checkpoint beside the database remembers how long the log was.
    @Test func `a log that was cut short, with its head, does not open`() throws {
        let archive = try stopped()
        let storage = archive.root.appending(path: "Storage")
        let older = archive.folder.appending(path: "older.sqlite")
        try sql(archive, "VACUUM INTO '\(older.path)';")
        try archive.start()
        try archive.enrol("budi", "archivist")
        #expect(try archive.stop() == 0)
        // An older database, whole in itself, in the place of the newer one.
        for name in ["archive.sqlite", "archive.sqlite-wal", "archive.sqlite-shm"] {
            try? FileManager.default.removeItem(at: storage.appending(path: name))
        }
        try FileManager.default.copyItem(at: older, to: storage.appending(path: "archive.sqlite"))
        let serve = try archive.risalahd("serve", "--root", archive.root.path)
        #expect(serve.status == 67, "\(serve.status): \(serve.errorText)")
        let root = archive.root.path
        #expect(try archive.risalahd("audit", "verify", "--root", root).status == 67)
        // The newer one is lost: it goes on under another origin, and says so.
        #expect(try archive.risalahd("audit", "restart", "--root", root, "--reason", " ").status == 64)
        let restarted = try archive.risalahd("audit", "restart", "--root", root, "--reason", "Piringan rusak", "--json")
        try #require(restarted.status == 0, "\(restarted.errorText)")
        let origin = try #require(JSONSerialization.jsonObject(with: restarted.output) as? [String: Any])
        let key = try #require(origin["verificationKey"] as? String)
        #expect(try String(contentsOf: archive.root.appending(path: "Config/log.vkey"), encoding: .utf8) == "\(key)\n")
        #expect(try archive.risalahd("audit", "verify", "--root", root).status == 0)
        let again = try archive.risalahd("audit", "restart", "--root", root, "--reason", "Sekali lagi")
        #expect(
            again.status == 75 && again.errorText.contains("nothing to restart"),
            "\(again.status) \(again.errorText)"
        )
        try archive.start()
        let running = try archive.risalahd("audit", "restart", "--root", root, "--reason", "Sambil berjalan")
        #expect(running.status == 75 && running.errorText.contains("open"), "\(running.errorText)")
        #expect(try archive.stop() == 0)
    }

    /// Whether the service runs or not, the same files.
    @Test func `the log is exported as static files`() throws {
        let archive = try stopped()
        let folder = archive.folder.appending(path: "log")
        func export() throws -> (size: Int, checkpoint: String) {
            let done = try archive.risalahd(
                "audit",
                "export",
                "--root",
                archive.root.path,
                "--to",
                folder.path,
                "--json"
            )
            try #require(done.status == 0, "\(done.errorText)")
            let json = try #require(JSONSerialization.jsonObject(with: done.output) as? [String: Any])
            let checkpoint = try String(contentsOf: folder.appending(path: "checkpoint"), encoding: .utf8)
            return (try #require(json["size"] as? Int), checkpoint)
        }
        let first = try export()
        #expect(first.checkpoint.contains("\n\(first.size)\n"))
        try archive.start()
        let second = try export()
        // The start and the export are entries.
        #expect(second.size >= first.size + 2)
        for path in ["vkey", "tile/0/000.p/\(second.size)", "tile/entries/000.p/\(second.size)"] {
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: path).path), "\(path)")
        }
        let tile = try Data(contentsOf: folder.appending(path: "tile/0/000.p/\(second.size)"))
        #expect(tile.count == 32 * second.size)
    }

    @Test func `two exports into one folder at once are one whole export`() async throws {
        let archive = try stopped()
        try archive.start()
        let folder = archive.folder.appending(path: "log")
        let arguments = ["audit", "export", "--root", archive.root.path, "--to", folder.path, "--json"]
        let program = LiveArchive.programs.appending(path: "risalahd").path
        let outcomes = try await withThrowingTaskGroup(of: Program.Outcome.self) { group in
            for _ in 0..<2 { group.addTask { try Program.run(program, arguments) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        var sizes: [Int] = []
        for outcome in outcomes {
            try #require(outcome.status == 0, "\(outcome.errorText)")
            let json = try #require(JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
            sizes.append(try #require(json["size"] as? Int))
        }
        let size = try #require(sizes.max())
        let checkpoint = try String(contentsOf: folder.appending(path: "checkpoint"), encoding: .utf8)
        #expect(checkpoint.contains("\n\(size)\n"), "\(checkpoint)")
        let tile = try Data(contentsOf: folder.appending(path: "tile/0/000.p/\(size)"))
        #expect(tile.count == 32 * size)
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        #expect(!names.contains { $0.hasSuffix(".tmp") }, "\(names)")
    }

    @Test func `an auditor sees it while the service runs`() throws {
        let archive = try stopped()
        try archive.start()
        #expect(try archive.risalah(as: "wati", "audit", "verify").status == 0)
        #expect(try archive.risalah(as: "sari", "audit", "verify").status == 77)
        try sql(archive, Self.dropped + "UPDATE entry SET action = 'principal.remove' WHERE seq = 1;")
        let remote = try archive.risalah(as: "wati", "audit", "verify", "--json")
        #expect(remote.status == 67, "\(remote.errorText)")
        #expect(remote.text.contains(#""firstBad":1"#), "\(remote.text)")
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 67)
    }
}
