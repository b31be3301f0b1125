import Age
public import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
public import Foundation
public import Retrieval
import Vault

extension TranscriptDesk {
    /// The recording of a job: opened for the archive's own transcriber, sealed for the key of a machine elsewhere. It stops as
    /// soon as the transcriber has the job no longer.
    ///
    /// - Throws: `gone` where that is so now; `storage` where the payload is not what was received.
    public func audio(
        of id: TranscriptionID,
        _ lease: Data,
        by transcriber: Transcriber
    ) async throws -> Delivery {
        let watch = JobWatch(desk: self, job: id, lease: lease, transcriber: transcriber)
        let (job, row) = try await watch.held()
        let recording = row.id
        guard let reader = try blobs.read(.recording(recording)) else {
            throw ArchiveError(.storage, "the payload of \(recording) is missing")
        }
        let keys = try vault.payloadKeys(of: recording)
        switch transcriber {
        case .service:
            return Delivery(.opened(try OpenedPayload(reader, keys)), watch: watch, tag: "\(id)-opened")
        case .machine(let caller):
            guard
                let credential = try await catalogue.read({ try $0.credential(certificate: caller.certificate) })
            else { throw ArchiveError.notFound }
            let recipient = try Recipient(parsing: credential.hybrid)
            // Of this lease alone: the next transcriber has another key.
            guard let holding = Identifier<Kinds.Lease>(Base32.encode(lease)) else { throw ArchiveError.notFound }
            let header = try vault.header(of: recording, for: recipient, access: holding)
            do {
                try await watch.assertAllowed()
            } catch {
                try vault.forgetHeader(of: recording, access: holding)
                throw error
            }
            let payload = PayloadAsReceived(reader: reader, length: keys.length)
            return Delivery(.sealed(header: header, payload), watch: watch, tag: "\(id)-\(job.attempts)")
        }
    }
}

extension TranscriptDesk {
    /// Forgets the header that was minted for a lease, where a machine had it; absent ones are no error.
    func forgetHeader(of job: TranscriptionRow) throws {
        guard job.worker != nil, let lease = job.lease, let holding = Identifier<Kinds.Lease>(Base32.encode(lease))
        else { return }
        try vault.forgetHeader(of: job.recording, access: holding)
    }
}

/// Sees to it that a transcriber gets no more of a recording when it has the job no longer.
private struct JobWatch: DeliveryWatch {
    let desk: TranscriptDesk
    let job: TranscriptionID
    let lease: Data
    let transcriber: Transcriber

    func held() async throws -> (TranscriptionRow, RecordingRow) {
        try await desk.catalogue.read { reader in try desk.held(job, lease, by: transcriber, reader) }
    }

    func assertAllowed() async throws { _ = try await held() }
}
