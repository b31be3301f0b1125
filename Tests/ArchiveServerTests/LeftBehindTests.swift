import AccessPolicy
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Catalogue
import Foundation
import TestSupport
import Testing
import Vault

@testable import ArchiveServer

@Suite("What a principal that is closed leaves behind")
struct LeftBehindTests {
    private static let everything = "sangat-rahasia:anggaran,kepegawaian,pertahanan"

    /// An archive whose level terbatas wants two records managers to agree.
    private func archive() async throws -> ServedArchive {
        try await ServedArchive(Date(timeIntervalSinceNow: -10)) { root in
            let policy = URL(filePath: root).appending(path: "Config/policy.yaml")
            try Policy.asking(approvals: 2).write(to: policy, atomically: true, encoding: .utf8)
        }
    }

    private func store(_ archive: ServedArchive, _ level: String) async throws -> String {
        let recipient = try #require(try archive.archive.vault.recipients(of: Level(level)))
        let sealed = try MadeRecording.seal(MadeStream.noise(seconds: 0.5), to: [recipient.x25519])
        let query = "level=\(level)&unit=umum&series=rapat&title=Rapat"
        return try ask(archive, "perekam", "PUT", "/v1/recordings?\(query)", Data(sealed.bytes)).id
    }

    private func ask(
        _ archive: ServedArchive,
        _ who: String,
        _ method: String,
        _ path: String,
        _ body: Data? = nil
    ) throws -> (id: String, answer: Exchange) {
        let answer = try archive.peer(who).ask([Peer.Ask(method: method, path: path, body: body)])[0].answer
        try #require((200..<300).contains(answer.status), "\(who) \(method) \(path): \(answer.text)")
        return (answer.json["id"] as? String ?? "", answer)
    }

    private func post(_ archive: ServedArchive, _ who: String, _ path: String, _ body: String = "{}") throws -> String {
        try ask(archive, who, "POST", path, Data(body.utf8)).id
    }

