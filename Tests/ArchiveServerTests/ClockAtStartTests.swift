import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Testing

@testable import ArchiveServer

/// Nobody watches the clock while an archive is closed.
@Suite("The clock between two starts") struct ClockAtStartTests {
    @Test(arguments: [(3600.0, false, false), (691_200.0, true, true), (-300.0, false, true)])
    func `a week at rest is doubted, a step back is an entry`(
        seconds: TimeInterval,
        isDoubted: Bool,
        isEntry: Bool
    ) async throws {
        let folder = try TemporaryFolder()
        let root = folder.file("archive")
        let clock = ManualClock(Date(timeIntervalSince1970: 1_800_000_000))
        try await Archive.makeForTest(at: root, clock: clock)
        try await Archive.open(root: root, clock: clock).close()
        clock.advance(by: seconds)
        let archive = try await Archive.open(root: root, clock: clock)
        var filter = EntryFilter()
        filter.action = "clock.step"
        let (doubt, steps) = try await archive.catalogue.read { [filter] reader in
            (try reader.clockDoubt(), try reader.entries(filter, limit: 10).count)
        }
        #expect((doubt != nil) == isDoubted && steps == (isEntry ? 1 : 0))
        try archive.close()
        // It stays in doubt at the next start, though the newest entry is of now.
        let again = try await Archive.open(root: root, clock: clock)
        #expect(try await again.catalogue.read { try $0.clockDoubt() != nil } == isDoubted)
        try again.close()
    }
}
