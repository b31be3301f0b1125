import AccessPolicy
public import ArchiveCore
import AuditLog
import BlobStore
public import Catalogue
import Foundation
import Retention
public import Retrieval
import Vault

extension AttachmentDesk {
    /// The attachments of a recording, in the order in which they came: for whoever may be shown the recording, which is for the caller
    /// to see to. One whose facts are damaged is left out, for which `check` has a name; so are all where the keys are gone.
    public func attachments(of id: RecordingID) async throws -> [Attachment] {
        let rows = try await catalogue.read { try $0.attachments(of: id) }
        guard !rows.isEmpty, let seal = try vault.seals(of: [id])[id] else { return [] }
        return rows.compactMap { try? opened($0, seal) }
    }

    /// Begins the delivery of an attachment within an open access to its recording; in the log before this returns.
    ///
    /// - Parameter form: whether it leaves as it is, or sealed for the caller.
    /// - Throws: as `Retrieval.deliver`; `not-found` where there is no such attachment; `refused` where the access opens a part of the
    ///   recording only.
    public func deliver(
        _ number: Int,
        within access: AccessID,
        as form: AccessRow.Form,
        by caller: Caller
    ) async throws -> Delivery {
        let (open, recording) = try await retrieval.use(access, as: form, by: caller)
        guard open.span == nil else {
            throw ArchiveError(
                .refused,
                "this access opens a part of the recording, and attachments belong to all of it",
                hint: "ask for an access without from and to"
            )
        }
        guard let row = try await catalogue.read({ try $0.attachments(of: recording.id, number: number) }).first,
            let seal = try vault.seals(of: [recording.id])[recording.id]
        else { throw ArchiveError.notFound }
        let facts = try opened(row, seal).facts
        guard let reader = try blobs.read(.attachment(recording.id, number: number)) else {
            throw ArchiveError(.storage, "attachment \(number) of \(recording.id) is missing")
        }
        guard reader.length == row.size else {
            throw ArchiveError(
                .storage,
                "attachment \(number) of \(recording.id) has \(reader.length) bytes, not \(row.size)"
            )
        }
        try await catalogue.write { [self] writer in
            let (open, _) = try retrieval.check(access, in: writer.reader, by: caller)
            // Whoever has an attachment has received something of the recording.
            if !open.row.delivered.contains(form) { try writer.markDelivered(access, form) }
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "attachment.read",
                object: recording.id.description,
                label: recording.visibility.label,
                details: ["access": access.description, "attachment": String(number), "form": form.rawValue]
            )
        }
        return try await retrieval.deliver(
            reader,
            PayloadKeys(facts, length: row.size, digest: row.digest),
            named: "attachment-\(number)",
            within: access,
            as: form,
            by: caller
        )
    }
}
