/// An entry of the log about a recording, and what shows that the log has it.
public struct ProvenEntry: Codable, Sendable, Equatable {
    /// Its place in the log, from 0.
    public var entry: Int
    /// A C2SP tlog-proof with the entry in `extra`.
    public var proof: String

    /// An entry with its proof.
    public init(entry: Int, proof: String) {
        self.entry = entry
        self.proof = proof
    }
}

/// A page of `GET /v1/recordings/{id}/provenance`: what became of a recording, in the order of the log. The proofs of one
/// page are under one checkpoint.
public struct ProvenancePage: Codable, Sendable {
    /// The key of the log as a C2SP vkey, by the archive's word.
    public var key: String
    /// The entries.
    public var entries: [ProvenEntry]
    /// What to give as `after` for those that follow; absent at the end.
    public var next: Int?

    /// A page with these fields.
    public init(key: String, entries: [ProvenEntry], next: Int?) {
        self.key = key
        self.entries = entries
        self.next = next
    }
}
