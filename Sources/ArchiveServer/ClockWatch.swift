import Foundation

/// Notices that the clock of the host was set: what was measured by it across that moment says nothing.
struct ClockWatch {
    /// A smaller difference is the clock being kept right.
    static let tolerance: TimeInterval = 60

    /// Since when differences of the clock's times are true.
    private(set) var steadySince: Date
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
        return jump
    }
}
