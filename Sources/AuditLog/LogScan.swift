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
            var rows = try reader.entries(seqs)[...]
            do {
                for seq in seqs {
                    guard let row = rows.popFirst(), row.seq == seq else {
                        throw Verification.Fault(seq: seq, reason: "entry \(seq) is missing")
                    }
                    try check(row, &scan)
                }
            } catch let fault as Verification.Fault {
                scan.fault = fault
            }
            return scan
        }
    }

    private func check(_ row: EntryRow, _ scan: inout LogScan) throws(Verification.Fault) {
        func fail(_ reason: String) -> Verification.Fault { Verification.Fault(seq: row.seq, reason: reason) }
        guard let entry = LogEntry(leaf: row.leaf) else { throw fail("the leaf is not a canonical entry") }
        if let column = row.columns.difference(from: EntryColumns(entry)) {
            throw fail("column \(column) differs from the leaf")
        }
        // A leaf that was changed with all that stands beside it still is not what was hashed into the tree.
        let hash = TreeHash.leaf(row.leaf)
        guard row.hash.elementsEqual(hash.data) else { throw fail("the leaf differs from its hash") }
        for text in row.texts {
            guard entry.commitments[text.field] == text.commitment else {
                throw fail("a text stands at \(text.field) that the entry does not commit to")
            }
            do { _ = try open(text) } catch { throw fail(error.message) }
        }
        scan.erased += entry.commitments.count - row.texts.count
        scan.leaves.append(hash)
    }
}
