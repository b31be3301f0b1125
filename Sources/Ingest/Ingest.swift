import AccessPolicy
import Age
public import ArchiveCore
public import AuditLog
public import BlobStore
public import Catalogue
public import Foundation
public import Inspection
import OggOpus
public import Retention
public import Vault

/// Takes recordings in: in one shot or as resumable uploads, validated in flight, durable before anything is acknowledged.
public final class Ingest: Sendable {
    /// What a sender learns of a recording that was taken in.
    public struct Receipt: Sendable {
        /// The recording.
        public let recording: RecordingID
        /// Whether it came whole: stored, or incomplete.
        public let state: RecordingRow.State
        /// Seconds.
        public let duration: Double
        /// Seconds that should be there and are not.
        public let loss: Double
        /// What is odd in it.
        public let findings: [DescribingFields.Finding]
    }

    /// Where an upload stands, as its owner sees it.
    public struct Status: Sendable {
        /// Bytes, header and payload, that are durable.
        public let offset: Int
        /// Bytes in all, if the sender has said so.
        public let length: Int?
        /// What it has become.
        public let receipt: Receipt?
        /// What the sender said of it.
        public let submission: Submission?
        /// Until when its sender has to go on with it; nil once it has ended.
        public let expires: Date?
    }

    let vault: Vault
    let catalogue: Catalogue
    let blobs: any BlobStore
    let place: any InspectionPlace
    private let rules: RulesInForce
    let log: AuditLog
    let clock: any ArchiveClock
    let timeZone: TimeZone
    /// What bounds an upload.
    public let limits: Limits
    /// Whether recordings of a level are transcribed unasked.
    let isTranscribed: @Sendable (Level) -> Bool
    let underWay = BytesUnderWay()
    let sessions: UploadSessions
    let memo = MeetingMemo()
    /// Digests and nonces of payloads that are becoming recordings just now, and ids of uploads that are being put aside: of
    /// two that are the same, the second sees what the first has done.
    let becoming = Turns<Data>()

    /// Ingest into these parts; `place` is where streams are looked into. Call ``recover()`` before the first request.
    public init(
        vault: Vault,
        catalogue: Catalogue,
        blobs: any BlobStore,
        place: any InspectionPlace,
        rules: RulesInForce,
        log: AuditLog,
        clock: any ArchiveClock,
        timeZone: TimeZone,
        limits: Limits,
        isTranscribed: @escaping @Sendable (Level) -> Bool = { _ in false }
    ) {
        self.vault = vault
        self.catalogue = catalogue
        self.blobs = blobs
        self.place = place
        self.rules = rules
        self.log = log
        self.clock = clock
        self.timeZone = timeZone
        self.limits = limits
        self.isTranscribed = isTranscribed
        sessions = UploadSessions(restingLimit: limits.restingUploads, idleTime: limits.restingTime)
    }

    /// Who may send what, as it counts now.
    var policy: Policy { rules.current.policy }
    /// What is kept how long, as it counts now.
    var schedule: Schedule { rules.current.schedule }

    // MARK: Requests

    /// Begins a resumable upload.
    ///
    /// - Throws: `refused` where the policy does not let the caller send; `unknown-name` or `bad-metadata` for a
    ///   submission that can never be stored; `too-large`.
    public func create(_ submission: Submission, length: Int?, by caller: Caller) async throws -> UploadID {
        try await begin(submission, length: length, isResumable: true, by: caller).upload
    }

    /// Where an upload stands; ends a request that is feeding it at its durable offset.
    public func status(of upload: UploadID, by caller: Caller) async throws -> Status {
        let row = try await row(upload, of: caller)
        switch row.state {
        case .stored: return try await storedStatus(row)
        case .failed: throw try failure(row)
        case .receiving:
            let (session, lease) = try await take(row, by: caller)
            let offset = try await acknowledge(session)
            if offset == row.length {
                // All of it came, and the answer that would have said so did not.
                let receipt = try await complete(session, lease, row, caller)
                return Status(offset: offset, length: row.length, receipt: receipt, submission: nil, expires: nil)
            }
            let seal = try vault.seal(of: upload, recording: row.recording)
            let submission = try row.sealed.map { sealed in
                try CanonicalJSON.decode(Submission.self, from: seal.open(sealed, field: Self.submissionField))
            }
            await sessions.rest(session, lease)
            return Status(
                offset: offset,
                length: row.length,
                receipt: nil,
                submission: submission,
                expires: expiry
            )
        }
    }

