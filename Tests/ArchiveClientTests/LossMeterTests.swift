@testable import ArchiveClient
import Testing

/// What counts as lost, by times that the test makes up.
@Suite struct LossMeterTests {
    /// Feeds blocks of a tenth of a second, `seconds` of them, the first at `time`, as a microphone does.
    private func feed(
        _ meter: inout LossMeter,
        seconds: Double,
        from time: Double,
        pace: Double = 1
    ) -> [LossMeter.Verdict] {
        (0..<Int((seconds * 10).rounded())).map { meter.take(0.1, at: time + Double($0) * 0.1 * pace) }
    }

    private func gaps(_ verdicts: [LossMeter.Verdict]) -> [Double] {
        verdicts.compactMap { if case .gap(let seconds) = $0 { seconds } else { nil } }
    }

    @Test func aSteadySourceLosesNothing() {
        var meter = LossMeter(isLive: true)
        #expect(feed(&meter, seconds: 3_600, from: 1_000).allSatisfy { $0 == .pass })
        #expect(meter.end(at: 4_600).missing == 0)
    }

    @Test func aPauseIsAGapOfItsLength() {
        var meter = LossMeter(isLive: true)
        #expect(feed(&meter, seconds: 10, from: 0).allSatisfy { $0 == .pass })
        // The first ten seconds ended at 9.9; a block that comes at 15.1 holds what was heard from 15.0.
        let after = feed(&meter, seconds: 10, from: 15.1)
        #expect(after.prefix(5).allSatisfy { $0 == .hold })
        let found = gaps(after)
        #expect(found.count == 1 && abs(found[0] - 5.1) < 0.01, "\(found)")
        #expect(after.drop { $0 == .hold }.dropFirst().allSatisfy { $0 == .pass })
        #expect(abs(meter.position - 25.1) < 0.01)
        #expect(meter.end(at: 25.1).missing == 0)
    }

    @Test func whatComesLateIsNotLost() {
        var meter = LossMeter(isLive: true)
        _ = feed(&meter, seconds: 10, from: 0)
        // Four seconds of silence on the line, and then all that was said in them at once.
        let burst = feed(&meter, seconds: 4, from: 13.9, pace: 0.01)
        let rest = feed(&meter, seconds: 10, from: 14)
        #expect(gaps(burst + rest).isEmpty && burst.contains(.hold) && rest.last == .pass)
        #expect(meter.end(at: 24).missing == 0)
    }

    @Test func smallHesitationsAreNone() {
        var meter = LossMeter(isLive: true)
        var time = 0.0
        for _ in 0..<100 {
            #expect(feed(&meter, seconds: 1, from: time + 0.9, pace: 0.01).allSatisfy { $0 == .pass })
            time += 1
        }
    }

    @Test func clocksThatDisagreeAreNoLoss() {
        // A hundred parts in a million slow, for six hours: more than two seconds in all.
        var meter = LossMeter(isLive: true)
        #expect(feed(&meter, seconds: 6 * 3_600, from: 0, pace: 1.0001).allSatisfy { $0 == .pass })
        // As much too fast.
        var other = LossMeter(isLive: true)
        #expect(feed(&other, seconds: 6 * 3_600, from: 0, pace: 0.9999).allSatisfy { $0 == .pass })
    }

    @Test func samplesThatAreDroppedAgainAndAgainAddUp() {
        // Five in a hundred go missing: after a hundred seconds that are five.
        var meter = LossMeter(isLive: true)
        let found = gaps(feed(&meter, seconds: 95, from: 0, pace: 100.0 / 95))
        let end = meter.end(at: 100)
        let total = found.reduce(0, +) + end.missing
        #expect(total > 3.5 && total < 5.2, "\(found) \(end)")
    }

    @Test func aSourceThatRunsAheadIsNotLive() {
        var meter = LossMeter(isLive: nil)
        #expect(feed(&meter, seconds: 60, from: 0, pace: 0.01).allSatisfy { $0 == .pass })
        #expect(!meter.isLive)
        // Then its pauses are its own affair.
        #expect(feed(&meter, seconds: 60, from: 500, pace: 0.01).allSatisfy { $0 == .pass })
        #expect(meter.end(at: 1_000).missing == 0)
        // Who says that it is live is believed.
        var live = LossMeter(isLive: true)
        _ = feed(&live, seconds: 60, from: 0, pace: 0.01)
        #expect(live.isLive && !gaps(feed(&live, seconds: 10, from: 100)).isEmpty)
        var file = LossMeter(isLive: false)
        _ = feed(&file, seconds: 1, from: 0)
        #expect(gaps(feed(&file, seconds: 10, from: 100)).isEmpty && file.end(at: 500).missing == 0)
    }

    @Test func whatIsHeldIsDecidedWithoutMoreAudio() {
        var meter = LossMeter(isLive: true)
        _ = feed(&meter, seconds: 2, from: 0)
        #expect(meter.take(0.1, at: 8) == .hold)
        #expect(meter.wait(until: 8.2) == nil)
        guard case .gap(let seconds)? = meter.wait(until: 8.6) else {
            Issue.record("nothing was decided")
            return
        }
        #expect(abs(seconds - 6) < 0.01)
        #expect(meter.wait(until: 60) == nil)
    }

    @Test func theEndIsHeldAgainstTheTimeToo() {
        var meter = LossMeter(isLive: true)
        _ = feed(&meter, seconds: 2, from: 0)
        let (verdict, missing) = meter.end(at: 10)
        #expect(verdict == .pass && abs(missing - 8.1) < 0.01)
        var held = LossMeter(isLive: true)
        _ = feed(&held, seconds: 2, from: 0)
        #expect(held.take(0.1, at: 8) == .hold)
        let end = held.end(at: 8)
        guard case .gap(let seconds) = end.0 else {
            Issue.record("what is held was not decided")
            return
        }
        #expect(abs(seconds - 6) < 0.01 && end.missing == 0)
    }
}
