import ArchiveCore
import ArchiveTesting
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Ingest
import Retention
import Synchronization
import Testing
import Vault

/// Items that are executed together.
extension DestructionTests {
    /// An archive with a frozen list of so many recordings whose cooling is over.
    private func listed(_ count: Int) async throws -> (ArchiveFixture, [RecordingID]) {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        var ids: [RecordingID] = []
        for number in 0..<count {
            ids.append(try await archive.store(MadeRecording.opus(seed: UInt32(500 + number)), by: sender).recording)
        }
        archive.clock.advance(by: 31 * 86_400)
        #expect(try await archive.retention.propose(by: .hostUser(0)).count == count)
        archive.clock.advance(by: 14 * 86_400)
        return (archive, ids)
    }

    /// What fails for all of them is done for each alone.
    @Test func aStretchThatFailsIsDoneOneByOne() async throws {
        let (archive, ids) = try await listed(3)
        archive.files.failOnce("payload.remove")
        let outcomes = try await archive.retention.run(by: .hostUser(0))
        #expect(Set(outcomes.map(\.item.recording)) == Set(ids) && outcomes.allSatisfy { $0.kind == .destroyed })
        for id in ids {
            #expect(try !archive.vault.holdsKeys(of: id))
            #expect(try archive.blobs.length(of: .recording(id)) == nil)
        }
        #expect(try await archive.log.verify().fault == nil)
    }

    /// What is wrong with one keeps none of the others, and is tried again.
    @Test func oneOfAStretchThatFailsKeepsNoOther() async throws {
        let (archive, unsorted) = try await listed(3)
        let ids = unsorted.sorted { $0.description < $1.description }
        // The second one's, with the others and then alone.
        let removals = Mutex(0)
        archive.files.fail { label, _ in
            guard label == "payload.remove" else { return nil }
            let number = removals.withLock { count in
                count += 1
                return count
            }
            return [2, 3].contains(number) ? ArchiveError(.inputOutput, "the test fails \(label)") : nil
        }
        let error = await archiveError { _ = try await archive.retention.run(by: .hostUser(0)) }
        #expect(error?.code == .inputOutput)
        let states = try await archive.catalogue.read { reader in try ids.map { try reader.recording($0)?.state } }
        #expect(states == [.destroyed, .destroying, .destroyed])
        archive.files.heal()
        #expect(try await archive.retention.run(by: .hostUser(0)).map(\.item.recording) == [ids[1]])
    }

    /// The clock goes forward while a list is executed: the rest of it waits.
    @Test func aClockThatGoesForwardStopsTheRest() async throws {
        let (archive, ids) = try await listed(101)
        let error = await archiveError {
            _ = try await archive.retention.run(by: .hostUser(0)) { _ in
                try await archive.catalogue.write { try $0.doubtClock(noticed: archive.clock.now, seconds: 3600) }
            }
        }
        #expect(error?.code == .conflict)
        let left = try await archive.catalogue.read { reader in
            try ids.filter { try reader.recording($0)?.state == .stored }.count
        }
        #expect(left == 1)
    }
}
