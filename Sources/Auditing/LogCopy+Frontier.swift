import ArchiveCore
import Foundation
import TransparencyLog

extension LogCopy {
    private struct StoredFrontier: Codable {
        var hashes: [Data]
        var size: Int
    }

    /// The tree of the copy as far as `checkpoint` goes.
    ///
    /// A frontier of another size is what a crash left between two files: then the tree comes from the leaves.
    func frontier(at checkpoint: Checkpoint) throws -> TreeFrontier {
        if let stored = try storedFrontier(), stored.size == checkpoint.size, stored.root == checkpoint.root {
            return stored
        }
        let rebuilt = try tree(upTo: checkpoint.size)
        guard rebuilt.root == checkpoint.root else {
            throw damage("its \(checkpoint.size) entries do not lead to the root of its checkpoint")
        }
        return rebuilt
    }

    /// The tree over the first `size` leaves, each hashed again.
    func tree(upTo size: Int) throws -> TreeFrontier {
        var tree = TreeFrontier()
        try forEachLeaf(upTo: size) { _, leaf in tree.append(leafBytes: leaf) }
        return tree
    }

    func store(_ frontier: TreeFrontier) throws {
        let stored = StoredFrontier(hashes: frontier.hashes.map(\.data), size: frontier.size)
        try files.replace(path(of: "frontier"), with: CanonicalJSON.encode(stored), label: "copy.frontier")
    }

    /// Nil where it cannot be read: it is derived from the leaves.
    private func storedFrontier() throws -> TreeFrontier? {
        guard let bytes = try files.contents(path(of: "frontier")),
            let stored = try? CanonicalJSON.decode(StoredFrontier.self, from: Data(bytes)),
            let hashes = try? stored.hashes.map({ try TreeHash(bytes: $0) })
        else { return nil }
        return try? TreeFrontier(size: stored.size, hashes: hashes)
    }
}
