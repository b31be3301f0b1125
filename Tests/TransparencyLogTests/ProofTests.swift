import Testing
import TransparencyLog

/// Our own proofs against the recursive definition, and against tampering.
@Suite struct ProofTests {
    private static let leaves = ReferenceTree.leaves(70)
    private static let roots = (0...70).map { ReferenceTree.root(leaves[..<$0]) }

    /// Answers for perfect subtrees only, and fails the test where another range is asked for.
    private func perfectSubtree(_ range: Range<Int>) -> TreeHash {
        #expect(range.count > 0 && range.count & (range.count - 1) == 0, "\(range) is not 2^k leaves")
        #expect(range.lowerBound % range.count == 0, "\(range) is not aligned")
        return ReferenceTree.root(Self.leaves[range])
    }

    @Test func `every inclusion proof to 70 leaves is the definition's and verifies`() throws {
        for size in 1...70 {
            for index in 0..<size {
                let proof = try InclusionProof(leafIndex: index, treeSize: size, subtree: perfectSubtree)
                #expect(proof.hashes == ReferenceTree.path(index, Self.leaves[..<size]))
                #expect(try proof == InclusionProof(leafIndex: index, leaves: Self.leaves[..<size]))
                try proof.verify(leaf: Self.leaves[index], root: Self.roots[size])
            }
        }
    }

    @Test func `every consistency proof to 70 leaves is the definition's and verifies`() throws {
        for size in 1...70 {
            for old in 1...size {
                let proof = try ConsistencyProof(oldSize: old, newSize: size, subtree: perfectSubtree)
                #expect(proof.hashes == ReferenceTree.subproof(old, Self.leaves[..<size], true))
                #expect(try proof == ConsistencyProof(oldSize: old, leaves: Self.leaves[..<size]))
                try proof.verify(oldRoot: Self.roots[old], newRoot: Self.roots[size])
            }
        }
    }

    @Test func `no inclusion proof verifies for another leaf, place, size or root`() throws {
        let (size, foreign) = (37, TreeHash.leaf([0xFF]))
        for index in 0..<size {
            let proof = try InclusionProof(leafIndex: index, leaves: Self.leaves[..<size])
            #expect(code { try proof.verify(leaf: foreign, root: Self.roots[size]) } == .rootMismatch)
            #expect(code { try proof.verify(leaf: Self.leaves[index], root: foreign) } == .rootMismatch)
            for other in -1...size + 2 where other != index {
                let moved = InclusionProof(leafIndex: other, treeSize: size, hashes: proof.hashes)
                #expect(code { try moved.verify(leaf: Self.leaves[index], root: Self.roots[size]) } != nil)
            }
            for change in altered(proof.hashes, foreign) {
                let bad = InclusionProof(leafIndex: index, treeSize: size, hashes: change)
                #expect(code { try bad.verify(leaf: Self.leaves[index], root: Self.roots[size]) } != nil)
            }
        }
    }

    @Test func `no consistency proof verifies for a rewritten log`() throws {
        let (size, foreign) = (37, TreeHash.leaf([0xFF]))
        for old in 1..<size {
            let proof = try ConsistencyProof(oldSize: old, leaves: Self.leaves[..<size])
            #expect(code { try proof.verify(oldRoot: foreign, newRoot: Self.roots[size]) } == .rootMismatch)
            #expect(code { try proof.verify(oldRoot: Self.roots[old], newRoot: foreign) } == .rootMismatch)
            for change in altered(proof.hashes, foreign) {
                let bad = ConsistencyProof(oldSize: old, newSize: size, hashes: change)
                #expect(code { try bad.verify(oldRoot: Self.roots[old], newRoot: Self.roots[size]) } != nil)
            }
            var rewritten = Self.leaves[..<size]
            rewritten[old - 1] = foreign
            let forged = try ConsistencyProof(oldSize: old, leaves: rewritten)
            let root = ReferenceTree.root(rewritten)
            #expect(code { try forged.verify(oldRoot: Self.roots[old], newRoot: root) } == .rootMismatch)
        }
    }

    @Test(arguments: [(0, 0), (1, 1), (-1, 1), (5, 4), (.min, .max), (.max, .max), (0, -1), (0, .min)])
    func `a leaf outside the tree has no proof`(index: Int, size: Int) {
        #expect(
            code { try InclusionProof(leafIndex: index, treeSize: size, subtree: { _ in .empty }) } == .leafIndex
        )
        let proof = InclusionProof(leafIndex: index, treeSize: size, hashes: [.empty])
        #expect(code { try proof.verify(leaf: .empty, root: .empty) } == .leafIndex)
    }

    @Test(arguments: [(0, 0), (0, 1), (0, .max), (-1, 1), (.min, .max), (5, 4), (1, 0), (0, -1), (-2, -1)])
    func `sizes that cannot follow each other have no proof`(old: Int, new: Int) {
        #expect(
            code { try ConsistencyProof(oldSize: old, newSize: new, subtree: { _ in .empty }) } == .treeSize
        )
        let proof = ConsistencyProof(oldSize: old, newSize: new, hashes: [.empty])
        #expect(code { try proof.verify(oldRoot: .empty, newRoot: .empty) } == .treeSize)
    }

    @Test func `the largest tree is proved within its height`() throws {
        let proof = try InclusionProof(leafIndex: .max - 1, treeSize: .max, subtree: { _ in .empty })
        #expect(proof.hashes.count == 62)
        let growth = try ConsistencyProof(oldSize: 1, newSize: .max, subtree: { _ in .empty })
        #expect(growth.hashes.count == 63)
        let endless = InclusionProof(
            leafIndex: 0,
            treeSize: .max,
            hashes: Array(repeating: .empty, count: 10_000)
        )
        #expect(code { try endless.verify(leaf: .empty, root: .empty) } == .proofLength)
    }

    private func code(_ body: () throws -> some Any) -> LogError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? LogError)?.code
        }
    }

    /// `hashes` with one left out, one added, one changed, or two exchanged.
    private func altered(_ hashes: [TreeHash], _ foreign: TreeHash) -> [[TreeHash]] {
        var all = [hashes + [foreign], [foreign] + hashes]
        for place in hashes.indices {
            var (fewer, other, swapped) = (hashes, hashes, hashes)
            fewer.remove(at: place)
            other[place] = foreign
            all += [fewer, other]
            guard place > 0 else { continue }
            swapped.swapAt(place, place - 1)
            all.append(swapped)
        }
        return all
    }
}
