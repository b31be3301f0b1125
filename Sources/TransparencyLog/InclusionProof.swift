/// A proof that a log of `treeSize` leaves has a certain leaf at `leafIndex` (RFC 6962 §2.1.1).
public struct InclusionProof: Sendable, Hashable {
    /// The number of the leaf, from 0.
    public let leafIndex: Int
    /// The number of leaves of the tree.
    public let treeSize: Int
    /// The hashes from the leaf's sibling up to the child of the root.
    public let hashes: [TreeHash]

    /// A proof as it was received; nothing is checked before ``verify(leaf:root:)``.
    public init(leafIndex: Int, treeSize: Int, hashes: [TreeHash]) {
        self.leafIndex = leafIndex
        self.treeSize = treeSize
        self.hashes = hashes
    }

    /// Proves the leaf from stored subtrees.
    ///
    /// - Parameter subtree: the root of the tree over these leaves alone; only perfect subtrees are asked for
    ///   (2^k leaves from a multiple of 2^k), at most about twice as many as the tree is high.
    /// - Throws: ``LogError/Code/leafIndex`` where the tree does not have that leaf; what `subtree` throws.
    public init(leafIndex: Int, treeSize: Int, subtree: (Range<Int>) throws -> TreeHash) throws {
        try self.init(checking: leafIndex, treeSize)
        // RFC 6962 §2.1.1, PATH(m, D[n]), from the root down; the proof lists it from the leaf up.
        var path: [TreeHash] = []
        var range = 0..<treeSize
        while range.count > 1 {
            let middle = range.lowerBound + SubtreePath.split(range.count)
            let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
            path.append(try SubtreePath.root(of: leafIndex < middle ? right : left, subtree: subtree))
            range = leafIndex < middle ? left : right
        }
        self.init(leafIndex: leafIndex, treeSize: treeSize, hashes: path.reversed())
    }

    /// Proves the leaf from the hashes of all leaves of the tree.
    ///
    /// - Throws: ``LogError/Code/leafIndex`` where the tree does not have that leaf.
    public init(leafIndex: Int, leaves: some RandomAccessCollection<TreeHash>) throws {
        try self.init(leafIndex: leafIndex, treeSize: leaves.count, subtree: SubtreePath.over(leaves))
    }

    private init(checking leafIndex: Int, _ treeSize: Int) throws(LogError) {
        guard leafIndex >= 0, leafIndex < treeSize else {
            throw LogError(.leafIndex, "a tree of \(treeSize) leaves has no leaf \(leafIndex)")
        }
        self.init(leafIndex: leafIndex, treeSize: treeSize, hashes: [])
    }

    /// Checks that the tree with this `root` has this `leaf` at ``leafIndex``.
    ///
    /// - Throws: ``LogError/Code/leafIndex``, ``LogError/Code/proofLength`` or ``LogError/Code/rootMismatch``.
    public func verify(leaf: TreeHash, root: TreeHash) throws(LogError) {
        _ = try InclusionProof(checking: leafIndex, treeSize)
        // RFC 9162 §2.1.3.2 spells out the check of this same proof.
        var index = leafIndex
        var last = treeSize - 1
        var hash = leaf
        for sibling in hashes {
            guard last > 0 else { throw surplus }
            if index & 1 == 1 || index == last {
                hash = .node(sibling, hash)
                // A node without a right sibling is its parent: skip the levels where nothing was hashed.
                while index & 1 == 0, index != 0 {
                    index >>= 1
                    last >>= 1
                }
            } else {
                hash = .node(hash, sibling)
            }
            index >>= 1
            last >>= 1
        }
        guard last == 0 else {
            throw LogError(.proofLength, "\(hashes.count) hashes are too few for leaf \(leafIndex) of \(treeSize)")
        }
        guard hash == root else {
            throw LogError(.rootMismatch, "leaf \(leafIndex) leads to the root \(hash), not to \(root)")
        }
    }

    private var surplus: LogError {
        LogError(.proofLength, "\(hashes.count) hashes are too many for leaf \(leafIndex) of \(treeSize)")
    }
}
