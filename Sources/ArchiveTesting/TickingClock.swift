import Synchronization

/// A clock that moves by as much as the test says whenever somebody looks at it, and not otherwise.
public final class TickingClock: Clock {
    /// A moment, by its distance from the first.
    public struct Instant: InstantProtocol {
        fileprivate var offset: Swift.Duration
        /// See `InstantProtocol`.
        public func advanced(by duration: Swift.Duration) -> Instant { Instant(offset: offset + duration) }
        /// See `InstantProtocol`.
        public func duration(to other: Instant) -> Swift.Duration { other.offset - offset }
        /// The earlier first.
        public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let state = Mutex<(now: Swift.Duration, tick: Swift.Duration)>((.zero, .zero))

    /// A clock that stands still.
    public init() {}

    /// From now on it moves by `tick` with every look.
    public func tick(by tick: Swift.Duration) { state.withLock { $0.tick = tick } }

    /// What it shows.
    public var now: Instant {
        state.withLock { state in
            state.now += state.tick
            return Instant(offset: state.now)
        }
    }

    /// See `Clock`.
    public var minimumResolution: Swift.Duration { .nanoseconds(1) }

    /// Moves to `deadline` at once.
    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        state.withLock { $0.now = max($0.now, deadline.offset) }
    }
}
