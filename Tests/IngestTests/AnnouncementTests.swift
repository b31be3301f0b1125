import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Retention
import Retrieval
import Testing

/// Announced meetings that are not recorded show; and an announcement asks nothing about what its caller may not see.
@Suite struct AnnouncementTests {
    private static let hour: TimeInterval = 3600
    private static let biasa = Label(Level("biasa"))
    private static let rahasia = Label(Level("rahasia"))

    private struct Scene {
        let archive: ArchiveFixture
        let archivist: ArchiveFixture.Member
        let recorder: ArchiveFixture.Member
        /// When the archive began.
        let start: Date

        init() async throws {
            archive = try await ArchiveFixture()
            archivist = try await archive.member(.archivist)
            recorder = try await archive.member(.recorder)
            start = archive.clock.now
        }

        @discardableResult
        func announce(
            _ meeting: String,
            at hours: Double = 1,
            label: Label = AnnouncementTests.biasa,
            by member: ArchiveFixture.Member? = nil
        ) async throws -> Retrieval.Announcement {
            try await archive.retrieval.announce(
                meeting,
                label: label,
                unit: "umum",
                starts: start.addingTimeInterval(hours * hour),
                duration: hour,
                by: (member ?? archivist).caller
            )
        }

        func listed(
            missing: Bool = true,
            by member: ArchiveFixture.Member? = nil
        ) async throws -> [String] {
            var query = Retrieval.AnnouncementQuery()
            query.missing = missing
            let page = try await archive.retrieval.announcements(
                query,
                cursor: nil,
                underWay: archive.ingest.meetingsUnderWay,
                by: (member ?? archivist).caller
            )
            return page.announcements.map(\.meeting)
        }

        /// Stores half a second of a meeting.
        @discardableResult
        func record(
            _ meeting: String,
            seed: UInt32,
            level: String = "biasa",
            started: Date? = nil
        ) async throws -> RecordingID {
            var more = [("meeting", meeting), ("level", level)]
            if let started { more.append(("started", Timestamp.text(started))) }
            return try await archive.store(
                MadeRecording.opus(seed: seed),
                level: level,
                submission: archive.submission(more),
                by: recorder
            ).recording
        }

        func entries(_ action: String) async throws -> Int {
            try await archive.catalogue.read { reader in
                var filter = EntryFilter()
                filter.action = action
                return try reader.entries(filter, limit: 100).count
            }
        }

        func note() async throws {
            try await archive.retrieval.noteMissing(underWay: archive.ingest.meetingsUnderWay)
        }

        func missing() async throws -> Int {
            let over = archive.clock.now.addingTimeInterval(-Retrieval.grace)
            return try await archive.catalogue.read { try $0.missingMeetings(endedBy: over) }
        }
    }

