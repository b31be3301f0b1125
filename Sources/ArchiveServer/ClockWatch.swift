import Foundation

/// Notices that the clock of the host was set: what was measured by it across that moment says nothing.
struct ClockWatch {
    /// A smaller difference is the clock being kept right.
    private static let tolerance: TimeInterval = 60

    /// Since when differences of the clock's times are true.
    private(set) var steadySince: Date
    /// Whether it was ever set forward: then something may seem to be over that is not.
    private(set) var wentForward = false
    private var last: (wall: Date, steady: ContinuousClock.Instant)

    /// A watch that begins now.
    init(wall: Date, steady: ContinuousClock.Instant) {
        steadySince = wall
        last = (wall, steady)
    }

    /// Looks at both clocks; returns the seconds by which the host's was set since the last look, if it was.
    mutating func look(wall: Date, steady: ContinuousClock.Instant) -> TimeInterval? {
        let elapsed = (steady - last.steady) / .seconds(1)
        let jump = wall.timeIntervalSince(last.wall) - elapsed
        last = (wall, steady)
        guard abs(jump) > Self.tolerance else { return nil }
        steadySince = wall
        if jump > 0 { wentForward = true }
        return jump
    }
}
