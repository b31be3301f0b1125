import ArchiveCore
import Catalogue
import Foundation
import TransparencyLog
import Vault

/// The origins that a log has had, those that its database has forgotten among them (Docs/format.md, Origins).
extension AuditLog {
    /// An origin that the log has had.
    public struct Origin: Sendable {
        /// Its name.
        public let name: String
        /// Its key, as a C2SP vkey.
        public let verificationKey: String
        /// The first entry under it.
        public let begins: Int
        /// The first signed note under it, which the keys of the origins before signed too; nil for the origin that the log
        /// began under.
        public let checkpoint: String?
        /// The last signed note of an origin before, which the log was behind, or went on from; nil for the first.
        public let superseded: String?
        /// Whether its entries are lost: a database from before it was put back.
        public let isLost: Bool
    }

    /// What the vault remembers of an origin, should the database forget it.
    struct OriginRecord: Codable {
        var begins: Int
        var checkpoint: String
        /// Entries that it kept of the origin that it superseded.
        var kept: Int
        /// Its place among the origins, from 1; the first has none.
        var number: Int
        var origin: String
        var superseded: String

        static let prefix = "log restart "
        var name: String { Self.prefix + origin }
    }

    /// The origins that the log has had, oldest first.
    public func origins() async throws -> [Origin] {
        let rows = try await catalogue.read { try $0.logOrigins() }
        let first = Origin(
            name: firstOrigin,
            verificationKey: try signer(of: firstOrigin).verifier.vkey,
            begins: 0,
            checkpoint: nil,
            superseded: nil,
            isLost: false
        )
        let records = try records()
        let later = try records.map { record in
            let isLost = !rows.contains { $0.origin == record.origin }
            return try origin(record.origin, record.begins, record.checkpoint, record.superseded, isLost: isLost)
        }
        let others = try rows.filter { row in !records.contains { $0.origin == row.origin } }.map {
            try origin($0.origin, $0.begins, $0.checkpoint, $0.superseded, isLost: false)
        }
        return [first] + later + others
    }

    private func origin(
        _ name: String,
        _ begins: Int,
        _ checkpoint: String,
        _ superseded: String,
        isLost: Bool
    ) throws -> Origin {
        Origin(
            name: name,
            verificationKey: try signer(of: name).verifier.vkey,
            begins: begins,
            checkpoint: checkpoint,
            superseded: superseded,
            isLost: isLost
        )
    }

    /// What the vault remembers, oldest first.
    func records() throws -> [OriginRecord] {
        try vault.documents(named: OriginRecord.prefix)
            .map { try CanonicalJSON.decode(OriginRecord.self, from: $0) }
            .sorted { ($0.number, $0.begins) < ($1.number, $1.begins) }
    }

    /// The key of an origin of this log.
    ///
    /// - Throws: `storage` where the vault does not have it.
    func signer(of origin: String) throws -> NoteSigner {
        let isFirst = origin.utf8.elementsEqual(firstOrigin.utf8)
        return try NoteSigner(name: origin, privateKey: vault.logKey(of: isFirst ? nil : origin))
    }

    /// The checkpoint in `note`, if the key of any origin signed it that this log has had by what the vault knows.
    func verifiedOfAnyOrigin(_ note: String, as name: String) throws -> Checkpoint {
        do {
            let signed = try SignedNote(parsing: note)
            let origin = try Checkpoint(parsing: signed.text).origin
            guard try origin.utf8.elementsEqual(firstOrigin.utf8) || vault.holdsLogKey(of: origin) else {
                throw ArchiveError(
                    .logMismatch,
                    "\(name) is of \(origin), and this archive's vault has no key of that origin",
                    hint:
                        "if it is this archive's, the vault is older than that origin: bring back the newest copy of the "
                        + "vault. Where there is none, go on from the newest checkpoint of "
                        + "\(knownOrigins.joined(separator: ", ")) that anybody holds; who holds one of \(origin) then "
                        + "begins a new copy with the new key, from paper"
                )
            }
            return try signer(of: origin).verifier.checkpoint(in: signed)
        } catch let error as LogError {
            throw ArchiveError(.logMismatch, "\(name) is not signed by this log: \(error)")
        }
    }

    /// The copy of the last checkpoint in Storage, of whichever origin; nil where there is none.
    func storedCheckpoint() throws -> (note: String, checkpoint: Checkpoint)? {
        guard let bytes = try files.contents(layout.checkpoint) else { return nil }
        let note = String(decoding: bytes, as: UTF8.self)
        return (note, try verifiedOfAnyOrigin(note, as: layout.checkpoint))
    }

    /// `note` with the signatures of the origins before, so that who holds any of them knows whose it is.
    static func introduced(_ note: String, by earlier: [NoteSigner]) throws -> String {
        let signed = try SignedNote(parsing: note)
        return try SignedNote(
            text: signed.text,
            signatures: signed.signatures + earlier.flatMap { try $0.sign(signed.text).signatures }
        ).serialized
    }

    /// Finishes a restart that was cut off after its transaction: the vault does not remember the newest origin of the
    /// database yet, so the copy of the checkpoint may still be the one from before, which is of an origin that ended.
    func finishRestart(_ tree: SignedTree, _ observer: CheckpointFile) throws {
        let rows = try catalogue.readNow { try $0.logOrigins() }
        guard let last = rows.last, try vault.document(OriginRecord.prefix + last.origin) == nil else { return }
        let stored = try? storedCheckpoint()
        if stored?.checkpoint.origin != last.origin { try observer.committed(checkpoint: tree.checkpoint()) }
        let leaf = try catalogue.readNow { try $0.leaves(last.begins..<last.begins + 1) }.first
        guard let entry = leaf.flatMap(LogEntry.init(leaf:)), [Self.restarted, Self.rotated].contains(entry.action),
            let kept = entry.details["kept"].flatMap(Int.init)
        else {
            throw ArchiveError(.logMismatch, "entry \(last.begins) is not the restart that \(last.origin) began with")
        }
        try remember(last, kept: kept)
    }

    /// Keeps an origin in the vault, durably.
    func remember(_ row: LogOriginRow, kept: Int) throws {
        let record = OriginRecord(
            begins: row.begins,
            checkpoint: row.checkpoint,
            kept: kept,
            number: (try records().map(\.number).max() ?? 0) + 1,
            origin: row.origin,
            superseded: row.superseded
        )
        try vault.keep(CanonicalJSON.encode(record), as: record.name)
    }
}
