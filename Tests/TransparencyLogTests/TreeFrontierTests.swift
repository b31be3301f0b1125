import Foundation
import TestSupport
import Testing
import TransparencyLog

@Suite struct TreeFrontierTests {
    /// `rfc6962_roots.json`.
    private struct Roots: Decodable {
        struct Reference: Decodable {
            let leavesHex: [String]
            let leafHashes: [String]
            let roots: [String: String]

            enum CodingKeys: String, CodingKey {
                case leavesHex = "leaves_hex"
                case leafHashes = "leaf_hashes"
                case roots
            }
        }
        let rfc: Reference
        let leafN: [String: String]
    }

    private func roots() throws -> Roots? {
        guard let folder = SharedData.folder("vectors/tlog") else { return nil }
        let file = try Data(contentsOf: folder.appending(path: "rfc6962_roots.json"))
        return try JSONDecoder().decode(Roots.self, from: file)
    }

    @Test func `the reference leaves give the reference roots`() throws {
        guard let rfc = try roots()?.rfc else { return }
        #expect(rfc.leavesHex.count == 8)
        #expect(rfc.roots.count == 9)
        var frontier = TreeFrontier()
        #expect(try frontier.root == TreeHash(hex: #require(rfc.roots["0"])))
        for (number, (hex, hash)) in zip(rfc.leavesHex, rfc.leafHashes).enumerated() {
            let bytes = stride(from: 0, to: hex.count, by: 2).compactMap {
                UInt8(hex.dropFirst($0).prefix(2), radix: 16)
            }
            #expect(try TreeHash.leaf(bytes) == TreeHash(hex: hash))
            frontier.append(leafBytes: bytes)
            #expect(frontier.size == number + 1)
            #expect(try frontier.root == TreeHash(hex: #require(rfc.roots[String(number + 1)])))
        }
    }

    @Test func `the leaves "leaf N" give the published roots`() throws {
        guard let expected = try roots()?.leafN else { return }
        #expect(expected.count == 15)
        var found: [String: String] = [:]
        var frontier = TreeFrontier()
        for number in 0..<1000 {
            frontier.append(leafBytes: Data("leaf \(number)".utf8))
            guard expected[String(frontier.size)] != nil else { continue }
            found[String(frontier.size)] = frontier.root.data.map { String(format: "%02x", $0) }.joined()
        }
        #expect(found == expected)
    }

    @Test func `the root is the recursive definition's for every size to 600`() {
        let leaves = ReferenceTree.leaves(600)
        var frontier = TreeFrontier()
        #expect(frontier.root == ReferenceTree.root([]))
        for size in 1...600 {
            frontier.append(leaf: leaves[size - 1])
            #expect(frontier.root == ReferenceTree.root(leaves[..<size]), "size \(size)")
            #expect(frontier.hashes.count == size.nonzeroBitCount)
        }
    }

    @Test func `a restored frontier continues identically from every size to 130`() throws {
        let leaves = ReferenceTree.leaves(200)
        var frontier = TreeFrontier()
        for size in 0...130 {
            var restored = try TreeFrontier(size: frontier.size, hashes: frontier.hashes)
            #expect(restored == frontier)
            var original = frontier
            for leaf in leaves[size...] {
                restored.append(leaf: leaf)
                original.append(leaf: leaf)
                #expect(restored == original)
            }
            #expect(restored.root == ReferenceTree.root(leaves[...]))
            frontier.append(leaf: leaves[size])
        }
    }

    @Test(arguments: [
        (-1, 0), (-1, 64), (.min, 1), (0, 1), (1, 0), (3, 1), (3, 3), (4, 2), (.max, 63), ((1 << 62) + 1, 2),
    ])
    func `a frontier that no tree has is refused`(size: Int, count: Int) {
        let error = #expect(throws: LogError.self) {
            try TreeFrontier(size: size, hashes: Array(repeating: .empty, count: count))
        }
        #expect(error?.code == .treeSize)
    }

    @Test func `the largest frontier still takes leaves`() throws {
        var frontier = try TreeFrontier(size: TreeFrontier.maximumSize, hashes: [.empty])
        frontier.append(leaf: .empty)
        #expect(frontier.size == TreeFrontier.maximumSize + 1)
        #expect(frontier.root == .node(.empty, .empty))
    }

    @Test(arguments: [0, 1, 31, 33, 64])
    func `a hash of another length is refused`(count: Int) {
        let error = #expect(throws: LogError.self) { try TreeHash(bytes: [UInt8](repeating: 7, count: count)) }
        #expect(error?.code == .hashLength)
    }

    @Test func `a hash gives its bytes back`() throws {
        let bytes = (0..<32).map { UInt8($0 * 8) }
        let hash = try TreeHash(bytes: bytes)
        #expect(hash.data == Data(bytes))
        #expect(hash.withUnsafeBytes { Array($0) } == bytes)
        #expect(hash.description == Data(bytes).base64EncodedString())
    }
}
