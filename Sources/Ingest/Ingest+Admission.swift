import AccessPolicy
import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Retention
import Vault

extension Ingest {
    /// The name of the sealed field that holds a submission on its way.
    static let submissionField = "submission"

    /// Checks what can be known before the first byte, and makes keys and row of the upload, durably.
    func begin(
        _ submission: Submission,
        length: Int?,
        isResumable: Bool,
        by caller: Caller
    ) async throws -> (upload: UploadID, recording: RecordingID) {
        do {
            try authorize(caller.principal.unit, caller)
            // Who may send may know which names there are; a unit that is not there is nobody's.
            try checkNames(submission)
            if let unit = submission.unit { try authorize(unit, caller) }
            if let length { try checkLength(length) }
        } catch {
            try await log.record(
                actor: caller.actor,
                action: "recording.store",
                decision: .refuse,
                details: ["code": error.code.rawValue]
            )
            throw error
        }
        try await checkAdmission(length: length, isLive: isResumable && length == nil, by: caller)
        let (upload, recording, now) = (UploadID(), RecordingID(), clock.now)
        // The vault's row is durable before anything refers to it (invariant 3).
        try vault.begin(upload, recording: recording)
        let sealed = try vault.seal(of: upload, recording: recording)
            .seal(CanonicalJSON.encode(submission), field: Self.submissionField)
        try await catalogue.write { [self] writer in
            // Once more where nobody else can come between.
            try checkQuota(writer.reader, adding: length ?? 0, isNew: true, by: caller)
            try writer.insertUpload(
                upload,
                recording: recording,
                principal: caller.principal.id,
                isResumable: isResumable,
                length: length,
                sealed: sealed,
                at: now
            )
        }
        return (upload, recording)
    }

    /// Throws `refused` where the policy does not let the caller send to `unit`.
    func authorize(_ unit: String, _ caller: Caller) throws(ArchiveError) {
        let question = AccessQuestion(
            principal: caller.principal,
            action: .send,
            object: VisibilityClass(label: Label(policy.lowest), unit: unit)
        )
        guard case .allow = policy.decide(question) else {
            throw ArchiveError(
                .refused,
                "role \(caller.principal.role.rawValue) may not send recordings to unit \(unit)"
            )
        }
    }

    func checkNames(_ submission: Submission) throws(ArchiveError) {
        if let level = submission.level { _ = try policy.checked(level: level) }
        try policy.checked(compartments: submission.compartments)
        if let unit = submission.unit { try policy.checked(unit: unit) }
        if let series = submission.series { _ = try schedule.checked(series: series) }
        if let started = submission.started { try checkStarted(started) }
    }

    func checkStarted(_ started: Date) throws(ArchiveError) {
        guard started <= clock.now.addingTimeInterval(86_400) else {
            throw ArchiveError(.badMetadata, "started lies more than a day in the future")
        }
    }

    func checkClearIsAllowed(_ submission: Submission, _ caller: Caller) throws(ArchiveError) {
        guard let name = submission.level else {
            throw ArchiveError(
                .badMetadata,
                "a recording in clear must name its level",
                hint: "add level=… to the query"
            )
        }
        let labels = [Label(try policy.checked(level: name))] + [caller.principal.floor].compactMap { $0 }
        try requireClear(policy.join(labels).level)
    }

    /// Throws `unsupported-media` where `level` takes sealed recordings only.
    func requireClear(_ level: Level) throws(ArchiveError) {
        guard policy.rules(for: level)?.sealedOnly == false else {
            throw ArchiveError(
                .unsupportedMedia,
                "level \(level) takes sealed recordings only",
                hint: "seal it to the level's recipient and send application/age"
            )
        }
    }

    // MARK: Room

    /// Throws `exhausted` where the disk has no room for another upload, `quota-spent` where its sender, or everybody
    /// together, has too much under way. Nothing is made before.
    private func checkAdmission(length: Int?, isLive: Bool, by caller: Caller) async throws {
        let awaited = try await catalogue.read { [self] reader in
            try checkQuota(reader, adding: length ?? 0, isNew: true, by: caller)
            return try reader.underWay().awaited
        }
        let reserve = isLive ? limits.reserve.live : limits.reserve.bulk
        // What was announced for others has its place already.
        let free = try blobs.available() - (isLive ? 0 : awaited + (length ?? 0))
        guard free >= reserve else { throw Allowance.noRoom }
    }

    /// Throws `quota-spent` where the caller would have more under way and in quarantine than its role may.
    ///
    /// - Parameters:
    ///   - bytes: that come to what is there.
    ///   - isNew: whether an upload comes to those that are there.
    func checkQuota(_ reader: CatalogueReader, adding bytes: Int, isNew: Bool = false, by caller: Caller) throws {
        let quota = policy.quota(for: caller.principal.role)
        let use = try reader.use(of: caller.principal.id)
        if isNew {
            if let limit = quota.uploads, use.uploads >= limit {
                throw Self.quotaSpent(
                    "\(use.uploads) unfinished uploads of this principal are under way; its role may have \(limit)"
                )
            }
            guard try reader.underWay().uploads < limits.uploads else {
                throw Self.quotaSpent("the archive has \(limits.uploads) unfinished uploads, as many as it takes")
            }
        }
        if let limit = quota.incoming, use.bytes > limit - bytes {
            throw Self.quotaSpent(
                "this principal would have more than \(limit) bytes under way and in quarantine"
            )
        }
    }

    static func quotaSpent(_ message: String) -> ArchiveError {
        ArchiveError(.quotaSpent, message, hint: "finish or end what is under way; what is acknowledged is kept")
    }

    /// What a request may bring to an upload that has begun: a meeting that is being recorded comes before all others.
    func allowance(length: Int?, by caller: Caller) async throws -> Allowance {
        // What was announced was counted when it was.
        let bytes = length == nil ? try await bytesLeft(to: caller) : nil
        return Allowance(blobs, reserve: limits.reserve.live, bytes: bytes, of: caller, in: underWay, catalogue, clock)
    }

    /// What a stream in one shot may bring, beside what was announced for others.
    func allowance(ofOneShotBy caller: Caller) async throws -> Allowance {
        let awaited = try await catalogue.read { try $0.underWay().awaited }
        return Allowance(
            blobs,
            reserve: limits.reserve.bulk + awaited,
            bytes: try await bytesLeft(to: caller),
            of: caller,
            in: underWay,
            catalogue,
            clock
        )
    }

    private func bytesLeft(to caller: Caller) async throws -> Int? {
        guard let limit = policy.quota(for: caller.principal.role).incoming else { return nil }
        return try await catalogue.read { limit - (try $0.use(of: caller.principal.id).bytes) }
    }
}
