import Age
import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
import Crypto
import Foundation
import Vault

extension Ingest {
    /// Keeps what came of an upload that cannot become a whole recording (DESIGN.md invariant 12): as an incomplete one, or
    /// aside, with its keys, until its time there is over. One of which nobody could open anything is dropped.
    ///
    /// - Returns: the incomplete recording, where it became one.
    func setAside(
        _ row: UploadRow,
        _ session: UploadSession,
        because error: ArchiveError,
        by caller: Caller
    ) async throws -> Receipt? {
        try await toTheEnd {
            await self.sessions.end(session)
            guard await session.holdsPayload else {
                // Nobody can open what has no file key.
                try await self.drop(row.id, because: error, by: caller)
                return nil
            }
            try await session.settle()
            return try await self.keep(row, because: error, by: caller)
        }
    }

    /// As ``setAside(_:_:because:by:)``, of what lies in storage.
    ///
    /// - Throws: why it is aside, where that is another reason than `error`.
    func keep(_ row: UploadRow, because error: ArchiveError, by caller: Caller) async throws -> Receipt? {
        // Of these the beginning is good, as far as it goes; what is wrong with others is wrong with all of them.
        if [.truncated, .badEncryption, .tooLarge, .quotaSpent, .exhausted].contains(error.code) {
            do {
                if let receipt = try await closeIncomplete(row, by: caller) { return receipt }
            } catch let seen as SeenBefore {
                try await quarantine(row, reason: SeenBefore.reason, answer: seen.answer, by: caller)
                throw seen.answer
            } catch let problem as ArchiveError where problem.code != .badRecording {
                if [.inputOutput, .exhausted, .storage, .unexpected, .unreachable].contains(problem.code) {
                    throw problem
                }
                // It was dropped, or it goes aside for what keeps it from being a recording at all.
                try await quarantine(row, reason: problem.code.rawValue, answer: problem, by: caller)
                throw problem
            } catch let problem as ArchiveError where problem.code == .badRecording {
                // What came of it holds no audio yet; why it is aside is that no more came.
            }
        }
        try await quarantine(row, reason: error.code.rawValue, answer: error, by: caller)
        return nil
    }

    /// Makes an incomplete recording of what lies in storage of an upload that has no end; nil where nothing of it can be
    /// opened.
    private func closeIncomplete(_ row: UploadRow, by caller: Caller) async throws -> Receipt? {
        try await becoming.holding([Self.turn(row.id)]) {
            // Whoever takes it up from now on waits, and then hears what it has become.
            await sessions.endOpen(row.id)
            guard let current = try await catalogue.read({ try $0.upload(row.id) }), current.state == .receiving,
                try await !isDestroyed(row), let opened = try vault.opened(row.id)
            else { return nil }
            try undoClosing(row)
            let resealer = Resealer(upload: row.id, opened: opened, blobs: blobs, place: place)
            let expected = current.length.map { $0 - opened.opened.headerLength }
            let stream = try await resealer.run(
                under: vault.reseal(row.id),
                expected: expected,
                reserve: limits.reserve.live
            )
            guard let stream else { return nil }
            do {
                return try await file(stream, current, opened.opened, caller)
            } catch {
                try? blobs.remove(.resealed(row.id))
                throw error
            }
        }
    }

    /// Undoes what an attempt to close an upload, or to make a recording of it, left where nothing refers to it: all that
    /// it was made of is still among what is on its way in.
    func undoClosing(_ row: UploadRow) throws {
        let isResealed = try vault.isResealed(row.id, as: row.recording)
        let isNamed = try blobs.length(of: .recording(row.recording)) != nil
        guard isResealed || !isNamed else { return }
        try vault.destroyKeys(of: [row.recording])
        try blobs.remove(.recording(row.recording))
    }

    /// A payload that begins like another of the archive's: it goes to quarantine, and its sender hears what anybody hears
    /// who is refused.
    struct SeenBefore: Error {
        static let reason = "seen-before"
        let answer: ArchiveError
    }

    /// Keeps what there is of a one-shot upload that failed: as the recording, where the payload had its final name
    /// already, else aside.
    func salvage(
        _ upload: UploadID,
        _ session: UploadSession,
        after error: ArchiveError,
        by caller: Caller
    ) async throws -> Receipt? {
        guard let row = try await catalogue.read({ try $0.upload(upload) }), row.state == .receiving else { return nil }
        if try blobs.length(of: .recording(row.recording)) != nil {
            try await recover(row)
            return nil
        }
        return try await setAside(row, session, because: error, by: caller)
    }

    /// Does `body` although the request that asks for it may be cancelled: its connection often is gone by now, and reads
    /// of the catalogue end with their task.
    func toTheEnd<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await Task(operation: body).value
    }

    /// Moves a payload aside and says so in the catalogue. Who finds one that was moved and not said so asks for the same, and
    /// waits for whoever is at it.
    ///
    /// - Parameter ifStillThere: only where the payload has been moved already, and nobody has put it back meanwhile.
    func quarantine(
        _ row: UploadRow,
        reason: String,
        answer: ArchiveError,
        ifStillThere: Bool = false,
        by caller: Caller
    ) async throws {
        try await becoming.holding([Self.turn(row.id)]) {
            if ifStillThere, try blobs.length(of: .quarantined(row.id)) == nil { return }
            await sessions.endOpen(row.id)
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
        let (bytes, digest) = try identity(ofQuarantined: row.id)
        try await catalogue.write { [log] writer in
            try writer.markFailed(row.id, problem: problem, isKept: true, at: now)
            try writer.quarantine(
                row.id,
                principal: caller.principal.id,
                reason: reason,
                bytes: bytes,
                digest: digest,
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

    /// Length and SHA-256 of a payload that lies in quarantine, by which it is known to be the same later.
    private func identity(ofQuarantined upload: UploadID) throws -> (bytes: Int, digest: Data) {
        var digest = SHA256()
        let reader = try blobs.read(.quarantined(upload))
        let length = reader?.length ?? 0
        try reader?.forEachBlock(of: upload, upTo: length) { digest.update(bufferPointer: $0) }
        return (length, Data(digest.finalize()))
    }

    /// Whether the payload of an upload begins as one that was destroyed, or is being destroyed.
    func isDestroyed(_ row: UploadRow) async throws -> Bool {
        let key: BlobKey =
            try blobs.length(of: .recording(row.recording)) != nil ? .recording(row.recording) : .incoming(row.id)
        guard let reader = try blobs.read(key), reader.length >= PayloadNonce.length else { return false }
        let nonce = try [UInt8](unsafeUninitializedCapacity: PayloadNonce.length) { buffer, count in
            count = try reader.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
        }
        let known = try await catalogue.read { try $0.recordings(beginningWith: Data(nonce)) }
        return known.contains { [.destroying, .destroyed, .transferred].contains($0.state) }
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
        try blobs.remove(.resealed(upload))
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
