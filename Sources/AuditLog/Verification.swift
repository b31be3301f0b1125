import ArchiveCore
import Catalogue
import Foundation
import TransparencyLog

/// What rebuilding the log from its entries found.
public struct Verification: Sendable {
    /// Something that does not agree.
    public struct Fault: Error, Sendable {
        /// The entry, where it is one.
        public let seq: Int?
        /// What about it.
        public let reason: String
    }

    /// Entries read.
    public let size: Int
    /// Merkle root over them, base64.
    public let root: String
    /// Texts that were erased.
    public let erased: Int
    /// The first thing that does not agree; nil for a whole log.
    public let fault: Fault?
}

extension AuditLog {
    /// Entries read at a time: several tiles.
    private static let stretch = 4096
    /// Stretches read at once. The service goes on serving meanwhile.
    private static let readers = 2

    /// What the database says of the log at one moment.
    private struct Found {
        let head: LogHeadRow?
        let size: Int
        let tileHashes: Int
        /// The origin of the head.
        let origin: String
    }

    private struct Progress {
        var tree = TreeFrontier()
        var erased = 0
        /// The root at the size of the checkpoint's copy, once that size is reached.
        var rootAtCopy: TreeHash?
    }

    /// Rebuilds the tree from the leaves alone and checks everything else against it: numbers, columns, hashes, texts, the
    /// signed head, and the copy of the last checkpoint.
    public func verify() async throws -> Verification {
        // The copy is read first: commits that come meanwhile only add to the log.
        try await verify(against: Result { try copiedCheckpoint() })
    }

    /// The same with another checkpoint in the place of the copy, or none.
    func verify(against copy: Result<Checkpoint, any Error>?) async throws -> Verification {
        let found = try await catalogue.read { reader in
            Found(
                head: try reader.logHead(),
                size: try reader.logSize(),
                tileHashes: try reader.tileHashCount(),
                origin: try reader.logOrigins().last?.origin ?? firstOrigin
            )
        }
        var progress = Progress()
        do {
            try await replay(found.size, copy: try? copy?.get(), into: &progress)
            try await checkRest(found, progress)
            if let copy { try checkCopy(copy, progress) }
            return verdict(progress, nil)
        } catch let fault as Verification.Fault {
            return verdict(progress, fault)
        }
    }

    private func verdict(_ progress: Progress, _ fault: Verification.Fault?) -> Verification {
        Verification(
            size: progress.tree.size,
            root: progress.tree.root.description,
            erased: progress.erased,
            fault: fault
        )
    }

    /// Grows the tree by what the stretches of the log hold, in their order, while later ones are read.
    private func replay(_ size: Int, copy: Checkpoint?, into progress: inout Progress) async throws {
        if copy?.size == 0 { progress.rootAtCopy = progress.tree.root }
        try await withThrowingTaskGroup(of: (start: Int, scan: LogScan).self) { group in
            var next = 0
            func readNext() {
                guard next < size else { return }
                let seqs = next..<min(next + Self.stretch, size)
                next = seqs.upperBound
                group.addTask { (seqs.lowerBound, try await scan(seqs)) }
            }
            for _ in 0..<Self.readers { readNext() }
            var early: [Int: LogScan] = [:]
            while let (start, scan) = try await group.next() {
                early[start] = scan
                while let scan = early.removeValue(forKey: progress.tree.size) {
                    readNext()
                    try grow(by: scan, copy: copy, &progress)
                }
            }
        }
    }

    private func grow(by scan: LogScan, copy: Checkpoint?, _ progress: inout Progress) throws {
        progress.erased += scan.erased
        for leaf in scan.leaves {
            let seq = progress.tree.size
            for (below, root) in progress.tree.append(leaf: leaf).enumerated() {
                let (level, node) = (below + 1, seq >> (8 * (below + 1)))
                guard scan.tileHash(level, node) == root.data else {
                    throw Verification.Fault(seq: nil, reason: "hash \(node) of the tiles of level \(level) differs")
                }
            }
            if progress.tree.size == copy?.size { progress.rootAtCopy = progress.tree.root }
        }
        if let fault = scan.fault { throw fault }
    }

    private func checkRest(_ found: Found, _ progress: Progress) async throws {
        let tree = progress.tree
        func fail(_ reason: String) -> Verification.Fault { Verification.Fault(seq: nil, reason: reason) }
        guard try await catalogue.read({ try $0.strayTextCount() }) == 0 else {
            throw fail("texts stand beside entries that do not exist")
        }
        guard found.tileHashes == Tile.levels(treeSize: tree.size).dropFirst().reduce(0, { $0 + tree.size >> (8 * $1) })
        else {
            throw fail("there are hashes of tiles that the log does not have")
        }
        let head: Checkpoint
        do {
            guard let row = found.head else {
                guard tree.size == 0 else { throw fail("the log has entries and no signed head") }
                return
            }
            head = try verified(row.checkpoint, as: "the head of the log", of: found.origin)
        } catch let error as ArchiveError {
            throw fail(error.message)
        }
        guard head.size == tree.size else {
            throw fail("the head is signed for \(head.size) entries; there are \(tree.size)")
        }
        guard head.root == tree.root else {
            throw fail("the \(tree.size) entries do not hash to the root that the head is signed for")
        }
        guard found.head?.size == tree.size, found.head?.state == tree.hashes.flatMap({ Array($0.data) }) else {
            throw fail("what is kept of the tree is not that of the \(tree.size) entries")
        }
    }

    private func checkCopy(_ result: Result<Checkpoint, any Error>, _ progress: Progress) throws {
        func fail(_ reason: String) -> Verification.Fault { Verification.Fault(seq: nil, reason: reason) }
        let copy: Checkpoint
        do {
            copy = try result.get()
        } catch let error as ArchiveError {
            throw fail(error.message)
        }
        guard copy.size <= progress.tree.size else {
            throw fail("the last checkpoint was signed for \(copy.size) entries; there are \(progress.tree.size)")
        }
        guard progress.rootAtCopy == copy.root else {
            throw fail("the first \(copy.size) entries are not those of the last checkpoint")
        }
    }
}
