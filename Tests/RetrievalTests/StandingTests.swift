import AccessPolicy
import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Ingest
import Retrieval
import Testing
import Vault

/// The body of a request can take its time. What is done counts for the one who asked as they are then, not as they were
/// when the request began (DESIGN.md invariant 2).
@Suite struct StandingTests {
    private struct Scene {
        let archive: ArchiveFixture
        let manager: ArchiveFixture.Member
        let other: ArchiveFixture.Member
        let recording: RecordingID

        static let clearance = Label(Level("rahasia"))

        init() async throws {
            archive = try await ArchiveFixture(policy: Policy.asking(approvals: 1))
            manager = try await archive.member(.recordsManager, clearance: Self.clearance)
            other = try await archive.member(.recordsManager, clearance: Self.clearance)
            let sender = try await archive.member(.recorder)
            recording = try await archive.store(MadeRecording.opus(), level: "terbatas", by: sender).recording
        }

        /// Everything that changes anything or tells of one recording, by name.
        func acts(
            _ access: AccessID,
            _ change: RelabellingID,
            _ delegation: DelegationID
        ) -> [(name: String, act: (Caller) async throws -> Void)] {
            let (retrieval, recording, later) = (archive.retrieval, recording, archive.clock.now.addingTimeInterval(9))
            let correction = Correction(start: .set(archive.clock.now), reason: "Salah")
            return [
                ("show", { _ = try await retrieval.show(recording, by: $0) }),
                ("explain", { _ = try await retrieval.explain(recording, .open, by: $0) }),
                ("open", { _ = try await retrieval.open(recording, purpose: "a", hybrid: false, by: $0) }),
                ("approve", { _ = try await retrieval.approve(access, by: $0) }),
                ("refuse", { try await retrieval.refuse(access, because: "Tidak", by: $0) }),
                ("close", { try await retrieval.close(access, by: $0) }),
                (
                    "relabel",
                    { _ = try await retrieval.relabel(recording, to: Self.clearance, because: "Naik", by: $0) }
                ),
                ("agree", { try await retrieval.decide(change, agreeing: true, by: $0) }),
                ("withdraw", { try await retrieval.withdraw(change, by: $0) }),
                (
                    "describe",
                    {
                        _ = try await retrieval.describe(
                            recording,
                            .fields(title: "Lain", participants: nil, description: .keep),
                            expecting: nil,
                            because: nil,
                            by: $0
                        )
                    }
                ),
                ("revisions", { _ = try await retrieval.revisions(of: recording, below: nil, limit: 9, by: $0) }),
                ("correct", { _ = try await retrieval.correct(recording, correction, by: $0) }),
                (
                    "correct many",
                    {
                        _ = try await retrieval.correct(
                            [(id: recording, correction: correction)],
                            dryRun: false,
                            by: $0
                        )
                    }
                ),
                (
                    "delegate",
                    { _ = try await retrieval.delegate(to: other.id, starts: archive.clock.now, ends: later, by: $0) }
                ),
                ("end a delegation", { try await retrieval.endDelegation(delegation, by: $0) }),
            ]
        }

        /// All that anybody would see changed.
        func state() async throws -> [String] {
            try await archive.catalogue.read { reader in
                let row = try reader.recording(recording)
                return [
                    String(describing: row), String(describing: try reader.liveAccesses(to: recording)),
                    String(describing: try reader.pendingRelabellings(of: other.id)),
                    String(describing: try reader.delegations(of: other.id, at: archive.clock.now).map(\.id)),
                ]
            }
        }
    }

    enum Loss: CaseIterable {
        case disabled, revoked, ended
    }

