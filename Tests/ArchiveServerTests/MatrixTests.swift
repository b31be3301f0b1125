import AccessPolicy
import Age
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Catalogue
import Foundation
import TestSupport
import Testing
import Vault

@testable import ArchiveServer

/// Role × action × standing against the live service. The cases come from the policy that it serves under; what is
/// expected is said here a second time, from DESIGN.md section 1 and the words of the shipped file.
@Suite("The whole matrix of who may do what")
struct MatrixTests {
    /// How a principal stands to the recording.
    private enum Standing: String, CaseIterable {
        case equal, above, below, compartmentMissing, otherUnit, disabled, expired, unconfirmed, ended, notBegun

        var dominates: Bool { self != .below && self != .compartmentMissing }
        /// Whether the principal is known and its certificate counts.
        var counts: Bool { ![.disabled, .expired, .unconfirmed, .ended, .notBegun].contains(self) }
    }

    /// What the shipped policy gives, written again.
    private static let rows: [Role: Set<String>] = [
        .recorder: ["send"],
        .archivist: ["send", "find", "show", "open", "expect", "describe"],
        .recordsManager: [
            "send", "find", "show", "expect", "relabel", "correct", "hold", "back-date", "propose", "approve",
        ],
        .auditor: ["read-log"],
        .transcriber: ["transcribe"],
        .administrator: [],
    ]
    private static let everyUnit: Set<Role> = [.recordsManager, .auditor, .transcriber]
    private static let sightedRoles: Set<Role> = [.archivist, .recordsManager]
    private static let absent = String(repeating: "a", count: 26)
    /// The recording's compartment, and one that it has not.
    private static let (inside, outside) = ("anggaran", "kepegawaian")
    private static let year: TimeInterval = 366 * 86_400

    /// The clearance of a standing, in the levels of the policy; the recording is of the last but one.
    private func clearance(_ standing: Standing, _ policy: Policy) throws -> String {
        let names = policy.levels.map(\.level.name)
        try #require(names.count >= 3 && policy.compartments.contains(Self.inside))
        return switch standing {
        case .above: "\(names[names.count - 1]):\(Self.inside),\(Self.outside)"
        case .below: "\(names[names.count - 3]):\(Self.inside)"
        case .compartmentMissing: "\(names[names.count - 1]):\(Self.outside)"
        case .equal, .otherUnit, .disabled, .expired, .unconfirmed, .ended, .notBegun:
            "\(names[names.count - 2]):\(Self.inside)"
        }
    }

    private func sees(_ role: Role, _ standing: Standing) -> Bool {
        Self.sightedRoles.contains(role) && standing.dominates
            && (Self.everyUnit.contains(role) || standing != .otherUnit)
    }

    /// The status of the request that does `action`, and of asking for its explanation.
    private func expected(_ role: Role, _ action: Action, _ standing: Standing) -> (done: Int?, explained: Int) {
        guard standing.counts else { return (401, 401) }
        let row = Self.rows[role] ?? []
        let sees = sees(role, standing)
        let worksThere = Self.everyUnit.contains(role) || standing != .otherUnit
        let done: Int? =
            switch action.rawValue {
            // Who sends reads nothing back: no clearance is asked for. What is sent here is no age file.
            case "send": row.contains("send") && worksThere ? 422 : 403
            case "find": row.contains("find") ? 200 : 403
            case "show": sees ? 200 : 404
            case "open": !sees ? 404 : row.contains("open") ? 201 : 403
            case "describe", "correct": !sees ? 404 : row.contains(action.rawValue) ? 200 : 403
            case "expect": row.contains("expect") && standing.dominates && worksThere ? 201 : 403
            case "read-log": row.contains("read-log") ? 200 : 403
            default: nil
            }
        return (done, sees ? 200 : 404)
    }

