import AccessPolicy
import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Ingest
import Retrieval
import Testing

/// Whoever does not count decides nothing, whether it is they who decide, they who are stood in for, or they who asked.
@Suite struct EndedApproverTests {
    /// How a records manager can be without counting.
    enum Standing: CaseIterable, Sendable {
        case ended, notBegun, unconfirmed, disabled
    }

    private struct Scene {
        static let clearance = Label(Level("terbatas"))
        let archive: ArchiveFixture
        let reader: ArchiveFixture.Member
        let recording: RecordingID

        /// A recording of level terbatas, which one records manager of its unit has to agree to, and who wants to open it.
        init(readerEnds: Date? = nil) async throws {
            archive = try await ArchiveFixture(policy: Policy.withManagersOfTheirUnit(Policy.asking(approvals: 1)))
            try #require(archive.policy.rules(for: .recordsManager).units == .own)
            let opus = try MadeRecording.opus()
            recording = try await archive.store(opus, level: "terbatas", by: archive.member(.recorder)).recording
            reader = try await archive.member(
                .archivist,
                clearance: Self.clearance,
                validity: Validity(ends: readerEnds)
            )
        }

        /// A records manager who counts, though perhaps not for long.
        func manager(_ standing: Standing? = nil, unit: String = "umum") async throws -> ArchiveFixture.Member {
            try await archive.member(
                .recordsManager,
                clearance: Self.clearance,
                unit: unit,
                validity: Validity(ends: standing == .ended ? archive.clock.now.addingTimeInterval(3600) : nil)
            )
        }

        /// Makes `member` stand as `standing` says.
        func reach(_ standing: Standing, _ member: ArchiveFixture.Member) async throws {
            let (principal, now) = (member.caller.principal, archive.clock.now)
            switch standing {
            case .ended: archive.clock.advance(by: 3600)
            case .notBegun:
                let validity = Validity(starts: now.addingTimeInterval(60))
                let grant = Grant(clearance: principal.clearance, unit: principal.unit, validity: validity)
                try await archive.catalogue.write { try $0.setGrant(grant, of: member.id) }
            case .unconfirmed: try await archive.catalogue.write { try $0.setState(.unconfirmed, of: member.id) }
            case .disabled: try await archive.catalogue.write { try $0.setState(.disabled, of: member.id) }
            }
        }

        func ask(_ purpose: String = "Notulen") async throws -> AccessID {
            try await archive.retrieval.open(recording, purpose: purpose, hybrid: false, by: reader.caller).id
        }

        func awaiting(_ member: ArchiveFixture.Member) async throws -> [AccessID] {
            let page = try await archive.retrieval.requests(.awaiting, limit: 100, cursor: nil, by: member.caller)
            return page.requests.map(\.row.id)
        }

        func delegate(_ member: ArchiveFixture.Member, to other: ArchiveFixture.Member) async throws {
            _ = try await archive.retrieval.delegate(
                to: other.id,
                starts: archive.clock.now,
                ends: archive.clock.now.addingTimeInterval(86_400),
                by: member.caller
            )
        }

        /// None of what `member` could do about the request `id` is done: refused with `code` where it is tried.
        func expectNothing(
            of member: ArchiveFixture.Member,
            _ id: AccessID,
            _ code: ArchiveError.Code = .unauthenticated
        ) async throws {
            #expect(try await awaiting(member).isEmpty)
            #expect(try await archive.retrieval.awaitingCount(member.caller) == 0)
            await expectError(code) { _ = try await archive.retrieval.approve(id, by: member.caller) }
            await expectError(code) { try await archive.retrieval.refuse(id, because: "Tidak", by: member.caller) }
            await expectError(code) { try await archive.retrieval.close(id, by: member.caller) }
            await expectError(.notFound) { _ = try await archive.retrieval.request(id, by: member.caller) }
            #expect(try await archive.catalogue.read { try $0.access(id) }?.state == .pending)
        }
    }

    @Test(arguments: Standing.allCases)
    func theyDecideNothing(_ standing: Standing) async throws {
        let scene = try await Scene()
        let manager = try await scene.manager(standing)
        let other = try await scene.manager()
        let id = try await scene.ask()
        #expect(try await scene.awaiting(manager) == [id])
        try await scene.reach(standing, manager)
        try await scene.expectNothing(of: manager, id)
        #expect(try await scene.awaiting(other) == [id])
        #expect(try await scene.archive.retrieval.approve(id, by: other.caller) == 0)
    }

    @Test(arguments: Standing.allCases)
    func nobodyStandsInForThem(_ standing: Standing) async throws {
        let scene = try await Scene()
        let manager = try await scene.manager(standing)
        let stand = try await scene.manager(unit: "hukum")
        try await scene.delegate(manager, to: stand)
        let id = try await scene.ask()
        #expect(try await scene.awaiting(stand) == [id])
        try await scene.reach(standing, manager)
        try await scene.expectNothing(of: stand, id, .notFound)
    }

    @Test(arguments: Standing.allCases)
    func theyStandInForNobody(_ standing: Standing) async throws {
        let scene = try await Scene()
        let manager = try await scene.manager()
        let stand = try await scene.manager(standing, unit: "hukum")
        try await scene.delegate(manager, to: stand)
        let id = try await scene.ask()
        #expect(try await scene.awaiting(stand) == [id])
        try await scene.reach(standing, stand)
        try await scene.expectNothing(of: stand, id)
        #expect(try await scene.archive.retrieval.approve(id, by: manager.caller) == 0)
    }

    @Test(arguments: Standing.allCases)
    func nobodyNamesThemAsDelegate(_ standing: Standing) async throws {
        let scene = try await Scene()
        let (manager, stand) = (try await scene.manager(), try await scene.manager(standing))
        try await scene.reach(standing, stand)
        let error = await #expect(throws: ArchiveError.self) { try await scene.delegate(manager, to: stand) }
        #expect(error?.code == .unknownName)
    }

    @Test func whatIsOpenedForThemEndsWithThem() async throws {
        let ends = ManualClock().now.addingTimeInterval(600)
        let scene = try await Scene(readerEnds: ends)
        let manager = try await scene.manager()
        let (early, late) = (try await scene.ask(), try await scene.ask("Lain"))
        #expect(try await scene.archive.retrieval.approve(early, by: manager.caller) == 0)
        let opened = try #require(try await scene.archive.catalogue.read { try $0.access(early) })
        #expect(opened.state == .open && opened.expires == ends)
        let delivery = try await scene.archive.retrieval.deliver(early, as: .sealed, by: scene.reader.caller)
        try await delivery.assertAllowed()
        scene.archive.clock.advance(by: 600)
        let ended = await #expect(throws: ArchiveError.self) { try await delivery.assertAllowed() }
        #expect(ended?.code == .gone)
        let error = await #expect(throws: ArchiveError.self) {
            _ = try await scene.archive.retrieval.approve(late, by: manager.caller)
        }
        #expect(error?.code == .gone)
        #expect(try await scene.archive.log.verify().fault == nil)
    }
}
