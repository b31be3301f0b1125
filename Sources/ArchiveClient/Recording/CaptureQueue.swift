internal import Dispatch
internal import Foundation

/// What was captured and when, on its way from the thread that reads to the one that encodes.
///
/// It is bounded: a disk that hesitates delays nothing that is being captured, and one that stands still holds the
/// source up, not the memory.
///
/// `@unchecked Sendable`: everything that changes is behind `condition`, which two threads also wait on; a `Mutex` knows no
/// waiting.
final class CaptureQueue: @unchecked Sendable {
    /// What comes out.
    enum Item {
        /// Bytes, and when they had come, in seconds since the reader began.
        case bytes([UInt8], at: Double)
        /// Nothing came for a while.
        case idle(at: Double)
        /// No more comes, since then; and why, where that was a failure.
        case end(at: Double, ArchiveErrorBox?)
    }

    /// A failure of the reader.
    struct ArchiveErrorBox: Error { let error: any Error }

    private let capacity: Int
    private let condition = NSCondition()
    /// Something may have come. Waited for by uptime: setting the wall clock lengthens no wait.
    private let arrival = DispatchSemaphore(value: 0)
    private var items: [[UInt8]] = []
    private var times: [Double] = []
    private var first = 0
    private var size = 0
    private var ended: (at: Double, failure: ArchiveErrorBox?)?
    private var isAbandoned = false
    private let clock = ContinuousClock()
    private let begun: ContinuousClock.Instant

    /// A queue that holds `capacity` bytes.
    init(capacity: Int) {
        self.capacity = capacity
        begun = clock.now
    }

    /// Seconds since the queue was made, by a clock that no one sets and that goes on while the machine sleeps.
    var now: Double { (clock.now - begun).inSeconds }

    /// Adds `bytes`, waiting where there is no room; false where nobody takes them any more.
    func add(_ bytes: [UInt8], at time: Double) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while size >= capacity, !isAbandoned { condition.wait() }
        guard !isAbandoned else { return false }
        items.append(bytes)
        times.append(time)
        size += bytes.count
        arrival.signal()
        return true
    }

    /// No more comes.
    func end(at time: Double, failure: (any Error)? = nil) {
        condition.lock()
        defer { condition.unlock() }
        ended = ended ?? (time, failure.map(ArchiveErrorBox.init))
        arrival.signal()
    }

    /// Nobody takes anything any more.
    func abandon() {
        condition.lock()
        defer { condition.unlock() }
        isAbandoned = true
        condition.broadcast()
    }

    /// The next item; ``Item/idle(at:)`` where none comes within `patience` seconds.
    func next(patience: Double) -> Item {
        let deadline = DispatchTime.now() + patience
        while true {
            if let item = taken() { return item }
            // More signals than items only make it look once more.
            guard arrival.wait(timeout: deadline) == .success else { return taken() ?? .idle(at: now) }
        }
    }

    private func taken() -> Item? {
        condition.lock()
        defer { condition.unlock() }
        guard first < items.count else { return ended.map { .end(at: $0.at, $0.failure) } }
        let item = Item.bytes(items[first], at: times[first])
        size -= items[first].count
        items[first] = []
        first += 1
        if first == items.count {
            items.removeAll(keepingCapacity: true)
            times.removeAll(keepingCapacity: true)
            first = 0
        }
        condition.broadcast()
        return item
    }
}

extension Duration {
    /// The duration in seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
