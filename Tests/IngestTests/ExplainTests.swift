import AccessPolicy
import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Ingest
import Retrieval
import Testing

/// The decision is explained to whoever may know of the recording, and to nobody else.
@Suite struct ExplainTests {
    private static let approving = Policy.shipped.replacing(
        """
            purpose: true
            approvals: {count: 0}
            access_lifetime: PT1H
            recipients: any
            index: none
        """,
        with: """
                purpose: true
                approvals: {count: 2, role: records-manager}
                access_lifetime: PT30M
                recipients: hybrid
                index: none
            """
    )

    @Test func theAnswerIsWhatTheDecisionWouldBe() async throws {
        let archive = try await ArchiveFixture(policy: Self.approving)
        #expect(archive.policy.levels[3].approvals.count == 2)
        let sender = try await archive.member(.recorder)
        let low = try await archive.store(shortOpus.get(), by: sender).recording
        let high = try await archive.ingest.receive(
            body([
                MadeRecording.seal(longOpus.get(), to: [archive.recipient("sangat-rahasia", hybrid: true)]).bytes
            ]),
            submission: archive.submission(),
            isSealed: true,
            by: sender.caller
        ).recording
        let top = Label(Level("sangat-rahasia"))
        let reader = try await archive.member(.archivist, clearance: top)
        let manager = try await archive.member(.recordsManager, clearance: top)

        let plain = try await archive.retrieval.explain(low, .open, by: reader.caller)
        guard case .allow(let obligations) = plain.decision else { throw ArchiveError(.unexpected, "not allowed") }
        #expect(!obligations.sealedOnly && plain.rules?.level.name == "biasa")
        #expect(plain.quotas.map(\.window) == [.hour, .day] && plain.quotas.map(\.limit) == [100, 500])
        #expect(plain.quotas.allSatisfy { $0.spent == 0 })
        _ = try await archive.retrieval.open(low, purpose: nil, hybrid: false, by: reader.caller)
        #expect(try await archive.retrieval.explain(low, .open, by: reader.caller).quotas.map(\.spent) == [1, 1])

        let waiting = try await archive.retrieval.explain(high, .open, by: reader.caller)
        guard case .wait(let reasons) = waiting.decision else { throw ArchiveError(.unexpected, "does not wait") }
        #expect(reasons.map(\.code) == [.approvalNeeded] && reasons[0].text.contains("2 more approvals"))
        #expect(waiting.rules?.approvals.count == 2 && waiting.rules?.recipients == .hybrid)

        let refused = try await archive.retrieval.explain(low, .open, by: manager.caller)
        #expect(refused.decision.reasons.map(\.code) == [.roleLacksAction])
        let relabel = try await archive.retrieval.explain(low, .relabel, by: manager.caller)
        #expect(relabel.decision.name == "allow" && relabel.rules == nil && relabel.quotas.isEmpty)
        for action in Action.allCases {
            let explained = try await archive.retrieval.explain(low, action, by: reader.caller).decision.name
            let may = ["send", "find", "show", "open", "expect", "describe"].contains(action.rawValue)
            #expect(explained == (may ? "allow" : "refuse"), "\(action)")
        }
    }

    @Test func whoMayNotKnowIsToldNothingAndTheLogIsToldAll() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let secret = try await archive.store(longOpus.get(), level: "rahasia", by: sender).recording
        let reader = try await archive.member(.archivist)
        let absent = RecordingID()
        for caller in [reader, sender] {
            for action in Action.allCases {
                for id in [secret, absent] {
                    let error = await archiveError {
                        _ = try await archive.retrieval.explain(id, action, by: caller.caller)
                    }
                    #expect(error?.code == .notFound && error?.description == ArchiveError.notFound.description)
                }
            }
        }
        var filter = EntryFilter()
        filter.action = "recording.explain"
        let entries = try await archive.catalogue.read { [filter] in try $0.entries(filter, limit: 1000) }
            .compactMap { LogEntry(leaf: $0.leaf) }
        #expect(entries.count == 2 * 2 * Action.allCases.count)
        // Of what is hidden the log has no label either: the entry is that of an absent thing.
        #expect(entries.allSatisfy { $0.decision == .refuse && $0.label == nil && $0.details.count == 1 })
        #expect(entries.count { $0.object == absent.description } == entries.count / 2)
    }
}
