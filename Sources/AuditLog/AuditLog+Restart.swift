public import ArchiveCore
import Catalogue
import Foundation
import TransparencyLog

/// How a log goes on whose database is behind what the archive has answered: under another origin, so that nobody who holds
/// a newer checkpoint takes it for the log that they know (DESIGN.md section 5, Log).
extension AuditLog {
    /// The action of the first entry under another origin.
    public static let restarted = "log.restart"

    /// An origin that the log has had.
    public struct Origin: Sendable {
        /// Its name.
        public let name: String
        /// Its key, as a C2SP vkey.
        public let verificationKey: String
        /// The first entry under it.
        public let begins: Int
        /// The first signed note under it, which the key before signed too; nil for the origin that the log began under.
        public let checkpoint: String?
        /// The last signed note of the origin before, which the log was behind.
        public let superseded: String?
    }

    /// The origins that the log has had, oldest first.
    public func origins() async throws -> [Origin] {
        let first = try NoteSigner(name: firstOrigin, privateKey: key(nil)).verifier.vkey
        let later = try await catalogue.read { try $0.logOrigins() }
        return try [Origin(name: firstOrigin, verificationKey: first, begins: 0, checkpoint: nil, superseded: nil)]
            + later.map { row in
                Origin(
                    name: row.origin,
                    verificationKey: try NoteSigner(name: row.origin, privateKey: key(row.origin)).verifier.vkey,
                    begins: row.begins,
                    checkpoint: row.checkpoint,
                    superseded: row.superseded
                )
            }
    }

    /// Begins another origin, over the entries that are there, for a log that its last checkpoint says is another or longer
    /// one. Its first entry names that checkpoint, how many entries are lost, and why.
    ///
    /// Order: the new key is durable in the vault, then entry, origin and head in one transaction, then the copy of the
    /// checkpoint. A crash before the last is finished by the next start (``finishRestart(_:_:)``).
    ///
    /// - Parameters:
    ///   - reason: why, in the words of who does it.
    ///   - note: a newer checkpoint than the copy in Storage, or one where there is none.
    /// - Throws: `conflict` where the log is what its last checkpoint says; `log-mismatch` where its entries are not those
    ///   that its own head was signed for, or the checkpoint is not of this log.
    public func restart(because reason: String, after note: String?, by actor: Actor) async throws -> Origin {
        let copy = try note.map { try verified($0, as: "the checkpoint that was given") } ?? copiedCheckpoint()
        if note != nil, let kept = try? copiedCheckpoint(), kept.size > copy.size {
            throw ArchiveError(
                .conflict,
                "\(layout.checkpoint) is of \(kept.size) entries, the checkpoint that was given of \(copy.size)",
                hint: "leave --checkpoint out"
            )
        }
        let own = try await verify(against: nil)
        guard own.fault == nil else {
            throw ArchiveError(
                .logMismatch,
                "the log is not whole by itself either: \(own.fault?.reason ?? "")",
                hint: "bring back a database that is: a log with changed entries cannot be gone on with"
            )
        }
        guard try await verify(against: .success(copy)).fault != nil else {
            throw ArchiveError(
                .conflict,
                "the log is what its last checkpoint says: there is nothing to restart",
                hint: "start the service"
            )
        }
        if let note { try files.replace(layout.checkpoint, with: note.utf8, label: "restart.checkpoint") }
        let superseded = String(decoding: try files.contents(layout.checkpoint) ?? [], as: UTF8.self)
        let name = Self.origin(after: signer.name)
        let next = try NoteSigner(name: name, privateKey: key(name))
        let tree = try restoredTree()
        catalogue.startLog(tree.signed(by: next), observer: CheckpointFile(layout: layout, files: files))
        let texts = try seal(["reason": reason])
        return try await catalogue.write { [signer] writer in
            let seq = try append(
                to: writer,
                actor: actor,
                action: Self.restarted,
                object: nil,
                label: nil,
                decision: .allow,
                details: [
                    "origin": copy.origin, "size": String(copy.size), "root": copy.root.description,
                    "kept": String(tree.size), "lost": String(max(0, copy.size - tree.size)),
                ],
                texts: texts
            )
            guard let head = try writer.logCheckpoint() else { throw ArchiveError(.unexpected, "the log has no head") }
            let signed = try SignedNote(parsing: head)
            let both = try SignedNote(
                text: signed.text,
                signatures: signed.signatures + signer.sign(signed.text).signatures
            ).serialized
            try writer.insert(
                LogOriginRow(begins: seq, origin: name, checkpoint: both, superseded: superseded)
            )
            return Origin(
                name: name,
                verificationKey: next.verifier.vkey,
                begins: seq,
                checkpoint: both,
                superseded: superseded
            )
        }
    }

    /// Stores the copy of the checkpoint where a restart was cut off before it: the copy is still the one that the restart
    /// names.
    func finishRestart(_ tree: SignedTree, _ observer: CheckpointFile) throws {
        guard let last = try catalogue.readNow({ try $0.logOrigins() }).last,
            try files.contents(layout.checkpoint).map({ $0.elementsEqual(last.superseded.utf8) }) ?? false
        else { return }
        try observer.committed(checkpoint: tree.checkpoint())
    }

    /// The name of the archive, and another random part.
    private static func origin(after name: String) -> String {
        let base = name.lastIndex(of: "/").map { String(name[..<$0]) } ?? name
        return "\(base)/\(Base32.encode(Random.bytes(5)))"
    }
}
