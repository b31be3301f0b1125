import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Ingest
import Retrieval
import Testing
import Vault

/// A label changes with everything that was decided on it.
@Suite struct RelabellingTests {
    private struct Scene {
        let archive: ArchiveFixture
        let manager: ArchiveFixture.Member
        let reader: ArchiveFixture.Member
        let recording: RecordingID

        init() async throws {
            archive = try await ArchiveFixture()
            manager = try await archive.member(.recordsManager, clearance: Self.secret)
            reader = try await archive.member(.archivist, clearance: Self.restricted)
            let sender = try await archive.member(.recorder)
            recording = try await archive.store(MadeRecording.opus(), level: "terbatas", by: sender).recording
        }

        static let secret = Label(Level("rahasia"), compartments: ["anggaran"])
        static let restricted = Label(Level("terbatas"))

        func relabel(_ label: Label, by member: ArchiveFixture.Member? = nil) async throws -> LabelChange {
            let caller = (member ?? manager).caller
            return try await archive.retrieval.relabel(recording, to: label, because: "Ditinjau", by: caller)
        }

        func pending(_ label: Label) async throws -> RelabellingID {
            // So that lists have an order.
            archive.clock.advance(by: 1)
            guard case .pending(let row) = try await relabel(label) else {
                throw ArchiveError(.unexpected, "it was done at once")
            }
            return row.id
        }

        func label() async throws -> (label: Label, version: Int)? {
            try await archive.catalogue.read { try $0.recording(recording) }
                .map { ($0.visibility.label, $0.labelVersion) }
        }

        func approve(_ id: RelabellingID, _ member: ArchiveFixture.Member) async throws {
            try await archive.retrieval.decide(id, agreeing: true, by: member.caller)
        }
    }

    @Test func raisingCountsAtOnceAndEndsAccesses() async throws {
        let scene = try await Scene()
        let access = try await scene.archive.retrieval.open(
            scene.recording,
            purpose: nil,
            hybrid: false,
            by: scene.reader.caller
        )
        let delivery = try await scene.archive.retrieval.deliver(access.id, as: .sealed, by: scene.reader.caller)
        #expect(try scene.archive.vault.headers().count == 1)
        let label = Label(Level("rahasia"), compartments: ["anggaran"])
        guard case .done(let version) = try await scene.relabel(label) else {
            Issue.record("a higher label waits")
            return
        }
        let found = try await scene.label()
        #expect(version == 2 && found?.label == label && found?.version == 2)
        await expectError(.gone) { _ = try await delivery.bytes() }
        #expect(try scene.archive.vault.headers().isEmpty)
        #expect(try await scene.archive.catalogue.read { try $0.access(access.id) }?.state == .closed)
        // It is out of sight.
        await expectError(.notFound) {
            _ = try await scene.archive.retrieval.show(scene.recording, by: scene.reader.caller)
        }
        let page = try await scene.archive.retrieval.find(.init(), cursor: nil, by: scene.reader.caller)
        #expect(page.views.isEmpty)
        let seen = try await scene.archive.retrieval.find(.init(), cursor: nil, by: scene.manager.caller)
        #expect(seen.views.map(\.row.visibility.label) == [label])
        await expectError(.conflict) { _ = try await scene.relabel(label) }
        var filter = EntryFilter()
        filter.action = "recording.relabel"
        filter.decision = .refuse
        let refused = try await scene.archive.catalogue.read { [filter] in try $0.entries(filter, limit: 9) }
        #expect(refused.compactMap { LogEntry(leaf: $0.leaf)?.details["reasons"] } == ["same-label"])
        #expect(try await scene.archive.log.verify().fault == nil)
    }

