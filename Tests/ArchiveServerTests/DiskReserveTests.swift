import ArchiveCore
import ArchiveTesting
import Testing

@testable import ArchiveServer

@Suite struct DiskReserveTests {
    private static let mebibyte = 1 << 20

    @Test func placesAreTakenGivenBackAndTakenAgain() throws {
        let folder = try TemporaryFolder()
        let layout = StorageLayout(root: folder.path)
        let files = FaultyFileSystem()
        try files.makeFolder(layout.storage, label: "test")
        let sizes = DiskReserve.Sizes(
            bulk: 0,
            live: 100 * Self.mebibyte,
            log: 2 * Self.mebibyte,
            destruction: 3 * Self.mebibyte
        )
        let reserve = DiskReserve(layout: layout, sizes: sizes, files: files)
        func held() throws -> [Int?] {
            [try files.length(layout.logReserve), try files.length(layout.destructionReserve)]
        }
        // No room beside what ingest leaves free: nothing is taken from it.
        files.pretend(available: 101 * Self.mebibyte)
        try reserve.keep()
        #expect(try held() == [nil, nil])
        files.pretend(available: nil)
        let before = try files.available(at: layout.storage)
        try #require(before > 200 * Self.mebibyte)
        for _ in 0..<2 {
            try reserve.keep()
            #expect(try held() == [2 * Self.mebibyte, 3 * Self.mebibyte])
        }
        // Others have filled the disk: the log gets its place, destruction keeps its own until it needs it.
        files.pretend(available: Self.mebibyte)
        #expect(try reserve.keep())
        #expect(try held() == [nil, 3 * Self.mebibyte])
        // It is given up once.
        #expect(try !reserve.keep())
        #expect(try reserve.releaseForDestruction())
        #expect(try !reserve.releaseForDestruction())
        #expect(try held() == [nil, nil])
        files.pretend(available: nil)
        try reserve.keep()
        #expect(try held() == [2 * Self.mebibyte, 3 * Self.mebibyte])
        // With room enough destruction needs no place of its own.
        try reserve.releaseForDestruction()
        #expect(try held() == [2 * Self.mebibyte, 3 * Self.mebibyte])
    }

    @Test func aPlaceThatCannotBeTakenIsNotHalfTaken() throws {
        let folder = try TemporaryFolder()
        let layout = StorageLayout(root: folder.path)
        let files = FaultyFileSystem()
        try files.makeFolder(layout.storage, label: "test")
        let sizes = DiskReserve.Sizes(bulk: 0, live: 0, log: Self.mebibyte, destruction: 0)
        let reserve = DiskReserve(layout: layout, sizes: sizes, files: files)
        files.fail { label, number in
            label == "reserve.take" && number > 1 ? ArchiveError(.exhausted, "the test fails \(label)") : nil
        }
        #expect(throws: ArchiveError.self) { try reserve.keep() }
        #expect(try files.length(layout.logReserve) == nil)
    }
}