    @Test func whatHasNoRecordingIsMissingAfterItsGrace() async throws {
        let scene = try await Scene()
        try await scene.announce("Pleno")
        try await scene.announce("Anggaran")
        // One hour from now, for one hour, and a quarter.
        scene.archive.clock.advance(by: 2 * Self.hour + Retrieval.grace - 1)
        #expect(try await scene.listed().isEmpty)
        #expect(try await scene.listed(missing: false).sorted() == ["Anggaran", "Pleno"])
        try await scene.note()
        #expect(try await scene.entries("meeting.missing") == 0)
        scene.archive.clock.advance(by: 1)
        #expect(try await scene.listed().sorted() == ["Anggaran", "Pleno"])
        #expect(try await scene.missing() == 2)
        // It came late, and says when it began.
        let begun = scene.start.addingTimeInterval(Self.hour + 300)
        let id = try await scene.record("Pleno", seed: 1, started: begun)
        #expect(try await scene.listed() == ["Anggaran"])
        let view = try await scene.archive.retrieval.show(id, by: scene.archivist.caller)
        #expect(
            view.announced == scene.start.addingTimeInterval(Self.hour)..<scene.start.addingTimeInterval(2 * Self.hour)
        )
        #expect(view.late == 300)
        for _ in 0..<3 { try await scene.note() }
        #expect(try await scene.entries("meeting.missing") == 1)
        #expect(try await scene.missing() == 1)
        try await scene.archive.expectWholeLog()
    }

    /// A recording without a beginning ends when it comes.
    @Test func onlyARecordingOfThatTimeCounts() async throws {
        let scene = try await Scene()
        try await scene.announce("Pleno")
        try await scene.record("Pleno", seed: 2)
        try await scene.record("Pleno", seed: 3, started: scene.start.addingTimeInterval(-Self.hour))
        try await scene.record("pleno", seed: 4, started: scene.start.addingTimeInterval(1.5 * Self.hour))
        try await scene.record("Pleno", seed: 5, started: scene.start.addingTimeInterval(2 * Self.hour))
        scene.archive.clock.advance(by: 3 * Self.hour)
        #expect(try await scene.listed() == ["Pleno"])
        let again = try await Scene()
        try await again.announce("Pleno")
        again.archive.clock.advance(by: 1.5 * Self.hour)
        let id = try await again.record("Pleno", seed: 6)
        again.archive.clock.advance(by: 2 * Self.hour)
        #expect(try await again.listed().isEmpty)
        #expect(try await again.archive.retrieval.show(id, by: again.archivist.caller).announced != nil)
    }

    @Test func anAnnouncementAsksNothingAboutTheInvisible() async throws {
        let scene = try await Scene()
        let manager = try await scene.archive.member(.recordsManager, clearance: Self.rahasia)
        try await scene.announce("Pleno")
        try await scene.announce("Tertutup", label: Self.rahasia, by: manager)
        let begun = scene.start.addingTimeInterval(1.2 * Self.hour)
        let secret = try await scene.record("Pleno", seed: 7, level: "rahasia", started: begun)
        let open = try await scene.record("Tertutup", seed: 8, started: begun)
        scene.archive.clock.advance(by: 3 * Self.hour)
        // For the archivist there is no such recording; for who may see it there is.
        #expect(try await scene.listed() == ["Pleno"])
        #expect(try await scene.listed(by: manager).isEmpty)
        // The archive itself knows better, and says nothing wrong in the log.
        try await scene.note()
        #expect(try await scene.entries("meeting.missing") == 0)
        #expect(try await scene.missing() == 0)
        // An announcement above the clearance is not there, nor does it show on what is visible.
        #expect(try await scene.listed(missing: false) == ["Pleno"])
        #expect(try await scene.listed(missing: false, by: manager).sorted() == ["Pleno", "Tertutup"])
        #expect(try await scene.archive.retrieval.show(open, by: scene.archivist.caller).announced == nil)
        #expect(try await scene.archive.retrieval.show(open, by: manager.caller).announced != nil)
        #expect(try await scene.archive.retrieval.show(secret, by: manager.caller).announced != nil)
        let page = try await scene.archive.retrieval.find(.init(), cursor: nil, by: scene.archivist.caller)
        #expect(page.views.map(\.row.id) == [open] && page.views[0].announced == nil)
    }

    /// A live recorder says nothing beside the stream: the meeting stands inside.
    @Test(arguments: [true, false])
    func aStreamOnItsWayCounts(inside: Bool) async throws {
        let scene = try await Scene()
        let all = Label(Level("sangat-rahasia"), compartments: scene.archive.policy.compartments)
        let manager = try await scene.archive.member(.recordsManager, clearance: all)
        try await scene.announce("Pleno")
        scene.archive.clock.advance(by: 1.5 * Self.hour)
        let tags = [("MEETING", "Pleno"), ("UNIT", "umum")]
        let opus = try MadeRecording.opus(seconds: 4, bitrate: 510_000, tags: inside ? tags : [])
        let sealed = try MadeRecording.seal(opus, to: [scene.archive.recipient()]).bytes
        let upload = try await scene.archive.ingest.create(
            scene.archive.submission(inside ? [] : [("meeting", "Pleno")]),
            length: sealed.count,
            by: scene.recorder.caller
        )
        let sent = 100_000
        try #require(sealed.count > sent)
        _ = try await scene.archive.ingest.append(
            body([Array(sealed[..<sent])]),
            to: upload,
            at: 0,
            length: nil,
            by: scene.recorder.caller
        )
        scene.archive.clock.advance(by: Self.hour)
        let underWay = try await scene.archive.ingest.meetingsUnderWay()
        #expect(underWay.map(\.unit) == ["umum"])
        try await scene.note()
        #expect(try await scene.entries("meeting.missing") == 0)
        #expect(try await scene.listed(by: manager).isEmpty)
        // Until it has its label, only those know of it who may know everything.
        #expect(try await scene.listed() == ["Pleno"])
        _ = try await scene.archive.ingest.append(
            body([Array(sealed[sent...])]),
            to: upload,
            at: sent,
            length: nil,
            by: scene.recorder.caller
        )
        try await scene.note()
        // It came after the meeting, and began within: half an hour late, and not missing.
        #expect(try await scene.listed().isEmpty)
        #expect(try await scene.entries("meeting.missing") == 0)
        #expect(try await scene.archive.ingest.meetingsUnderWay().isEmpty)
        let page = try await scene.archive.retrieval.find(.init(), cursor: nil, by: scene.archivist.caller)
        #expect(page.views.map(\.late) == [1800])
    }

    @Test func aStreamThatIsGivenUpCountsNoMore() async throws {
        let scene = try await Scene()
        try await scene.announce("Pleno")
        scene.archive.clock.advance(by: 1.5 * Self.hour)
        let upload = try await scene.archive.ingest.create(
            scene.archive.submission([("meeting", "Pleno")]),
            length: nil,
            by: scene.recorder.caller
        )
        scene.archive.clock.advance(by: Self.hour)
        try await scene.note()
        #expect(try await scene.entries("meeting.missing") == 0)
        try await scene.archive.ingest.terminate(upload, by: scene.recorder.caller)
        for _ in 0..<2 { try await scene.note() }
        #expect(try await scene.entries("meeting.missing") == 1)
    }

    @Test func theNameRestsSealedAndGoesWithTheRecording() async throws {
        let scene = try await Scene()
        try await scene.announce("Musyawarah-pelabuhan")
        try await scene.announce("Musyawarah-pelabuhan", at: 100 * 24)
        let begun = scene.start.addingTimeInterval(1.2 * Self.hour)
        try await scene.record("Musyawarah-pelabuhan", seed: 9, started: begun)
        #expect(try files(below: scene.archive.folder.path, containing: Array("Musyawarah".utf8)).isEmpty)
        #expect(try await scene.listed(missing: false).count == 2)
        scene.archive.clock.advance(by: 31 * 86_400)
        #expect(try await scene.archive.retention.propose(by: .service).count == 1)
        scene.archive.clock.advance(by: 15 * 86_400)
        #expect(try await scene.archive.retention.run(by: .service).map(\.kind.rawValue) == ["destroyed"])
        // That of the other time stays; the one of the destroyed recording is neither there nor missing.
        #expect(try await scene.listed(missing: false).count == 1)
        #expect(try await scene.listed().isEmpty)
    }

    @Test func whoMayAnnounceAndWhat() async throws {
        let scene = try await Scene()
        func code(_ body: () async throws -> Void) async -> ArchiveError.Code? { await archiveError(body)?.code }
        for role in [Role.recorder, .auditor, .transcriber, .administrator] {
            let member = try await scene.archive.member(role, clearance: Self.rahasia)
            #expect(await code { try await scene.announce("Pleno", by: member) } == .refused, "\(role)")
            #expect(await code { _ = try await scene.listed(by: member) } == .refused, "\(role)")
        }
        let elsewhere = try await scene.archive.member(.archivist, unit: "lain")
        #expect(await code { try await scene.announce("Pleno", by: elsewhere) } == .refused)
        #expect(await code { try await scene.announce("Pleno", label: Self.rahasia) } == .refused)
        #expect(await code { try await scene.announce("Pleno", label: Label(Level("tiada"))) } == .unknownName)
        for name in ["", "a\nb", String(repeating: "a", count: 501)] {
            #expect(await code { try await scene.announce(name) } == .badMetadata)
        }
        for seconds in [0, -1, 8 * 86_400] as [TimeInterval] {
            let error = await code {
                _ = try await scene.archive.retrieval.announce(
                    "Pleno",
                    label: Self.biasa,
                    unit: "umum",
                    starts: scene.start,
                    duration: seconds,
                    by: scene.archivist.caller
                )
            }
            #expect(error == .badMetadata)
        }
        #expect(try await scene.listed(missing: false).isEmpty)
        let first = try await scene.announce("Pleno")
        #expect(try await scene.announce("Pleno").row.id == first.row.id)
        #expect(try await scene.listed(missing: false) == ["Pleno"])
    }

    @Test func pagesAreBoundToTheirCaller() async throws {
        let scene = try await Scene()
        for number in 0..<5 { try await scene.announce("Rapat \(number)", at: Double(number)) }
        scene.archive.clock.advance(by: 86_400)
        var query = Retrieval.AnnouncementQuery()
        query.missing = true
        query.limit = 2
        func page(_ cursor: String?, _ who: ArchiveFixture.Member) async throws -> Retrieval.AnnouncementPage {
            try await scene.archive.retrieval.announcements(query, cursor: cursor, underWay: { [] }, by: who.caller)
        }
        var (names, cursor): ([String], String?) = ([], nil)
        repeat {
            let found = try await page(cursor, scene.archivist)
            #expect(found.announcements.count <= 2)
            names += found.announcements.map(\.meeting)
            if let next = found.next {
                let other = try await scene.archive.member(.archivist)
                let error = await archiveError { _ = try await page(next, other) }
                #expect(error?.code == .badRequest)
            }
            cursor = found.next
        } while cursor != nil && names.count < 20
        #expect(names == (0..<5).reversed().map { "Rapat \($0)" })
        query.since = scene.start.addingTimeInterval(3 * Self.hour)
        #expect(try await page(nil, scene.archivist).announcements.map(\.meeting) == ["Rapat 4", "Rapat 3"])
    }
}
