/// The hashes of leaf ranges, as the proofs of RFC 6962 §2.1.1 and §2.1.2 name them.
enum SubtreePath {
    /// The root of the tree over the leaves `range`, put together from perfect subtrees.
    ///
    /// `range` begins where a subtree of the log begins, so every piece asked for is perfect: 2^k leaves
    /// starting at a multiple of 2^k.
    static func root(of range: Range<Int>, subtree: (Range<Int>) throws -> TreeHash) rethrows -> TreeHash {
        var pieces: [TreeHash] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let length = largestPowerOfTwo(upTo: range.upperBound - start)
            pieces.append(try subtree(start..<start + length))
            start += length
        }
        guard var root = pieces.popLast() else { return .empty }
        while let left = pieces.popLast() {
            root = .node(left, root)
        }
        return root
    }

    /// The leaves left of the split of a tree over `count` leaves: the largest power of two below `count`.
    ///
    /// - Precondition: `count` is at least 2.
    static func split(_ count: Int) -> Int {
        largestPowerOfTwo(upTo: count - 1)
    }

    /// A `subtree` that reads from the hashes of all leaves, for ranges within them.
    static func over<Leaves: RandomAccessCollection<TreeHash>>(_ leaves: Leaves) -> (Range<Int>) -> TreeHash {
        { range in
            var frontier = TreeFrontier()
            for offset in range {
                frontier.append(leaf: leaves[leaves.index(leaves.startIndex, offsetBy: offset)])
            }
            return frontier.root
        }
    }

    private static func largestPowerOfTwo(upTo count: Int) -> Int {
        1 << (Int.bitWidth - 1 - count.leadingZeroBitCount)
    }
}
