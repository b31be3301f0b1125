public import ArchiveCore
public import Foundation
import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: ArchiveClock {
    private let time: Mutex<Date>

    /// A clock that shows `start`.
    public init(_ start: Date = Date(timeIntervalSince1970: 1_790_000_000)) { time = Mutex(start) }

    /// What it shows.
    public var now: Date { time.withLock { $0 } }

    /// Moves it by `seconds`.
    public func advance(by seconds: TimeInterval) { time.withLock { $0 += seconds } }
}
