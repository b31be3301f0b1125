import ArchiveCore
import ArchiveTesting
import AuditLog
import BlobStore
import Catalogue
import Foundation
import GRDB
import Ingest
import Retention
import Retrieval
import Testing
import Vault

/// A hold wins, whenever it arrives before the keys are gone (DESIGN.md invariant 8).
@Suite struct HoldTests {
    static let day: TimeInterval = 86_400
    static let administrator = Actor.hostUser(0)

    /// An archive with somebody who may hold, and temporary recordings that stand on a list whose cooling is over.
    struct Scene {
        let archive: ArchiveFixture
        let sender: ArchiveFixture.Member
        let manager: ArchiveFixture.Member
        let doomed: [RecordingID]

        init(recordings: Int = 1, isIncomplete: Bool = false) async throws {
            archive = try await ArchiveFixture()
            sender = try await archive.member(.recorder)
            manager = try await archive.member(.recordsManager)
            var ids: [RecordingID] = []
            for number in 0..<recordings {
                let opus = try MadeRecording.opus(
                    seconds: isIncomplete ? 7.5 : 0.5,
                    bitrate: isIncomplete ? 510_000 : 24_000,
                    seed: UInt32(700 + number)
                )
                let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
                let receipt = try await archive.ingest.receive(
                    body([isIncomplete ? Array(sealed.bytes.dropLast(1000)) : sealed.bytes]),
                    submission: archive.submission([("meeting", "Pleno")]),
                    isSealed: true,
                    by: sender.caller
                )
                ids.append(receipt.recording)
            }
            doomed = ids
            archive.clock.advance(by: 31 * HoldTests.day)
            let proposed = try await archive.retention.propose(by: administrator)
            try #require(proposed.count == recordings)
            archive.clock.advance(by: 14 * HoldTests.day)
        }

        @discardableResult
        func hold(
            _ ids: [RecordingID]? = nil,
            in other: ArchiveFixture? = nil,
            by member: ArchiveFixture.Member? = nil
        ) async throws -> [HoldRow] {
            try await (other ?? archive).desk.hold(
                .recordings(ids ?? doomed),
                matter: "Perkara 12/Pid",
                because: "Diminta penyidik",
                by: (member ?? manager).caller
            )
        }

        func run(_ other: ArchiveFixture? = nil) async throws -> [Retention.Outcome] {
            try await (other ?? archive).retention.run(by: administrator)
        }

        func state(_ number: Int = 0, in other: ArchiveFixture? = nil) async throws -> RecordingRow.State? {
            try await (other ?? archive).catalogue.read { [doomed] in try $0.recording(doomed[number])?.state }
        }

        func actions(_ action: String, in other: ArchiveFixture? = nil) async throws -> [String] {
            try await (other ?? archive).catalogue.read { [doomed] reader in
                var filter = EntryFilter()
                filter.object = doomed[0].description
                filter.action = action
                return try reader.entries(filter, limit: 100).map(\.columns.action)
            }
        }
    }

    @Test func aHeldRecordingIsSkippedUntilTheLastHoldIsReleased() async throws {
        let scene = try await Scene()
        let desk = scene.archive.desk
        let first = try #require(try await scene.hold().first)
        let second = try #require(try await scene.hold().first)
        let skipped = try await scene.run()
        #expect(skipped.map(\.kind) == [.skipped] && skipped.map(\.reason) == ["held"])
        #expect(try scene.archive.vault.holdsKeys(of: scene.doomed[0]))
        _ = try await desk.release(first.id, because: "Perkara selesai", by: scene.manager.caller)
        // What is held comes on no list.
        #expect(try await scene.archive.retention.propose(by: Self.administrator).isEmpty)
        let again = await archiveError {
            _ = try await desk.release(first.id, because: "Sekali lagi", by: scene.manager.caller)
        }
        #expect(again?.code == .conflict)
        let holds = try await desk.holds(on: scene.doomed[0], by: scene.manager.caller)
        #expect(Set(holds.map(\.row.id)) == [first.id, second.id])
        #expect(holds.allSatisfy { $0.matter == "Perkara 12/Pid" && $0.reason == "Diminta penyidik" })
        #expect(holds.compactMap(\.releaseReason) == ["Perkara selesai"])
        _ = try await desk.release(second.id, because: "Selesai", by: scene.manager.caller)
        #expect(try await scene.archive.retention.propose(by: Self.administrator).count == 1)
        scene.archive.clock.advance(by: 14 * Self.day)
        #expect(try await scene.run().map(\.kind) == [.destroyed])
        // Holds go with the recording, texts and all; the log keeps that they were there.
        #expect(try await scene.archive.catalogue.read { try $0.hold(second.id) } == nil)
        let placed = try await scene.actions("hold.place").count
        let released = try await scene.actions("hold.release").count
        #expect(placed == 2 && released == 2)
        for word in ["12/Pid", "penyidik", "Perkara selesai"] {
            #expect(try files(below: scene.archive.layout.storage, containing: Data(word.utf8)).isEmpty, "\(word)")
        }
        #expect(try await scene.archive.log.verify().fault == nil)
    }

