import AccessPolicy
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Catalogue
import Foundation
import Logging
import TestSupport
import Testing
import Vault

@testable import ArchiveServer

/// What is an entry, what auditors read beside the log, and what it forgets; the service in this process, under its clock.
@Suite("The log has everything, and auditors read what is behind it")
struct AuditingTests {
    /// The entries of `action`, oldest first, with their texts.
    private func entries(_ archive: Archive, _ action: String) async throws -> [EntryReport] {
        var filter = EntryFilter()
        filter.action = action
        let found = try await archive.catalogue.read { [filter] in try $0.entries(filter, limit: 1000) }
        return try found.map { try archive.report($0, names: [:]) }
    }

    private func wait(_ body: () async throws -> Bool) async throws {
        try await waitUntil(seconds: 60, for: "an entry", body)
    }

    @Test func `unknown peers are one entry a minute, known ones one at once and one for the rest`() async throws {
        let served = try await ServedArchive(Date(timeIntervalSinceNow: -10), people: [:])
        let other = try await ServedArchive(Date(timeIntervalSinceNow: -10))
        let archive = served.archive
        try await served.enrol("budi", .archivist)
        try await other.enrol("asing", .archivist)
        let ask = Peer.Ask(method: "GET", path: "/v1/whoami")
        // Three without a certificate, one invite that never was, one with a certificate of another CA.
        let unknown = try served.peer(nil).ask([ask, ask, ask]).map(\.answer.status)
        #expect(unknown == [401, 401, 401])
        let authority = served.folder.file("archive/Config/ca.pem")
        let stranger = Peer(url: served.url, authority: authority, home: other.folder.file("asing"))
        _ = try stranger.ask([ask])
        #expect(try await entries(archive, "connection.refuse").isEmpty)
        // The minute is not over yet.
        try await archive.recordRefusals()
        #expect(try await entries(archive, "connection.refuse").isEmpty)
        // A handshake may end on our side after the peer has given up, in a later minute then.
        try await wait {
            served.clock.advance(by: 60)
            try await archive.recordRefusals()
            return try await entries(archive, "connection.refuse").reduce(0) {
                $0 + (Int($1.details["count"] ?? "") ?? 0)
            } >= 4
        }
        let found = try await entries(archive, "connection.refuse")
        let first = try #require(found.first)
        #expect(first.actor == "anonymous" && first.decision == .refuse && first.object == nil)
        #expect(first.texts == ["address": "127.0.0.1"] && first.commitments.keys.sorted() == ["address"])
        #expect(!first.details.values.contains { $0.contains("127.0.0.1") })
        let reasons = Set(found.flatMap { $0.details["reasons"]?.split(separator: ",").map(String.init) ?? [] })
        #expect(reasons == ["handshake", "no-certificate"])

        // A known certificate that does not count.
        let id = try await archive.principals().first { $0.name == "budi" }?.principal
        _ = try await archive.disable(try #require(id), lost: false, by: .hostUser(0))
        #expect(try served.peer("budi").ask([ask, ask, ask, ask]).map(\.answer.status) == [401, 401, 401, 401])
        let known = try await entries(archive, "connection.refuse").dropFirst(found.count)
        #expect(known.map(\.details) == [["reason": "principal-disabled"]])
        #expect(known.map(\.object) == [id?.description])
        served.clock.advance(by: 60)
        // The service's own round may be writing it.
        var last: EntryReport?
        try await wait {
            try await archive.recordRefusals()
            last = try await entries(archive, "connection.refuse").last {
                $0.object != nil && $0.details["count"] != nil
            }
            return last != nil
        }
        let more = try #require(last)
        #expect(more.details["count"] == "3" && more.details["reasons"] == "principal-disabled")
        #expect(more.actor == id?.description && more.certificate != nil && more.texts.isEmpty)
        try await served.close()
        try await other.close()
    }

    @Test func `steps of the clock, keys and what was refused twice`() async throws {
        let served = try await ServedArchive(Date(timeIntervalSinceNow: -10))
        let archive = served.archive
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let housekeeping = Housekeeping(archive: archive, logger: log, interval: .milliseconds(10))
        let keeping = Task { try await housekeeping.run() }
        // The watch begins when its task does, which nobody is told; so the clock is set again until it is seen.
        try await wait {
            served.clock.advance(by: 3600)
            return try await entries(archive, "clock.step").contains { Int($0.details["seconds"] ?? "") ?? 0 > 3000 }
        }
        keeping.cancel()
        _ = await keeping.result
        // By such a clock nothing is destroyed until somebody has confirmed it, also after the next start.
        try await served.enrol("wati", .recordsManager)
        let shown = try CanonicalJSON.decode(
            ClockReport.self,
            from: Data(served.risalah("wati", "clock").text.utf8)
        )
        #expect(shown.doubt.map { $0.seconds > 3000 && $0.needed == 1 && $0.confirmedBy.isEmpty } == true)
        let destroyed = await archiveError { _ = try await archive.administer(.runDestruction, by: .hostUser(0)) }
        #expect(destroyed?.message.contains("nothing is destroyed") == true)
        #expect(try served.risalah("wati", "clock", "--confirm", "2026-01-01 10:00").status != 0)
        let now = Timestamp.text(served.clock.now)
        let confirmed = try served.risalah("wati", "clock", "--confirm", now)
        #expect(confirmed.status == 0 && !confirmed.text.contains("doubt"), "\(confirmed.errorText)")
        _ = try await archive.administer(.runDestruction, by: .hostUser(0))

        // A level that the policy has from now on gets its identities.
        let policy = served.folder.file("archive/Config/policy.yaml")
        let text = try String(contentsOfFile: policy, encoding: .utf8)
        #expect(try await entries(archive, "key.make").isEmpty)
        let level = """
              - name: internal
                sealed_only: false
                purpose: false
                approvals: {count: 0}
                access_lifetime: PT1H
                recipients: any
                index: full

            """
        let more = text.replacing("  - name: rahasia\n", with: "\(level)  - name: rahasia\n")
        try more.write(toFile: policy, atomically: true, encoding: .utf8)
        guard case .loaded = try await archive.reloadRules() else {
            Issue.record("the policy was refused")
            return
        }
        #expect(try await entries(archive, "key.make").map(\.details) == [["kind": "level", "level": "internal"]])
        let made = try #require(try await entries(archive, "archive.init").first)
        #expect(Set(made.details.keys) == ["solo", "ca", "rootKey", "tls", "log", "levels"])
        try await served.close()

        // The server's certificate ends in a year; a month before that it is renewed at the start.
        served.clock.advance(by: 360 * 86_400)
        let again = try await Archive.open(root: served.folder.file("archive"), clock: served.clock)
        let renewed = try #require(try await entries(again, "key.make").last)
        #expect(renewed.details["kind"] == "tls" && renewed.details["certificate"]?.count == 64)
        // What is asked for on the host is an entry, too.
        _ = try await again.administer(.listQuarantine, by: .hostUser(7))
        _ = try await again.administer(.verifyLog, by: .hostUser(7))
        #expect(try await entries(again, "quarantine.list").map(\.details) == [["count": "0"]])
        #expect(try await entries(again, "audit.verify").map(\.details) == [["whole": "true"]])
        try again.close()
    }

    @Test func `a reserve that is given up`() async throws {
        let (folder, files, clock) = (try TemporaryFolder(), FaultyFileSystem(), ManualClock())
        try await Archive.makeForTest(at: folder.path, clock: clock)
        let path = "\(folder.path)/Config/risalah.yaml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("destruction: 256 MiB", with: "destruction: 1 MiB").replacing(
            "log: 64 MiB",
            with: "log: 1 MiB"
        )
        .write(toFile: path, atomically: true, encoding: .utf8)
        files.pretend(available: 2 << 30)
        let archive = try await Archive.open(root: folder.path, clock: clock, files: files)
        #expect(try await entries(archive, "reserve.release").isEmpty)
        files.pretend(available: 1 << 10)
        for _ in 0..<2 {
            try await archive.keepReserve()
            try await archive.releaseReserveForDestruction()
        }
        #expect(
            try await entries(archive, "reserve.release").map(\.details) == [["for": "log"], ["for": "destruction"]]
        )
        try archive.close()
    }

    @Test func `the directory in pages`() async throws {
        let served = try await ServedArchive(Date(timeIntervalSinceNow: -10))
        var added: [PrincipalID] = []
        for (name, role) in [("wati", Role.auditor), ("budi", .archivist), ("sari", .archivist)] {
            added.append(try await served.enrol(name, role))
        }
        func ask(_ queries: [String]) throws -> [Exchange] {
            try served.peer("wati").ask(
                queries.map { Peer.Ask(method: "GET", path: "/v1/audit/directory\($0)") }
            ).map(\.answer)
        }
        let whole = try CanonicalJSON.decode(AuditDirectory.self, from: try ask([""])[0].body)
        #expect(Set(whole.principals.map(\.principal)) == Set(added) && whole.next == nil)
        // By one, by two, and as many as there are: every principal once, in the same order.
        for limit in 1...3 {
            var (found, last): ([PrincipalID], PrincipalID?) = ([], nil)
            repeat {
                let answer = try ask(["?limit=\(limit)\(last.map { "&after=\($0)" } ?? "")"])[0]
                try #require(answer.status == 200)
                let page = try CanonicalJSON.decode(AuditDirectory.self, from: answer.body)
                #expect(page.principals.count <= limit && page.levels == whole.levels)
                found += page.principals.map(\.principal)
                last = page.next
            } while last != nil && found.count <= added.count
            #expect(found == whole.principals.map(\.principal), "\(limit)")
        }
        let nobody = PrincipalID().description
        let wrong = ["after=\(nobody)", "after=x", "after=", "limit=0", "limit=501", "limit=x", "before=\(nobody)"]
        let refused = try ask(wrong.map { "?\($0)" })
        #expect(refused.map(\.status) == wrong.map { _ in 400 })
        try await served.close()
    }

    @Test func `the directory and the texts`() async throws {
        let served = try await ServedArchive(Date(timeIntervalSinceNow: -10)) { root in
            let path = "\(root)/Config/risalah.yaml"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let office = "office: { days: [friday, monday], from: \"07:30\", to: \"16:00\", closed: [2026-12-25] }\n"
            try (text + office).write(toFile: path, atomically: true, encoding: .utf8)
        }
        let wati = try await served.enrol("wati", .auditor)
        let budi = try await served.enrol("budi", .archivist, clearance: "rahasia:anggaran")
        let asked = try served.peer("wati").ask([
            Peer.Ask(method: "GET", path: "/v1/audit/directory"),
            Peer.Ask(method: "GET", path: "/v1/audit/entries?action=principal.add"),
        ]).map(\.answer)
        let directory = try CanonicalJSON.decode(AuditDirectory.self, from: asked[0].body)
        #expect(directory.timezone == "Asia/Jakarta")
        #expect(directory.levels == ["biasa", "terbatas", "rahasia", "sangat-rahasia"] && directory.units == ["umum"])
        let office = try #require(directory.office)
        #expect(office.days == [.monday, .friday] && office.closed == ["2026-12-25"])
        #expect(office.opens == 450 && office.closes == 960)
        #expect(Set(directory.principals.map(\.principal)) == [wati, budi])
        let entry = try #require(directory.principals.first { $0.principal == budi })
        #expect(entry.name == "budi" && entry.person == "budi" && !entry.erased && entry.samePersonAs == budi)
        #expect(entry.clearance.description == "rahasia:anggaran" && entry.state == .active)
        #expect(entry.addedBy == "uid:0" && entry.certificates.count == 1)

        let added = try CanonicalJSON.decode(EntryPage.self, from: asked[1].body).entries
        let numbers = added.map { String($0.seq) }.joined(separator: ",")
        let answers = try served.peer("wati").ask(
            [numbers, "\(numbers),999999", "", "x", "-1", "1,,2", (0...500).map(String.init).joined(separator: ",")]
                .map { Peer.Ask(method: "GET", path: "/v1/audit/texts?seq=\($0)") }
                + [Peer.Ask(method: "GET", path: "/v1/audit/texts?entry=1")]
        ).map(\.answer)
        #expect(answers.map(\.status) == [200, 200, 400, 400, 400, 400, 400, 400])
        let texts = try CanonicalJSON.decode(EntryTexts.self, from: answers[0].body).texts
        #expect(Set(texts.map(\.text)) == ["wati", "budi"] && texts.count == 4)
        for text in texts {
            // By a program that nobody here wrote.
            let sum = try Program.run("sha256sum", [], input: text.salt + Data(text.text.utf8))
            let commitment = added.first { $0.seq == text.seq }?.commitments[text.field]
            #expect(commitment.map { sum.text.hasPrefix($0) } == true)
        }
        for (action, count) in [("audit.directory", 1), ("audit.texts", 2)] {
            #expect(try await entries(served.archive, action).count == count, "\(action)")
        }
        #expect(try await entries(served.archive, "audit.texts").first?.details["entries"] == numbers)
        try await served.close()
    }

    // MARK: Forgetting

    private func forget(_ archive: Archive, _ subject: Forgetting.Subject) async throws -> Forgotten {
        let response = try await archive.administer(
            .forget(Forgetting(subject, reason: "Permintaan")),
            by: .hostUser(3)
        )
        guard case .forgotten(let forgotten) = response else { throw ArchiveError(.unexpected, "no answer") }
        return forgotten
    }

    /// Whether `bytes` are in a file of the catalogue.
    private func isOnDisk(_ bytes: Data, _ archive: Archive) throws -> Bool {
        try ["", "-wal"].contains { suffix in
            let path = archive.layout.archiveDatabase + suffix
            guard FileManager.default.fileExists(atPath: path) else { return false }
            return try Data(contentsOf: URL(filePath: path)).firstRange(of: bytes) != nil
        }
    }

    @Test func `a text and a person are forgotten, and the log stays whole`() async throws {
        let served = try await ServedArchive(Date(timeIntervalSinceNow: -10))
        let archive = served.archive
        let budi = try await served.enrol("budi", .archivist)
        try await served.enrol("wati", .auditor)
        let added = try await entries(archive, "principal.add")
        let (one, other) = (try #require(added.first).seq, try #require(added.last).seq)
        let sealed = try await archive.catalogue.read { reader in
            (
                try reader.texts(of: one), try reader.texts(of: other),
                try #require(try reader.principal(budi, at: Date())).sealed
            )
        }
        for text in sealed.0 + sealed.1 { #expect(try isOnDisk(text.sealed, archive)) }
        #expect(try isOnDisk(sealed.2, archive))

        // One field of an entry, then the rest of it, then nothing is left there.
        #expect(try await forget(archive, .entry(other, field: "person")) == Forgotten(texts: 1, principals: []))
        #expect(try await forget(archive, .entry(other, field: nil)) == Forgotten(texts: 1, principals: []))
        for subject in [Forgetting.Subject.entry(other, field: nil), .entry(1_000_000, field: nil)] {
            let error = await archiveError { _ = try await forget(archive, subject) }
            #expect(error?.code == .notFound)
        }
        for text in sealed.1 { #expect(try !isOnDisk(text.sealed, archive)) }
        for text in sealed.0 { #expect(try isOnDisk(text.sealed, archive)) }

        // A person: not before its principals are closed.
        #expect(await archiveError { _ = try await forget(archive, .person("Budi")) }?.code == .conflict)
        #expect(await archiveError { _ = try await forget(archive, .person("nobody")) }?.code == .notFound)
        _ = try await archive.disable(budi, lost: false, by: .hostUser(0))
        #expect(try await forget(archive, .person(" BUDI ")) == Forgotten(texts: 2, principals: [budi]))
        #expect(await archiveError { _ = try await forget(archive, .principal(budi)) }?.code == .notFound)
        for text in sealed.0 { #expect(try !isOnDisk(text.sealed, archive)) }
        #expect(try !isOnDisk(sealed.2, archive))

        // The log says so, and is whole; the lists say so.
        let verdict = try await archive.verification()
        #expect(verdict.whole && verdict.erased == 4, "\(verdict)")
        #expect(try await entries(archive, "text.forget").map(\.details["fields"]) == ["person", "name"])
        let note = try #require(try await entries(archive, "principal.forget").first)
        #expect(note.object == budi.description && note.actor == "uid:3" && note.texts == ["reason": "Permintaan"])
        #expect(try await Set(archive.principals().map(\.name)) == ["erased", "wati"])
        #expect(try await archive.detail(of: budi).person == "erased")
        let directory = try await archive.auditDirectory()
        let entry = try #require(directory.principals.first { $0.principal == budi })
        #expect(entry.erased && entry.name == nil && entry.person == nil && entry.principal == budi)
        let texts = try await archive.texts(of: [one, other])
        #expect(texts.texts.isEmpty)
        try await served.close()
        // And after a restart.
        let again = try await Archive.open(root: served.folder.file("archive"), clock: served.clock)
        #expect(try await again.verification().whole)
        try again.close()
    }

    /// A crash after the texts were erased and before the files were scrubbed.
    @Test func `what was forgotten is gone after the next start`() async throws {
        let served = try await ServedArchive(Date(timeIntervalSinceNow: -10))
        try await served.enrol("budi", .archivist)
        let seq = try #require(try await entries(served.archive, "principal.add").first).seq
        let sealed = try await served.archive.catalogue.read { try $0.texts(of: seq) }
        #expect(sealed.count == 2)
        let erased = try await served.archive.catalogue.write { try $0.eraseTexts(of: seq) }
        #expect(erased == ["name", "person"])
        try await served.close()
        let again = try await Archive.open(root: served.folder.file("archive"), clock: served.clock)
        for text in sealed { #expect(try !isOnDisk(text.sealed, again)) }
        #expect(try await again.catalogue.read { try !$0.needsScrub() })
        let verdict = try await again.verification()
        #expect(verdict.whole && verdict.erased == 2)
        try again.close()
    }

    @Test(arguments: [
        ("days: []", "at least 1"), ("days: [senin]", "senin"), ("days: [monday, monday]", "each day once"),
        ("from: \"7:30\"", "HH:MM"), ("from: \"16:00\"", "after from"), ("to: \"24:01\"", "HH:MM"),
        ("closed: [2026-02-30]", "a date"), ("closed: [25-12-2026]", "a date"),
    ])
    func `a mistake in office hours has its place`(change: String, says: String) throws {
        let layout = ["days: [monday]", "from: \"07:30\"", "to: \"16:00\"", "closed: [2026-12-25]"]
        let key = change.prefix { $0 != ":" }
        let lines = layout.map { $0.hasPrefix("\(key):") ? change : $0 }
        let text = Settings.shipped(
            name: "arsip.example",
            listen: "127.0.0.1:0",
            health: "none",
            isSolo: true,
            rootKey: .file
        )
        let sound = text + "office: { \(layout.joined(separator: ", ")) }\n"
        #expect(try Settings(yaml: sound, file: "risalah.yaml").office?.closed == ["2026-12-25"])
        #expect(try Settings(yaml: text, file: "risalah.yaml").office == nil)
        let place = text.split(separator: "\n", omittingEmptySubsequences: false).count
        do {
            _ = try Settings(yaml: text + "office: { \(lines.joined(separator: ", ")) }\n", file: "risalah.yaml")
            Issue.record("taken")
        } catch {
            let words = "\(error)"
            #expect(words.contains("risalah.yaml:\(place):") && words.contains(says), "\(words)")
        }
    }
}
