import AccessPolicy
import Age
import ArchiveClient
import ArchiveCore
import ArchiveInterface
import ArchiveServer
import ArchiveTesting
import Auditing
import Crypto
import Foundation
import TransparencyLog

/// An archive with its people, made once and copied for each generation of rounds, so that it stays small.
struct Scene: Sendable {
    /// Who works at it.
    enum Person: String, CaseIterable, Sendable {
        case recorder, archivist, proposer, approver, auditor

        var role: Role {
            switch self {
            case .recorder: .recorder
            case .archivist: .archivist
            case .proposer, .approver: .recordsManager
            case .auditor: .auditor
            }
        }
    }

    /// A stream that is sent.
    struct Source: Sendable {
        let path: String
        let bytes: [UInt8]
        let digest: Data
    }

    /// The series that is never destroyed, the one that two persons destroy, and the one that nobody is asked for.
    static let (permanent, approved, unapproved) = ("tetap", "kerja", "sementara")
    static let series = [permanent, approved, unapproved]

    let folder: String
    let sources: [Source]
    let custodian: Identity

    var root: String { "\(folder)/archive" }
    var layout: StorageLayout { StorageLayout(root: root) }
    var backup: String { "\(folder)/backup" }
    var vaults: String { "\(folder)/vaults" }
    private var people: String { "\(folder)/people" }
    /// What every generation begins with: each part of the scene, and its copy.
    private var templates: [(part: String, template: String)] {
        [root, people].map { ($0, "\($0).template") }
    }

    func home(_ person: Person) -> ClientHome { ClientHome(path: "\(people)/\(person.rawValue)") }

    /// Makes the archive and enrols everybody, in `folder`.
    init(folder: String) async throws {
        self.folder = folder
        custodian = Identity.generateX25519()
        // From less than a chunk of age to several.
        sources = try [(0.5, 24_000), (1, 64_000), (3, 256_000), (6, 510_000)].enumerated().map { index, shape in
            let bytes = try MadeRecording.opus(seconds: shape.0, bitrate: shape.1, seed: UInt32(index + 1))
            let path = "\(folder)/source-\(index).opus"
            try Data(bytes).write(to: URL(filePath: path))
            return Source(path: path, bytes: bytes, digest: Data(SHA256.hash(data: bytes)))
        }
        let layout = StorageLayout(root: root)
        try FileManager.default.createDirectory(atPath: layout.config, withIntermediateDirectories: true)
        try Data(Policy.shippedWithoutQuotas.utf8).write(to: URL(filePath: layout.policy))
        try Data(Self.schedule.utf8).write(to: URL(filePath: layout.schedule))
        _ = try await Archive.initialize(
            root: root,
            name: nil,
            listen: "127.0.0.1:0",
            health: "none",
            isSolo: true
        )
        let settings = try String(contentsOfFile: layout.settings, encoding: .utf8)
            .replacing(/(bulk|live): [0-9]+ GiB/) { "\($0.output.1): 64 MiB" }
            .replacing(/(log|destruction): [0-9]+ MiB/) { "\($0.output.1): 1 MiB" }
            // The workers say when.
            .replacing("retention_every: P1D", with: "retention_every: never")
        let backups = "backup: { custodians: [\"\(custodian.recipient)\"], vault: \"\(vaults)\", catalogues: 100 }\n"
        try Data((settings + backups).utf8).write(to: URL(filePath: layout.settings))
        try await enrol()
        for (part, template) in templates { try FileManager.default.moveItem(atPath: part, toPath: template) }
    }

    private static let schedule = """
        series:
          - {code: \(permanent), name: {en: Kept, id: Tetap}, active: P30Y, inactive: P0D, then: permanent}
          - {code: \(approved), name: {en: Approved, id: Disetujui}, active: PT1S, inactive: P0D, then: destroy, approval: required, witnesses: 0, cooling: P0D}
          - {code: \(unapproved), name: {en: Unapproved, id: Sementara}, active: PT1S, inactive: P0D, then: destroy, approval: none, nonrecord: true, cooling: P0D}

        """

    private func enrol() async throws {
        let server = try ServerProcess(root: root, seed: 0, fault: nil, log: "\(folder)/enrolment.log")
        guard let address = try await server.ready() else { throw Found("the first server does not start") }
        let admin = try AdminClient(socket: layout.socket)
        for person in Person.allCases {
            let new = NewPrincipal(
                name: person.rawValue,
                role: person.role,
                clearance: Label(Level("sangat-rahasia")),
                unit: "umum",
                person: nil,
                floor: nil
            )
            guard case .invited(let invitation) = try await admin.perform(.addPrincipal(new)) else {
                throw Found("no invitation")
            }
            _ = try await ArchiveClient.enrol(
                at: ServerAddress(parsing: address),
                invite: Invite(parsing: invitation.invite),
                home: home(person)
            )
        }
        await admin.close()
        try await beginCopy(at: address)
        server.stop()
        guard case .exit(0) = try await server.end() else { throw Found("the first server does not end well") }
    }

    /// Has the auditor copy the log under its first key, which is taken from the host; no later one is.
    private func beginCopy(at address: String) async throws {
        let clients = try clients(at: address)
        let text = try String(contentsOfFile: layout.logKey, encoding: .utf8)
        let key = try NoteVerifier(vkey: text.trimmingCharacters(in: .newlines))
        if let auditor = clients[.auditor] {
            _ = try await home(.auditor).auditCopy.sync(from: auditor.log, trusting: key)
        }
        for client in clients.values { await client.close() }
    }

    /// The archive and its people as they were when everybody had just been enrolled.
    func begin() throws {
        for path in [root, people, backup, vaults] { try? FileManager.default.removeItem(atPath: path) }
        for (part, template) in templates { try FileManager.default.copyItem(atPath: template, toPath: part) }
        for path in [backup, vaults] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    /// Everybody's client, for the server at `address`.
    func clients(at address: String) throws -> [Person: ArchiveClient] {
        var clients: [Person: ArchiveClient] = [:]
        for person in Person.allCases {
            let home = home(person)
            try Data("\(address)\n".utf8).write(to: URL(filePath: home.path(of: .server)))
            clients[person] = try ArchiveClient(Credentials(home: home), retries: RetryPolicy(attempts: 0))
        }
        return clients
    }
}
