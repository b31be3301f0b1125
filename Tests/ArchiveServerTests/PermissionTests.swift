import Foundation
import TestSupport
import Testing

/// Role × action × standing over a live service; what is expected is said here, apart from the policy's own code.
@Suite("Every role does what it may, and nothing else")
struct PermissionTests {
    /// How a principal stands to the recording, which is `rahasia` with `anggaran` in unit `umum`.
    private enum Standing: String, CaseIterable {
        case equal, above, below, compartmentMissing, otherUnit, disabled

        var clearance: String {
            switch self {
            case .equal, .otherUnit, .disabled: "rahasia:anggaran"
            case .above: "sangat-rahasia:anggaran,kepegawaian"
            case .below: "terbatas:anggaran"
            case .compartmentMissing: "sangat-rahasia:kepegawaian"
            }
        }
        var unit: String { self == .otherUnit ? "biro" : "umum" }
        var dominates: Bool { self != .below && self != .compartmentMissing }
    }

    private static let roles = [
        "recorder", "archivist", "records-manager", "auditor", "transcriber", "administrator",
    ]
    private static let absent = String(repeating: "a", count: 26)

    private let archive: LiveArchive
    private let recording: String

    init() throws {
        archive = try LiveArchive { config in
            try LiveArchive.edit(config, "policy.yaml", "units: [umum]", "units: [umum, biro]")
        }
        try archive.enrol("perekam", "recorder", "--unit", "umum")
        recording = try archive.store(
            MadeStream.fresh(),
            level: "rahasia",
            as: "perekam",
            more: "&compartment=anggaran&unit=umum&series=rapat&title=Anggaran"
        )
    }

    /// The status that `role` in `standing` must get for each action.
    private func expected(_ role: String, _ standing: Standing) -> [String: Int] {
        let anywhere = ["records-manager", "auditor", "transcriber"].contains(role)
        let finds = role == "archivist" || role == "records-manager"
        let sees = finds && standing.dominates && (anywhere || standing != .otherUnit)
        let opens = sees && role == "archivist"
        let sends = ["recorder", "archivist", "records-manager"].contains(role)
        // Who sends reads nothing back: a clearance is not asked for, a unit is.
        let sendsThere = sends && (anywhere || standing != .otherUnit)
        let log = role == "auditor" ? 200 : 403
        let statuses = [
            "whoami": 200, "recipients": 200, "openapi": 200, "list": finds ? 200 : 403, "show": sees ? 200 : 404,
            "open": opens ? 201 : sees ? 403 : 404, "open without purpose": sees ? 403 : 404,
            "upload": sendsThere ? 201 : 403, "put": sendsThere ? 422 : 403, "entries": log, "checkpoint": log,
            "verification": log,
        ]
        return standing == .disabled ? statuses.mapValues { _ in 401 } : statuses
    }

    private func ask(_ action: String, _ id: String, as who: String) throws -> Exchange {
        let query = "level=biasa&unit=umum&series=rapat&title=t"
        let fields = ["level": "biasa", "unit": "umum", "series": "rapat", "title": "t"]
        return switch action {
        case "whoami", "recipients": try archive.exchange("GET", "/v1/\(action)", as: who)
        case "openapi": try archive.exchange("GET", "/v1/openapi.yaml", as: who)
        case "list": try archive.exchange("GET", "/v1/recordings", as: who)
        case "show": try archive.exchange("GET", "/v1/recordings/\(id)", as: who)
        case "open": try archive.open(id, as: who, purpose: "Notulen")
        case "open without purpose": try archive.open(id, as: who)
        case "upload": try archive.create(length: 10, fields, as: who)
        case "put": try archive.exchange("PUT", "/v1/recordings?\(query)", as: who, body: Data("x".utf8))
        default: try archive.exchange("GET", "/v1/audit/\(action)", as: who)
        }
    }

    @Test func `role by action by standing`() throws {
        var count = 0
        for role in Self.roles {
            for standing in Standing.allCases {
                let who = "\(role)-\(standing.rawValue)"
                let id = try archive.enrol(who, role, clearance: standing.clearance, "--unit", standing.unit)
                if standing == .disabled {
                    let done = try archive.risalahd("principal", "disable", id, "--root", archive.root.path)
                    try #require(done.status == 0, "\(done.errorText)")
                }
                for (action, status) in expected(role, standing) {
                    let answer = try ask(action, recording, as: who)
                    #expect(answer.status == status, "\(who), \(action): \(answer.text)")
                    count += 1
                    if action == "list", status == 200 {
                        let isListed = answer.text.contains(recording)
                        #expect(isListed == (expected(role, standing)["show"] == 200), "\(who): \(answer.text)")
                    }
                    // What is not the caller's to know is answered as what is not there, byte for byte.
                    guard status == 404 else { continue }
                    #expect(try ask(action, Self.absent, as: who) == answer, "\(who), \(action)")
                    #expect(!answer.text.contains(recording))
                }
            }
        }
        #expect(count == Self.roles.count * Standing.allCases.count * 12)
        #expect(try archive.risalahd("audit", "verify", "--root", archive.root.path).status == 0)
    }

    @Test func `the unit inside a recording needs the right to send there`() throws {
        let stream = try Data(MadeStream.noise(seconds: 0.5, tags: [("UNIT", "biro")]))
        let answer = try archive.exchange(
            "PUT",
            "/v1/recordings?level=biasa&series=rapat&title=t",
            as: "perekam",
            body: archive.seal(stream, to: "biasa", as: "perekam")
        )
        #expect(answer.status == 403 && answer.words.contains("unit biro"), "\(answer.text)")
        #expect(archive.stored("recordings").count == 1)
    }

    @Test func `an access is its caller's alone and counts at every request`() throws {
        try archive.enrol("sari", "archivist", clearance: "rahasia:anggaran", "--unit", "umum")
        let id = try archive.enrol("budi", "archivist", clearance: "rahasia:anggaran", "--unit", "umum")
        let link = try #require(archive.links(recording, as: "sari", purpose: "Notulen")["sealed"])
        let unknown = "/v1/accesses/\(Self.absent)/recording.opus.age"
        for (method, path, other) in [
            ("GET", link, unknown), ("GET", String(link.dropLast(4)), String(unknown.dropLast(4))),
            ("DELETE", link.replacingOccurrences(of: "/recording.opus.age", with: ""), "/v1/accesses/\(Self.absent)"),
        ] {
            let answer = try archive.exchange(method, path, as: "budi")
            #expect(answer.status == 404, "\(answer.text)")
            #expect(try archive.exchange(method, other, as: "budi") == answer)
        }
        // What is visible and not allowed is told, with the reason.
        let unexplained = try archive.open(recording, as: "sari")
        #expect(unexplained.status == 403 && unexplained.words.contains("purpose"), "\(unexplained.text)")
        let opened = try archive.exchange("GET", String(link.dropLast(4)), as: "sari")
        #expect(opened.status == 403 && opened.words.contains("sealed only"), "\(opened.text)")

        // Another principal's access ends with its principal, and nobody else's does.
        let others = try #require(archive.links(recording, as: "budi", purpose: "Notulen")["sealed"])
        #expect(try archive.exchange("GET", others, as: "budi").status == 200)
        #expect(try archive.risalahd("principal", "disable", id, "--root", archive.root.path).status == 0)
        #expect(try archive.exchange("GET", others, as: "budi").status == 401)
        #expect(try archive.exchange("GET", link, as: "sari").status == 200)
    }
}
