import Age
import ArchiveCore
import AuditLog
import Catalogue
import Dispatch
import Foundation
import OggOpus
import Vault

/// Delivering a part: only what was asked for leaves, in an age file of its own.
///
/// The header of the whole is never minted for such an access. The part is sealed under a key that was made for it, and
/// that is bound to its plaintext: before the first byte leaves, all of it is made once and digested, and
/// ``Vault/excerptKeys(of:for:access:digest:)`` gives the key for that digest and no other. So the key and nonce never
/// seal two plaintexts, whatever is asked for again, in parts, after a restart or by a later version of the program.
extension Retrieval {
    func recipe(
        of recording: RecordingID,
        _ span: ExcerptSpan,
        _ access: AccessID,
        _ payload: OpenedPayload
    ) async throws -> ExcerptRecipe {
        guard let sealed = try await catalogue.read({ try $0.timeIndex(of: recording) }),
            let seal = try vault.seals(of: [recording])[recording]
        else { throw ArchiveError(.gone, "the recording is no longer there", hint: "look for it again") }
        let index = try CanonicalJSON.decode(
            TimeIndex.self,
            from: seal.open(sealed, field: DescribingFields.timeIndexField)
        )
        return ExcerptRecipe(payload: payload, index: index, span: span, access: access)
    }

    func deliver(
        _ recipe: ExcerptRecipe,
        _ access: OpenAccess,
        as form: AccessRow.Form,
        by caller: Caller,
        watch: Watch
    ) async throws -> Delivery {
        let plan = try await plan(recipe)
        guard form == .sealed else {
            let tag = "\(access.id)-opened-\(plan.digest.prefix(8).hexadecimal)"
            return Delivery(.excerpt(DeliveredExcerpt(recipe, plan, in: nil)), watch: watch, tag: tag)
        }
        let keys = try await mint(access, caller) { recipient in
            try vault.excerptKeys(
                of: access.recording,
                for: recipient,
                access: access.id,
                digest: plan.digest
            )
        }
        let layout = try PayloadLayout(plaintextLength: plan.length)
        let sealer = ChunkSealer(fileKey: keys.fileKey, nonce: keys.nonce, layout: layout)
        let excerpt = DeliveredExcerpt(recipe, plan, in: .init(header: keys.header, sealer: sealer))
        // The nonce is as public as the file is; another key would have another.
        let tag = "\(access.id)-\(keys.nonce.description.prefix(16))"
        return Delivery(.excerpt(excerpt), watch: watch, tag: tag)
    }

    private func plan(_ recipe: ExcerptRecipe) async throws -> ExcerptPlan {
        if let plan = excerpts[recipe.access] { return plan }
        // Hours take a while, and it waits for the disk: not on a thread that every request needs.
        let plan = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<ExcerptPlan, any Error>) in
            DispatchQueue.global().async { continuation.resume(with: Result { try recipe.plan() }) }
        }
        excerpts.keep(plan, of: recipe.access)
        return plan
    }
}