    /// Appends `body` at `offset`; returns the durable offset, and the receipt where that completes the upload.
    ///
    /// When `body` throws, what came before is made durable, so that the sender goes on from there.
    ///
    /// - Parameters:
    ///   - length: of the whole, where the sender says it with this request.
    ///   - checksum: of `body`; until all of it has come and hashes to that, none of it counts.
    /// - Throws: `wrong-offset` where the upload is elsewhere, `checksum-mismatch`; then nothing is changed.
    public func append<Body: AsyncSequence>(
        _ body: Body,
        to upload: UploadID,
        at offset: Int,
        length: Int?,
        checksum: Checksum? = nil,
        by caller: Caller
    ) async throws -> Status where Body.Element: ContiguousBytes & Sendable {
        let row = try await row(upload, of: caller)
        switch row.state {
        case .stored:
            let status = try await storedStatus(row)
            if let receipt = status.receipt, receipt.state == .incomplete, offset != status.length {
                throw ArchiveError(
                    .gone,
                    "this upload was closed as far as it came, as the incomplete recording \(receipt.recording)",
                    hint: "send the whole as a new upload"
                )
            }
            guard offset == status.offset else { throw Self.wrongOffset(offset, status.offset) }
            return status
        case .failed: throw try failure(row)
        case .receiving: break
        }
        let (session, lease) = try await take(row, by: caller)
        let current = await session.offset
        let allowance: Allowance
        do {
            guard current == offset else { throw Self.wrongOffset(offset, current) }
            if let length { try await setLength(length, of: row, atLeast: current, by: caller) }
            allowance = try await self.allowance(length: length ?? row.length, by: caller)
        } catch {
            await sessions.rest(session, lease)
            throw error
        }
        let total = length ?? row.length
        defer { allowance.release() }
        do {
            let feed = BodyFeed(
                session: session,
                lease: lease,
                room: total.map { $0 - current },
                allowance: allowance
            )
            if let checksum {
                try await feed.feed(body, awaiting: checksum, in: blobs)
            } else {
                try await feed.feed(body)
            }
        } catch let error as ArchiveError {
            throw await broken(session, lease, row, caller, error)
        } catch {
            // The connection broke: what came is worth keeping.
            _ = try? await acknowledge(session)
            await sessions.rest(session, lease)
            throw error
        }
        let durable = try await acknowledge(session)
        guard durable == total else {
            let payload = await session.durablePayload
            await sessions.rest(session, lease)
            if row.durable < PayloadNonce.length, payload >= PayloadNonce.length, try await isDestroyed(row) {
                let answer = ArchiveError(.refused, "this recording is refused")
                try await toTheEnd { try await self.drop(upload, because: answer, code: "destroyed", by: caller) }
                throw answer
            }
            return Status(offset: durable, length: total, receipt: nil, submission: nil, expires: expiry)
        }
        let receipt = try await complete(session, lease, row, caller)
        return Status(offset: durable, length: total, receipt: receipt, submission: nil, expires: nil)
    }

    /// Ends an upload at its owner's wish: what came of an unfinished one is forgotten. What a finished one has become is
    /// not touched (DESIGN.md section 7).
    public func terminate(_ upload: UploadID, by caller: Caller) async throws {
        let row = try await row(upload, of: caller)
        switch row.state {
        case .failed: return
        case .stored: try await catalogue.write { try $0.deleteStoredUpload(upload) }
        case .receiving:
            let answer = ArchiveError(.gone, "this upload was terminated by its sender")
            try await toTheEnd {
                // Not while it becomes a recording; whoever still feeds it hears that it is over.
                try await self.becoming.holding([Self.turn(upload)]) {
                    await self.sessions.endOpen(upload)
                    try await self.drop(upload, because: answer, code: "terminated", by: caller)
                }
            }
        }
    }

    /// Takes a whole recording in one shot.
    ///
    /// - Parameter isSealed: false for a stream in clear, which the archive seals where the level lets it.
    public func receive<Body: AsyncSequence>(
        _ body: Body,
        submission: Submission,
        isSealed: Bool,
        by caller: Caller
    ) async throws -> Receipt where Body.Element: ContiguousBytes & Sendable {
        if !isSealed { try checkClearIsAllowed(submission, caller) }
        let (upload, recording) = try await begin(submission, length: nil, isResumable: false, by: caller)
        let session = makeSession(upload, recording)
        sessions.beginOneShot(upload)
        defer { sessions.endOneShot(upload) }
        do {
            if !isSealed {
                let level = try policy.checked(level: submission.level ?? policy.lowest.name)
                try await session.sealHere(vault.sealHere(upload, level: level))
            }
            guard let lease = await session.takeOver() else { throw ArchiveError(.conflict, "this upload has ended") }
            let allowance = try await allowance(ofOneShotBy: caller)
            defer { allowance.release() }
            try await BodyFeed(session: session, lease: lease, room: nil, allowance: allowance).feed(body)
            let row = try await toTheEnd { try await self.row(upload, of: caller) }
            return try await complete(session, lease, row, caller)
        } catch {
            // A sender that pipes what it records has no second copy: what came is kept aside, as far as it goes.
            let problem = (error as? ArchiveError) ?? ArchiveError(.truncated, "the connection broke before the end")
            // Where even that fails, the row is there at the next start, and recovery does it.
            let kept = try? await toTheEnd { try await self.salvage(upload, session, after: problem, by: caller) }
            guard error is ArchiveError, let receipt = kept.flatMap(\.self) else { throw error }
            throw Self.naming(receipt, in: problem)
        }
    }

