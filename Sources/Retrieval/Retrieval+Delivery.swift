import AccessPolicy
import Age
public import ArchiveCore
import AuditLog
package import BlobStore
public import Catalogue
import Foundation
package import Vault

extension Retrieval {
    /// Begins a delivery within an open access. The first in each form is in the log before this returns.
    ///
    /// - Throws: `refused` where the level is sealed only and `form` is not; `awaiting-witness` where the level wants
    ///   witnesses to cosign the entry of its opening and not enough have; what ``check(_:in:by:)`` finds.
    public func deliver(_ id: AccessID, as form: AccessRow.Form, by caller: Caller) async throws -> Delivery {
        let revocations = catalogue.revocations
        let (access, recording) = try await use(id, as: form, by: caller)
        if !access.row.delivered.contains(form) {
            try await catalogue.write { [self] writer in
                _ = try check(id, in: writer.reader, by: caller)
                try writer.markDelivered(id, form)
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: "access.deliver",
                    object: recording.id.description,
                    label: recording.visibility.label,
                    details: ["access": id.description, "form": form.rawValue]
                        .merging(Self.details(of: access.span)) { $1 }
                )
            }
        }
        let watch = Watch(retrieval: self, access: access, caller: caller, seen: revocations)
        guard let reader = try blobs.read(.recording(recording.id)) else {
            throw ArchiveError(.storage, "the payload of \(recording.id) is missing")
        }
        let keys = try vault.payloadKeys(of: recording.id)
        // Sealed, what is left of it can be saved by whoever opens it; we open only what is whole.
        guard reader.length == keys.length || (form == .sealed && access.span == nil) else {
            throw ArchiveError(
                .storage,
                "the payload of \(recording.id) has \(reader.length) bytes, not \(keys.length)"
            )
        }
        if let span = access.span {
            let recipe = try await recipe(of: recording.id, span, access.id, OpenedPayload(reader, keys))
            return try await deliver(recipe, access, as: form, by: caller, watch: watch)
        }
        switch form {
        case .sealed:
            let header = try await mint(access, caller) { recipient in
                try vault.header(of: access.recording, for: recipient, access: access.id)
            }
            let payload = PayloadAsReceived(reader: reader, length: keys.length)
            return Delivery(.sealed(header: header, payload), watch: watch, tag: "\(id)")
        case .opened:
            return Delivery(.opened(try OpenedPayload(reader, keys)), watch: watch, tag: "\(id)-opened")
        }
    }

    /// Looks whether something may leave within an open access, in that form.
    ///
    /// - Throws: as ``deliver(_:as:by:)``.
    package func use(
        _ id: AccessID,
        as form: AccessRow.Form,
        by caller: Caller
    ) async throws -> (OpenAccess, RecordingRow) {
        let (access, recording) = try await catalogue.read { [self] in try check(id, in: $0, by: caller) }
        guard form == .sealed || !access.sealedOnly else {
            throw ArchiveError(
                .refused,
                "level \(recording.visibility.label.level) is delivered sealed only",
                hint: "fetch the form that ends in .age and open it with your own identity"
            )
        }
        let cosignatures = try rules(for: recording.visibility.label.level).cosignatures
        if cosignatures > 0 {
            // Every open access has one.
            guard let entry = access.entry else {
                throw ArchiveError(.gone, "this access is closed", hint: "ask for a new one")
            }
            try await witnesses.require(cosignatures, over: entry)
        }
        return (access, recording)
    }

    /// Begins a delivery of something small that belongs to a recording, within an open access to it: as it is, or as an age
    /// file for the key that the access is for, which is another one each time.
    ///
    /// - Parameter name: of these bytes, among all that the access opens.
    /// - Throws: as ``deliver(_:as:by:)``.
    package func deliver(
        _ bytes: [UInt8],
        named name: String,
        within id: AccessID,
        as form: AccessRow.Form,
        by caller: Caller
    ) async throws -> Delivery {
        let revocations = catalogue.revocations
        let (access, _) = try await use(id, as: form, by: caller)
        let watch = Watch(retrieval: self, access: access, caller: caller, seen: revocations)
        guard form == .sealed else { return Delivery(.memory(bytes), watch: watch, tag: "\(id)-\(name)") }
        let sealed = try await mint(access, caller) { recipient in try AgeFile.seal(bytes, to: [recipient]) }
        return Delivery(.memory(sealed), watch: watch, tag: "\(id)-\(UploadID())", isRepeatable: false)
    }

    /// Begins a delivery of the payload of what follows a recording, within an open access to it: opened, or under a header for
    /// the key that the access is for, which is another one each time.
    ///
    /// - Parameter name: of it, among all that the access opens.
    /// - Throws: as ``deliver(_:as:by:)``.
    package func deliver(
        _ payload: any BlobReader,
        _ keys: PayloadKeys,
        named name: String,
        within id: AccessID,
        as form: AccessRow.Form,
        by caller: Caller
    ) async throws -> Delivery {
        let revocations = catalogue.revocations
        let (access, _) = try await use(id, as: form, by: caller)
        let watch = Watch(retrieval: self, access: access, caller: caller, seen: revocations)
        guard form == .sealed else {
            return Delivery(.opened(try OpenedPayload(payload, keys)), watch: watch, tag: "\(id)-\(name)")
        }
        let header = try await mint(access, caller) { recipient in
            try Header(fileKey: keys.fileKey, recipients: [recipient]).serialized
        }
        return Delivery(.sealed(header: header, payload), watch: watch, tag: "\(id)-\(UploadID())", isRepeatable: false)
    }

    /// Mints what `body` makes for the recipient that the access is for.
    func mint<Minted: Sendable>(
        _ access: OpenAccess,
        _ caller: Caller,
        _ body: (Recipient) throws -> Minted
    ) async throws -> Minted {
        guard let credential = try await catalogue.read({ try $0.credential(certificate: caller.certificate) }) else {
            throw ArchiveError.notFound
        }
        guard let text = access.row.binding.recipient(of: credential) else {
            throw ArchiveError(.gone, "this access was opened for another age key", hint: "ask for a new one")
        }
        let minted = try body(Recipient(parsing: text))
        // An access that was closed while its header was minted has left nothing to whoever closed it to forget.
        do {
            // In a task of its own: a client that hangs up would end the look with its request.
            _ = try await Task { try await self.catalogue.read { try self.check(access.id, in: $0, by: caller) } }.value
        } catch let error as ArchiveError {
            try vault.forgetHeader(of: access.recording, access: access.id)
            throw error
        }
        return minted
    }
}
