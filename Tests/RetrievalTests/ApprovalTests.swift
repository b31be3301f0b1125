import AccessPolicy
import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import GRDB
import Ingest
import Retrieval
import TestSupport
import Testing
import Vault

/// What others have to agree to (DESIGN.md sections 1 and 6).
@Suite struct ApprovalTests {
    private struct Scene {
        let archive: ArchiveFixture
        let reader: ArchiveFixture.Member
        let opus: [UInt8]
        let recording: RecordingID

        /// A recording of level terbatas, which wants so many records managers to agree, and somebody who wants to open it.
        init(approvals: Int = 1, managersStayInTheirUnit staysInUnit: Bool = false) async throws {
            let policy = Policy.asking(approvals: approvals)
            archive = try await ArchiveFixture(policy: staysInUnit ? Policy.withManagersOfTheirUnit(policy) : policy)
            try #require(archive.policy.rules(for: .recordsManager).units == (staysInUnit ? .own : .all))
            opus = try MadeRecording.opus()
            recording = try await archive.store(opus, level: "terbatas", by: archive.member(.recorder)).recording
            reader = try await archive.member(.archivist, clearance: Self.clearance)
        }

        static let clearance = Label(Level("terbatas"))

        func manager(
            clearance: Label = Self.clearance,
            unit: String = "umum",
            person: Data? = nil
        ) async throws -> ArchiveFixture.Member {
            try await archive.member(.recordsManager, clearance: clearance, unit: unit, person: person)
        }

        func ask(
            _ purpose: String? = "Notulen",
            hybrid: Bool = false,
            by member: ArchiveFixture.Member? = nil
        ) async throws -> RequestedAccess {
            let caller = (member ?? reader).caller
            return try await archive.retrieval.open(recording, purpose: purpose, hybrid: hybrid, by: caller)
        }

        func approve(_ id: AccessID, _ member: ArchiveFixture.Member) async throws -> Int {
            try await archive.retrieval.approve(id, by: member.caller)
        }

        func awaiting(_ member: ArchiveFixture.Member) async throws -> [AccessID] {
            let page = try await archive.retrieval.requests(.awaiting, limit: 100, cursor: nil, by: member.caller)
            return page.requests.map(\.row.id)
        }

        func person(of member: ArchiveFixture.Member) async throws -> Data {
            try #require(try await archive.catalogue.read { try $0.principal(member.id, at: archive.clock.now) }).person
        }

        func state(_ id: AccessID) async throws -> AccessRow.State? {
            try await archive.catalogue.read { try $0.access(id) }?.state
        }

        func expectPending(_ access: RequestedAccess, _ missing: Int) {
            guard case .pending(let pending) = access else {
                Issue.record("it is open")
                return
            }
            #expect(pending.missing == missing && pending.role == .recordsManager)
        }

        func expectOpen(_ access: RequestedAccess) async throws {
            guard case .open = access else {
                Issue.record("it is pending")
                return
            }
            let delivery = try await archive.retrieval.deliver(access.id, as: .opened, by: reader.caller)
            #expect(try await delivery.bytes() == opus)
        }
    }

    @Test func anotherPersonHasToAgree() async throws {
        let scene = try await Scene()
        let manager = try await scene.manager()
        let asked = try await scene.ask()
        scene.expectPending(asked, 1)
        await expectError(.conflict) {
            _ = try await scene.archive.retrieval.deliver(asked.id, as: .sealed, by: scene.reader.caller)
        }
        // Asking again is the same request.
        let again = try await scene.ask()
        #expect(again.id == asked.id)
        let page = try await scene.archive.retrieval.requests(.awaiting, limit: 10, cursor: nil, by: manager.caller)
        let request = try #require(page.requests.first)
        #expect(page.requests.count == 1 && request.row.id == asked.id && request.purpose == "Notulen")
        #expect(request.row.principal == scene.reader.id && request.needed == 1 && request.given == 0)
        #expect(request.recording?.fields.title == "Rapat uji")
        #expect(try await scene.approve(asked.id, manager) == 0)
        #expect(try await scene.awaiting(manager).isEmpty)
        let opened = try await scene.ask()
        #expect(opened.id == asked.id)
        try await scene.expectOpen(opened)
        await expectError(.conflict) { _ = try await scene.approve(asked.id, manager) }
        #expect(try await scene.archive.log.verify().fault == nil)
        // No purpose lies there in clear.
        for (path, contents) in try everyFile(below: scene.archive.layout.storage) {
            #expect(contents.range(of: Data("Notulen".utf8)) == nil, "\(path)")
        }
    }

