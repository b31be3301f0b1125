import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Vault

extension Ingest {
    /// Keeps a resumable upload that cannot become a recording aside, with its keys, until its time there is over.
    func setAside(
        _ row: UploadRow,
        _ session: UploadSession,
        because error: ArchiveError,
        by caller: Caller
    ) async throws {
        _ = await session.takeOver()
        if await session.isOpen {
            try await quarantine(row, reason: error.code.rawValue, answer: error, by: caller)
        } else {
            // Nobody can open what has no file key.
            try await drop(row.id, because: error, by: caller)
        }
    }

    func quarantine(
        _ row: UploadRow,
        reason: String,
        answer: ArchiveError,
        by caller: Caller
    ) async throws {
        let now = clock.now
        let expires = now.addingTimeInterval(limits.quarantine)
        let problem = try String(decoding: CanonicalJSON.encode(StoredProblem(answer)), as: UTF8.self)
        try blobs.quarantine(row.id)
        try await catalogue.write { [log] writer in
            try writer.markFailed(row.id, problem: problem, at: now)
            try writer.quarantine(
                row.id,
                principal: caller.principal.id,
                reason: reason,
                since: now,
                expires: expires
            )
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "recording.quarantine",
                object: row.id.description,
                decision: .refuse,
                details: ["code": reason]
            )
        }
        forget(row.id)
    }

    /// Ends an upload of which nothing is kept.
    func drop(_ upload: UploadID, because error: ArchiveError, by caller: Caller) async throws {
        let problem = try String(decoding: CanonicalJSON.encode(StoredProblem(error)), as: UTF8.self)
        let now = clock.now
        guard let row = try await catalogue.read({ try $0.upload(upload) }), row.state == .receiving else { return }
        try await catalogue.write { [log] writer in
            try writer.markFailed(upload, problem: problem, at: now)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "recording.store",
                object: upload.description,
                decision: .refuse,
                details: ["code": error.code.rawValue]
            )
        }
        // It may have come as far as its final name: the catalogue, which decides, knows of no such recording.
        try vault.destroyKeys(of: [row.recording])
        try vault.forget(upload)
        try blobs.remove(.incoming(upload))
        try blobs.remove(.recording(row.recording))
        forget(upload)
    }
}
