public import struct Foundation.Date

/// Where the archive takes its time from: retention and expiry follow this and nothing else (invariant 9).
public protocol ArchiveClock: Sendable {
    /// The time now, UTC.
    var now: Date { get }
}

/// The host's clock.
public struct SystemClock: ArchiveClock {
    /// The host's clock.
    public init() {}
    /// The time of the host.
    public var now: Date { Date() }
}