    /// Change one thing, and it is another request.
    @Test func anApprovalIsForWhatWasAsked() async throws {
        let scene = try await Scene()
        let manager = try await scene.manager()
        let asked = try await scene.ask()
        #expect(try await scene.approve(asked.id, manager) == 0)
        var others = [try await scene.ask("Lain"), try await scene.ask(nil), try await scene.ask(hybrid: true)]
        let colleague = try await scene.archive.member(.archivist, clearance: Scene.clearance)
        others.append(try await scene.ask(by: colleague))
        for other in others { scene.expectPending(other, 1) }
        #expect(Set(others.map(\.id) + [asked.id]).count == 5)
        try await DatabaseQueue(path: scene.archive.layout.archiveDatabase).write { database in
            try database.execute(sql: "UPDATE recording SET label_version = label_version + 1")
        }
        await expectError(.gone) { _ = try await scene.approve(others[0].id, manager) }
        #expect(try await scene.awaiting(manager).isEmpty)
        let relabelled = try await scene.ask()
        scene.expectPending(relabelled, 1)
        #expect(relabelled.id != asked.id)
        await expectError(.gone) {
            _ = try await scene.archive.retrieval.deliver(asked.id, as: .sealed, by: scene.reader.caller)
        }
    }

    @Test func personsCountAndNotPrincipals() async throws {
        let scene = try await Scene(approvals: 2)
        let first = try await scene.manager()
        let twin = try await scene.manager(person: scene.person(of: first))
        let own = try await scene.manager(person: scene.person(of: scene.reader))
        let second = try await scene.manager()
        let id = try await scene.ask().id
        await expectError(.refused) { _ = try await scene.approve(id, own) }
        #expect(try await scene.awaiting(own).isEmpty)
        #expect(try await scene.approve(id, first) == 1)
        await expectError(.conflict) { _ = try await scene.approve(id, first) }
        await expectError(.conflict) { _ = try await scene.approve(id, twin) }
        #expect(try await scene.awaiting(twin).isEmpty)
        scene.expectPending(try await scene.ask(), 1)
        #expect(try await scene.approve(id, second) == 0)
        try await scene.expectOpen(scene.ask())
    }

    /// What one may not know of is not there to be decided.
    @Test func whoMayNotKnowOfItFindsNothing() async throws {
        let scene = try await Scene()
        let id = try await scene.ask().id
        let strangers = [
            try await scene.manager(clearance: Label(Level("biasa"))),
            try await scene.archive.member(.archivist, clearance: Scene.clearance),
            try await scene.archive.member(.auditor, clearance: Scene.clearance),
        ]
        for stranger in strangers {
            for request in [id, AccessID()] {
                await expectError(.notFound) { _ = try await scene.approve(request, stranger) }
                await expectError(.notFound) {
                    try await scene.archive.retrieval.refuse(request, because: "tidak", by: stranger.caller)
                }
                await expectError(.notFound) {
                    try await scene.archive.retrieval.close(request, by: stranger.caller)
                }
                await expectError(.notFound) {
                    _ = try await scene.archive.retrieval.request(request, by: stranger.caller)
                }
            }
            #expect(try await scene.awaiting(stranger).isEmpty)
        }
        // Each look is an entry, which does not say of what where that was refused.
        _ = try await scene.archive.retrieval.request(id, by: scene.reader.caller)
        var filter = EntryFilter()
        filter.action = "access.show"
        let looks = try await scene.archive.catalogue.read { [filter] in try $0.entries(filter, limit: 100) }
            .compactMap { LogEntry(leaf: $0.leaf) }
        #expect(looks.filter { $0.decision == .refuse && $0.object == nil }.count == 2 * strangers.count)
        #expect(looks.last?.object == scene.recording.description && looks.last?.decision == .allow)
        #expect(try await scene.state(id) == .pending)
    }

