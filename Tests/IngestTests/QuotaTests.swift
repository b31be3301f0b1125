import AccessPolicy
import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Ingest
import Retrieval
import Testing

/// A quota of accesses is decided in the transaction that opens them.
@Suite struct QuotaTests {
    private static func policy(perHour: Int, perDay: Int) throws -> String {
        let changed = Policy.shipped.replacing("accesses_per_hour: 100", with: "accesses_per_hour: \(perHour)")
            .replacing("accesses_per_day: 500", with: "accesses_per_day: \(perDay)")
        try #require(try Policy(yaml: changed, file: "p").quota(for: .archivist).accessesPerHour == perHour)
        return changed
    }

    private func entries(of archive: ArchiveFixture) async throws -> [LogEntry] {
        var filter = EntryFilter()
        filter.action = "access.open"
        return try await archive.catalogue.read { [filter] in try $0.entries(filter, limit: 1000) }
            .compactMap { LogEntry(leaf: $0.leaf) }
    }

    private func open(_ id: RecordingID, by member: ArchiveFixture.Member, in archive: ArchiveFixture) async
        -> ArchiveError?
    {
        await archiveError { _ = try await archive.retrieval.open(id, purpose: nil, hybrid: false, by: member.caller) }
    }

    @Test func atItsEdgeExactlyAsManyPassAsItHasLeft() async throws {
        let quota = 37
        let archive = try await ArchiveFixture(policy: Self.policy(perHour: quota, perDay: 500))
        let id = try await archive.store(shortOpus.get(), by: archive.member(.recorder)).recording
        let (reader, other) = (try await archive.member(.archivist), try await archive.member(.archivist))
        let errors = await withTaskGroup(of: ArchiveError?.self) { group in
            for _ in 0..<64 { group.addTask { await open(id, by: reader, in: archive) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.count { $0 == nil } == quota)
        for error in errors.compactMap({ $0 }) {
            #expect(error.code == .quotaSpent && error.message.contains("\(quota) accesses in the last hour"))
        }
        // Each of them is in the log, those that were refused with what stands out.
        let found = try await entries(of: archive)
        #expect(found.count { $0.decision == .allow } == quota)
        let refused = found.filter { $0.decision == .refuse }
        #expect(refused.count == 64 - quota)
        for entry in refused {
            let expected = ["reasons": "quota-spent", "quota": "hour", "spent": "\(quota)", "limit": "\(quota)"]
            #expect(entry.details == expected && entry.label == "biasa")
        }
        #expect(try await archive.catalogue.read { try $0.liveAccesses(of: reader.id).count } == quota)
        // Nobody else's is touched.
        #expect(await open(id, by: other, in: archive) == nil)

        // What was decided is durable: a restart at this moment finds the quota as spent as it was.
        let again = try await archive.reopened()
        #expect(await open(id, by: reader, in: again)?.code == .quotaSpent)
        #expect(try await again.catalogue.read { try $0.liveAccesses(of: reader.id).count } == quota)
        try await again.expectWholeLog()
    }

    @Test func bothWindowsRoll() async throws {
        let archive = try await ArchiveFixture(policy: Self.policy(perHour: 2, perDay: 3))
        let id = try await archive.store(shortOpus.get(), by: archive.member(.recorder)).recording
        let reader = try await archive.member(.archivist)
        func tries() async -> String {
            guard let error = await open(id, by: reader, in: archive) else { return "open" }
            return error.message.hasSuffix("the last hour") ? "hour" : "day"
        }
        #expect(await tries() == "open")
        archive.clock.advance(by: 1800)
        #expect(await tries() == "open")
        #expect(await tries() == "hour")
        // The first is an hour old, the second half an hour.
        archive.clock.advance(by: 1799)
        #expect(await tries() == "hour")
        archive.clock.advance(by: 2)
        #expect(await tries() == "open")
        archive.clock.advance(by: 7200)
        #expect(await tries() == "day")
        // Closing an access gives nothing back.
        let accesses = try await archive.catalogue.read { try $0.liveAccesses(of: reader.id) }
        for access in accesses { try await archive.retrieval.close(access.id, by: reader.caller) }
        #expect(await tries() == "day")
        archive.clock.advance(by: 86_399 - 3601 - 7200)
        #expect(await tries() == "day")
        archive.clock.advance(by: 2)
        #expect(await tries() == "open")
    }

    @Test func aSpentQuotaTellsNothingOfWhatIsNotVisible() async throws {
        let archive = try await ArchiveFixture(policy: Self.policy(perHour: 1, perDay: 1))
        let sender = try await archive.member(.recorder)
        let id = try await archive.store(shortOpus.get(), by: sender).recording
        let secret = try await archive.store(longOpus.get(), level: "rahasia", by: sender).recording
        let reader = try await archive.member(.archivist)
        #expect(await open(id, by: reader, in: archive) == nil)
        #expect(await open(id, by: reader, in: archive)?.code == .quotaSpent)
        for hidden in [secret, RecordingID()] {
            let error = await open(hidden, by: reader, in: archive)
            #expect(error?.code == .notFound && error?.message == ArchiveError.notFound.message)
        }
    }
}
