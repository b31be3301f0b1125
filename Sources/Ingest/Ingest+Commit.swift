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
    /// A stream that has ended, as what lies in the blob store.
    struct EndedStream {
        let validated: ValidatedStream
        /// The payload as it is kept.
        let payload: PayloadIdentity
        let nonce: PayloadNonce
        /// Bytes of it.
        let length: Int
        /// Where the sender's payload had no end: what of it was sealed again.
        let cut: Resealer.Cut?

        /// The payload as the sender began it.
        var original: PayloadIdentity { cut?.original ?? payload }
        var state: RecordingRow.State { cut == nil ? .stored : .incomplete }
        /// Seconds that should be there and are not.
        var loss: Double { validated.loss + (cut?.loss ?? 0) }
        var findings: [DescribingFields.Finding] {
            validated.findings.kept.map(DescribingFields.Finding.init) + (cut.map { [$0.finding] } ?? [])
        }
    }

    /// Makes a recording of a stream that has come whole, or as far as it came of one that has no end.
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
            let stream = EndedStream(
                validated: outcome.validated,
                payload: PayloadIdentity(digest: outcome.digest, nonce: Data(outcome.nonce.bytes)),
                nonce: outcome.nonce,
                length: length,
                cut: nil
            )
            // Not while its owner ends it.
            return try await becoming.holding([Self.turn(row.id)]) {
                try await file(stream, row, opened, caller)
            }
        } catch let error as ArchiveError {
            switch error.code {
            // Somebody else is at it.
            case .conflict: break
            // Its fault is not the stream's: whoever comes next starts from storage.
            case .inputOutput, .exhausted, .storage, .unexpected, .unreachable: await sessions.end(session)
            default:
                let receipt = try await setAside(row, session, because: error, by: caller)
                // It was sent to its end as far as its sender knows, and is kept.
                if let receipt, error.code == .truncated { return receipt }
            }
            throw error
        } catch let seen as SeenBefore {
            try await quarantine(row, reason: SeenBefore.reason, answer: seen.answer, by: caller)
            throw seen.answer
        } catch {
            // SQLite's or the vault's: as above, storage knows better than this session.
            await sessions.end(session)
            throw error
        }
    }

    /// Makes a recording of `stream`.
    ///
    /// Order (invariant 3): vault row durable → payload durable under its final name → catalogue transaction with its
    /// entry → the upload's keys forgotten. A crash at any point is finished or undone by ``recover()``.
    func file(
        _ stream: EndedStream,
        _ row: UploadRow,
        _ opened: OpenedBy,
        _ caller: Caller
    ) async throws -> Receipt {
        let seal = try vault.seal(of: row.id, recording: row.recording)
        guard let sealed = row.sealed else { throw ArchiveError(.conflict, "upload \(row.id) has ended already") }
        let submission = try CanonicalJSON.decode(
            Submission.self,
            from: seal.open(sealed, field: Self.submissionField)
        )
        return try await becoming.holding([stream.original.digest, stream.original.nonce]) {
            let filing = try filing(of: stream.validated, submission, opened: opened, caller: caller)
            if let receipt = try await seenBefore(stream, row, filing, caller) {
                sessions.forget(row.id)
                return receipt
            }
            let isResealed = stream.cut != nil
            try vault.commit(
                row.id,
                as: row.recording,
                isResealed: isResealed,
                nonce: stream.nonce,
                length: stream.length,
                digest: stream.payload.digest
            )
            try blobs.commit(isResealed ? .resealed(row.id) : .incoming(row.id), as: row.recording)
            try await insert(row, filing, stream, seal: seal, caller)
            if isResealed { try blobs.remove(.incoming(row.id)) }
            try vault.forget(row.id)
            sessions.forget(row.id)
            return Receipt(
                recording: row.recording,
                state: stream.state,
                duration: stream.validated.facts.duration,
                loss: stream.loss,
                findings: stream.findings
            )
        }
    }

    private func insert(
        _ row: UploadRow,
        _ filing: Filing,
        _ stream: EndedStream,
        seal: RecordingSeal,
        _ caller: Caller
    ) async throws {
        let now = clock.now
        let meeting = try filing.fields.meeting.map { name in
            try vault.seal(DescribingFields.meetingSecret).tag(Data(name.utf8))
        }
        let source = try filing.fields.source.map { source in
            try vault.seal(DescribingFields.sourceSecret).tag(source.sha256.data)
        }
        var fields = filing.fields
        fields.findings = stream.findings
        let recording = RecordingRow(
            id: row.recording,
            visibility: filing.visibility,
            labelVersion: 1,
            series: filing.series.code,
            state: stream.state,
            sender: caller.principal.id,
            meeting: meeting,
            source: source,
            started: filing.started,
            received: now,
            due: schedule.due(filing.series, received: now, timeZone: timeZone),
            duration: stream.validated.facts.duration,
            loss: stream.loss,
            size: stream.length,
            digest: stream.payload.digest,
            nonce: stream.payload.nonce,
            original: stream.cut?.original,
            sealed: try seal.seal(CanonicalJSON.encode(fields), field: DescribingFields.field)
        )
        let timeIndex = try seal.seal(
            CanonicalJSON.encode(stream.validated.index),
            field: DescribingFields.timeIndexField
        )
        var details = [
            "bytes": String(stream.length), "digest": stream.payload.digest.hexadecimal, "series": filing.series.code,
            "unit": filing.visibility.unit, "findings": String(stream.findings.count),
            "state": stream.state.rawValue, "captured": Self.seconds(recording.duration - stream.validated.loss),
            "loss": Self.seconds(stream.loss),
        ]
        details["original"] = stream.cut?.original.digest.hexadecimal
        let job = isTranscribed(filing.visibility.label.level) ? TranscriptionID() : nil
        try await catalogue.write { [log, details] writer in
            try writer.insert(recording, timeIndex: timeIndex)
            if let job { try writer.insert(TranscriptionRow(id: job, recording: row.recording, asked: now)) }
            try writer.markStored(row.id, as: row.recording, at: now)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "recording.store",
                object: row.recording.description,
                label: filing.visibility.label,
                details: details
            )
        }
    }

    private static func seconds(_ value: Double) -> String { String((value * 1000).rounded() / 1000) }

    /// A payload that was seen before: from the same sender it is the recording it already is; from another, or with the
    /// nonce of another payload, it gets the answer of any refusal (DESIGN.md section 5).
    ///
    /// A nonce that was seen goes to quarantine. The very same payload does not: the archive has it, or has destroyed it,
    /// and a copy of its key kept aside would outlive its destruction (invariant 7).
    ///
    /// A sender whose recording was closed as incomplete may send all of it: that is another recording, beside the part.
    private func seenBefore(
        _ stream: EndedStream,
        _ row: UploadRow,
        _ filing: Filing,
        _ caller: Caller
    ) async throws -> Receipt? {
        let payload = stream.original
        let known = try await catalogue.read { try $0.recordings(from: payload) }
        func isSame(_ other: RecordingRow) -> Bool {
            other.digest == payload.digest || other.original?.digest == payload.digest
        }
        let foreign = known.first { other in
            other.sender != caller.principal.id || (other.state != .stored && other.state != .incomplete)
                || (!isSame(other) && other.nonce == payload.nonce && stream.cut == nil)
        }
        if let foreign {
            let answer = ArchiveError(.refused, "this recording is refused")
            guard isSame(foreign) else { throw SeenBefore(answer: answer) }
            try await drop(row.id, because: answer, code: SeenBefore.reason, by: caller)
            throw answer
        }
        // Of a part whose whole is here nothing is missing.
        guard let mine = known.first(where: isSame) ?? known.first(where: { $0.nonce == payload.nonce }) else {
            return nil
        }
        // The label that it would have now only joins (invariant 10), and there is nobody here who could raise the other.
        let label = mine.visibility.label
        guard policy.join([label, filing.visibility.label]) == label else {
            let answer = ArchiveError(
                .badMetadata,
                "it is in the archive already as \(mine.id), under \(label); this would raise that label",
                hint: "ask a records manager"
            )
            try await drop(row.id, because: answer, code: "label-raised", by: caller)
            throw answer
        }
        let now = clock.now
        // An attempt that got as far as its final name, and whose sender sent all of it again. Its second key goes before
        // anything says that it has ended; the row of the upload keeps one in case this has to be repeated.
        if mine.id != row.recording { try vault.destroyKeys(of: [row.recording]) }
        try await catalogue.write { [log] writer in
            try writer.markStored(row.id, as: mine.id, at: now)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "recording.store",
                object: mine.id.description,
                label: label,
                details: ["digest": payload.digest.hexadecimal, "again": "true"]
            )
        }
        try blobs.remove(.incoming(row.id))
        try blobs.remove(.resealed(row.id))
        if mine.id != row.recording { try blobs.remove(.recording(row.recording)) }
        try vault.forget(row.id)
        return Receipt(
            recording: mine.id,
            state: mine.state,
            duration: mine.duration,
            loss: mine.loss,
            findings: stream.findings
        )
    }
}