    private func request(_ action: Action, _ id: String, _ level: String) -> Peer.Ask? {
        let announcement = """
            {"meeting":"Pleno","starts":"2026-11-21T10:00:00Z","duration":60,"unit":"umum","level":"\(level)",\
            "compartments":["\(Self.inside)"]}
            """
        switch action {
        case .send:
            let query = "level=biasa&unit=umum&series=rapat&title=t"
            return Peer.Ask(method: "PUT", path: "/v1/recordings?\(query)", body: Data("x".utf8))
        case .find: return Peer.Ask(method: "GET", path: "/v1/recordings?limit=500")
        case .show: return Peer.Ask(method: "GET", path: "/v1/recordings/\(id)")
        case .open:
            let body = Data(#"{"purpose":"Notulen"}"#.utf8)
            return Peer.Ask(method: "POST", path: "/v1/recordings/\(id)/accesses", body: body)
        case .describe:
            return Peer.Ask(method: "PATCH", path: "/v1/recordings/\(id)", body: Data(#"{"title":"Anggaran"}"#.utf8))
        case .correct:
            let body = Data(#"{"series":"rapat","unit":"umum","reason":"Ditinjau"}"#.utf8)
            return Peer.Ask(method: "PATCH", path: "/v1/recordings/\(id)/record", body: body)
        case .expect: return Peer.Ask(method: "POST", path: "/v1/expectations", body: Data(announcement.utf8))
        case .readLog: return Peer.Ask(method: "GET", path: "/v1/audit/entries?limit=1")
        default: return nil
        }
    }

    private func name(_ role: Role, _ standing: Standing) -> String { "\(role.rawValue)-\(standing.rawValue)" }

    @Test func `role by action by standing`() async throws {
        let policy = try Policy(
            yaml: Policy.shipped.replacing("units: [umum]", with: "units: [umum, biro]"),
            file: "policy.yaml"
        )
        // Those whose certificates are over were enrolled a year before the others.
        let early = Dictionary(uniqueKeysWithValues: Role.allCases.map { (name($0, .expired), $0) })
        let archive = try await ServedArchive(
            Date(timeIntervalSinceNow: -Self.year),
            people: early,
            clearance: clearance(.expired, policy),
            thenAdvancing: Self.year
        ) { root in
            try LiveArchive.edit(
                URL(filePath: root).appending(path: "Config"),
                "policy.yaml",
                "units: [umum]",
                "units: [umum, biro]"
            )
        }
        #expect(archive.archive.policy == policy)
        let level = policy.levels[policy.levels.count - 2].level
        let recording = try await store(in: archive, level)
        var count = 0
        for role in Role.allCases {
            for standing in Standing.allCases {
                let who = name(role, standing)
                try await enrol(who, role, standing, in: archive, clearance: clearance(standing, policy))
                count += try check(role, standing, recording, level.name, in: archive)
            }
        }
        // Every action is explained for everybody, and eight of them are done.
        #expect(count == Role.allCases.count * Standing.allCases.count * (Action.allCases.count + 8))
        #expect(try await archive.archive.verification().whole)
        try await archive.close()
    }

    private func store(in archive: ServedArchive, _ level: Level) async throws -> String {
        try await archive.enrol("perekam", .recorder, unit: "umum")
        let recipient = try #require(try archive.archive.vault.recipients(of: level))
        let sealed = try MadeRecording.seal(MadeStream.noise(seconds: 0.5), to: [recipient.x25519])
        let query = "level=\(level)&compartment=\(Self.inside)&unit=umum&series=rapat&title=Anggaran"
        let ask = Peer.Ask(method: "PUT", path: "/v1/recordings?\(query)", body: Data(sealed.bytes))
        let stored = try archive.peer("perekam").ask([ask])[0].answer
        return try #require(stored.json["id"] as? String, "\(stored.text)")
    }

    private func enrol(
        _ who: String,
        _ role: Role,
        _ standing: Standing,
        in archive: ServedArchive,
        clearance: String
    ) async throws {
        guard standing != .expired else { return }
        let unit = standing == .otherUnit ? "biro" : "umum"
        let id = try await archive.enrol(who, role, clearance: clearance, unit: unit)
        switch standing {
        case .disabled: _ = try await archive.archive.administer(.disablePrincipal(id), by: .hostUser(0))
        // Nobody gets a certificate before; what a program would have to do wrong is done here.
        case .unconfirmed: try await archive.archive.catalogue.write { try $0.setState(.unconfirmed, of: id) }
        case .ended:
            try await set(id, in: archive) { $0.ends = Timestamp.text(archive.clock.now) }
            archive.clock.advance(by: 1)
        case .notBegun:
            try await set(id, in: archive) { $0.starts = Timestamp.text(archive.clock.now.addingTimeInterval(3600)) }
        default: break
        }
    }

    private func set(
        _ id: PrincipalID,
        in archive: ServedArchive,
        _ change: (inout PrincipalChange) -> Void
    ) async throws {
        var wanted = PrincipalChange(id)
        change(&wanted)
        _ = try await archive.archive.administer(.setPrincipal(wanted), by: .hostUser(0))
    }

    /// Asks for everything, as one principal over one connection; returns how many answers were compared.
    private func check(
        _ role: Role,
        _ standing: Standing,
        _ recording: String,
        _ level: String,
        in archive: ServedArchive
    ) throws -> Int {
        let who = name(role, standing)
        var asks: [(action: Action, isExplanation: Bool, ask: Peer.Ask, absent: Peer.Ask)] = []
        for action in Action.allCases {
            func explain(_ id: String) -> Peer.Ask {
                Peer.Ask(method: "GET", path: "/v1/recordings/\(id)/decision?action=\(action.rawValue)")
            }
            asks.append((action, true, explain(recording), explain(Self.absent)))
            if let one = request(action, recording, level), let other = request(action, Self.absent, level) {
                asks.append((action, false, one, other))
            }
        }
        let answers = try archive.peer(who).ask(asks.map(\.ask)).map(\.answer)
        let hidden = zip(asks, answers).filter { $1.status == 404 }
        let absent = try archive.peer(who).ask(hidden.map(\.0.absent)).map(\.answer)
        for ((asked, answer), other) in zip(hidden, absent) {
            // What is not the caller's to know is answered as what is not there, byte for byte.
            #expect(answer == other, "\(who), \(asked.ask.path)")
            #expect(!answer.text.contains(recording))
        }
        for (asked, answer) in zip(asks, answers) {
            let expected = expected(role, asked.action, standing)
            let words = "\(who), \(asked.ask.method) \(asked.ask.path): \(answer.text)"
            #expect(answer.status == (asked.isExplanation ? expected.explained : expected.done), "\(words)")
            if asked.isExplanation, answer.status == 200 {
                let may = Self.rows[role]?.contains(asked.action.rawValue) == true
                #expect(answer.json["decision"] as? String == (may ? "allow" : "refuse"), "\(words)")
            }
            if asked.action == .find, !asked.isExplanation, answer.status == 200 {
                #expect(answer.text.contains(recording) == sees(role, standing), "\(words)")
            }
        }
        return answers.count
    }
}
