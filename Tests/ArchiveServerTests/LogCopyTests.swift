import Foundation
import TestSupport
import Testing
import TransparencyLog

@Suite("An auditor's copy shows what an archive does to its log")
struct LogCopyTests {
    private func object(_ data: Data) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    /// The kinds of the evidence that `who` keeps.
    private func evidence(_ archive: LiveArchive, _ who: String) -> [String] {
        let folder = archive.folder.appending(path: "\(who)/audit/evidence")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().compactMap { $0.split(separator: "Z-").last.map(String.init) }
    }

    private func storage(_ archive: LiveArchive) -> URL { archive.root.appending(path: "Storage") }

    @Test func `a copy, proofs and receipts`() throws {
        let archive = try LiveArchive()
        try archive.enrol("wati", "auditor")
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist")
        let stream = try Data(MadeStream.noise(seconds: 1))
        let id = try archive.store(stream, level: "biasa", as: "perekam")
        let target = archive.folder.appending(path: "got.opus").path
        let got = try archive.risalah(as: "sari", "get", id, "-o", target, "--purpose", "Notulen", "--json")
        try #require(got.status == 0, "\(got.errorText)")

        // The first copy takes the key on trust, and says so.
        let key = try String(contentsOf: archive.root.appending(path: "Config/log.vkey"), encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let first = try archive.risalah(as: "wati", "audit", "verify", "--json")
        try #require(first.status == 0, "\(first.errorText)")
        #expect(first.errorText.contains("WARNING") && first.errorText.contains(key), "\(first.errorText)")
        let report = try object(first.output)
        #expect(report["whole"] as? Bool == true)
        let second = try archive.risalah(as: "wati", "audit", "verify", "--vkey", key)
        #expect(second.status == 0 && second.errorText.isEmpty, "\(second.errorText)")
        #expect(try archive.risalah(as: "wati", "audit", "verify", "--offline").status == 0)
        #expect(try archive.risalah(as: "sari", "audit", "verify").status == 77)

        // A proof needs neither archive nor enrolment.
        let proof = archive.folder.appending(path: "first.tlog-proof")
        #expect(try archive.risalah(as: "wati", "audit", "prove", "0", "-o", proof.path).status == 0)
        let proved = try archive.risalah(
            as: "nobody",
            "audit",
            "verify",
            "--proof",
            proof.path,
            "--vkey",
            key,
            "--json"
        )
        try #require(proved.status == 0, "\(proved.errorText)")
        #expect((try object(proved.output)["entry"] as? [String: Any])?["action"] as? String == "archive.init")
        #expect(try archive.risalah(as: "nobody", "audit", "verify", "--proof", proof.path).status == 78)
        // The key of another log.
        let other = "arsip.example/gndvthbi+026619ef+Ada8L8A2S1LJRbBJnqS5F5jTK/+fSRYnPo8zEtsuA4Lc"
        #expect(
            try archive.risalah(as: "nobody", "audit", "verify", "--proof", proof.path, "--vkey", other).status == 67
        )
        let text = try String(contentsOf: proof, encoding: .utf8)
        try text.replacing("index 0", with: "index 1").write(to: proof, atomically: true, encoding: .utf8)
        #expect(
            try archive.risalah(as: "nobody", "audit", "verify", "--proof", proof.path, "--vkey", key).status == 67
        )
        try "c2sp".write(to: proof, atomically: true, encoding: .utf8)
        #expect(
            try archive.risalah(as: "nobody", "audit", "verify", "--proof", proof.path, "--vkey", key).status == 65
        )

        // The receipt that she who opened it holds.
        let access = try #require(try object(got.output)["access"] as? String)
        let receipt = archive.folder.appending(path: "sari/receipts/\(access).json")
        let mode = try FileManager.default.attributesOfItem(atPath: receipt.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let fits = try archive.risalah(as: "wati", "audit", "verify", "--receipt", receipt.path, "--json")
        try #require(fits.status == 0, "\(fits.errorText)")
        #expect((try object(fits.output)["entry"] as? [String: Any])?["object"] as? String == id)
        let held = try object(Data(contentsOf: receipt))
        let entry = try #require(held["entry"] as? Int)
        // One that was changed speaks against nobody.
        var forged = held
        forged["entry"] = entry - 1
        let forgery = archive.folder.appending(path: "forged.json")
        try JSONSerialization.data(withJSONObject: forged).write(to: forgery)
        let refused = try archive.risalah(as: "wati", "audit", "verify", "--receipt", forgery.path)
        #expect(refused.status == 65 && refused.errorText.contains("receipt"), "\(refused.errorText)")
        #expect(evidence(archive, "wati").isEmpty)
        // The proof in it needs neither the archive nor a copy.
        let alone = archive.folder.appending(path: "alone.tlog-proof")
        let opening = try #require(held["proof"] as? String)
        try opening.write(to: alone, atomically: true, encoding: .utf8)
        let shown = try archive.risalah(as: "nobody", "audit", "verify", "--proof", alone.path, "--vkey", key)
        #expect(shown.status == 0 && shown.text.contains("access.open"), "\(shown.errorText)")
        #expect(held["key"] as? String == key)
        // The same from the list of what she asked for, while it is open.
        let asked = try archive.curl(as: "sari", "/v1/accesses/\(access)").json["receipt"] as? [String: Any]
        #expect(asked?["entry"] as? Int == entry && asked?["key"] as? String == key)
        let checkpoint = archive.folder.appending(path: "checkpoint")
        try LogProof(parsing: opening).note.serialized.write(to: checkpoint, atomically: true, encoding: .utf8)
        #expect(
            try archive.risalah(as: "wati", "audit", "verify", "--checkpoint", checkpoint.path).status == 0
        )
    }

    /// A database and the copy of its checkpoint, both from before, are whole by themselves: only who remembers sees it.
    @Test func `a log that was put back, and one that forked`() throws {
        let archive = try LiveArchive { try LiveArchive.keepSmallReserves($0) }
        try archive.enrol("wati", "auditor")
        try #require(try archive.stop() == 0)
        let before = archive.folder.appending(path: "before")
        try FileManager.default.copyItem(at: storage(archive), to: before)
        try archive.start()
        try archive.enrol("budi", "archivist")
        try archive.enrol("tono", "archivist")
        try #require(try archive.risalah(as: "wati", "audit", "verify").status == 0)
        let size = try #require(
            try object(
                archive.risalah(as: "wati", "audit", "verify", "--offline", "--json").output
            )["size"] as? Int
        )
        try #require(try archive.stop() == 0)
        try FileManager.default.removeItem(at: storage(archive))
        try FileManager.default.copyItem(at: before, to: storage(archive))
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
        try archive.start()
        let back = try archive.risalah(as: "wati", "audit", "verify", "--json")
        #expect(back.status == 67 && back.errorText.contains("rolled-back"), "\(back.errorText)")
        #expect(evidence(archive, "wati") == ["rolled-back"])

        // It goes on, until it is longer than what the copy has.
        for _ in 0...size { #expect(try archive.curl(as: "wati", "/v1/audit/checkpoint").status == 200) }
        let fork = try archive.risalah(as: "wati", "audit", "verify", "--json")
        #expect(fork.status == 67 && fork.errorText.contains("forked"), "\(fork.errorText)")
        #expect(evidence(archive, "wati").sorted() == ["forked", "rolled-back"])
        // The copy is what it was.
        let copy = try archive.risalah(as: "wati", "audit", "verify", "--offline", "--json")
        #expect(copy.status == 0)
        #expect(try object(copy.output)["size"] as? Int == size)
        let key = archive.folder.appending(path: "wati/log.vkey")
        try FileManager.default.copyItem(at: archive.root.appending(path: "Config/log.vkey"), to: key)
        let old = archive.folder.appending(path: "old.tlog-proof")
        try #require(try archive.risalah(as: "wati", "audit", "prove", "0", "--offline", "-o", old.path).status == 0)

        // The archive itself noticed nothing, and is told by the auditor how to go on in the open.
        let told = try #require(fork.errorText.split(separator: "\n").first { $0.contains("audit restart") })
        let kept = try #require(told.firstMatch(of: /--kept ([0-9]+)/)?.1)
        let folders = archive.folder.appending(path: "wati/audit/evidence")
        let forked = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folders.path).first { $0.hasSuffix("forked") }
        )
        let held = folders.appending(path: "\(forked)/checkpoint-held").path
        try #require(try archive.stop() == 0)
        let (root, why) = (archive.root.path, "Dipulihkan")
        let bySize = try archive.risalahd("audit", "restart", "--root", root, "--checkpoint", held, "--reason", why)
        #expect(bySize.status == 64 && bySize.errorText.contains("--kept"), "\(bySize.status) \(bySize.errorText)")
        let restarted = try archive.risalahd(
            "audit",
            "restart",
            "--root",
            root,
            "--checkpoint",
            held,
            "--kept",
            String(kept),
            "--reason",
            why
        )
        try #require(restarted.status == 0, "\(restarted.errorText)")
        try archive.start()
        let shown = try archive.risalah(as: "wati", "audit", "verify")
        #expect(shown.status == 67 && shown.errorText.contains("kept: \(kept)"), "\(shown.errorText)")
        #expect(shown.errorText.contains("entries \(kept) to \(size - 1) of this copy"), "\(shown.errorText)")
        let accepted = try archive.risalah(as: "wati", "audit", "verify", "--accept-origin")
        #expect(accepted.status == 0, "\(accepted.errorText)")
        // A proof is checked by the key of the origin that it is of, whatever log.vkey has.
        let new = archive.folder.appending(path: "new.tlog-proof")
        #expect(try archive.risalah(as: "wati", "audit", "prove", "0", "--offline", "-o", new.path).status == 0)
        for proof in [old, new] {
            let proved = try archive.risalah(as: "wati", "audit", "verify", "--proof", proof.path)
            #expect(proved.status == 0, "\(proved.errorText)")
        }
    }

    @Test func `a restore is shown, and gone on with when it is accepted`() throws {
        let archive = try LiveArchive()
        for name in ["wati", "tono"] { try archive.enrol(name, "auditor") }
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist")
        let id = try archive.store(MadeStream.fresh(), level: "biasa", as: "perekam")
        func open(_ purpose: String) throws {
            let file = archive.folder.appending(path: "\(purpose).opus").path
            let got = try archive.risalah(as: "sari", "get", id, "-o", file, "--purpose", purpose)
            try #require(got.status == 0, "\(got.errorText)")
        }
        try open("sebelum")
        try #require(try archive.stop() == 0)
        let before = archive.folder.appending(path: "before.sqlite")
        let database = storage(archive).appending(path: "archive.sqlite")
        try #require(try Program.run("sqlite3", [database.path, "VACUUM INTO '\(before.path)';"]).status == 0)
        try archive.start()
        try open("hilang")
        for name in ["wati", "tono"] { try #require(try archive.risalah(as: name, "audit", "verify").status == 0) }
        let reason = "Cakram rusak"
        func putBack() throws {
            try #require(try archive.stop() == 0)
            for name in ["archive.sqlite", "archive.sqlite-wal", "archive.sqlite-shm"] {
                try? FileManager.default.removeItem(at: storage(archive).appending(path: name))
            }
            try FileManager.default.copyItem(at: before, to: database)
            let restarted = try archive.risalahd("audit", "restart", "--root", archive.root.path, "--reason", reason)
            try #require(restarted.status == 0, "\(restarted.errorText)")
            try archive.start()
        }
        try putBack()

        let shown = try archive.risalah(as: "wati", "audit", "verify")
        #expect(shown.status == 67, "\(shown.errorText)")
        for words in [reason, "signed by a key before it", "lost: ", "not in the log any more", "--accept-origin"] {
            #expect(shown.errorText.contains(words), "\(words) is missing: \(shown.errorText)")
        }
        #expect(!shown.errorText.contains("NOT signed"), "\(shown.errorText)")
        #expect(evidence(archive, "wati") == ["other-origin"])
        let accepted = try archive.risalah(as: "wati", "audit", "verify", "--accept-origin")
        #expect(accepted.status == 0, "\(accepted.errorText)")
        let homes = try FileManager.default.contentsOfDirectory(atPath: archive.folder.appending(path: "wati").path)
        #expect(homes.contains { $0.hasPrefix("audit.before-") } && !homes.contains("audit.next"))
        // What is asked is answered over both origins, and nothing is made of what was lost.
        try open("sesudah")
        let who = try archive.risalah(as: "wati", "audit", "who", id, "--json")
        let steps = try who.text.split(separator: "\n").map { try object(Data($0.utf8)) }
        let opened = steps.filter { $0["what"] as? String == "opened" }.map { $0["purpose"] as? String }
        #expect(
            opened == ["sebelum", "sesudah"] && who.errorText.contains("were lost in a restore"),
            "\(who.errorText)"
        )
        // The copy of before has that still.
        let aside = try #require(homes.first { $0.hasPrefix("audit.before-") && !$0.hasSuffix(".lock") })
        let old = archive.folder.appending(path: "wati/\(aside)").path
        let query = ["audit", "log", "--action", "access.open", "--json", "--copy", old]
        let kept = try archive.risalah(as: "wati", arguments: query + ["--offline"])
        #expect(kept.status == 0 && kept.text.split(separator: "\n").count == 2, "\(kept.errorText)")
        #expect(try archive.risalah(as: "wati", arguments: query).status == 64)
        #expect(try archive.risalah(as: "wati", "audit", "verify").status == 0)
        #expect(try archive.risalah(as: "tono", "audit", "verify").status == 67)

        // Once more from before the restart: who holds the origin that is lost goes on, and who never accepted it.
        try putBack()
        for name in ["wati", "tono"] {
            let shown = try archive.risalah(as: name, "audit", "verify")
            #expect(shown.status == 67 && !shown.errorText.contains("NOT signed"), "\(shown.errorText)")
            #expect(shown.errorText.contains("its entries are lost too") == (name == "tono"), "\(shown.errorText)")
            let accepted = try archive.risalah(as: name, "audit", "verify", "--accept-origin")
            #expect(accepted.status == 0, "\(accepted.errorText)")
        }
    }
}
