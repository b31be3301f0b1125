import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Preservation
import Testing

/// Every byte of every payload is read, and what is damaged is named with what it costs.
@Suite struct PayloadCheckTests {
    @Test func readsEverythingOnce() async throws {
        let scene = try await CheckScene()
        let first = try await scene.checkPayloads()
        #expect(first.recordings == 2 && first.faults.isEmpty)
        let bytes = try await scene.archive.catalogue.read { try $0.totals().bytes }
        #expect(first.bytes == bytes)
        // The clock has not moved: all was read since.
        let second = try await scene.checkPayloads()
        #expect(second.recordings == 0)
        scene.archive.clock.advance(by: 1)
        #expect(try await scene.checkPayloads().recordings == 2)
    }

    @Test func goesOnWhereItStopped() async throws {
        let scene = try await CheckScene()
        let since = scene.archive.clock.now
        // No time at all: one recording each, the longest unread first.
        for expected in 1...2 {
            let slice = try await scene.archive.preservation.checkPayloads(
                uncheckedSince: since,
                for: .zero,
                rate: 1 << 40,
                by: CheckScene.administrator
            )
            #expect(slice.recordings == 1, "slice \(expected)")
        }
        #expect(try await scene.checkPayloads().recordings == 0)
    }

    /// A flipped bit in the nonce, in a chunk, in a tag, in the last byte.
    @Test(arguments: [3, 16, 16 + 65_536 + 100, 16 + 2 * 65_552 - 1, -1])
    func namesAFlippedBit(at place: Int) async throws {
        let scene = try await CheckScene()
        try scene.damage(scene.long) { $0[place >= 0 ? place : $0.count + place] ^= 0x10 }
        let check = try await scene.checkPayloads()
        #expect(check.faults.map(\.object) == [scene.long.description])
        let fault = try #require(check.faults.first)
        #expect(fault.kind == .payloadDamaged)
        let lost = try #require(fault.lostSeconds)
        #expect(lost >= 0 && lost < CheckScene.seconds / 2)
        #expect(try await scene.actions(on: scene.long).contains("storage.damage"))
    }

    @Test func saysWhatAStretchOfBadChunksCosts() async throws {
        let scene = try await CheckScene()
        // Chunks 1 and 2 of about six: two seconds each.
        try scene.damage(scene.long) { bytes in
            for offset in stride(from: 16 + 65_552, to: 16 + 3 * 65_552, by: 1000) { bytes[offset] ^= 1 }
        }
        let fault = try #require(try await scene.checkPayloads().faults.first)
        let lost = try #require(fault.lostSeconds)
        #expect(lost > 3 && lost < 8)
        #expect(fault.message.hasPrefix("2 of "))
    }

    @Test func namesAPayloadThatEndsTooEarlyOrTooLate() async throws {
        let scene = try await CheckScene()
        try scene.damage(scene.long) { $0.removeLast(65_552) }
        try scene.damage(scene.short) { $0.append(0) }
        let faults = try await scene.checkPayloads().faults
        #expect(Set(faults.map(\.object)) == [scene.long.description, scene.short.description])
        #expect(faults.allSatisfy { $0.kind == .payloadDamaged })
    }

    @Test func remembersDamageUntilItIsMended() async throws {
        let scene = try await CheckScene()
        let path = scene.archive.layout.payload(scene.long)
        let good = try Data(contentsOf: URL(filePath: path))
        try scene.damage(scene.long) { $0[70_000] ^= 1 }
        for _ in 1...2 {
            #expect(try await scene.checkPayloads().faults.count == 1)
            #expect(try await scene.archive.catalogue.read { try $0.payloadChecks().damaged } == 1)
            scene.archive.clock.advance(by: 60)
        }
        // Once, however often it is looked at.
        #expect(try await scene.actions(on: scene.long).count { $0 == "storage.damage" } == 1)
        try scene.damage(scene.long) { $0 = good }
        #expect(try await scene.checkPayloads().faults.isEmpty)
        #expect(try await scene.archive.catalogue.read { try $0.payloadChecks().damaged } == 0)
        #expect(try await scene.actions(on: scene.long).contains("storage.mended"))
    }

    @Test func keepsTheRate() async throws {
        let scene = try await CheckScene()
        let bytes = try await scene.archive.catalogue.read { try $0.totals().bytes }
        let began = ContinuousClock.now
        let check = try await scene.archive.preservation.checkPayloads(
            uncheckedSince: scene.archive.clock.now,
            for: .seconds(600),
            rate: bytes,
            by: CheckScene.administrator
        )
        #expect(check.recordings == 2)
        // No sooner than the rate allows; how much later is the machine's affair.
        #expect(ContinuousClock.now - began >= .milliseconds(950))
    }
}
