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
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 67)
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
