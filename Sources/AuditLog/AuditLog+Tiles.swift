import ArchiveCore
import Catalogue
public import Foundation
public import TransparencyLog

/// The log as C2SP tlog-tiles lays it out, and what is proved by it.
extension AuditLog {
    /// The tile or the bundle at a path below the prefix of the log; nil where it has none there, or not as wide a one yet.
    public func file(_ path: String) async throws -> Data? {
        if let tile = try? Tile(bundlePath: path) { return try await bundle(under: tile) }
        guard let tile = try? Tile(path: path) else { return nil }
        return try await hashes(of: tile)
    }

    /// The hashes of a tile, 32 bytes each; nil where the log has no such tile, or not as wide a one yet.
    public func hashes(of tile: Tile) async throws -> Data? {
        let hashes = try await catalogue.read { try $0.hashes(level: tile.level, tile.nodes) }
        return hashes.count == tile.width ? Data(hashes.joined()) : nil
    }

    /// The entries under a tile of level 0, as a bundle; nil where the log does not have them all yet.
    public func bundle(under tile: Tile) async throws -> Data? {
        let leaves = try await catalogue.read { try $0.leaves(tile.nodes) }
        return leaves.count == tile.width ? try EntryBundle.encode(leaves) : nil
    }

    /// The proof that the newest signed tree has entry `seq`, with the entry in `extra`; nil where it does not.
    public func proof(of seq: Int) async throws -> LogProof? { try await proofs(of: [seq]).first }

    /// The proofs, under one checkpoint, that the newest signed tree has these entries, each with its entry in `extra`; fewer
    /// where it does not have them all.
    public func proofs(of seqs: [Int]) async throws -> [LogProof] {
        try await catalogue.read { reader in
            guard let text = try reader.headCheckpoint() else { return [] }
            let origin = try reader.logOrigins().last?.origin
            let size = try self.verified(text, as: "the head of the log", of: origin ?? firstOrigin).size
            let note = try SignedNote(parsing: text)
            return try seqs.compactMap { seq in
                guard seq >= 0, seq < size, let leaf = try reader.leaves(seq..<seq + 1).first else { return nil }
                return try LogProof(
                    extra: leaf,
                    inclusion: InclusionProof(leafIndex: seq, treeSize: size) { try reader.subtree($0) },
                    note: note
                )
            }
        }
    }

    /// The proof that the log of `new` entries begins with that of `old`.
    ///
    /// - Throws: `bad-request` where there were no such two logs.
    public func consistencyProof(from old: Int, to new: Int) async throws -> ConsistencyProof {
        try await catalogue.read { reader in
            let size = try reader.logSize()
            guard old >= 1, old <= new, new <= size else {
                throw ArchiveError(.badRequest, "sizes must be 1 to \(size), the smaller first: not \(old) and \(new)")
            }
            return try ConsistencyProof(oldSize: old, newSize: new) { try reader.subtree($0) }
        }
    }
}

extension CatalogueReader {
    /// The root of a perfect subtree of the log's tree.
    func subtree(_ leaves: Range<Int>) throws -> TreeHash {
        try .root(ofPerfect: leaves) { level, nodes in
            var hashes: [TreeHash] = []
            hashes.reserveCapacity(nodes.count)
            try forEachHash(level: level, nodes) { hashes.append(try TreeHash(bytes: $0)) }
            return hashes
        }
    }
}
