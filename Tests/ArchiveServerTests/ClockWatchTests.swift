import Foundation
import Testing

@testable import ArchiveServer

@Suite struct ClockWatchTests {
    @Test func onlyAClockThatWasSetIsNoticed() {
        let wall = Date(timeIntervalSince1970: 1_800_000_000)
        let steady = ContinuousClock.now
        var watch = ClockWatch(wall: wall, steady: steady)
        func look(_ seconds: Double, late: Double = 0) -> TimeInterval? {
            watch.look(wall: wall + seconds + late, steady: steady + .seconds(seconds))
        }
        #expect(look(10) == nil)
        #expect(look(86_400) == nil)
        // Kept right by a little, again and again, it is not set.
        #expect(look(86_410, late: 30) == nil)
        #expect(look(86_420, late: 60) == nil)
        #expect(watch.steadySince == wall)
        let jump = look(86_430, late: 3660)
        #expect(jump.map { abs($0 - 3600) < 0.001 } == true)
        #expect(watch.steadySince == wall + 86_430 + 3660)
        #expect(look(86_440, late: 3660) == nil)
        #expect(look(86_450, late: 0).map { abs($0 + 3660) < 0.001 } == true)
    }
}
