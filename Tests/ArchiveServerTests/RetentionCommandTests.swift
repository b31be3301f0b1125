import ArchiveClient
import ArchiveCore
import ArchiveInterface
import Foundation
import TestSupport
import Testing
import TransparencyLog

@Suite("Keeping and destroying, as records managers do it")
struct RetentionCommandTests {
    /// An archive whose recordings are due at once, with the people who decide, and recordings.
    private struct Scene {
        let archive: LiveArchive

        init() throws {
            archive = try LiveArchive { config in
                let file = config.appending(path: "retention.yaml")
                let name = "name: {en: E, id: I}, active: PT1S, inactive: PT0S, cooling: P0D"
                let series = """
                      - {code: cepat, \(name), then: destroy, witnesses: 1, tombstone: descriptive, tombstone_keep: P1Y}
                      - {code: serah, \(name), then: permanent, witnesses: 0}
                      - {code: tinjau, \(name), then: review, witnesses: 0}

                    """
                try (String(contentsOf: file, encoding: .utf8) + series)
                    .write(to: file, atomically: true, encoding: .utf8)
            }
            try archive.enrol("perekam", "recorder")
            try archive.enrol("sari", "archivist")
            try archive.enrol("wati", "records-manager")
            try archive.enrol("eko", "records-manager")
        }

        func store(_ series: String, _ title: String = "Rapat") throws -> String {
            try archive.store(
                MadeStream.fresh(),
                level: "biasa",
                as: "perekam",
                more: "&unit=umum&series=\(series)&title=\(title)&meeting=Pleno"
            )
        }

        /// The first line of what a command prints as JSON.
        func json(_ who: String, _ arguments: String..., status: Int32 = 0) throws -> [String: Any] {
            let outcome = try Program.run(
                LiveArchive.programs.appending(path: "risalah").path,
                arguments + ["--json", "--home", archive.folder.appending(path: who).path],
                environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]
            )
            try #require(outcome.status == status, "\(arguments): \(outcome.text)\(outcome.errorText)")
            let text = status == 0 ? outcome.text : outcome.errorText
            let line = try #require(text.split(separator: "\n").first, "\(arguments)")
            return try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }

        func digest(_ command: String, _ list: String) throws -> String {
            try #require(try json("wati", command, "show", list)["digest"] as? String)
        }

