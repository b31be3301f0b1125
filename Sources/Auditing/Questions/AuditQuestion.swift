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

/// A question that an entry after the other answers: it keeps only what it needs for the answers to come.
public protocol AccessQuestion: Sendable {
    /// Takes the next entry into account; what of the answer it is, if it is any.
    mutating func answer(_ entry: AuditedEntry) -> AccessEvent?
}

extension AccessQuestion {
    /// The whole answer of `entries`, where that is known to be short.
    public mutating func answers(of entries: some Sequence<AuditedEntry>) -> [AccessEvent] {
        var answers: [AccessEvent] = []
        for entry in entries {
            if let answer = answer(entry) { answers.append(answer) }
        }
        return answers
    }
}
