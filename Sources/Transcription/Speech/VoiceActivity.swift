internal import Foundation

/// Tells frames with a voice from silence, noise, hum and steady tones.
///
/// A voice comes and goes: within two seconds, before and after, each band of it falls back to what is behind it. So the
/// background of a band is the larger of two minima, that of the two seconds before and that of the two seconds after;
/// and a frame has a voice where several bands rise well above it. What is steady is its own background from its first
/// moment to its last, however loud it is and however suddenly it began. Nothing is learned and nothing is random: the
/// same samples give the same answer, in whatever blocks they come.
struct VoiceActivity {
    /// A frame about which is decided.
    struct Frame: Equatable {
        let isVoiced: Bool
        /// How far the bands together rise above their background, in dB.
        let strength: Double
    }

    /// Frames that a minimum looks back, or ahead: two seconds.
    static let reach = 100
    /// Below this a band is silent, in dB of full scale. The rounding of 16-bit samples lies below it.
    static let silence = -94.0
    /// A band rises above its background from so many dB on. 20 ms of noise vary by less.
    static let rise = 8.0
    /// So many bands have to, for a pure tone is in one.
    static let leastBands = 2
    /// And all together by so many dB on average, of which each counts up to ``mostRise``.
    static let leastMeanRise = 4.5
    static let mostRise = 20.0
    /// A voice lasts at least so many frames; a click does not.
    static let leastRun = 3

    private static let bandCount = BandLevels.centres.count
    private static let silentLevels = [Double](repeating: Self.silence, count: Self.bandCount)

    /// Powers of the last two frames, for levels are taken over three.
    private var powers = [[Double]](repeating: [Double](repeating: 0, count: Self.bandCount), count: 2)
    /// Levels in dB, those of a frame side by side: what lies within reach of the frame that is next. Before the first
    /// frame was silence; and it takes one frame more until there is a level.
    private var levels = Array([[Double]](repeating: Self.silentLevels, count: Self.reach - 1).joined())
    private var awaited = 1
    /// Decided, and not given out, for a run may still become long enough.
    private var pending: [Frame] = []
    private var run = 0

    /// Takes in the powers of the next frame, and decides on what lies two seconds back.
    mutating func consume(_ next: [Double]) -> [Frame] {
        let smoothed = (0..<Self.bandCount).map { powers[0][$0] + powers[1][$0] + next[$0] }
        powers = [powers[1], next]
        // The first of them is about the frame before the first one.
        guard awaited == 0 else {
            awaited -= 1
            return []
        }
        return consume(levels: smoothed.map { max(10 * log10($0 / 3 + 1e-12), Self.silence) })
    }

    /// Decides on all that is left: after the last frame is silence.
    mutating func finish() -> [Frame] {
        let none = [Double](repeating: 0, count: Self.bandCount)
        var decided = consume(none)
        for _ in 1..<Self.reach { decided += consume(levels: Self.silentLevels) }
        decided += settled(pending.count)
        return decided
    }

    private mutating func consume(levels next: [Double]) -> [Frame] {
        levels += next
        // The frame to decide on, what is before it, and what is after it.
        guard levels.count == (2 * Self.reach - 1) * Self.bandCount else { return [] }
        defer { levels.removeFirst(Self.bandCount) }
        return take(frame(at: Self.reach - 1))
    }

    private func frame(at middle: Int) -> Frame {
        var rising = 0
        var sum = 0.0
        levels.withUnsafeBufferPointer { levels in
            for band in 0..<Self.bandCount {
                var (before, after) = (Double.infinity, Double.infinity)
                var (past, future) = (middle * Self.bandCount + band, middle * Self.bandCount + band)
                let level = levels[past]
                for _ in 0..<Self.reach {
                    before = min(before, levels[past])
                    after = min(after, levels[future])
                    past -= Self.bandCount
                    future += Self.bandCount
                }
                let rise = level - max(before, after)
                if rise > Self.rise { rising += 1 }
                sum += min(rise, Self.mostRise)
            }
        }
        let mean = sum / Double(Self.bandCount)
        return Frame(isVoiced: rising >= Self.leastBands && mean > Self.leastMeanRise, strength: mean)
    }

    /// Gives out what is certain: frames without a voice at once, those with one when enough are beside each other.
    private mutating func take(_ frame: Frame) -> [Frame] {
        pending.append(frame)
        guard frame.isVoiced else { return settled(pending.count) }
        run += 1
        guard run >= Self.leastRun else { return [] }
        defer { pending.removeAll() }
        return pending
    }

    /// The first `count` that are pending; a run among them was too short.
    private mutating func settled(_ count: Int) -> [Frame] {
        run = 0
        defer { pending.removeFirst(count) }
        return pending.prefix(count).map { Frame(isVoiced: false, strength: $0.strength) }
    }
}