    // MARK: While a list runs

    @Test(arguments: [false, true])
    func aHoldBetweenIntentAndKeysSavesIt(isIncomplete: Bool) async throws {
        let scene = try await Scene(isIncomplete: isIncomplete)
        let outcomes = try await scene.archive.retention.run(by: Self.administrator) { _ in
            #expect(try await scene.state() == .destroying)
            try await scene.hold()
        }
        #expect(outcomes.map(\.kind) == [.saved] && outcomes.map(\.reason) == ["held"])
        #expect(try await scene.state() == (isIncomplete ? .incomplete : .stored))
        #expect(try await scene.actions("destruction") == ["destruction.intent", "destruction.saved"])
        // It is whole: found, opened, delivered.
        let reader = try await scene.archive.member(.archivist)
        let access = try await scene.archive.retrieval.open(
            scene.doomed[0],
            purpose: nil,
            hybrid: false,
            by: reader.caller
        )
        let delivery = try await scene.archive.retrieval.deliver(access.id, as: .opened, by: reader.caller)
        #expect(try await !delivery.bytes().isEmpty)
        #expect(try await scene.run().isEmpty)
        let list = try #require(outcomes.first?.item.list)
        let (row, items, needsScrub) = try await scene.archive.catalogue.read { reader in
            (try reader.list(list), try reader.items(of: list), try reader.needsScrub())
        }
        #expect(row?.state == .done && items.map(\.outcome) == [.saved] && items.map(\.reason) == ["held"])
        #expect(!needsScrub)
    }

    @Test func aHoldThatIsReleasedAtOnceStillSavesIt() async throws {
        let scene = try await Scene()
        let outcomes = try await scene.archive.retention.run(by: Self.administrator) { _ in
            for hold in try await scene.hold() {
                _ = try await scene.archive.desk.release(hold.id, because: "Keliru", by: scene.manager.caller)
            }
        }
        #expect(outcomes.map(\.kind) == [.saved])
        #expect(try scene.archive.vault.holdsKeys(of: scene.doomed[0]))
        #expect(try await scene.archive.retention.propose(by: Self.administrator).count == 1)
    }

    @Test func afterTheKeysAreGoneThereIsNothingToHold() async throws {
        let scene = try await Scene()
        scene.archive.files.failOnce("payload.remove")
        #expect(await archiveError { _ = try await scene.run() }?.code == .inputOutput)
        #expect(try await scene.state() == .destroying)
        let late = await archiveError { try await scene.hold() }
        #expect(late?.description == ArchiveError.notFound.description)
        scene.archive.files.heal()
        #expect(try await scene.run().map(\.kind) == [.destroyed])
    }

    /// A kill at each call of a run; a hold that comes before the recovery saves what still has its key, and nothing else.
    @Test func aHoldAfterACrashSavesWhatHasItsKey() async throws {
        let scene = try await Scene()
        let photographs = try await scene.archive.photographs { _ = try await scene.run() }
        var (saved, gone) = (0, 0)
        for (label, folder) in photographs {
            let again = try await scene.archive.reopened(in: folder, recovers: false)
            let hasKey = try again.vault.holdsKeys(of: scene.doomed[0])
            let error = await archiveError { try await scene.hold(in: again) }
            #expect((error == nil) == hasKey, "\(label)")
            try await again.recover()
            #expect(try await scene.run(again).isEmpty, "\(label)")
            let state = try await scene.state(in: again)
            #expect(state == (hasKey ? .stored : .destroyed), "\(label)")
            #expect(try again.vault.holdsKeys(of: scene.doomed[0]) == hasKey, "\(label)")
            #expect(try await again.log.verify().fault == nil, "\(label)")
            if hasKey { saved += 1 } else { gone += 1 }
        }
        #expect(saved > 0 && gone > 0)
    }

    /// Killed in the middle of being saved: before, it is destroyed after all or held again; after, it stays.
    @Test func aCrashWhileItIsSaved() async throws {
        let scene = try await Scene()
        let photographs = try await scene.archive.photographs {
            _ = try await scene.archive.retention.run(by: Self.administrator) { _ in try await scene.hold() }
        }
        var states: [RecordingRow.State?] = []
        for (label, folder) in photographs {
            let again = try await scene.archive.reopened(in: folder)
            let isHeld = try await again.catalogue.read { try $0.isHeld(scene.doomed[0]) }
            states.append(try await scene.state(in: again))
            #expect(try again.vault.holdsKeys(of: scene.doomed[0]) == isHeld, "\(label)")
            #expect(states.last == (isHeld ? .stored : .destroyed), "\(label)")
        }
        #expect(states.contains(.stored))
    }

