extension TreeHash {
    /// The root of a perfect subtree, from the hashes of tiles (C2SP tlog-tiles, Merkle Tree).
    ///
    /// - Parameters:
    ///   - leaves: 2^k leaves from a multiple of 2^k, as ``InclusionProof`` and ``ConsistencyProof`` ask for them.
    ///   - hashes: the hashes of these nodes of a level; at most 128, all of one tile.
    /// - Throws: what `hashes` throws; ``LogError/Code/hashLength`` where it returns too few.
    public static func root(
        ofPerfect leaves: Range<Int>,
        hashes: (_ level: Int, _ nodes: Range<Int>) throws -> [TreeHash]
    ) throws -> TreeHash {
        let level = leaves.count.trailingZeroBitCount / 8
        let nodes = leaves.lowerBound >> (8 * level)..<leaves.upperBound >> (8 * level)
        var found = try hashes(level, nodes)
        guard found.count == nodes.count else {
            throw LogError(.hashLength, "\(found.count) hashes of level \(level) instead of \(nodes.count)")
        }
        // 2^k leaves have 2^j nodes: each round leaves half as many, at the front.
        var width = found.count
        while width > 1 {
            width /= 2
            for index in 0..<width { found[index] = .node(found[2 * index], found[2 * index + 1]) }
        }
        return found[0]
    }
}
