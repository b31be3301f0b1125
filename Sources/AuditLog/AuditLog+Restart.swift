public import ArchiveCore
import Catalogue
import Foundation
import TransparencyLog
import Vault

/// How a log goes on whose database is behind what the archive has answered: under another origin, so that nobody who holds
/// a newer checkpoint takes it for the log that they know (DESIGN.md section 5, Log).
extension AuditLog {
    /// The action of the first entry under another origin.
    public static let restarted = "log.restart"

    /// What a restart goes on from.
    private struct Basis {
        let note: String
        let checkpoint: Checkpoint
        /// The first entries that the log has in common with that of ``checkpoint``.
        let kept: Int
    }

    /// Begins another origin, over the entries that are there, for a log that a checkpoint of it says is another or longer
    /// one. Its first entry names that checkpoint, how many entries are kept and lost, and why.
    ///
    /// Order: the new key is durable in the vault, then entry, origin and head in one transaction, then the copy of the
    /// checkpoint, then the vault remembers the origin. A crash before the last is finished by the next start
    /// (``finishRestart(_:_:)``).
    ///
    /// - Parameters:
    ///   - reason: why, in the words of who does it.
    ///   - note: a newer checkpoint than the copy in Storage, or one where there is none.
    ///   - kept: how many first entries the log has in common with that of the checkpoint. Needed where sizes do not say it:
    ///     where the archive noticed nothing by itself, where the checkpoint is of no more entries than the database, or of
    ///     another origin. Without any checkpoint it has to be all, which says that nobody holds a newer one.
    /// - Throws: `conflict` where the log is what its last checkpoint says; `bad-request` where `kept` cannot be, or has to
    ///   be given; `log-mismatch` where its entries are not those that its own head was signed for, or the checkpoint is not
    ///   of this log.
    public func restart(
        because reason: String,
        after note: String?,
        keeping kept: Int? = nil,
        by actor: Actor
    ) async throws -> Origin {
        let own = try await verify(against: nil)
        guard own.fault == nil else {
            throw ArchiveError(
                .logMismatch,
                "the log is not whole by itself either: \(own.fault?.reason ?? "")",
                hint: "bring back a database that is: a log with changed entries cannot be gone on with"
            )
        }
        let tree = try restoredTree()
        try finishRestart(tree, CheckpointFile(layout: layout, files: files))
        let basis = try await basis(note, kept, tree)
        let earlier = try await Array(origins().suffix(Self.mostIntroducers)).map { try signer(of: $0.name) }
        let next = try makeSigner()
        let observer = RestartObserver(
            file: CheckpointFile(layout: layout, files: files),
            remember: { [self] checkpoint in
                try remember(
                    LogOriginRow(
                        begins: tree.size,
                        origin: next.name,
                        checkpoint: Self.introduced(checkpoint, by: earlier),
                        superseded: basis.note
                    ),
                    kept: basis.kept
                )
            }
        )
        catalogue.startLog(tree.signed(by: next), observer: observer)
        let texts = try seal(["reason": reason])
        return try await catalogue.write { writer in
            let checkpoint = basis.checkpoint
            let seq = try append(
                to: writer,
                actor: actor,
                action: Self.restarted,
                object: nil,
                label: nil,
                decision: .allow,
                details: [
                    "origin": checkpoint.origin, "size": String(checkpoint.size), "root": checkpoint.root.description,
                    "kept": String(basis.kept), "lost": String(checkpoint.size - basis.kept),
                ],
                texts: texts
            )
            guard let head = try writer.logCheckpoint() else { throw ArchiveError(.unexpected, "the log has no head") }
            let first = try Self.introduced(head, by: earlier)
            try writer.insert(
                LogOriginRow(begins: seq, origin: next.name, checkpoint: first, superseded: basis.note)
            )
            return Origin(
                name: next.name,
                verificationKey: next.verifier.vkey,
                begins: seq,
                checkpoint: first,
                superseded: basis.note,
                isLost: false
            )
        }
    }

    /// So many of the origins before sign the first checkpoint of another: a note has room for 100 signatures.
    static let mostIntroducers = 64

    // MARK: What it goes on from

    private func basis(_ given: String?, _ kept: Int?, _ tree: SignedTree) async throws -> Basis {
        let stored = Result { try storedCheckpoint() }
        let isContent: Bool
        if let found = (try? stored.get()) ?? nil, found.checkpoint.origin == signer.name {
            isContent = try await agrees(found.checkpoint, tree)
        } else {
            isContent = false
        }
        guard let (note, checkpoint) = try await newest(given, stored) else {
            return try basisWithoutCheckpoint(kept, tree)
        }
        if try await agrees(checkpoint, tree) {
            throw ArchiveError(
                .conflict,
                "the log is what that checkpoint says: there is nothing to restart",
                hint: isContent
                    ? "start the service"
                    : "where \(layout.checkpoint) is missing or of an origin that ended, put the newest checkpoint of "
                        + "\(signer.name) there and start the service"
            )
        }
        // Were as many kept as it has, or more, the two would agree.
        let most = min(tree.size, checkpoint.size - 1)
        guard let kept = try kept ?? (isContent ? nil : keptBySize(checkpoint, tree)) else {
            throw ArchiveError(
                .badRequest,
                "sizes do not say how many of the \(tree.size) entries are among the \(checkpoint.size) of \(checkpoint.origin)",
                hint: "give --kept N, as `risalah audit verify` of an auditor of \(checkpoint.origin) says it; 0 where "
                    + "nobody can say it"
            )
        }
        guard kept >= 0, kept <= most else {
            throw ArchiveError(
                .badRequest,
                "\(kept) entries cannot be kept of \(checkpoint.size), where the database has \(tree.size): \(most) at most"
            )
        }
        return Basis(note: note, checkpoint: checkpoint, kept: kept)
    }

