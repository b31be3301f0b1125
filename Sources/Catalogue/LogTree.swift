public import Foundation

/// The Merkle tree over the log as the catalogue needs it: a value, so that a transaction works on a copy and the tree
/// in memory follows commits only (DESIGN.md section 5, Log).
public protocol LogTree: Sendable {
    /// Leaves in the tree.
    var size: Int { get }
    /// Adds a leaf.
    mutating func append(_ leaf: [UInt8]) -> AppendedLeaf
    /// The signed head at this size.
    func checkpoint() throws -> String
    /// What restores this tree without reading every leaf again.
    var state: [UInt8] { get }
}

/// What a leaf has added to a tree.
public struct AppendedLeaf: Sendable {
    /// Its hash, 32 bytes.
    public let hash: Data
    /// The hashes, 32 bytes each, of the tiles that it completes, level 0 first: each is a hash of a tile one level up.
    public let tiles: [Data]

    /// What a leaf with this hash has added.
    public init(hash: Data, tiles: [Data]) {
        self.hash = hash
        self.tiles = tiles
    }
}

/// What follows a commit that has grown the log, before anybody is told of it.
public protocol CommitObserver: Sendable {
    /// `checkpoint` is durable in the database.
    func committed(checkpoint: String) throws
}
