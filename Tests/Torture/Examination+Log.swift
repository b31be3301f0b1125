import ArchiveClient
import ArchiveCore
import ArchiveInterface
import Auditing
import Foundation
import TransparencyLog

/// The log goes on from every checkpoint and receipt that was handed out, and from the copy that an auditor has, whatever
/// key signs it by now.
extension Examination {
    func compareLog() async throws {
        let auditor = try reader.client(.auditor)
        let copy = scene.home(.auditor).auditCopy
        let turn = try await copy.turn()
        defer { turn.release() }
        // No key is given: the copy has the one that it began with, and each that came later has to be shown by that.
        let origins = { try await auditor.logOrigins() }
        let synced = try await copy.follow(auditor.log, trusting: nil, in: turn, origins: origins) { compared in
            guard compared.isRotation, compared.succession.isVouchedFor else {
                throw Found("the log of \(compared.succession.newKey.name) does not go on from the auditor's copy")
            }
            tally.followed(compared.succession.steps.count)
        }
        let keys = try await origins().map { try NoteVerifier(vkey: $0.verificationKey) }
        for origin in ledger.origins where !keys.contains(where: { $0.name == origin }) {
            throw Found("the log does not know that it was \(origin)")
        }
        let (checkpoints, receipts) = ledger.takeEvidence()
        for note in checkpoints { try compare(note, with: copy, synced.head, keys) }
        for receipt in receipts {
            guard case .there = try copy.check(receipt, knowing: keys, isNewest: true) else {
                throw Found("the entry of access \(receipt.access) is lost")
            }
        }
        tally.compared(checkpoints.count + receipts.count)
    }

    /// A change of the key loses nothing, so what an earlier one signed is of this log, too.
    private func compare(_ note: Data, with copy: LogCopy, _ head: LogCopy.Head, _ keys: [NoteVerifier]) throws {
        let signed = try SignedNote(parsing: note)
        let claimed = try Checkpoint(parsing: signed.text)
        guard let key = keys.first(where: { $0.name == claimed.origin }) else {
            throw Found("a checkpoint was handed out of \(claimed.origin), which the log never was")
        }
        guard key != head.key else {
            _ = try copy.compare(withNewest: note)
            return
        }
        let checkpoint = try key.checkpoint(in: signed)
        guard checkpoint.size <= head.checkpoint.size, try copy.root(at: checkpoint.size) == checkpoint.root else {
            throw Found("the log is not the one of which \(claimed.origin) signed \(checkpoint.size) entries")
        }
    }
}