    private func principal(_ archive: ServedArchive, _ arguments: String...) throws -> Program.Outcome {
        let outcome = try Program.run(
            LiveArchive.programs.appending(path: "risalahd").path,
            ["principal"] + arguments + ["--root", archive.folder.file("archive")],
            environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]
        )
        try #require(outcome.status == 0, "\(outcome.errorText)")
        return outcome
    }

    @Test func `an approver's agreements, changes of labels and delegations`() async throws {
        let archive = try await archive()
        try await archive.enrol("perekam", .recorder)
        let sari = try await archive.enrol("sari", .archivist, clearance: Self.everything)
        var managers: [String: PrincipalID] = [:]
        for name in ["wati", "eko", "tono"] {
            managers[name] = try await archive.enrol(name, .recordsManager, clearance: Self.everything)
        }
        let (wati, eko) = (try #require(managers["wati"]), try #require(managers["eko"]))
        let recording = try await store(archive, "terbatas")
        func access(_ purpose: String) throws -> String {
            try post(archive, "sari", "/v1/recordings/\(recording)/accesses", #"{"purpose":"\#(purpose)"}"#)
        }
        func approve(_ access: String, _ who: String) throws {
            _ = try post(archive, who, "/v1/accesses/\(access)/approval")
        }
        let (waiting, open, closed) = (try access("Satu"), try access("Dua"), try access("Tiga"))
        for id in [waiting, open, closed] { try approve(id, "wati") }
        try approve(open, "eko")
        _ = try ask(archive, "sari", "DELETE", "/v1/accesses/\(closed)")
        let change = try post(
            archive,
            "wati",
            "/v1/recordings/\(recording)/label",
            #"{"level":"biasa","reason":"Sudah diumumkan"}"#
        )
        let (from, until) = (archive.clock.now, archive.clock.now.addingTimeInterval(3600))
        func delegate(_ who: String, to other: PrincipalID) throws -> String {
            let times = #""starts":"\#(Timestamp.text(from))","ends":"\#(Timestamp.text(until))""#
            return try post(archive, who, "/v1/delegations", #"{"delegate":"\#(other)",\#(times)}"#)
        }
        let delegations = [try delegate("wati", to: eko), try delegate("tono", to: wati)]

        let shown = try await archive.archive.detail(of: wati).underWay
        let outcome = try principal(archive, "disable", wati.description)
        for id in [waiting, open, change, sari.description] + delegations {
            #expect(outcome.text.contains(id), "\(id): \(outcome.text)")
        }
        #expect(!outcome.text.contains(closed))
        let isOpen = Dictionary(uniqueKeysWithValues: shown.approvals.map { ($0.access.description, $0.isOpen) })
        #expect(isOpen == [waiting: false, open: true])
        #expect(shown.approvals.allSatisfy { $0.principal == sari && $0.recording.description == recording })
        #expect(shown.relabellings.map(\.change.description) == [change])
        #expect(Set(shown.delegations.map(\.delegation.description)) == Set(delegations))
        #expect(shown.accesses.isEmpty && shown.requests.isEmpty && shown.uploads.isEmpty)
        let after = try await archive.archive.detail(of: wati).underWay
        #expect(after.relabellings.isEmpty && after.delegations.isEmpty && after.approvals.count == 2)

        // Nobody finds anything of it waiting or delegated, and what it agreed to stands until somebody ends it.
        for who in ["eko", "tono"] {
            let list = try ask(archive, who, "GET", "/v1/delegations").answer
            #expect((list.json["delegations"] as? [Any])?.isEmpty == true, "\(list.text)")
            let changes = try ask(archive, who, "GET", "/v1/relabellings?list=awaiting").answer
            #expect((changes.json["relabellings"] as? [Any])?.isEmpty == true, "\(changes.text)")
        }
        _ = try ask(archive, "sari", "GET", "/v1/accesses/\(open)/recording.opus.age")
        try approve(waiting, "tono")
        _ = try ask(archive, "sari", "GET", "/v1/accesses/\(waiting)/recording.opus.age")
        _ = try ask(archive, "tono", "DELETE", "/v1/accesses/\(open)")

        let entries = try await archive.archive.catalogue.read { reader in
            try reader.entries(EntryFilter(), limit: 1000).compactMap { LogEntry(leaf: $0.leaf) }
        }
        let ended = entries.filter { $0.details["reason"] == "principal-disabled" }
        #expect(ended.map(\.action).sorted() == ["delegation.end", "delegation.end", "recording.relabel"])
        let entry = try #require(entries.last { $0.action == "principal.disable" })
        #expect(entry.details["approvals"] == "2" && entry.details["relabellings"] == "1")
        #expect(entry.details["delegations"] == "2" && entry.details["requests"] == "0")
        #expect(try await archive.archive.verification().whole)
        try await archive.close()
    }

    @Test func `who asked: accesses, requests and uploads`() async throws {
        let archive = try await archive()
        try await archive.enrol("perekam", .recorder)
        let sari = try await archive.enrol("sari", .archivist, clearance: Self.everything)
        try await archive.enrol("wati", .recordsManager, clearance: Self.everything)
        let (low, high) = (try await store(archive, "biasa"), try await store(archive, "terbatas"))
        let open = try post(archive, "sari", "/v1/recordings/\(low)/accesses")
        let waiting = try post(archive, "sari", "/v1/recordings/\(high)/accesses")
        let creation = try #require(RouteRule.all["POST /v1/uploads"]).ask("POST /v1/uploads", id: "")
        let upload = try #require(try archive.peer("sari").ask([creation])[0].answer.header("location")).suffix(26)

        let outcome = try principal(archive, "disable", sari.description, "--json")
        let report = try CanonicalJSON.decode(DisabledPrincipal.self, from: outcome.output)
        #expect(report.underWay.accesses.map(\.access.description) == [open])
        #expect(report.underWay.requests.map(\.access.description) == [waiting])
        #expect(report.underWay.uploads.map(\.upload.description) == [String(upload)])
        let states = try await archive.archive.catalogue.read { reader in
            try [open, waiting].map { id in try AccessID(id).flatMap { try reader.access($0) }?.state }
        }
        #expect(states == [.closed, .closed])
        let list = try ask(archive, "wati", "GET", "/v1/accesses?list=awaiting").answer
        #expect((list.json["requests"] as? [Any])?.isEmpty == true, "\(list.text)")
        // Once closed, nothing of it is under way but what was being sent.
        let again = try principal(archive, "disable", sari.description)
        #expect(!again.text.contains(open) && !again.text.contains(waiting) && again.text.contains(upload))
        try await archive.close()
    }
}