    @Test func aRefusalSaysWhy() async throws {
        let scene = try await Scene()
        let manager = try await scene.manager()
        let id = try await scene.ask().id
        await expectError(.badRequest) {
            try await scene.archive.retrieval.refuse(id, because: " ", by: manager.caller)
        }
        try await scene.archive.retrieval.refuse(id, because: "Bukan untuk umum", by: manager.caller)
        let own = try await scene.archive.retrieval.requests(.own, limit: 1, cursor: nil, by: scene.reader.caller)
        #expect(own.requests.first?.refusal == "Bukan untuk umum" && own.requests.first?.state == .refused)
        await expectError(.conflict) { _ = try await scene.approve(id, manager) }
        // So that the list has an order.
        scene.archive.clock.advance(by: 1)
        let again = try await scene.ask()
        #expect(again.id != id)
        scene.expectPending(again, 1)
        // The list goes on where a page ended, and knows its caller.
        let first = try await scene.archive.retrieval.requests(.own, limit: 1, cursor: nil, by: scene.reader.caller)
        let next = try #require(first.next)
        let rest = try await scene.archive.retrieval.requests(.own, limit: 5, cursor: next, by: scene.reader.caller)
        #expect(first.requests.map(\.row.id) == [again.id] && rest.requests.map(\.row.id) == [id] && rest.next == nil)
        await expectError(.badRequest) {
            _ = try await scene.archive.retrieval.requests(.own, limit: 5, cursor: next, by: manager.caller)
        }
    }

    @Test func aRequestLapses() async throws {
        let scene = try await Scene()
        let manager = try await scene.manager()
        let id = try await scene.ask().id
        scene.archive.clock.advance(by: 7 * 86_400)
        await expectError(.gone) { _ = try await scene.approve(id, manager) }
        #expect(try await scene.awaiting(manager).isEmpty)
        let again = try await scene.ask().id
        #expect(again != id)
        try await scene.archive.retrieval.closeExpired()
        #expect(try await scene.state(id) == .closed)
        #expect(try await scene.state(again) == .pending)
        #expect(try await scene.approve(again, manager) == 0)
    }