    @Test(arguments: Loss.allCases)
    func whoeverLostTheirStandingDoesNothing(loss: Loss) async throws {
        let scene = try await Scene()
        let (archive, stale) = (scene.archive, scene.manager.caller)
        let reader = try await archive.member(.archivist, clearance: Scene.clearance)
        let asked = try await archive.retrieval.open(
            scene.recording,
            purpose: "Notulen",
            hybrid: false,
            by: reader.caller
        )
        guard case .pending(let access) = asked else {
            Issue.record("it did not wait")
            return
        }
        let change = try await archive.retrieval.relabel(
            scene.recording,
            to: Label(Level("biasa")),
            because: "Turun",
            by: scene.other.caller
        )
        guard case .pending(let relabelling) = change else {
            Issue.record("it did not wait")
            return
        }
        let now = archive.clock.now
        let delegation = try await archive.retrieval.delegate(
            to: scene.manager.id,
            starts: now,
            ends: now.addingTimeInterval(99),
            by: scene.other.caller
        )
        try await archive.catalogue.write { writer in
            switch loss {
            case .disabled: try writer.setState(.disabled, of: stale.principal.id)
            case .revoked: _ = try writer.revokeCredentials(of: stale.principal.id, at: now)
            case .ended:
                var grant = try #require(try writer.reader.principal(stale.principal.id, at: now)).grant
                grant.validity = Validity(ends: now.addingTimeInterval(-1))
                try writer.setGrant(grant, of: stale.principal.id)
            }
        }
        let before = try await scene.state()
        for (name, act) in scene.acts(access.id, relabelling.id, delegation.id) {
            let entries = try await archive.catalogue.read { try $0.entryCount() }
            let error = await archiveError { try await act(stale) }
            #expect(error?.code == .unauthenticated, "\(name)")
            #expect(try await scene.state() == before, "\(name)")
            var filter = EntryFilter()
            filter.after = entries - 1
            let made = try await archive.catalogue.read { [filter] in try $0.entries(filter, limit: 9) }
            #expect(made.map { $0.columns.action } == ["connection.refuse"], "\(name)")
            #expect(made.allSatisfy { $0.columns.decision == "refuse" }, "\(name)")
        }
    }

    /// Whoever was given less meanwhile is answered by what they have left.
    @Test func whoeverWasGivenLessDoesNoMore() async throws {
        let scene = try await Scene()
        let (archive, stale, recording) = (scene.archive, scene.manager.caller, scene.recording)
        let now = archive.clock.now
        try await archive.catalogue.write { writer in
            var grant = try #require(try writer.reader.principal(stale.principal.id, at: now)).grant
            grant.clearance = Label(Level("biasa"))
            try writer.setGrant(grant, of: stale.principal.id)
        }
        let before = try await scene.state()
        let changes: [(Caller) async throws -> Void] = [
            { _ = try await archive.retrieval.show(recording, by: $0) },
            { _ = try await archive.retrieval.open(recording, purpose: "a", hybrid: false, by: $0) },
            { _ = try await archive.retrieval.relabel(recording, to: Scene.clearance, because: "Naik", by: $0) },
            {
                let correction = Correction(start: .set(now), reason: "Salah")
                _ = try await archive.retrieval.correct(recording, correction, by: $0)
            },
        ]
        for (number, change) in changes.enumerated() {
            #expect(await archiveError { try await change(stale) }?.code == .notFound, "\(number)")
        }
        #expect(try await scene.state() == before)
    }

    /// A change of label that somebody asked for who may no longer is agreed to by nobody.
    @Test func aChangeOutlivesNobodyWhoMayAskForIt() async throws {
        let scene = try await Scene()
        let archive = scene.archive
        let change = try await archive.retrieval.relabel(
            scene.recording,
            to: Label(Level("biasa")),
            because: "Turun",
            by: scene.manager.caller
        )
        guard case .pending(let row) = change else {
            Issue.record("it did not wait")
            return
        }
        let now = archive.clock.now
        try await archive.catalogue.write { writer in
            var grant = try #require(try writer.reader.principal(scene.manager.id, at: now)).grant
            grant.validity = Validity(ends: now.addingTimeInterval(60))
            try writer.setGrant(grant, of: scene.manager.id)
        }
        archive.clock.advance(by: 61)
        let error = await archiveError {
            try await archive.retrieval.decide(row.id, agreeing: true, by: scene.other.caller)
        }
        #expect(error?.code == .gone)
        let label = try await archive.catalogue.read { try $0.recording(scene.recording)?.visibility.label }
        #expect(label == Label(Level("terbatas")))
        // Refusing it clears the list.
        try await archive.retrieval.decide(row.id, agreeing: false, because: "Gugur", by: scene.other.caller)
    }
}
