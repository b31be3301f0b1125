import ArchiveCore
import Catalogue
import Foundation
import TransparencyLog

/// The log's tree with the key that signs its heads.
struct SignedTree: LogTree {
    private var frontier: TreeFrontier
    private let signer: NoteSigner

    init(frontier: TreeFrontier, signer: NoteSigner) {
        self.frontier = frontier
        self.signer = signer
    }

    /// The same tree, whose heads another key signs from now on.
    func signed(by signer: NoteSigner) -> SignedTree { SignedTree(frontier: frontier, signer: signer) }

    /// Restores the tree from ``state``, for `size` leaves.
    init(size: Int, state: [UInt8], signer: NoteSigner) throws {
        let hashes = try stride(from: 0, to: state.count, by: TreeHash.byteCount).map { start in
            try TreeHash(bytes: state[start..<min(start + TreeHash.byteCount, state.count)])
        }
        self.init(frontier: try TreeFrontier(size: size, hashes: hashes), signer: signer)
    }

    var size: Int { frontier.size }
    var root: TreeHash { frontier.root }
    var state: [UInt8] { frontier.hashes.flatMap { Array($0.data) } }

    mutating func append(_ leaf: [UInt8]) -> AppendedLeaf {
        let hash = TreeHash.leaf(leaf)
        return AppendedLeaf(hash: hash.data, tiles: frontier.append(leaf: hash).map(\.data))
    }

    func checkpoint() throws -> String {
        let head = try Checkpoint(origin: signer.name, size: frontier.size, root: frontier.root)
        return try signer.sign(head).serialized
    }
}