    @Test(arguments: [1, 2])
    func twoWhoAgreeAtOnce(_ approvals: Int) async throws {
        let scene = try await Scene(approvals: approvals)
        for _ in 0..<20 {
            let managers = [try await scene.manager(), try await scene.manager()]
            let reader = try await scene.archive.member(.archivist, clearance: Scene.clearance)
            let id = try await scene.ask(by: reader).id
            let results = await withTaskGroup(of: Result<Int, any Error>.self) { group in
                for manager in managers {
                    group.addTask {
                        do { return .success(try await scene.approve(id, manager)) } catch { return .failure(error) }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let missing = results.compactMap { try? $0.get() }.sorted()
            #expect(missing == (approvals == 1 ? [0] : [0, 1]))
            for case .failure(let error) in results { #expect((error as? ArchiveError)?.code == .conflict) }
            #expect(try await scene.state(id) == .open)
            #expect(try await scene.archive.catalogue.read { try $0.approvals(of: id) }.count == approvals)
        }
    }

    @Test func eitherSideCloses() async throws {
        let scene = try await Scene()
        let manager = try await scene.manager()
        let withdrawn = try await scene.ask().id
        try await scene.archive.retrieval.close(withdrawn, by: scene.reader.caller)
        await expectError(.conflict) { _ = try await scene.approve(withdrawn, manager) }
        let id = try await scene.ask().id
        _ = try await scene.approve(id, manager)
        let delivery = try await scene.archive.retrieval.deliver(id, as: .opened, by: scene.reader.caller)
        try await scene.archive.retrieval.close(id, by: manager.caller)
        await expectError(.gone) { _ = try await delivery.bytes() }
        #expect(try await scene.state(id) == .closed)
    }

    @Test func whoStandsIn() async throws {
        let scene = try await Scene(approvals: 2, managersStayInTheirUnit: true)
        let manager = try await scene.manager()
        let other = try await scene.manager(unit: "hukum")
        let third = try await scene.manager()
        let id = try await scene.ask().id
        #expect(try await scene.awaiting(other).isEmpty)
        await expectError(.notFound) { _ = try await scene.approve(id, other) }
        let now = scene.archive.clock.now
        let delegation = try await scene.archive.retrieval.delegate(
            to: other.id,
            starts: now.addingTimeInterval(60),
            ends: now.addingTimeInterval(3600),
            by: manager.caller
        )
        await expectError(.notFound) { _ = try await scene.approve(id, other) }
        scene.archive.clock.advance(by: 60)
        #expect(try await scene.awaiting(other) == [id])
        #expect(try await scene.approve(id, other) == 1)
        // The voice that was lent was heard.
        await expectError(.conflict) { _ = try await scene.approve(id, manager) }
        #expect(try await scene.approve(id, third) == 0)
        try await scene.archive.retrieval.endDelegation(delegation.id, by: manager.caller)
        let next = try await scene.ask("Lain").id
        await expectError(.notFound) { _ = try await scene.approve(next, other) }
        #expect(try await scene.archive.retrieval.delegations(of: manager.caller).isEmpty)
    }

    /// Who stands in for the one who asked, and for another too, decides for the other.
    @Test func inTheSteadOfSeveral() async throws {
        let scene = try await Scene(managersStayInTheirUnit: true)
        let asking = try await scene.manager(person: scene.person(of: scene.reader))
        let third = try await scene.manager()
        let other = try await scene.manager(unit: "hukum")
        let now = scene.archive.clock.now
        for (start, manager) in [(-2.0, asking), (-1, third)] {
            _ = try await scene.archive.retrieval.delegate(
                to: other.id,
                starts: now.addingTimeInterval(start),
                ends: now.addingTimeInterval(60),
                by: manager.caller
            )
        }
        let id = try await scene.ask().id
        #expect(try await scene.awaiting(other) == [id])
        #expect(try await scene.approve(id, other) == 0)
        let approvals = try await scene.archive.catalogue.read { try $0.approvals(of: id) }
        #expect(try await approvals.map(\.voice) == [scene.person(of: third)])
    }

    @Test func onlySoManyWait() async throws {
        let scene = try await Scene(managersStayInTheirUnit: true)
        let limit = Retrieval.waitingLimit
        let first = try await scene.ask("0")
        for number in 1..<limit { _ = try await scene.ask(String(number)) }
        await expectError(.quotaSpent) { _ = try await scene.ask("one more") }
        // What waits already is the same request, and one that was withdrawn makes room.
        #expect(try await scene.ask("0").id == first.id)
        try await scene.archive.retrieval.close(first.id, by: scene.reader.caller)
        scene.expectPending(try await scene.ask("one more"), 1)
        await expectError(.quotaSpent) { _ = try await scene.ask("0") }
        let (manager, other) = (try await scene.manager(), try await scene.manager(unit: "hukum"))
        let now = scene.archive.clock.now
        func delegate() async throws {
            _ = try await scene.archive.retrieval.delegate(
                to: other.id,
                starts: now,
                ends: now.addingTimeInterval(60),
                by: manager.caller
            )
        }
        for _ in 0..<limit { try await delegate() }
        await expectError(.quotaSpent) { try await delegate() }
    }

    @Test func nobodyLendsWhatTheyDoNotHave() async throws {
        let scene = try await Scene(managersStayInTheirUnit: true)
        let manager = try await scene.manager()
        let other = try await scene.manager(unit: "hukum")
        let now = scene.archive.clock.now
        func delegate(_ from: ArchiveFixture.Member, to: PrincipalID, hours: Double = 1) async throws {
            _ = try await scene.archive.retrieval.delegate(
                to: to,
                starts: now,
                ends: now.addingTimeInterval(hours * 3600),
                by: from.caller
            )
        }
        await expectError(.unknownName) { try await delegate(manager, to: scene.reader.id) }
        await expectError(.unknownName) { try await delegate(manager, to: manager.id) }
        await expectError(.refused) { try await delegate(scene.reader, to: manager.id) }
        await expectError(.unknownName) { try await delegate(manager, to: PrincipalID()) }
        await expectError(.badRequest) { try await delegate(manager, to: other.id, hours: 0) }
        await expectError(.badRequest) { try await delegate(manager, to: other.id, hours: 10_000) }
        // Another unit's manager lends a voice that does not reach this recording.
        try await delegate(other, to: manager.id)
        let far = try await scene.manager(clearance: Label(Level("biasa")), unit: "hukum")
        try await delegate(manager, to: far.id)
        let id = try await scene.ask().id
        #expect(try await scene.awaiting(far).isEmpty)
        await expectError(.notFound) { _ = try await scene.approve(id, far) }
        // Nobody's request is decided in their own stead.
        let asking = try await scene.manager(person: scene.person(of: scene.reader))
        try await delegate(asking, to: other.id)
        await expectError(.notFound) { _ = try await scene.approve(id, other) }
    }

    @Test func aRequestOutlivesARestart() async throws {
        let scene = try await Scene()
        let manager = try await scene.manager()
        let id = try await scene.ask().id
        let again = try await scene.archive.reopened()
        #expect(try await again.retrieval.approve(id, by: manager.caller) == 0)
        let delivery = try await again.retrieval.deliver(id, as: .opened, by: scene.reader.caller)
        #expect(try await delivery.bytes() == scene.opus)
    }
}
