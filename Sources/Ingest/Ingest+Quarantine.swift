public import ArchiveCore
import AuditLog
import BlobStore
public import Catalogue
import Foundation
import Vault

/// Payloads that could not become recordings: looked at, tried again, given up.
extension Ingest {
    /// What lies in quarantine, the longest there first.
    public func quarantined() async throws -> [QuarantineRow] { try await catalogue.read { try $0.quarantine() } }

    /// Tries once more to make a recording of what lies in quarantine.
    ///
    /// - Parameter additions: what its sender did not say, by the names of ``Submission``; what was said is not changed.
    /// - Throws: `not-found`; `bad-metadata` for an addition; else why it cannot be one, and it stays where it is.
    public func release(
        _ upload: UploadID,
        adding additions: [(name: String, value: String)],
        by actor: Actor
    ) async throws -> Receipt {
        try await toTheEnd {
            let (row, caller) = try await self.putBack(upload, additions, by: actor)
            let (session, lease) = try await self.take(row, by: caller)
            return try await self.complete(session, lease, row, caller)
        }
    }

    /// A crash before the payload is back has it put aside again at the next start.
    private func putBack(
        _ upload: UploadID,
        _ additions: [(name: String, value: String)],
        by actor: Actor
    ) async throws -> (UploadRow, Caller) {
        try await becoming.holding([Self.turn(upload)]) {
            guard let row = try await catalogue.read({ try $0.upload(upload) }), let sealed = row.sealed,
                let length = try blobs.length(of: .quarantined(upload)), row.state == .failed
            else { throw Self.notInQuarantine(upload) }
            let seal = try vault.seal(of: upload, recording: row.recording)
            var submission = try CanonicalJSON.decode(
                Submission.self,
                from: seal.open(sealed, field: Self.submissionField)
            )
            for (name, value) in additions { try submission.set(name, value) }
            try checkNames(submission)
            let updated = try seal.seal(CanonicalJSON.encode(submission), field: Self.submissionField)
            let now = clock.now
            let again = try await catalogue.write { [log] writer in
                try writer.release(upload, sealed: updated, durable: length, at: now)
                try log.append(
                    to: writer,
                    actor: actor,
                    action: "quarantine.release",
                    object: upload.description,
                    details: ["added": additions.map(\.name).sorted().joined(separator: " ")]
                )
                return try writer.reader.upload(upload)
            }
            guard let again else { throw Self.notInQuarantine(upload) }
            try blobs.release(upload)
            return (again, try await sender(of: again))
        }
    }

    /// Destroys what lies in quarantine before its time there is over.
    public func dropQuarantined(_ upload: UploadID, by actor: Actor) async throws {
        try await toTheEnd {
            guard try await self.catalogue.read({ try $0.quarantine() }).contains(where: { $0.upload == upload }) else {
                throw Self.notInQuarantine(upload)
            }
            try await self.destroyQuarantined(upload, action: "quarantine.drop", by: actor)
        }
    }

    /// Destroys what has lain in quarantine until its time there was over.
    ///
    /// - Throws: `conflict` where the clock went forward and nobody has confirmed it (DESIGN.md invariant 9).
    public func expireQuarantine() async throws {
        let now = clock.now
        let rows = try await catalogue.read { reader in
            try reader.assertClock()
            return try reader.quarantine()
        }
        for row in rows where row.expires <= now {
            try await toTheEnd {
                try await self.destroyQuarantined(row.upload, action: "quarantine.expire", by: .service)
            }
        }
    }

    /// Order (invariant 7): the entry, then the keys, then the payload. A crash in between is finished at the next start.
    private func destroyQuarantined(_ upload: UploadID, action: String, by actor: Actor) async throws {
        try await becoming.holding([Self.turn(upload)]) {
            try await catalogue.write { [log] writer in
                guard try writer.deleteQuarantine(upload) else { return }
                try log.append(to: writer, actor: actor, action: action, object: upload.description)
            }
            // Released meanwhile, it is not in quarantine any more and keeps what it has.
            guard try await catalogue.read({ try $0.upload(upload) })?.state == .failed else { return }
            try vault.forget(upload)
            try blobs.remove(.quarantined(upload))
        }
    }

    private static func notInQuarantine(_ upload: UploadID) -> ArchiveError {
        ArchiveError(.notFound, "\(upload) is not in quarantine", hint: "risalahd quarantine list")
    }
}
