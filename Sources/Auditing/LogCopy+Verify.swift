import ArchiveCore
public import Foundation
public import TransparencyLog

extension LogCopy {
    /// What hashing the whole copy again has shown.
    public struct Verdict: Sendable {
        /// How far the copy goes: every entry up to there leads to this checkpoint.
        public let head: Head
        /// The first entry that is none; nil where all are, or where they were not read.
        public let firstUnreadable: Int?
    }

    /// Hashes every entry of the copy again and compares with its checkpoint.
    ///
    /// - Parameter readingEntries: whether each leaf is read as an entry too.
    /// - Throws: `log-mismatch` where they do not lead to the root, or any is missing.
    public func verify(readingEntries: Bool = false) throws -> Verdict {
        let head = try requiredHead()
        var tree = TreeFrontier()
        var firstUnreadable: Int?
        try forEachLeaf(upTo: head.checkpoint.size) { seq, leaf in
            tree.append(leafBytes: leaf)
            guard readingEntries, firstUnreadable == nil, LogEntry(leaf: Data(leaf)) == nil else { return }
            firstUnreadable = seq
        }
        guard tree.root == head.checkpoint.root else {
            throw damage("its \(head.checkpoint.size) entries do not lead to the root of its checkpoint")
        }
        return Verdict(head: head, firstUnreadable: firstUnreadable)
    }

    /// The root over the first `size` entries, each hashed again.
    ///
    /// - Precondition: the copy has as many.
    public func root(at size: Int) throws -> TreeHash { try tree(upTo: size).root }

    /// Compares the copy with a checkpoint that came another way: on paper, from a witness, from another auditor.
    ///
    /// - Returns: the checkpoint, of which the copy is an extension.
    /// - Throws: ``LogFault``, kept as evidence, where it is not signed or not of this log's one history; `stale` where it
    ///   goes beyond the copy, so that nothing can be said.
    public func compare(with note: Data) throws -> Checkpoint {
        let head = try requiredHead()
        do {
            let other = try Self.checkpoint(in: note, by: head.key)
            guard other.size <= head.checkpoint.size else {
                throw ArchiveError(
                    .stale,
                    "that checkpoint is of \(other.size) entries, the copy has \(head.checkpoint.size)",
                    hint: "copy the log again first: `risalah audit verify`"
                )
            }
            guard try tree(upTo: other.size).root == other.root else {
                throw LogFault(
                    .forked,
                    "the log signed two histories: the \(other.size) entries of that checkpoint are not the first "
                        + "\(other.size) of the copy"
                )
            }
            return other
        } catch let fault as LogFault {
            throw try keep(fault, received: note)
        }
    }

    /// The same where the archive was asked just now: what goes beyond the copy then goes beyond the archive.
    public func compare(withNewest note: Data) throws -> Checkpoint {
        do {
            return try compare(with: note)
        } catch let error as ArchiveError where error.code == .stale {
            throw try keep(
                LogFault(.rolledBack, "\(error.message), which is all that the archive shows"),
                received: note
            )
        }
    }

    /// The proof that the copy's checkpoint has the entry `seq`.
    public func inclusionProof(of seq: Int) throws -> InclusionProof {
        let size = try requiredHead().checkpoint.size
        var hashes: [TreeHash] = []
        hashes.reserveCapacity(size)
        try forEachLeaf(upTo: size) { _, leaf in hashes.append(.leaf(leaf)) }
        return try InclusionProof(leafIndex: seq, leaves: hashes)
    }
}
