/// The Merkle tree over the log as the catalogue needs it: a value, so that a transaction works on a copy and the tree
/// in memory follows commits only (DESIGN.md section 5, Log).
public protocol LogTree: Sendable {
    /// Leaves in the tree.
    var size: Int { get }
    /// Adds a leaf; returns its hash, 32 bytes.
    mutating func append(_ leaf: [UInt8]) -> [UInt8]
    /// The signed head at this size.
    func checkpoint() throws -> String
    /// What restores this tree without reading every leaf again.
    var state: [UInt8] { get }
}

/// What follows a commit that has grown the log, before anybody is told of it.
public protocol CommitObserver: Sendable {
    /// `checkpoint` is durable in the database.
    func committed(checkpoint: String) throws
}
