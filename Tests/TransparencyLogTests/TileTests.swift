import Foundation
import Testing
import TransparencyLog

@Suite struct `Tiles` {
    @Test(arguments: [
        (0, 0, 256, "tile/0/000", "tile/entries/000"),
        (0, 999, 3, "tile/0/999.p/3", "tile/entries/999.p/3"),
        (0, 1000, 256, "tile/0/x001/000", "tile/entries/x001/000"),
        // The example of C2SP tlog-tiles.
        (0, 1_234_067, 256, "tile/0/x001/x234/067", "tile/entries/x001/x234/067"),
    ])
    func `have one path`(_ level: Int, _ number: Int, _ width: Int, _ path: String, _ bundle: String) throws {
        let tile = try Tile(level: level, number: number, width: width)
        #expect(tile.path == path)
        #expect(tile.bundlePath == bundle)
        #expect(try Tile(path: path) == tile)
        #expect(try Tile(bundlePath: bundle) == tile)
    }

    @Test(arguments: [
        "", "tile", "tile/", "tile/0", "tile/0/", "tile/00/000", "tile/+0/000", "tile/8/000", "tile/64/000",
        "tile/-1/000", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/1000", "tile/0/x000/000", "tile/0/x001/x002",
        "tile/0/001/002", "tile/0/xx001/002", "tile/0/+01", "tile/0/-01", "tile/0/000.p", "tile/0/000.p/",
        "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/1/2", "tile/0/000/1", "tile/0/000 ",
        "tile/0/000/", "/tile/0/000", "tile//000", "tile/0/../000", "tile/0/٠٠٠", "tile/7/001",
        "tile/0/x001/x001/x001/x001/x001/x001/x001/001", "tile/entries/000",
    ])
    func `have no other`(_ path: String) {
        #expect(throws: LogError.self) { try Tile(path: path) }
        #expect(throws: LogError.self) {
            try Tile(bundlePath: path == "tile/entries/000" ? "tile/entries/00" : path)
        }
    }

    /// The example of C2SP tlog-tiles, Partial Tiles: 70,000 leaves.
    @Test func `of a tree are as the specification counts them`() {
        #expect(Tile.levels(treeSize: 70_000) == 0..<3)
        let levels = Tile.levels(treeSize: 70_000).map { Array(Tile.all(level: $0, treeSize: 70_000)) }
        #expect(levels.map(\.count) == [274, 2, 1])
        #expect(levels.map { $0.last?.width } == [112, 17, 1])
        #expect(levels.map { $0.filter(\.isFull).count } == [273, 1, 0])
        #expect(Tile.levels(treeSize: 256) == 0..<2)
        #expect(Array(Tile.all(level: 1, treeSize: 256)).map(\.width) == [1])
        #expect(Tile.levels(treeSize: 0).isEmpty && Array(Tile.all(level: 0, treeSize: 0)).isEmpty)
    }

    /// What a log keeps of its tree: hashes of leaves, and the roots that appending reports.
    private struct Kept {
        var frontier = TreeFrontier()
        var levels: [[TreeHash]] = [[]]

        mutating func append(_ leaf: TreeHash) {
            levels[0].append(leaf)
            for (level, root) in frontier.append(leaf: leaf).enumerated() {
                if levels.count == level + 1 { levels.append([]) }
                levels[level + 1].append(root)
            }
        }

        func subtree(_ leaves: Range<Int>) throws -> TreeHash {
            try .root(ofPerfect: leaves) { level, nodes in Array(levels[level][nodes]) }
        }
    }

    @Test func `are what the tree is made of`() throws {
        let leaves = ReferenceTree.leaves(66_000)
        var kept = Kept()
        for leaf in leaves { kept.append(leaf) }
        #expect(kept.levels.map(\.count) == [66_000, 257, 1])
        #expect(kept.levels[1][3] == ReferenceTree.root(leaves[768..<1024]))
        #expect(kept.levels[2][0] == ReferenceTree.root(leaves[0..<65_536]))
        let root = kept.frontier.root
        for index in [0, 255, 256, 65_535, 65_536, 65_999] {
            let proof = try InclusionProof(leafIndex: index, treeSize: 66_000, subtree: kept.subtree)
            try proof.verify(leaf: leaves[index], root: root)
            #expect(proof.hashes == ReferenceTree.path(index, leaves[...]))
        }
        for old in [1, 255, 256, 257, 600, 65_536, 65_792] {
            let proof = try ConsistencyProof(oldSize: old, newSize: 66_000, subtree: kept.subtree)
            try proof.verify(oldRoot: ReferenceTree.root(leaves[..<old]), newRoot: root)
        }
    }

    @Test func `that are short are an error`() {
        #expect(throws: LogError.self) { try TreeHash.root(ofPerfect: 0..<4) { _, _ in [.empty] } }
    }
}

@Suite struct `Bundles of entries` {
    @Test(arguments: [1, 2, 255, 256]) func `are read as they were written`(_ count: Int) throws {
        let entries = (0..<count).map { Data(repeating: UInt8($0 & 0xFF), count: $0 * 7 % 700) }
        #expect(try EntryBundle.decode(EntryBundle.encode(entries), width: count) == entries)
    }

    @Test func `hold the longest entry and none longer`() throws {
        let longest = Data(repeating: 7, count: EntryBundle.maximumEntryLength)
        #expect(try EntryBundle.decode(EntryBundle.encode([longest]), width: 1) == [longest])
        #expect(throws: LogError.self) { try EntryBundle.encode([longest + [1]]) }
    }

    @Test func `that were cut, stretched or counted wrong are refused`() throws {
        let bundle = try EntryBundle.encode([Data("one".utf8), Data("two".utf8)])
        for length in 0..<bundle.count {
            #expect(throws: LogError.self) { try EntryBundle.decode(bundle.prefix(length), width: 2) }
        }
        for wrong in [bundle + [0], bundle + [0, 0], Data([0xFF, 0xFF, 1])] {
            #expect(throws: LogError.self) { try EntryBundle.decode(wrong, width: 2) }
        }
        #expect(throws: LogError.self) { try EntryBundle.decode(bundle, width: 1) }
        #expect(throws: LogError.self) { try EntryBundle.decode(bundle, width: 3) }
        // A slice does not begin at 0.
        #expect(try EntryBundle.decode((Data([9]) + bundle).dropFirst(), width: 2).count == 2)
    }
}