    /// Holds and a run at the same time: whoever was told that it is held has it, key and all.
    @Test func whoeverIsToldHasIt() async throws {
        let scene = try await Scene(recordings: 12)
        let held = try await withThrowingTaskGroup(of: RecordingID?.self) { group in
            for id in scene.doomed {
                group.addTask {
                    do {
                        return try await scene.hold([id]).first?.recording
                    } catch let error as ArchiveError where error.code == .notFound {
                        return nil
                    }
                }
            }
            _ = try await scene.run()
            return try await group.reduce(into: Set<RecordingID>()) { if let id = $1 { $0.insert(id) } }
        }
        for (number, id) in scene.doomed.enumerated() {
            let state = try await scene.state(number)
            #expect(state == (held.contains(id) ? .stored : .destroyed))
            #expect(try scene.archive.vault.holdsKeys(of: id) == held.contains(id))
        }
        #expect(try await scene.archive.log.verify().fault == nil)
    }

    // MARK: Many at once, and silence

    @Test func manyAtOnce() async throws {
        let scene = try await Scene(recordings: 3)
        let archive = scene.archive
        let hidden = try await archive.store(
            MadeRecording.opus(seed: 99),
            level: "rahasia",
            submission: archive.submission([("meeting", "Pleno"), ("level", "rahasia")]),
            by: archive.member(.recorder, clearance: Label(Level("rahasia")))
        ).recording
        var search = RecordsDesk.HoldSearch()
        search.meeting = "Pleno"
        let placed = try await archive.desk.hold(
            .search(search),
            matter: "Audit",
            because: "Diminta BPK",
            by: scene.manager.caller
        )
        #expect(Set(placed.map(\.recording)) == Set(scene.doomed))
        #expect(Set(placed.map(\.batch)).count == 1)
        #expect(try await archive.catalogue.read { try !$0.isHeld(hidden) })
        // All of them or none.
        for other in [hidden, RecordingID()] {
            let error = await archiveError { try await scene.hold([scene.doomed[0], other]) }
            #expect(error?.description == ArchiveError.notFound.description)
        }
        #expect(try await archive.catalogue.read { try $0.holdsInForce(on: [scene.doomed[0]]) } == [scene.doomed[0]: 1])
        search.meeting = "Lain"
        let none = await archiveError { [search] in
            _ = try await archive.desk.hold(.search(search), matter: "m", because: "r", by: scene.manager.caller)
        }
        #expect(none?.code == .notFound)
        #expect(await archiveError { try await scene.hold([scene.doomed[0], scene.doomed[0]]) }?.code == .badRequest)
        #expect(try await scene.run().map(\.reason) == ["held", "held", "held"])
    }

    @Test func holdsAreSpokenOfOnlyToThoseWhoDecide() async throws {
        let scene = try await Scene()
        let archive = scene.archive
        let id = scene.doomed[0]
        let hold = try #require(try await scene.hold().first)
        let archivist = try await archive.member(.archivist)
        let auditor = try await archive.member(.auditor)
        let absent = ArchiveError.notFound.description
        #expect(await archiveError { try await scene.hold(by: archivist) }?.code == .refused)
        #expect(await archiveError { _ = try await archive.desk.holds(on: id, by: archivist.caller) }?.code == .refused)
        for member in [archivist, auditor, scene.sender] {
            let release = await archiveError {
                _ = try await archive.desk.release(hold.id, because: "x", by: member.caller)
            }
            #expect(release?.description == absent)
        }
        for member in [auditor, scene.sender] {
            #expect(await archiveError { try await scene.hold(by: member) }?.description == absent)
            let read = await archiveError { _ = try await archive.desk.holds(on: id, by: member.caller) }
            #expect(read?.description == absent)
        }
        #expect(try await archive.retrieval.show(id, by: archivist.caller).holds == nil)
        #expect(try await archive.retrieval.show(id, by: scene.manager.caller).holds == 1)
        let page = try await archive.retrieval.find(.init(), cursor: nil, by: archivist.caller)
        #expect(page.views.map(\.holds) == [nil])
        for (matter, reason) in [("", "r"), ("m", " "), (String(repeating: "x", count: 2001), "r")] {
            let error = await archiveError {
                _ = try await archive.desk.hold(
                    .recordings([id]),
                    matter: matter,
                    because: reason,
                    by: scene.manager.caller
                )
            }
            #expect(error?.code == .badRequest)
        }
    }
}
