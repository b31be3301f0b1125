import AccessPolicy
import ArchiveCore
import AuditLog
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
        let (upload, recording, now) = (UploadID(), RecordingID(), clock.now)
        // The vault's row is durable before anything refers to it (invariant 3).
        try vault.begin(upload, recording: recording)
        let sealed = try vault.seal(of: upload, recording: recording)
            .seal(CanonicalJSON.encode(submission), field: Self.submissionField)
        try await catalogue.write { writer in
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
}
