import AccessPolicy
import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Ingest
import Retention
import Retrieval
import Testing
import Vault

/// New rules count from one moment on: for decisions, for streams in progress, and in the log.
@Suite struct ReloadTests {
    /// The shipped rules, under which archivists open nothing.
    private func stricter(than rules: Rules) throws -> Rules {
        let text = Policy.shippedWithoutQuotas.replacing("[send, find, show, open,", with: "[send, find, show,")
        let policy = try Policy(yaml: text, file: "policy.yaml")
        #expect(!policy.rules(for: .archivist).actions.contains(.open))
        return Rules(policy: policy, schedule: rules.schedule)
    }

    private func load(_ new: Rules, into archive: ArchiveFixture) async throws {
        let (rules, log) = (archive.rules, archive.log)
        try await archive.catalogue.write { writer in
            let old = rules.replace(with: new)
            writer.onRollback { rules.replace(with: old) }
            writer.revoke()
            try log.append(to: writer, actor: .service, action: "policy.load")
        }
    }

    private func entries(of archive: ArchiveFixture, _ action: String) async throws -> [LogEntry] {
        var filter = EntryFilter()
        filter.action = action
        return try await archive.catalogue.read { [filter] in try $0.entries(filter, limit: 1000) }
            .compactMap { LogEntry(leaf: $0.leaf) }
    }

    @Test func aStreamInProgressEndsWithTheRuleItRestsOn() async throws {
        let archive = try await ArchiveFixture()
        let id = try await archive.store(longOpus.get(), by: archive.member(.recorder)).recording
        let reader = try await archive.member(.archivist)
        let before = archive.rules.current
        let access = try await archive.retrieval.open(id, purpose: nil, hybrid: false, by: reader.caller)
        let delivery = try await archive.retrieval.deliver(access.id, as: .opened, by: reader.caller)
        #expect(try await delivery.bytes(count: 65_536).count == 65_536)
        // The same rules once more end nothing.
        try await load(before, into: archive)
        #expect(try await archive.retrieval.closeDisallowed() == 0)
        try await delivery.assertAllowed()
        try await load(stricter(than: before), into: archive)
        #expect(await archiveError { try await delivery.assertAllowed() }?.code == .gone)
        #expect(await archiveError { _ = try await delivery.bytes(from: 65_536) }?.code == .gone)
        #expect(try await archive.retrieval.closeDisallowed() == 1)
        let closed = try await entries(of: archive, "access.close")
        #expect(closed.map(\.details) == [["access": access.id.description, "reason": "policy"]])
        #expect(closed.map(\.object) == [id.description])
        // What was ended stays ended, and its header is forgotten.
        try await load(before, into: archive)
        #expect(await archiveError { try await delivery.assertAllowed() }?.code == .gone)
        #expect(try archive.vault.headers().isEmpty)
        try await archive.expectWholeLog()
    }

    @Test func accessesBeyondOnePageAreEndedTooAndOnlyTheirs() async throws {
        let archive = try await ArchiveFixture(policy: Policy.shippedWithoutQuotas)
        let id = try await archive.store(shortOpus.get(), by: archive.member(.recorder)).recording
        let reader = try await archive.member(.archivist)
        for _ in 0..<405 {
            _ = try await archive.retrieval.open(id, purpose: nil, hybrid: false, by: reader.caller)
        }
        try await load(stricter(than: archive.rules.current), into: archive)
        #expect(try await archive.retrieval.closeDisallowed() == 405)
        #expect(try await archive.retrieval.closeDisallowed() == 0)
        #expect(try await archive.catalogue.read { try $0.liveAccesses(of: reader.id).isEmpty })
    }

    /// Among 64 who ask at the moment of the change, the log says who was asked under which rules.
    @Test func everyDecisionRestsOnTheRulesThatTheLogHasBeforeIt() async throws {
        let archive = try await ArchiveFixture(policy: Policy.shippedWithoutQuotas)
        let id = try await archive.store(shortOpus.get(), by: archive.member(.recorder)).recording
        let reader = try await archive.member(.archivist)
        let new = try stricter(than: archive.rules.current)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<64 {
                group.addTask {
                    if number == 32 { try await load(new, into: archive) }
                    for _ in 0..<4 {
                        _ = await archiveError {
                            _ = try await archive.retrieval.open(id, purpose: nil, hybrid: false, by: reader.caller)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let all = try await archive.catalogue.read { try $0.entries(EntryFilter(), limit: 1000) }
            .compactMap { LogEntry(leaf: $0.leaf) }.filter { ["access.open", "policy.load"].contains($0.action) }
        let change = try #require(all.firstIndex { $0.action == "policy.load" })
        #expect(all.count == 64 * 4 + 1)
        #expect(all[..<change].allSatisfy { $0.decision == .allow })
        #expect(all[(change + 1)...].allSatisfy { $0.decision == .refuse })
    }
}
