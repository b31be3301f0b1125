import Age
import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Vault

extension Ingest {
    /// Keeps an upload that cannot become a recording aside, with its keys, until its time there is over
    /// (DESIGN.md invariant 12); one of which nobody could open anything is dropped.
    func setAside(
        _ row: UploadRow,
        _ session: UploadSession,
        because error: ArchiveError,
        by caller: Caller
    ) async throws {
        try await toTheEnd {
            await self.sessions.end(session)
            if await session.holdsPayload {
                try await session.settle()
                try await self.quarantine(row, reason: error.code.rawValue, answer: error, by: caller)
            } else {
                // Nobody can open what has no file key.
                try await self.drop(row.id, because: error, by: caller)
            }
        }
    }

    /// Keeps what there is of a one-shot upload that failed: as the recording, where the payload had its final name
    /// already, else aside.
    func salvage(
        _ upload: UploadID,
        _ session: UploadSession,
        after error: ArchiveError,
        by caller: Caller
    ) async throws {
        guard let row = try await catalogue.read({ try $0.upload(upload) }), row.state == .receiving else { return }
        if try blobs.length(of: .recording(row.recording)) != nil { return try await recover(row) }
        try await setAside(row, session, because: error, by: caller)
    }

    /// Does `body` although the request that asks for it may be cancelled: its connection often is gone by now, and reads
    /// of the catalogue end with their task.
    func toTheEnd<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await Task(operation: body).value
    }

    /// Moves a payload aside and says so in the catalogue. Who finds one that was moved and not said so asks for the same, and
    /// waits for whoever is at it.
    func quarantine(
        _ row: UploadRow,
        reason: String,
        answer: ArchiveError,
        by caller: Caller
    ) async throws {
        try await becoming.holding([Data(row.id.description.utf8)]) {
            try await moveAside(row, reason: reason, answer: answer, by: caller)
        }
    }

    private func moveAside(
        _ row: UploadRow,
        reason: String,
        answer: ArchiveError,
        by caller: Caller
    ) async throws {
        // What was seen before is aside already when its refusal comes here.
        guard try await catalogue.read({ try $0.upload(row.id) })?.state == .receiving else { return }
        // A part of what was destroyed must not bring its key back.
        if try await isDestroyed(row) { return try await drop(row.id, because: answer, code: "destroyed", by: caller) }
        let now = clock.now
        let expires = now.addingTimeInterval(limits.quarantine)
        let problem = try seal(problem: answer, of: row.id)
        // It may have come as far as its final name: a second attempt of what another has become meanwhile.
        try vault.destroyKeys(of: [row.recording])
        try blobs.quarantine(row.id, named: row.recording)
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
        sessions.forget(row.id)
    }

    /// Whether the payload of an upload begins as one that was destroyed, or is being destroyed.
    func isDestroyed(_ row: UploadRow) async throws -> Bool {
        let key: BlobKey =
            try blobs.length(of: .recording(row.recording)) != nil ? .recording(row.recording) : .incoming(row.id)
        guard let reader = try blobs.read(key), reader.length >= PayloadNonce.length else { return false }
        let nonce = try [UInt8](unsafeUninitializedCapacity: PayloadNonce.length) { buffer, count in
            count = try reader.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
        }
        let known = try await catalogue.read { try $0.recording(digest: Data(), orNonce: Data(nonce)) }
        return known?.state == .destroying || known?.state == .destroyed
    }

    /// Ends an upload of which nothing is kept.
    ///
    /// - Parameter code: what the log says of it, where that is more than the sender may know.
    func drop(_ upload: UploadID, because error: ArchiveError, code: String? = nil, by caller: Caller) async throws {
        let problem = try seal(problem: error, of: upload)
        let now = clock.now
        guard let row = try await catalogue.read({ try $0.upload(upload) }), row.state == .receiving else { return }
        // It may have come as far as its final name. That key goes before anything says that the upload has ended.
        try vault.destroyKeys(of: [row.recording])
        try await catalogue.write { [log] writer in
            try writer.markFailed(upload, problem: problem, at: now)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "recording.store",
                object: upload.description,
                decision: .refuse,
                details: ["code": code ?? error.code.rawValue]
            )
        }
        try vault.forget(upload)
        try blobs.remove(.incoming(upload))
        try blobs.remove(.recording(row.recording))
        sessions.forget(upload)
    }

    // MARK: Why an upload failed

    /// The answer that an upload got, for whoever asks again. It may quote what the stream says of itself, so it rests
    /// sealed (DESIGN.md invariant 5).
    private func seal(problem: ArchiveError, of upload: UploadID) throws -> String {
        try vault.seal("upload problems")
            .seal(CanonicalJSON.encode(StoredProblem(problem)), context: upload.description)
            .base64EncodedString()
    }

    /// The answer that a failed upload got.
    func failure(_ row: UploadRow) throws -> ArchiveError {
        guard let problem = row.problem.flatMap({ Data(base64Encoded: $0) }) else {
            return ArchiveError(.badRecording, "this upload has failed")
        }
        let stored = try vault.seal("upload problems").open(problem, context: row.id.description)
        return try CanonicalJSON.decode(StoredProblem.self, from: stored).error
    }
}

/// Why an upload failed, as the catalogue keeps it for whoever asks again.
private struct StoredProblem: Codable {
    var code: ArchiveError.Code
    var message: String
    var hint: String?
    var offset: Int64?

    init(_ error: ArchiveError) {
        code = error.code
        message = error.message
        hint = error.hint
        offset = error.offset
    }

    var error: ArchiveError { ArchiveError(code, message, hint: hint, offset: offset) }
}
