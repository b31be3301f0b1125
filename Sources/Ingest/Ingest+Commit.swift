import AccessPolicy
import Age
import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
import Foundation
import OggOpus
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

    private func checkNames(_ submission: Submission) throws(ArchiveError) {
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

    /// Makes a recording of a stream that has come whole.
    ///
    /// Order (invariant 3): vault row durable → payload durable under its final name → catalogue transaction with its
    /// entry → the upload's keys forgotten. A crash at any point is finished by ``recover()``.
    func complete(
        _ session: UploadSession,
        _ lease: UploadSession.Lease,
        _ row: UploadRow,
        _ caller: Caller
    ) async throws -> Receipt {
        try await toTheEnd { try await self.store(session, lease, row, caller) }
    }

    private func store(
        _ session: UploadSession,
        _ lease: UploadSession.Lease,
        _ row: UploadRow,
        _ caller: Caller
    ) async throws -> Receipt {
        do {
            let (outcome, opened, length) = try await session.finish(lease)
            let seal = try vault.seal(of: row.id, recording: row.recording)
            guard let sealed = row.sealed else { throw ArchiveError(.conflict, "upload \(row.id) has ended already") }
            let submission = try CanonicalJSON.decode(
                Submission.self,
                from: seal.open(sealed, field: Self.submissionField)
            )
            return try await becoming.holding([outcome.digest, Data(outcome.nonce.bytes)]) {
                let filing = try filing(of: outcome.validated, submission, opened: opened, caller: caller)
                if let receipt = try await seenBefore(outcome, row, filing, caller) {
                    sessions.forget(row.id)
                    return receipt
                }
                try vault.commit(
                    row.id,
                    as: row.recording,
                    nonce: outcome.nonce,
                    length: length,
                    digest: outcome.digest
                )
                try blobs.commit(row.id, as: row.recording)
                try await insert(row, filing, outcome, length: length, seal: seal, caller)
                try vault.forget(row.id)
                sessions.forget(row.id)
                return Receipt(
                    recording: row.recording,
                    duration: outcome.validated.facts.duration,
                    loss: outcome.validated.loss,
                    findings: filing.fields.findings
                )
            }
        } catch let error as ArchiveError {
            switch error.code {
            // Somebody else is at it.
            case .conflict: break
            // Its fault is not the stream's: whoever comes next starts from storage.
            case .inputOutput, .exhausted, .storage, .unexpected: await sessions.end(session)
            default: try await setAside(row, session, because: error, by: caller)
            }
            throw error
        } catch {
            // SQLite's or the vault's: as above, storage knows better than this session.
            await sessions.end(session)
            throw error
        }
    }

    private func insert(
        _ row: UploadRow,
        _ filing: Filing,
        _ outcome: StreamCheck.Outcome,
        length: Int,
        seal: RecordingSeal,
        _ caller: Caller
    ) async throws {
        let now = clock.now
        let meeting = try filing.fields.meeting.map { name in
            try vault.seal(DescribingFields.meetingSecret).tag(Data(name.utf8))
        }
        let recording = RecordingRow(
            id: row.recording,
            visibility: filing.visibility,
            labelVersion: 1,
            series: filing.series.code,
            state: .stored,
            sender: caller.principal.id,
            meeting: meeting,
            started: filing.started,
            received: now,
            due: schedule.due(filing.series, received: now, timeZone: timeZone),
            duration: outcome.validated.facts.duration,
            loss: outcome.validated.loss,
            size: length,
            digest: outcome.digest,
            nonce: Data(outcome.nonce.bytes),
            sealed: try seal.seal(CanonicalJSON.encode(filing.fields), field: DescribingFields.field)
        )
        let timeIndex = try seal.seal(
            CanonicalJSON.encode(outcome.validated.index),
            field: DescribingFields.timeIndexField
        )
        try await catalogue.write { [log] writer in
            try writer.insert(recording, timeIndex: timeIndex)
            try writer.markStored(row.id, as: row.recording, at: now)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "recording.store",
                object: row.recording.description,
                label: filing.visibility.label,
                details: [
                    "bytes": String(length), "digest": outcome.digest.hexadecimal, "series": filing.series.code,
                    "unit": filing.visibility.unit, "findings": String(outcome.validated.findings.total),
                ]
            )
        }
    }

    /// A payload that was seen before: from the same sender it is the recording it already is; from another, or with the
    /// nonce of another payload, it gets the answer of any refusal (DESIGN.md section 5).
    ///
    /// A nonce that was seen goes to quarantine. The very same payload does not: the archive has it, or has destroyed it,
    /// and a copy of its key kept aside would outlive its destruction (invariant 7).
    private func seenBefore(
        _ outcome: StreamCheck.Outcome,
        _ row: UploadRow,
        _ filing: Filing,
        _ caller: Caller
    ) async throws -> Receipt? {
        let nonce = Data(outcome.nonce.bytes)
        guard let known = try await catalogue.read({ try $0.recording(digest: outcome.digest, orNonce: nonce) }) else {
            return nil
        }
        let now = clock.now
        guard known.sender == caller.principal.id, known.digest == outcome.digest,
            known.state == .stored || known.state == .incomplete
        else {
            let answer = ArchiveError(.refused, "this recording is refused")
            if known.digest == outcome.digest {
                try await drop(row.id, because: answer, code: "seen-before", by: caller)
            } else {
                try await quarantine(row, reason: "seen-before", answer: answer, by: caller)
            }
            throw answer
        }
        // The label that it would have now only joins (invariant 10), and there is nobody here who could raise the other.
        let label = known.visibility.label
        guard policy.join([label, filing.visibility.label]) == label else {
            let answer = ArchiveError(
                .badMetadata,
                "it is in the archive already as \(known.id), under \(label); this would raise that label",
                hint: "ask a records manager"
            )
            try await drop(row.id, because: answer, code: "label-raised", by: caller)
            throw answer
        }
        // An attempt that got as far as its final name, and whose sender sent all of it again. Its second key goes before
        // anything says that it has ended; the row of the upload keeps one in case this has to be repeated.
        if known.id != row.recording { try vault.destroyKeys(of: [row.recording]) }
        try await catalogue.write { [log] writer in
            try writer.markStored(row.id, as: known.id, at: now)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "recording.store",
                object: known.id.description,
                label: label,
                details: ["digest": outcome.digest.hexadecimal, "again": "true"]
            )
        }
        try blobs.remove(.incoming(row.id))
        if known.id != row.recording { try blobs.remove(.recording(row.recording)) }
        try vault.forget(row.id)
        return Receipt(
            recording: known.id,
            duration: outcome.validated.facts.duration,
            loss: outcome.validated.loss,
            findings: outcome.validated.findings.kept.map(DescribingFields.Finding.init)
        )
    }
}
