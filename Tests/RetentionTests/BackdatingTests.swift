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

/// Counting the time of many recordings from when they began.
@Suite struct BackdatingTests {
    private static let began = Date(timeIntervalSince1970: 1_586_917_800)

    private func store(
        _ scene: ListScene,
        _ number: Int,
        level: String = "biasa",
        began: Date? = Self.began,
        by sender: ArchiveFixture.Member? = nil
    ) async throws -> RecordingID {
        let more = began.map { [("started", Timestamp.text($0))] } ?? []
        return try await scene.archive.store(
            MadeRecording.opus(seed: UInt32(3000 + number)),
            level: level,
            submission: scene.archive.submission(title: "Rapat lama \(number)", series: "kerja", more),
            by: sender ?? scene.sender
        ).recording
    }

    private func ask(
        _ scene: ListScene,
        _ recordings: [RecordingID],
        in mark: BackdatingID? = nil,
        by member: ArchiveFixture.Member? = nil
    ) async throws -> (request: RecordsDesk.Backdating, passedOver: [RecordsDesk.PassedOver]) {
        try await scene.desk.askBackdating(
            of: recordings,
            in: mark,
            because: "Rekaman lama",
            by: (member ?? scene.sari).caller
        )
    }

    private func entries(_ scene: ListScene, _ action: String) async throws -> [LogEntry] {
        try await scene.archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.action = action
            return try reader.entries(filter, limit: 500)
        }.compactMap { LogEntry(leaf: $0.leaf) }
    }

    private func row(_ scene: ListScene, _ id: RecordingID) async throws -> RecordingRow {
        try #require(try await scene.archive.catalogue.read { try $0.recording(id) })
    }

    private func waiting(_ scene: ListScene, for member: ArchiveFixture.Member) async throws -> [Int] {
        let (found, _) = try await scene.desk.backdatings(awaiting: true, limit: 100, cursor: nil, by: member.caller)
        #expect(try await scene.desk.awaitingBackdatings(member.caller) == found.count)
        return found.map { $0.outcomes[.waiting] ?? 0 }
    }

    /// More than one transaction takes, in several calls of one import, one of which comes twice.
    @Test func `a whole import is granted at once, and once`() async throws {
        let scene = try await ListScene(0)
        var ids: [RecordingID] = []
        for number in 0..<103 { ids.append(try await store(scene, number)) }
        let mark = BackdatingID()
        for some in [ids.prefix(2), ids.prefix(70), ids.dropFirst(70)] {
            let (request, passedOver) = try await ask(scene, Array(some), in: mark)
            #expect(request.row.id == mark && request.reason == "Rekaman lama" && passedOver.isEmpty)
        }
        #expect(try await waiting(scene, for: scene.wati) == [103])
        #expect(try await row(scene, ids[0]).countedFrom == nil)
        // The same recording, decided by itself, is what each is to be like.
        let alone = try await store(scene, 103)
        let decision = RecordsDesk.ReviewDecision.count(from: Self.began)
        let expected = try await scene.desk.decide(alone, decision, because: "Lama", by: scene.wati.caller)

        let granted = try await scene.desk.grantBackdating(mark, by: scene.wati.caller)
        #expect(granted.outcomes == [.granted: 103])
        for id in ids {
            let row = try await row(scene, id)
            #expect(row.countedFrom == Self.began && row.due == expected.due && row.needsApproval)
        }
        let single = try await entries(scene, "retention.back-date")
        #expect(single.count == 104 && single.count { $0.details["backdating"] == mark.description } == 103)
        #expect(Set(single.compactMap(\.object)) == Set((ids + [alone]).map(\.description)))
        #expect(single.allSatisfy { $0.details["due-to"] == Timestamp.text(expected.due) })
        #expect(
            try await entries(scene, "backdating.grant").compactMap { $0.details["granted"] }.sorted() == ["100", "3"]
        )
        // Again, nothing is done again.
        #expect(try await scene.desk.grantBackdating(mark, by: scene.wati.caller).outcomes == [.granted: 103])
        #expect(try await ask(scene, ids, in: mark).request.outcomes == [.granted: 103])
        #expect(try await entries(scene, "retention.back-date").count == 104)
        #expect(try await waiting(scene, for: scene.wati).isEmpty)
        // What is due at once by that goes by a list, as anything does.
        #expect(try await scene.archive.retention.propose(by: .service).isEmpty)
        let list = try await scene.propose()
        #expect(try await scene.view(list).outcomes == [.listed: 104])
    }

    /// DESIGN.md invariant 4: who sees a part of a request decides over that part, and hears of no other.
    @Test func `what a manager does not see goes on waiting`() async throws {
        let scene = try await ListScene(0)
        let secret = Label(Level("rahasia"))
        let sender = try await scene.archive.member(.recorder, clearance: secret)
        let dewi = try await scene.archive.member(.archivist, clearance: secret)
        let high = try await scene.archive.member(.recordsManager, clearance: secret)
        let low = try await store(scene, 0)
        let hidden = [
            try await store(scene, 1, level: "rahasia", by: sender),
            try await store(scene, 2, level: "rahasia", by: sender),
        ]
        let own = try await ask(scene, [hidden[0]], by: dewi).request.row.id
        let both = try await ask(scene, [low] + hidden, by: dewi).request
        #expect(both.outcomes == [.waiting: 3])
        #expect(try await waiting(scene, for: scene.wati) == [1])
        #expect(try await waiting(scene, for: high).sorted() == [1, 3])
        // Of a request of which they see nothing they hear what they hear of none.
        var answers: [ArchiveError?] = []
        for id in [own, BackdatingID()] {
            answers.append(await archiveError { _ = try await scene.desk.grantBackdating(id, by: scene.wati.caller) })
        }
        #expect(answers.map { $0?.code } == [.notFound, .notFound] && answers[0]?.message == answers[1]?.message)
        let granted = try await scene.desk.grantBackdating(both.row.id, by: scene.wati.caller)
        #expect(granted.outcomes == [.granted: 1])
        #expect(try await row(scene, low).countedFrom == Self.began)
        for id in hidden { #expect(try await row(scene, id).countedFrom == nil) }
        #expect(try await waiting(scene, for: scene.wati).isEmpty)
        #expect(try await waiting(scene, for: high).sorted() == [1, 2])
        // One was granted by another request meanwhile.
        #expect(try await scene.desk.grantBackdating(own, by: high.caller).outcomes == [.granted: 1])
        #expect(try await scene.desk.grantBackdating(both.row.id, by: high.caller).outcomes == [.granted: 3])
        #expect(try await entries(scene, "retention.back-date").count == 3)
    }

    @Test func `nobody decides what they asked for, and refusals are told`() async throws {
        let scene = try await ListScene(0)
        let ids = [try await store(scene, 0), try await store(scene, 1)]
        // The archivist whom the person of a manager is, too.
        let twin = try await scene.archive.member(.archivist, person: scene.person)
        let request = try await ask(scene, ids, by: twin).request.row.id
        #expect(try await waiting(scene, for: scene.wati).isEmpty)
        #expect(try await waiting(scene, for: scene.eko) == [2])
        let refused = await archiveError { _ = try await scene.desk.grantBackdating(request, by: scene.wati.caller) }
        #expect(refused?.code == .refused)
        for member in [scene.sari, twin, scene.sender] {
            let hidden = await archiveError { _ = try await scene.desk.grantBackdating(request, by: member.caller) }
            #expect(hidden?.code == .notFound)
        }
        #expect(try await row(scene, ids[0]).countedFrom == nil)
        let empty = await archiveError {
            _ = try await scene.desk.refuseBackdating(request, because: " ", by: scene.eko.caller)
        }
        #expect(empty?.code == .badRequest)
        _ = try await scene.desk.refuseBackdating(request, because: "Masih dipakai", by: scene.eko.caller)
        let (own, _) = try await scene.desk.backdatings(awaiting: false, limit: 10, cursor: nil, by: twin.caller)
        #expect(own.map(\.refusal) == ["Masih dipakai"] && own[0].outcomes == [.refused: 2])
        // It stays refused, whoever asks again and grants it then.
        #expect(try await ask(scene, ids, in: request, by: twin).request.outcomes == [.refused: 2])
        #expect(try await scene.desk.grantBackdating(request, by: scene.eko.caller).outcomes == [.refused: 2])
        #expect(try await row(scene, ids[0]).countedFrom == nil)
        let stranger = await archiveError { _ = try await ask(scene, ids, in: request) }
        #expect(stranger?.code == .conflict)
    }

    @Test func `what cannot be asked for is passed over`() async throws {
        let scene = try await ListScene(0)
        let hidden = try await store(
            scene,
            0,
            level: "rahasia",
            by: try await scene.archive.member(.recorder, clearance: Label(Level("rahasia")))
        )
        let unknown = try await store(scene, 1, began: nil)
        let future = try await store(scene, 2, began: scene.archive.clock.now.addingTimeInterval(60))
        let good = try await store(scene, 3)
        let absent = RecordingID()
        let asked = try await ask(scene, [hidden, unknown, absent, future, good])
        #expect(asked.request.outcomes == [.waiting: 1])
        #expect(
            asked.passedOver.map(\.recording) == [hidden, unknown, absent, future]
                && asked.passedOver.map(\.code) == [.notFound, .conflict, .notFound, .conflict]
        )
        let nothing = await archiveError { _ = try await ask(scene, [hidden, absent]) }
        #expect(nothing?.code == .notFound)
        // A recorder sees nothing, and has had the receipts of what it sent; another has not.
        #expect(try await ask(scene, [good], by: scene.sender).request.outcomes == [.waiting: 1])
        let other = try await scene.archive.member(.recorder)
        #expect(await archiveError { _ = try await ask(scene, [good], by: other) }?.code == .notFound)
        // A manager sees it, and neither sent it nor describes it.
        #expect(await archiveError { _ = try await ask(scene, [good], by: scene.wati) }?.code == .notFound)
        for recordings in [[], [good, good], (0...1000).map { _ in RecordingID() }] {
            #expect(await archiveError { _ = try await ask(scene, recordings) }?.code == .badRequest)
        }
        // Its beginning was corrected to something nobody can count from.
        try await scene.archive.catalogue.write { writer in
            try writer.correct(good, series: "kerja", due: .distantFuture, started: nil, needsApproval: false)
        }
        let granted = try await scene.desk.grantBackdating(asked.request.row.id, by: scene.wati.caller)
        #expect(granted.outcomes == [.void: 1])
        #expect(try await row(scene, good).countedFrom == nil)
    }

    @Test func `a hold keeps what is back-dated`() async throws {
        let scene = try await ListScene(0)
        let ids = [try await store(scene, 0), try await store(scene, 1)]
        _ = try await scene.desk.hold(.recordings([ids[0]]), matter: "m", because: "r", by: scene.wati.caller)
        let request = try await ask(scene, ids).request.row.id
        _ = try await scene.desk.grantBackdating(request, by: scene.wati.caller)
        for id in ids { #expect(try await row(scene, id).countedFrom == Self.began) }
        let list = try await scene.propose()
        let items = try await scene.archive.catalogue.read { try $0.items(of: list) }
        #expect(items.map(\.recording) == [ids[1]])
        // A crash between asking and granting loses nothing.
        let again = try await scene.archive.reopened()
        #expect(try await again.desk.grantBackdating(request, by: scene.wati.caller).outcomes == [.granted: 2])
    }

    @Test func `pages hold each request once, and reasons rest sealed`() async throws {
        let scene = try await ListScene(0)
        let id = try await store(scene, 0)
        var requests: [BackdatingID] = []
        for _ in 0..<5 {
            requests.insert(try await ask(scene, [id]).request.row.id, at: 0)
            scene.archive.clock.advance(by: 1)
        }
        for (awaiting, member) in [(false, scene.sari), (true, scene.wati)] {
            var (found, cursor): ([BackdatingID], String?) = ([], nil)
            repeat {
                let page = try await scene.desk.backdatings(
                    awaiting: awaiting,
                    limit: 2,
                    cursor: cursor,
                    by: member.caller
                )
                found += page.requests.map(\.row.id)
                cursor = page.next
            } while cursor != nil
            #expect(found == requests)
        }
        #expect(try files(below: scene.archive.layout.storage, containing: Data("Rekaman lama".utf8)).isEmpty)
        for _ in 5..<RecordsDesk.waitingBackdatings { _ = try await ask(scene, [id]) }
        #expect(await archiveError { _ = try await ask(scene, [id]) }?.code == .quotaSpent)
        #expect(try await ask(scene, [id], in: requests[0]).request.row.id == requests[0])
    }
}
