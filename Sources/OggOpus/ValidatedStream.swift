/// A whole stream that a ``StreamValidator`` has read to its end: only that can make one, in this process or in one that
/// looks into streams for it.
public struct ValidatedStream: Sendable, Equatable, Codable {
    /// What is known of it.
    public let facts: StreamFacts
    /// What is odd about it.
    public let findings: Findings
    /// Where its seconds lie.
    public let index: TimeIndex
    /// Seconds that are missing, as far as granule positions tell. They are part of the duration.
    public let loss: Double

    init(facts: StreamFacts, findings: Findings, index: TimeIndex, loss: Double) {
        self.facts = facts
        self.findings = findings
        self.index = index
        self.loss = loss
    }
}