        /// Runs what is frozen until the list is done.
        func execute(_ command: String, _ list: String) throws {
            try archive.waitUntil(seconds: 90) {
                // The service may be at it by itself.
                _ = try archive.risalahd("retention", "run", "--root", archive.root.path)
                return try json("wati", command, "show", list)["state"] as? String == "done"
            }
        }
    }

    @Test func `held, listed, witnessed, approved, destroyed`() throws {
        let scene = try Scene()
        let archive = scene.archive
        let ids = try [scene.store("cepat", "Satu"), scene.store("cepat", "Dua"), scene.store("cepat", "Tiga")]
        let hold = try archive.risalah(
            as: "wati",
            "hold",
            ids[0],
            "--matter",
            "Perkara 12",
            "--reason",
            "-",
            input: Data("Diminta penyidik\n".utf8)
        )
        #expect(hold.status == 0 && hold.errorText == "risalah: on hold: 1\n", "\(hold.errorText)")
        #expect(try archive.risalah(as: "wati", "show", ids[0]).text.contains(/holds: +1 in force/))
        #expect(try scene.json("sari", "show", ids[0])["holds"] is NSNull)
        let history = try archive.risalah(as: "wati", "history", ids[0])
        #expect(history.text.contains(/wati +Perkara 12 +Diminta penyidik/), "\(history.text)")
        #expect(try archive.risalah(as: "sari", "history", ids[0]).text.contains("Perkara") == false)
        #expect(try archive.risalah(as: "sari", "hold", ids[0], "--matter", "m", "--reason", "r").status == 77)
        #expect(try archive.risalah(as: "wati", "hold", "--matter", "m", "--reason", "r").status == 64)
        let absent = String(repeating: "a", count: 26)
        #expect(try archive.risalah(as: "wati", "hold", absent, "--matter", "m", "--reason", "r").status == 66)
        let many = try scene.json("wati", "hold", "--meeting", "Pleno", "--matter", "Audit", "--reason", "BPK")
        #expect((many["holds"] as? [Any])?.count == 3)
        // Of one with several the hold has to be named.
        #expect(try archive.risalah(as: "wati", "unhold", ids[0], "--reason", "Selesai").status == 75)
        for item in try #require(many["holds"] as? [[String: String]]) {
            #expect(try archive.risalah(as: "wati", "unhold", item["id"] ?? "", "--reason", "Selesai").status == 0)
        }

        try archive.waitUntil(seconds: 60) {
            try archive.risalah(as: "wati", "due").text.split(separator: "\n").count == 4
        }
        let csv = try archive.risalah(as: "wati", "due", "--within", "P1Y", "--csv").text.split(separator: "\n")
        #expect(csv.count == 4 && csv[0].hasPrefix("recording,due,plan,reason,series,rule,level,unit,"), "\(csv)")
        #expect(
            csv.contains { $0.contains(",skip,held,cepat,\"cepat: PT1S") || $0.contains(",skip,held,cepat,cepat:") }
        )
        #expect(try archive.risalah(as: "sari", "due").status == 77)

        let proposed = try scene.json("wati", "destruction", "propose", "--series", "cepat", "--reason", "Jatuh tempo")
        let list = try #require(proposed["id"] as? String)
        #expect((proposed["items"] as? [String: Int]) == ["listed": 2])
        let scan = archive.folder.appending(path: "surat.pdf")
        try Data("%PDF-1.7 surat".utf8).write(to: scan)
        #expect(
            try archive.risalah(as: "wati", "destruction", "opine", list, "--by", "Panitia", "--text", "Setuju").status
                == 0
        )
        let letter = try archive.risalah(
            as: "wati",
            "destruction",
            "letter",
            list,
            "--number",
            "B-1",
            "--date",
            "2026-10-01",
            "--scan",
            scan.path
        )
        #expect(letter.status == 0, "\(letter.errorText)")
        let fetched = try archive.curl(as: "eko", "/v1/destructions/\(list)/statements/3/scan")
        #expect(fetched.status == 200 && fetched.text == "%PDF-1.7 surat")
        let digest = try scene.digest("destruction", list)
        #expect(try archive.risalah(as: "eko", "destruction", "approve", list, "--digest", digest).status == 75)
        #expect(try archive.risalah(as: "sari", "destruction", "witness", list, "--json").status == 64)
        let witnessed = try archive.risalah(as: "sari", "destruction", "witness", list, "--digest", digest)
        #expect(witnessed.status == 0, "\(witnessed.errorText)")
        #expect(try archive.risalah(as: "wati", "destruction", "approve", list, "--digest", digest).status == 77)
        let approved = try archive.risalah(as: "eko", "destruction", "approve", list, "--digest", digest)
        #expect(approved.status == 0 && approved.text.contains("2 frozen"), "\(approved.errorText)")
        let shown = try archive.risalah(as: "wati", "destruction", "show", list)
        #expect(shown.text.contains("2. opinion") && shown.text.contains("Panitia"), "\(shown.text)")
        try scene.execute("destruction", list)
        #expect(try archive.risalah(as: "sari", "show", ids[1]).status == 66)
        #expect(try archive.risalah(as: "sari", "show", ids[0]).status == 0)
        try checkCertificate(of: list, scene)
        // Their titles outlast them, for who decides over destroying and for nobody else.
        let gone = try scene.json("wati", "list", "--destroyed")
        #expect(gone["state"] as? String == "destroyed" && gone["list"] as? String == list)
        let name = try #require(gone["recording"] as? String)
        #expect(gone["title"] is String && gone["titleUntil"] is String)
        let left = try archive.risalah(as: "wati", "show", name)
        let title = try #require(gone["title"] as? String)
        #expect(left.status == 0 && left.text.contains(title), "\(left.errorText)")
        #expect(try archive.risalah(as: "sari", "show", name).status == 66)
        #expect(try archive.risalah(as: "sari", "list", "--destroyed").status == 77)
        let all = try archive.risalah(as: "wati", "destruction", "list", "--state", "done")
        #expect(all.text.contains(list) && all.text.contains("2 destroyed"), "\(all.text)")
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    /// Fetched, printed, checked without the archive; and found wrong wherever it was changed.
    private func checkCertificate(of list: String, _ scene: Scene) throws {
        let archive = scene.archive
        let (file, page) = (archive.folder.appending(path: "ba.json"), archive.folder.appending(path: "ba.html"))
        #expect(try archive.risalah(as: "sari", "destruction", "certificate", list).status == 77)
        let fetched = try archive.risalah(
            as: "wati",
            "destruction",
            "certificate",
            list,
            "-o",
            file.path,
            "--page",
            page.path
        )
        #expect(fetched.status == 0, "\(fetched.errorText)")
        let markup = try String(contentsOf: page, encoding: .utf8)
        for word in ["BIASA", "Berita acara pemusnahan", "Certificate of destruction", "Panitia", "destroyed", list] {
            #expect(markup.contains(word), "\(word)")
        }
        let key = archive.root.appending(path: "Config/log.vkey")
        let verified = try archive.risalah(as: "nobody", "destruction", "verify", file.path, "--vkey", key.path)
        #expect(verified.status == 0 && verified.text.contains(/proved: +yes/), "\(verified.errorText)")
        let vkey = try String(contentsOf: key, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let trusted = try NoteVerifier(vkey: vkey)
        let signed = try CanonicalJSON.decode(SignedCertificate.self, from: Data(contentsOf: file))
        _ = try CertificateCheck(signed, trusting: trusted)
        #expect(signed.certificate.items.map(\.outcome) == ["destroyed", "destroyed"])
        #expect(signed.certificate.items.allSatisfy { item in item.title.map(markup.contains) == true })
        let changes: [(String, (inout SignedCertificate) -> Void)] = [
            ("archive", { $0.certificate.archive = "Arsip lain" }),
            ("outcome", { $0.certificate.items[0].outcome = "skipped" }),
            ("item", { $0.certificate.items.removeLast() }),
            (
                "copy",
                {
                    $0.certificate.items[0].copies = []; $0.certificate.made = .now
                }
            ),
            ("approver", { $0.certificate.list.approvedBy = $0.certificate.list.proposedBy }),
            ("text", { $0.certificate.statements[1].text = "Menolak" }),
            ("entry", { $0.certificate.entries.removeAll() }),
            ("proof", { $0.proof = $0.certificate.entries[0].proof }),
            ("version", { $0.certificate.version = 2 }),
        ]
        for (name, change) in changes {
            var copy = signed
            change(&copy)
            #expect(throws: ArchiveError.self, "\(name)") { try CertificateCheck(copy, trusting: trusted) }
        }
        try Data(String(contentsOf: file, encoding: .utf8).replacing("destroyed", with: "saved").utf8).write(to: file)
        let wrong = try archive.risalah(as: "nobody", "destruction", "verify", file.path, "--vkey", key.path)
        #expect(wrong.status == 67, "\(wrong.errorText)")
    }

    @Test func `reviewed, withdrawn, handed over`() throws {
        let scene = try Scene()
        let archive = scene.archive
        let (kept, wrong, permanent) = try (scene.store("tinjau"), scene.store("rapat"), scene.store("serah"))
        let extended = try scene.json("wati", "review", kept, "--extend", "2099-12-31", "--reason", "Masih dipakai")
        #expect(extended["due"] as? String == "2099-12-31T16:59:59.999Z" && extended["plan"] as? String == "keep")
        #expect(try archive.risalah(as: "wati", "review", kept, "--reason", "x").status == 64)
        #expect(try archive.risalah(as: "sari", "review", kept, "--permanent", "--reason", "x").status == 77)
        let why = try archive.risalah(as: "sari", "explain", kept, "--retention")
        #expect(why.status == 0 && why.text.contains("tinjau: PT1S + P0D, then review"), "\(why.errorText)")
        let host = try archive.risalahd("retention", "explain", kept, "--root", archive.root.path)
        #expect(host.status == 0 && host.text.contains("2099-12-31T16:59:59.999Z"), "\(host.errorText)")
        let absent = String(repeating: "a", count: 26)
        #expect(try archive.risalahd("retention", "explain", absent, "--root", archive.root.path).status == 66)

        let withdrawal = try scene.json(
            "wati",
            "destruction",
            "propose",
            wrong,
            "--withdraw",
            "--reason",
            "Salah unggah"
        )
        let list = try #require(withdrawal["id"] as? String)
        let cancelled = try archive.risalah(as: "eko", "destruction", "cancel", list, "--reason", "Ternyata benar")
        #expect(cancelled.status == 0 && cancelled.text.contains("cancelled"), "\(cancelled.errorText)")

        var proposed: [String: Any] = [:]
        try archive.waitUntil(seconds: 60) {
            let outcome = try archive.risalah(
                as: "wati",
                "transfer",
                "propose",
                permanent,
                "--reason",
                "Statis",
                "--json"
            )
            proposed = (try? JSONSerialization.jsonObject(with: outcome.output)) as? [String: Any] ?? [:]
            return outcome.status == 0
        }
        let transfer = try #require(proposed["id"] as? String)
        let digest = try scene.digest("transfer", transfer)
        #expect(try archive.risalah(as: "eko", "transfer", "approve", transfer, "--digest", digest).status == 0)
        #expect(try archive.risalah(as: "sari", "show", permanent).status == 0)
        let recorded = try archive.risalah(
            as: "wati",
            "transfer",
            "record",
            transfer,
            "--archive",
            "ANRI",
            "--number",
            "BA-1",
            "--date",
            "2026-11-02"
        )
        #expect(recorded.status == 0 && recorded.text.contains("handed over"), "\(recorded.errorText)")
        try scene.execute("transfer", transfer)
        #expect(try archive.risalah(as: "sari", "show", permanent).status == 66)
        let certificate = archive.folder.appending(path: "penyerahan.json")
        let fetched = try archive.risalah(as: "eko", "transfer", "certificate", transfer, "-o", certificate.path)
        #expect(fetched.status == 0, "\(fetched.errorText)")
        let key = archive.root.appending(path: "Config/log.vkey").path
        #expect(try archive.risalah(as: "eko", "transfer", "verify", certificate.path, "--vkey", key).status == 0)
        #expect(try scene.json("wati", "transfer", "show", transfer)["items"] as? [String: Int] == ["transferred": 1])
    }
}