    @Test(arguments: [Label(Level("biasa")), Label(Level("rahasia"))])
    func whatDoesNotCoverTheLabelWaits(_ lower: Label) async throws {
        let scene = try await Scene()
        let high = Label(Level("rahasia"), compartments: ["anggaran"])
        _ = try await scene.relabel(high)
        let id = try await scene.pending(lower)
        #expect(try await scene.label()?.label == high)
        let twin = try await scene.archive.member(
            .recordsManager,
            clearance: Scene.secret,
            person: try #require(
                try await scene.archive.catalogue.read {
                    try $0.principal(scene.manager.id, at: scene.archive.clock.now)
                }
            ).person
        )
        await expectError(.refused) { try await scene.approve(id, scene.manager) }
        await expectError(.refused) { try await scene.approve(id, twin) }
        let blind = try await scene.archive.member(.recordsManager, clearance: Scene.restricted)
        for stranger in [blind, scene.reader] {
            await expectError(.notFound) { try await scene.approve(id, stranger) }
            await expectError(.notFound) { try await scene.approve(RelabellingID(), stranger) }
            let list = try await scene.archive.retrieval.labelRequests(
                .awaiting,
                limit: 10,
                cursor: nil,
                by: stranger.caller
            )
            #expect(list.requests.isEmpty)
        }
        let second = try await scene.archive.member(.recordsManager, clearance: Scene.secret)
        #expect(try await scene.archive.retrieval.awaitingCount(second.caller) == 1)
        #expect(try await scene.archive.retrieval.awaitingCount(twin.caller) == 0)
        let list = try await scene.archive.retrieval.labelRequests(.awaiting, limit: 10, cursor: nil, by: second.caller)
        #expect(list.requests.map(\.row.id) == [id] && list.requests.first?.reason == "Ditinjau")
        try await scene.approve(id, second)
        let found = try await scene.label()
        #expect(found?.label == lower && found?.version == 3)
        await expectError(.conflict) { try await scene.approve(id, second) }
    }

    @Test func aChangeEndsWithItsLabelItsTimeOrAWord() async throws {
        let scene = try await Scene()
        let second = try await scene.archive.member(.recordsManager, clearance: Scene.secret)
        let low = Label(Level("biasa"))
        let overtaken = try await scene.pending(low)
        _ = try await scene.relabel(Label(Level("rahasia")))
        await expectError(.conflict) { try await scene.approve(overtaken, second) }
        let refused = try await scene.pending(low)
        await expectError(.badRequest) {
            try await scene.archive.retrieval.decide(refused, agreeing: false, by: second.caller)
        }
        try await scene.archive.retrieval.decide(refused, agreeing: false, because: "Belum", by: second.caller)
        await expectError(.conflict) { try await scene.approve(refused, second) }
        let withdrawn = try await scene.pending(low)
        await expectError(.notFound) {
            try await scene.archive.retrieval.withdraw(withdrawn, by: second.caller)
        }
        try await scene.archive.retrieval.withdraw(withdrawn, by: scene.manager.caller)
        await expectError(.conflict) { try await scene.approve(withdrawn, second) }
        let late = try await scene.pending(low)
        scene.archive.clock.advance(by: 7 * 86_400)
        await expectError(.gone) { try await scene.approve(late, second) }
        try await scene.archive.retrieval.closeExpired()
        await expectError(.conflict) { try await scene.approve(late, second) }
        let own = try await scene.archive.retrieval.labelRequests(
            .own,
            limit: 10,
            cursor: nil,
            by: scene.manager.caller
        )
        #expect(own.requests.map(\.state) == [.closed, .closed, .refused, .closed])
        #expect(own.requests[2].refusal == "Belum")
        #expect(try await scene.label()?.label == Label(Level("rahasia")))
    }

    @Test func onlySoManyWait() async throws {
        let scene = try await Scene()
        var last: RelabellingID?
        for _ in 0..<Retrieval.waitingLimit { last = try await scene.pending(Label(Level("biasa"))) }
        await expectError(.quotaSpent) { _ = try await scene.pending(Label(Level("biasa"))) }
        try await scene.archive.retrieval.withdraw(try #require(last), by: scene.manager.caller)
        _ = try await scene.pending(Label(Level("biasa")))
    }

    @Test func whoMayNotRelabel() async throws {
        let scene = try await Scene()
        await expectError(.refused) { _ = try await scene.relabel(Label(Level("rahasia")), by: scene.reader) }
        await expectError(.refused) { _ = try await scene.relabel(Label(Level("sangat-rahasia"))) }
        await expectError(.unknownName) { _ = try await scene.relabel(Label(Level("gaib"))) }
        let blind = try await scene.archive.member(.recordsManager)
        await expectError(.notFound) { _ = try await scene.relabel(Label(Level("biasa")), by: blind) }
        await expectError(.badRequest) {
            _ = try await scene.archive.retrieval.relabel(
                scene.recording,
                to: Scene.secret,
                because: " ",
                by: scene.manager.caller
            )
        }
        #expect(try await scene.label()?.version == 1)
    }

    /// An approval that comes while the label rises opens nothing.
    @Test func anApprovalAgainstARisingLabel() async throws {
        for _ in 0..<20 {
            let scene = try await Scene()
            let second = try await scene.archive.member(.recordsManager, clearance: Scene.secret)
            let id = try await scene.pending(Label(Level("biasa")))
            async let agreed: Void? = try? scene.approve(id, second)
            async let raised = try? scene.relabel(Scene.secret)
            _ = await (agreed, raised)
            let found = try #require(try await scene.label())
            // Whichever came first, the raise stands.
            #expect(found.label == Scene.secret)
            #expect(found.version == 2 || found.version == 3)
        }
    }
}
