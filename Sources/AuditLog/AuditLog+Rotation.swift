public import ArchiveCore
import Catalogue
import TransparencyLog

/// How a log goes on under another key. A key belongs to its origin (C2SP signed-note), so that is another origin too, begun as
/// after a restart, of which nothing is lost.
extension AuditLog {
    /// The action of the first entry under another origin that took the place of one whose entries are all there.
    public static let rotated = "log.rotate"

    /// Begins another origin, with a key of its own, while the log is written.
    ///
    /// Order: the new key is durable in the vault, then entry, origin and the first head under it in one transaction, then the
    /// copy of the checkpoint, then the vault remembers the origin. A crash before the last is finished by the next start
    /// (``finishRestart(_:_:)``).
    ///
    /// - Parameter reason: why, in the words of who does it.
    public func rotate(because reason: String, by actor: Actor) async throws -> Origin {
        let earlier = try await Array(origins().suffix(Self.mostIntroducers)).map { try signer(of: $0.name) }
        let next = try makeSigner()
        let texts = try seal(["reason": reason])
        signing.announce(next.name)
        defer { signing.announce(nil) }
        let (row, kept) = try await catalogue.write { [self] writer in
            guard let superseded = try writer.reader.headCheckpoint() else {
                throw ArchiveError(.unexpected, "the log has no head")
            }
            let last = try verified(superseded, as: "the head of the log")
            try writer.changeLog { tree in
                guard let tree = tree as? SignedTree else { throw ArchiveError(.unexpected, "the log was not started") }
                return tree.signed(by: next)
            }
            let seq = try append(
                to: writer,
                actor: actor,
                action: Self.rotated,
                object: nil,
                label: nil,
                decision: .allow,
                details: [
                    "origin": last.origin, "size": String(last.size), "root": last.root.description,
                    "kept": String(last.size), "lost": "0",
                ],
                texts: texts
            )
            guard let head = try writer.logCheckpoint() else { throw ArchiveError(.unexpected, "the log has no head") }
            let row = LogOriginRow(
                begins: seq,
                origin: next.name,
                checkpoint: try Self.introduced(head, by: earlier),
                superseded: superseded
            )
            try writer.insert(row)
            return (row, last.size)
        }
        signing.use(next)
        try remember(row, kept: kept)
        return Origin(
            name: next.name,
            verificationKey: next.verifier.vkey,
            begins: row.begins,
            checkpoint: row.checkpoint,
            superseded: row.superseded,
            isLost: false
        )
    }

    /// The key, as a C2SP vkey, of the origin that `note` is of.
    public func verificationKey(of note: String) throws -> String {
        try signer(of: Checkpoint(parsing: SignedNote(parsing: note).text).origin).verifier.vkey
    }
}
