public import ArchiveCore

/// How often, and after which pauses, a transfer that was interrupted goes on.
public struct RetryPolicy: Sendable {
    /// How many interruptions in a row, without a byte of progress between them, are survived.
    public var attempts: Int
    /// The pause after the first interruption; it doubles with every further one.
    public var firstDelay: Duration
    /// No pause is longer.
    public var maximumDelay: Duration
    /// Told of every interruption that is survived.
    public var notice: (@Sendable (ArchiveError) -> Void)?
    /// Waits; tests give one that does not.
    var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// A policy with these values.
    public init(
        attempts: Int = 8,
        firstDelay: Duration = .milliseconds(500),
        maximumDelay: Duration = .seconds(20),
        notice: (@Sendable (ArchiveError) -> Void)? = nil
    ) {
        self.attempts = attempts
        self.firstDelay = firstDelay
        self.maximumDelay = maximumDelay
        self.notice = notice
    }

    /// The pause after interruption number `attempt`, from 1, before jitter.
    func delay(after attempt: Int) -> Duration {
        var delay = firstDelay
        for _ in 1..<max(attempt, 1) where delay < maximumDelay { delay *= 2 }
        return min(delay, maximumDelay)
    }

    /// Waits after interruption number `attempt`, from 1, or throws `error` where those were enough.
    ///
    /// Half of the pause is random, so that recorders that lost the archive together do not come back together.
    func pause(after attempt: Int, of error: ArchiveError) async throws {
        guard attempt <= attempts else { throw error }
        notice?(error)
        try await sleep(delay(after: attempt) * Double.random(in: 0.5...1))
    }
}

extension ArchiveError {
    /// Whether the same request may succeed when it is sent again from the offset where the archive stands.
    var isPassing: Bool {
        switch code {
        case .unreachable, .wrongOffset, .conflict, .unexpected, .inputOutput, .storage, .exhausted, .quotaSpent: true
        default: false
        }
    }
}