    /// The checkpoint that was given, or the copy in Storage; nil where neither says anything.
    private func newest(
        _ given: String?,
        _ stored: Result<(note: String, checkpoint: Checkpoint)?, any Error>
    ) async throws -> (note: String, checkpoint: Checkpoint)? {
        guard let given else {
            guard let found = try stored.get() else { return nil }
            // One of an origin that ended, whose entries are all there, was put there by mistake.
            let hasEnded = found.checkpoint.origin != signer.name && isKnown(found.checkpoint.origin)
            guard hasEnded, try await agrees(found.checkpoint, restoredTree()) else { return found }
            return nil
        }
        let checkpoint = try verifiedOfAnyOrigin(given, as: "the checkpoint that was given")
        if let found = (try? stored.get()) ?? nil, try await !agrees(found.checkpoint, restoredTree()) {
            let (own, other) = (found.checkpoint, checkpoint)
            let isNewer =
                own.origin == other.origin ? own.size > other.size : !isKnown(own.origin) && isKnown(other.origin)
            guard !isNewer else {
                throw ArchiveError(
                    .conflict,
                    "\(layout.checkpoint) is of \(own.size) entries of \(own.origin), the checkpoint that was given of "
                        + "\(other.size) of \(other.origin)",
                    hint: "leave --checkpoint out"
                )
            }
        }
        return (given, checkpoint)
    }

    private func isKnown(_ origin: String) -> Bool {
        knownOrigins.contains { $0.utf8.elementsEqual(origin.utf8) }
    }

    /// Goes on from the database's own head: whoever says that it has all entries says that nobody holds a newer checkpoint.
    private func basisWithoutCheckpoint(_ kept: Int?, _ tree: SignedTree) throws -> Basis {
        guard let kept, kept == tree.size, let head = try catalogue.logHead() else {
            throw ArchiveError(
                .logMismatch,
                "there is no \(layout.checkpoint) of \(signer.name), so nothing shows that the log is as long as it was",
                hint:
                    "give --checkpoint with the newest one that an auditor, a witness or the holder of a receipt has; "
                    + "where nobody has any, --kept \(tree.size) goes on with all entries of this database"
            )
        }
        return Basis(note: head.checkpoint, checkpoint: try verified(head.checkpoint, as: "the head"), kept: kept)
    }

    /// How many entries are kept where a database refused to open that is behind `checkpoint`: all that it has of what was
    /// there when the origin after it began. Nil where that cannot be known.
    private func keptBySize(_ checkpoint: Checkpoint, _ tree: SignedTree) throws -> Int? {
        var kept = tree.size
        var name = checkpoint.origin
        for record in try records().reversed() where record.origin == name && name != signer.name {
            kept = min(kept, record.kept)
            name = try Checkpoint(parsing: SignedNote(parsing: record.superseded).text).origin
        }
        guard name == signer.name, checkpoint.origin != name || checkpoint.size > tree.size else { return nil }
        return kept
    }

    /// Whether the log has all entries of `checkpoint`. Its own were verified before.
    private func agrees(_ checkpoint: Checkpoint, _ tree: SignedTree) async throws -> Bool {
        try await agrees(checkpoint, size: tree.size)
    }

    /// The same of the first `size` entries.
    func agrees(_ checkpoint: Checkpoint, size: Int) async throws -> Bool {
        guard checkpoint.size <= size else { return false }
        return try await catalogue.read { reader in
            var start = 0
            var hashes: [TreeHash] = []
            // RFC 6962 §2.1: the largest power of two first.
            while start < checkpoint.size {
                let width = 1 << (Int.bitWidth - 1 - (checkpoint.size - start).leadingZeroBitCount)
                hashes.append(try reader.subtree(start..<start + width))
                start += width
            }
            return try TreeFrontier(size: checkpoint.size, hashes: hashes).root == checkpoint.root
        }
    }

    // MARK: The next origin

    /// The key of an origin that nobody has heard of, durable in the vault: the name of the archive, and another random part.
    func makeSigner() throws -> NoteSigner {
        let base = firstOrigin.lastIndex(of: "/").map { String(firstOrigin[..<$0]) } ?? firstOrigin
        while true {
            let name = "\(base)/\(Base32.encode(Random.bytes(5)))"
            guard name != firstOrigin, try vault.makeLogKey(of: name) else { continue }
            return try signer(of: name)
        }
    }
}

/// Stores the first checkpoint of another origin, and has the vault remember the origin: in this order, so that a start
/// that finds it remembered knows that the copy of the checkpoint is its own.
private struct RestartObserver: CommitObserver {
    let file: CheckpointFile
    let remember: @Sendable (_ checkpoint: String) throws -> Void

    func committed(checkpoint: String) throws {
        try file.committed(checkpoint: checkpoint)
        try remember(checkpoint)
    }
}
