import AccessPolicy
import ArchiveCore
import AuditLog
import Catalogue
import Foundation
import Ingest
import OggOpus
import Retention

/// What the benchmarks of an archive share: it is made for them in the folder for temporary files, and removed again.
enum BenchmarkArchive {
    /// Makes the archive, has `body` measure below its root, and removes it.
    static func measuring<Report>(_ body: (String) async throws -> Report) async throws -> Report {
        let root = FileManager.default.temporaryDirectory.appending(path: "risalah-\(UUID().uuidString.prefix(8))").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        _ = try await Archive.initialize(root: root, name: nil, listen: "127.0.0.1:0", health: "none", isSolo: true)
        return try await body(root)
    }

    /// Opens the archive below `root` for `body`, and closes it.
    static func opened<Value>(_ root: String, _ body: (Archive) async throws -> Value) async throws -> Value {
        let archive = try await Archive.open(root: root)
        do {
            let value = try await body(archive)
            try archive.close()
            return value
        } catch {
            try? archive.close()
            throw error
        }
    }

    /// How long `body` takes, in seconds.
    static func seconds(_ body: () async throws -> Void) async throws -> Double {
        let begin = ContinuousClock.now
        try await body()
        return (ContinuousClock.now - begin) / .seconds(1)
    }

    /// A second of silence, Ogg Opus.
    static func silence() throws -> [UInt8] {
        let encoder = try Encoder(configuration: .init(sampleRate: 48_000, channels: 1, bitrate: 32_000))
        let opus = try [Float](repeating: 0, count: 48_000).withUnsafeBufferPointer { try encoder.encode($0) }
        return try opus + encoder.finish()
    }
}

extension Archive {
    /// Somebody with a credential, whose keys nobody holds.
    func addMember(_ role: Role) async throws -> Caller {
        let (id, now) = (PrincipalID(), clock.now)
        let unit = policy.units[0]
        func principal(_ state: PrincipalState) -> Principal {
            Principal(id: id, role: role, clearance: Label(policy.lowest), unit: unit, state: state)
        }
        let credential = Credential(
            key: Data(Random.bytes(32)),
            principal: id,
            certificate: Random.bytes(32).hexadecimal,
            notBefore: now,
            notAfter: now.addingTimeInterval(86_400),
            x25519: "",
            hybrid: ""
        )
        let row = PrincipalRow(
            principal: principal(.invited),
            addedBy: Actor.service.name,
            person: Data(Random.bytes(32)),
            created: now,
            sealed: Data()
        )
        try await catalogue.write { writer in
            try writer.insert(row, inviteDigest: Data(Random.bytes(32)), inviteExpires: now)
            try writer.enrol(credential, at: now)
        }
        return Caller(principal: principal(.active), key: credential.key, certificate: credential.certificate)
    }

    /// A second of silence, of the lowest level.
    func storeSilence(by caller: Caller) async throws -> RecordingID {
        let opus = try BenchmarkArchive.silence()
        var submission = Submission()
        for (name, value) in [
            ("level", policy.lowest.name), ("title", "benchmark"), ("series", schedule.series[0].code),
        ] {
            try submission.set(name, value)
        }
        let stream = AsyncStream<[UInt8]> { continuation in
            continuation.yield(opus)
            continuation.finish()
        }
        return try await ingest.receive(stream, submission: submission, isSealed: false, by: caller).recording
    }
}
