import ArchiveCore
import Catalogue
import Foundation
import TransparencyLog

/// What a stretch of the log holds, each entry checked by itself.
struct LogScan: Sendable {
    /// The hashes of its leaves, up to the first fault.
    var leaves: [TreeHash] = []
    /// The first entry that is wrong.
    var fault: Verification.Fault?
    /// Texts that were erased.
    var erased = 0
    /// Stored hashes of tiles that the stretch completes, from level 1 on, and the first node of each.
    fileprivate var tileHashes: [(first: Int, hashes: [Data])] = []

    /// The stored hash of a node of the tiles of `level`.
    func tileHash(_ level: Int, _ node: Int) -> Data? {
        guard level <= tileHashes.count else { return nil }
        let (first, hashes) = tileHashes[level - 1]
        return hashes.indices.contains(node - first) ? hashes[node - first] : nil
    }
}

extension AuditLog {
    /// Reads these entries and what stands beside them.
    func scan(_ seqs: Range<Int>) async throws -> LogScan {
        try await catalogue.read { reader in
            var scan = LogScan()
            scan.leaves.reserveCapacity(seqs.count)
            for level in Tile.levels(treeSize: seqs.upperBound).dropFirst() {
                let nodes = seqs.lowerBound >> (8 * level)..<seqs.upperBound >> (8 * level)
                scan.tileHashes.append((nodes.lowerBound, try reader.hashes(level: level, nodes)))
            }
            var next = seqs.lowerBound
            do {
                try reader.forEachEntry(seqs) { stored in
                    guard stored.seq == next else {
                        throw Verification.Fault(seq: next, reason: "entry \(next) is missing")
                    }
                    try check(stored, &scan)
                    next += 1
                }
                guard next == seqs.upperBound else {
                    throw Verification.Fault(seq: next, reason: "entry \(next) is missing")
                }
            } catch let fault as Verification.Fault {
                scan.fault = fault
            }
            return scan
        }
    }

    private func check(_ stored: StoredEntry, _ scan: inout LogScan) throws(Verification.Fault) {
        let leaf = if let sound = plain(stored) { sound } else { try examined(stored) }
        for text in stored.texts {
            do { _ = try open(text) } catch { throw Verification.Fault(seq: stored.seq, reason: error.message) }
        }
        scan.erased += leaf.commitments - stored.texts.count
        scan.leaves.append(leaf.hash)
    }

    /// The hash of a leaf and how many texts it commits to, if all agrees with it and none of its own texts needs an escape, as in
    /// nearly every entry: nothing is copied. Nil says nothing yet.
    private func plain(_ stored: StoredEntry) -> (hash: TreeHash, commitments: Int)? {
        guard let leaf = PlainLeaf(stored.leaf), stored.hasColumns(of: leaf) else { return nil }
        let hash = TreeHash.leaf(stored.leaf)
        guard hash.withUnsafeBytes({ stored.hash.hasSameBytes(as: $0) }),
            stored.texts.allSatisfy({ leaf.commitments[$0.field]?.hasSameBytes(as: $0.commitment) == true })
        else { return nil }
        return (hash, leaf.commitments.count)
    }

    /// The same of any entry, and what is wrong with it.
    private func examined(_ stored: StoredEntry) throws(Verification.Fault) -> (hash: TreeHash, commitments: Int) {
        func fail(_ reason: String) -> Verification.Fault { Verification.Fault(seq: stored.seq, reason: reason) }
        let leaf = Data(stored.leaf)
        guard let entry = LogEntry(leaf: leaf) else { throw fail("the leaf is not a canonical entry") }
        if let column = stored.difference(from: entry) { throw fail("column \(column) differs from the leaf") }
        // A leaf that was changed with all that stands beside it still is not what was hashed into the tree.
        let hash = TreeHash.leaf(leaf)
        guard hash.withUnsafeBytes({ stored.hash.hasSameBytes(as: $0) }) else {
            throw fail("the leaf differs from its hash")
        }
        for text in stored.texts where entry.commitments[text.field] != text.commitment {
            throw fail("a text stands at \(text.field) that the entry does not commit to")
        }
        return (hash, entry.commitments.count)
    }
}
