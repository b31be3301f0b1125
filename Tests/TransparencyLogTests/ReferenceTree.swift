import Foundation
import TransparencyLog

/// The definition of RFC 6962 §2.1 written down as it stands there: slow, recursive, and shares nothing
/// with the code under test but the two hashes.
enum ReferenceTree {
    static func root(_ leaves: ArraySlice<TreeHash>) -> TreeHash {
        guard leaves.count > 1 else { return leaves.first ?? .empty }
        let middle = leaves.startIndex + split(leaves.count)
        return .node(root(leaves[..<middle]), root(leaves[middle...]))
    }

    /// PATH(m, D[n]) of §2.1.1.
    static func path(_ index: Int, _ leaves: ArraySlice<TreeHash>) -> [TreeHash] {
        guard leaves.count > 1 else { return [] }
        let k = split(leaves.count)
        let middle = leaves.startIndex + k
        return index < k
            ? path(index, leaves[..<middle]) + [root(leaves[middle...])]
            : path(index - k, leaves[middle...]) + [root(leaves[..<middle])]
    }

    /// SUBPROOF(m, D[n], b) of §2.1.2.
    static func subproof(_ size: Int, _ leaves: ArraySlice<TreeHash>, _ known: Bool) -> [TreeHash] {
        guard size < leaves.count else { return known ? [] : [root(leaves)] }
        let k = split(leaves.count)
        let middle = leaves.startIndex + k
        return size <= k
            ? subproof(size, leaves[..<middle], known) + [root(leaves[middle...])]
            : subproof(size - k, leaves[middle...], false) + [root(leaves[..<middle])]
    }

    /// The hashes of the leaves whose content is ASCII `leaf N`.
    static func leaves(_ count: Int) -> [TreeHash] {
        (0..<count).map { .leaf(Data("leaf \($0)".utf8)) }
    }

    private static func split(_ count: Int) -> Int {
        var k = 1
        while k * 2 < count { k *= 2 }
        return k
    }
}

extension TreeHash {
    /// A hash from hexadecimal digits.
    init(hex: String) throws {
        let digits = Array(hex)
        try self.init(
            bytes: stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                UInt8(String(digits[$0...$0 + 1]), radix: 16)
            }
        )
    }
}
