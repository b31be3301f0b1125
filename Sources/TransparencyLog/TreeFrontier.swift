public import Foundation

/// The right edge of a Merkle tree: the roots of the perfect subtrees it is made of, largest first.
///
/// It is all that appending needs, at most 62 hashes however long the log is, and so what a log keeps
/// between two entries. A tree of `size` leaves has one perfect subtree for each bit set in `size`.
public struct TreeFrontier: Sendable, Hashable {
    /// The largest tree that can be restored: appending can then never overflow ``size``.
    public static let maximumSize = 1 << 62

    /// The number of leaves.
    public private(set) var size: Int
    /// The roots of the perfect subtrees, largest (leftmost) first.
    public private(set) var hashes: [TreeHash]

    /// The frontier of the tree without leaves.
    public init() {
        size = 0
        hashes = []
    }

    /// A frontier as ``size`` and ``hashes`` described it before.
    ///
    /// - Throws: ``LogError/Code/treeSize`` where `size` is out of range, or `hashes` are not as many
    ///   as a tree of that size has. Whether they are the right ones, only ``root`` can tell.
    public init(size: Int, hashes: [TreeHash]) throws(LogError) {
        guard size >= 0, size <= Self.maximumSize else {
            throw LogError(.treeSize, "a tree cannot have \(size) leaves")
        }
        guard hashes.count == size.nonzeroBitCount else {
            throw LogError(
                .treeSize,
                "a tree of \(size) leaves has \(size.nonzeroBitCount) perfect subtrees, not \(hashes.count)"
            )
        }
        self.size = size
        self.hashes = hashes
    }

    /// Appends a leaf by its hash.
    ///
    /// - Returns: the roots of the tiles that it completes, level 0 first: of subtrees of 256, 65,536… leaves (C2SP
    ///   tlog-tiles). They are the hashes of the tiles above, and cannot be had from the frontier later.
    @discardableResult
    public mutating func append(leaf: TreeHash) -> [TreeHash] {
        // Each trailing one-bit of the old size is a perfect subtree that the new leaf completes to the next larger.
        var completed: [TreeHash] = []
        var subtree = leaf
        var height = 0
        while size >> height & 1 == 1, let left = hashes.popLast() {
            subtree = .node(left, subtree)
            height += 1
            if height % 8 == 0 { completed.append(subtree) }
        }
        hashes.append(subtree)
        size += 1
        return completed
    }

    /// Appends a leaf by its content.
    @discardableResult
    public mutating func append(leafBytes: some DataProtocol) -> [TreeHash] {
        append(leaf: .leaf(leafBytes))
    }

    /// The root of the tree as it is now (RFC 6962 §2.1).
    public var root: TreeHash {
        guard var root = hashes.last else { return .empty }
        for left in hashes.dropLast().reversed() {
            root = .node(left, root)
        }
        return root
    }
}
