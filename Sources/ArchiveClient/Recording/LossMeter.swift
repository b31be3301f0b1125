/// Holds the audio of a live source against the time that has passed, and finds what is missing.
///
/// A pure state machine: times are seconds of a monotonic clock, in any origin. A source that pauses and then delivers
/// what it had kept has lost nothing, so a deficit counts only when it is still there half a second after the audio came
/// back; until then what comes is to be held.
struct LossMeter {
    /// What to do with a block that came.
    enum Verdict: Equatable {
        /// Nothing is missing: encode what is held, and it.
        case pass
        /// That cannot be said yet: hold it.
        case hold
        /// Seconds are missing before what is held.
        case gap(Double)
    }

    /// Falling behind by less is not loss: sources deliver in lumps.
    static let tolerance = 1.0
    /// How long a deficit has to last after the audio came back.
    static let settling = 0.5
    /// A source that is so many seconds ahead of the time does not run by it.
    static let farAhead = 3.0
    /// Sound cards and computers disagree on what a second is, by some 50 parts in a million each.
    static let drift = 200e-6

    /// Whether the source runs by the clock; where that was not said, a source that runs ahead shows that it does not.
    private(set) var isLive: Bool
    private let mayChange: Bool
    /// Seconds of audio, what is missing included.
    private(set) var position = 0.0
    /// When second 0 was.
    private var origin: Double?
    private var begun = 0.0
    private var held: (since: Double, least: Double)?

    /// A meter of a source that is live, or not, or (nil) taken for live until it shows otherwise.
    init(isLive: Bool?) {
        self.isLive = isLive ?? true
        mayChange = isLive == nil
    }

    /// `seconds` of audio had come at `time`.
    mutating func take(_ seconds: Double, at time: Double) -> Verdict {
        position += seconds
        guard isLive else { return release() }
        guard let before = origin else {
            origin = time - seconds
            begun = time
            return .pass
        }
        // At its most punctual the source tells where second 0 was; from there it may drift.
        let start = min(before, time - position)
        origin = start
        if mayChange, position - (time - begun) > Self.farAhead {
            isLive = false
            return release()
        }
        let deficit = time - start - position
        guard deficit > Self.tolerance else {
            origin = start + min(deficit, seconds * Self.drift)
            return release()
        }
        guard let since = held?.since else {
            held = (time, deficit)
            return .hold
        }
        held = (since, min(held?.least ?? deficit, deficit))
        return settle(at: time) ?? .hold
    }

    /// Nothing came until `time`; nil where there is nothing to decide.
    mutating func wait(until time: Double) -> Verdict? { settle(at: time) }

    /// The source ended at `time`: the verdict on what is held, and the seconds that are missing after it.
    mutating func end(at time: Double) -> (Verdict, missing: Double) {
        let verdict: Verdict =
            held.map { held in
                position += held.least
                return .gap(held.least)
            } ?? .pass
        held = nil
        guard isLive, let origin else { return (verdict, 0) }
        let deficit = time - origin - position
        guard deficit > Self.tolerance else { return (verdict, 0) }
        position += deficit
        return (verdict, deficit)
    }

    private mutating func release() -> Verdict {
        held = nil
        return .pass
    }

    private mutating func settle(at time: Double) -> Verdict? {
        guard let held, time - held.since >= Self.settling else { return nil }
        self.held = nil
        position += held.least
        return .gap(held.least)
    }
}