    // MARK: Answers

    /// When an upload that has just moved expires.
    public var expiry: Date { clock.now.addingTimeInterval(limits.silence) }

    /// `error`, which says what was kept in spite of it.
    static func naming(_ receipt: Receipt, in error: ArchiveError) -> ArchiveError {
        ArchiveError(
            error.code,
            error.message,
            hint: "what came before is kept as the incomplete recording \(receipt.recording)",
            offset: error.offset
        )
    }

    private func row(_ upload: UploadID, of caller: Caller) async throws -> UploadRow {
        // Uploads belong to their principal; for others there is none (DESIGN.md section 7).
        guard let row = try await catalogue.read({ try $0.upload(upload) }), row.principal == caller.principal.id else {
            throw ArchiveError.notFound
        }
        // Its payload was put aside, and its row does not say so yet: it is being done, or the disk failed.
        guard row.state == .receiving, try blobs.length(of: .quarantined(upload)) != nil else { return row }
        return try await toTheEnd {
            try await self.recover(row)
            guard let ended = try await self.catalogue.read({ try $0.upload(upload) }) else {
                throw ArchiveError.notFound
            }
            return ended
        }
    }

    private func setLength(
        _ length: Int,
        of row: UploadRow,
        atLeast current: Int,
        by caller: Caller
    ) async throws {
        guard length >= current else {
            throw ArchiveError(.badRequest, "Upload-Length \(length) is less than the \(current) bytes received")
        }
        try checkLength(length)
        let now = clock.now
        try await catalogue.write { [self] writer in
            try writer.setLength(length, of: row.id, at: now)
            try checkQuota(writer.reader, adding: 0, by: caller)
        }
    }

    func checkLength(_ length: Int) throws(ArchiveError) {
        guard length >= 0, length <= limits.maximumLength else {
            throw ArchiveError(.tooLarge, "\(length) bytes are more than the limit of \(limits.maximumLength)")
        }
    }

    static func wrongOffset(_ given: Int, _ actual: Int) -> ArchiveError {
        ArchiveError(
            .wrongOffset,
            "Upload-Offset \(given) is not where the upload stands",
            hint: "go on from \(actual)",
            offset: Int64(actual)
        )
    }

    /// What becomes of a resumable upload whose bytes or disk failed: the disk's errors leave it where it was.
    private func broken(
        _ session: UploadSession,
        _ lease: UploadSession.Lease,
        _ row: UploadRow,
        _ caller: Caller,
        _ error: ArchiveError
    ) async -> ArchiveError {
        switch error.code {
        case .conflict, .badRequest, .checksumMismatch, .quotaSpent, .exhausted, .unauthenticated:
            // Where it was the disk that failed, nothing can be acknowledged, and the session ends there.
            if (try? await acknowledge(session)) != nil { await sessions.rest(session, lease) }
        case .inputOutput, .storage, .unreachable, .unexpected:
            await sessions.end(session)
        default:
            let kept = try? await setAside(row, session, because: error, by: caller)
            return kept.flatMap(\.self).map { Self.naming($0, in: error) } ?? error
        }
        return error
    }

    private func storedStatus(_ row: UploadRow) async throws -> Status {
        guard let became = row.became, let recording = try await catalogue.read({ try $0.recording(became) }),
            let sealed = recording.sealed, let seal = try vault.seals(of: [became])[became]
        else { throw ArchiveError(.gone, "what this upload had become is destroyed") }
        let fields = try CanonicalJSON.decode(
            DescribingFields.self,
            from: seal.open(sealed, field: DescribingFields.field)
        )
        let receipt = Receipt(
            recording: became,
            state: recording.state,
            duration: recording.duration,
            loss: recording.loss,
            findings: fields.findings
        )
        // Never more than came: a sender that is told of all its bytes may forget them.
        return Status(
            offset: recording.state == .incomplete ? row.acknowledged : row.length ?? row.acknowledged,
            length: row.length,
            receipt: receipt,
            submission: nil,
            expires: nil
        )
    }
}
