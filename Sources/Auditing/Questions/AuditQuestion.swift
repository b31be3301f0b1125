/// A question to the log, which reads its entries in their order, each once, and keeps what it needs of them.
public protocol AuditQuestion: Sendable {
    /// Takes the next entry into account.
    mutating func read(_ entry: AuditedEntry)
}

extension AuditQuestion {
    /// Takes all of `entries` into account.
    public mutating func read(all entries: some Sequence<AuditedEntry>) {
        for entry in entries { read(entry) }
    }
}
