/// A proof that a log only grew: its first `oldSize` leaves are what they were (RFC 6962 §2.1.2).
public struct ConsistencyProof: Sendable, Hashable {
    /// The number of leaves of the older tree.
    public let oldSize: Int
    /// The number of leaves of the newer tree.
    public let newSize: Int
    /// The hashes, from the bottom up.
    public let hashes: [TreeHash]

    /// A proof as it was received; nothing is checked before ``verify(oldRoot:newRoot:)``.
    public init(oldSize: Int, newSize: Int, hashes: [TreeHash]) {
        self.oldSize = oldSize
        self.newSize = newSize
        self.hashes = hashes
    }

    /// Proves the growth from stored subtrees.
    ///
    /// - Parameter subtree: the root of the tree over these leaves alone; only perfect subtrees are asked for
    ///   (2^k leaves from a multiple of 2^k), at most about twice as many as the tree is high.
    /// - Throws: ``LogError/Code/treeSize`` where the sizes allow no proof; what `subtree` throws.
    public init(oldSize: Int, newSize: Int, subtree: (Range<Int>) throws -> TreeHash) throws {
        try self.init(checking: oldSize, newSize)
        // RFC 6962 §2.1.2, SUBPROOF(m, D[n], b), from the root down; b holds as long as no step went right.
        var path: [TreeHash] = []
        var range = 0..<newSize
        while range.upperBound > oldSize {
            let middle = range.lowerBound + SubtreePath.split(range.count)
            let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
            path.append(try SubtreePath.root(of: oldSize <= middle ? right : left, subtree: subtree))
            range = oldSize <= middle ? left : right
        }
        if range.lowerBound > 0 {
            path.append(try SubtreePath.root(of: range, subtree: subtree))
        }
        self.init(oldSize: oldSize, newSize: newSize, hashes: path.reversed())
    }

    /// Proves the growth from the hashes of all leaves of the newer tree.
    ///
    /// - Throws: ``LogError/Code/treeSize`` where the sizes allow no proof.
    public init(oldSize: Int, leaves: some RandomAccessCollection<TreeHash>) throws {
        try self.init(oldSize: oldSize, newSize: leaves.count, subtree: SubtreePath.over(leaves))
    }

    private init(checking oldSize: Int, _ newSize: Int) throws(LogError) {
        guard oldSize >= 0, oldSize <= newSize else {
            throw LogError(.treeSize, "a tree cannot grow from \(oldSize) to \(newSize) leaves")
        }
        // RFC 6962 §2.1.2 defines proofs for 0 < m only: any tree is consistent with the empty one, so a "proof"
        // of it shows nothing, and a caller who has not seen the log yet must not take it for one.
        guard oldSize > 0 else {
            throw LogError(.treeSize, "nothing can be proved from the tree without leaves")
        }
        self.init(oldSize: oldSize, newSize: newSize, hashes: [])
    }

    /// Checks that the tree with `newRoot` begins with the tree with `oldRoot`.
    ///
    /// - Throws: ``LogError/Code/treeSize``, ``LogError/Code/proofLength`` or ``LogError/Code/rootMismatch``.
    public func verify(oldRoot: TreeHash, newRoot: TreeHash) throws(LogError) {
        _ = try ConsistencyProof(checking: oldSize, newSize)
        guard oldSize < newSize else {
            guard hashes.isEmpty else { throw length("too many") }
            return try require(oldRoot, newRoot, "of \(oldSize) leaves")
        }
        // RFC 9162 §2.1.4.2 spells out the check of this same proof.
        var path = hashes[...]
        let start: TreeHash
        if oldSize & (oldSize - 1) == 0 {
            // The older tree is one perfect subtree of the newer: its root is known and left out of the proof.
            start = oldRoot
        } else if let first = path.popFirst() {
            start = first
        } else {
            throw length("too few")
        }
        var index = oldSize - 1
        var last = newSize - 1
        while index & 1 == 1 {
            index >>= 1
            last >>= 1
        }
        var (old, new) = (start, start)
        for hash in path {
            guard last > 0 else { throw length("too many") }
            if index & 1 == 1 || index == last {
                old = .node(hash, old)
                new = .node(hash, new)
                while index & 1 == 0, index != 0 {
                    index >>= 1
                    last >>= 1
                }
            } else {
                new = .node(new, hash)
            }
            index >>= 1
            last >>= 1
        }
        guard last == 0 else { throw length("too few") }
        try require(old, oldRoot, "of \(oldSize) leaves")
        try require(new, newRoot, "of \(newSize) leaves")
    }

    private func require(_ found: TreeHash, _ root: TreeHash, _ tree: String) throws(LogError) {
        guard found == root else {
            throw LogError(.rootMismatch, "the tree \(tree) has the root \(found), not \(root)")
        }
    }

    private func length(_ how: String) -> LogError {
        LogError(.proofLength, "\(hashes.count) hashes are \(how) from \(oldSize) to \(newSize) leaves")
    }
}
