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

/// Destruction is complete and in order (DESIGN.md invariant 7).
@Suite struct DestructionTests {
    static let day: TimeInterval = 86_400
    static let administrator = Actor.hostUser(0)

    /// An archive with one temporary recording whose time is over, an access to it, and one that stays.
    struct Scene {
        let archive: ArchiveFixture
        let reader: ArchiveFixture.Member
        let doomed: RecordingID
        let kept: RecordingID
        let access: AccessID
        /// What must be nowhere afterwards: parts of the sealed rows of the vault, of the sealed fields, of the payload.
        let secrets: [Data]

        init() async throws {
            archive = try await ArchiveFixture()
            let sender = try await archive.member(.recorder)
            reader = try await archive.member(.archivist)
            kept = try await archive.store(
                MadeRecording.opus(seed: 5),
                submission: archive.submission(title: "Yang tinggal", series: "rapat"),
                by: sender
            ).recording
            let source = "sha256:\(String(repeating: "5a", count: 32)),77,zoom"
            doomed = try await archive.store(
                MadeRecording.opus(seed: 6),
                submission: archive.submission([("source", source)]),
                by: sender
            ).recording
            let opened = try await archive.retrieval.open(doomed, purpose: nil, hybrid: false, by: reader.caller)
            access = opened.id
            let delivery = try await archive.retrieval.deliver(access, as: .sealed, by: reader.caller)
            // Mints the header.
            _ = try await delivery.bytes()
            archive.clock.advance(by: 31 * DestructionTests.day)
            let proposed = try await archive.retention.propose(by: administrator)
            try #require(proposed.map(\.item.recording) == [doomed])
            archive.clock.advance(by: 14 * DestructionTests.day)
            let payload = try everyFile(below: archive.layout.recordings)[archive.layout.payload(doomed)]
            try await archive.settleIndex()
            let whole = try Self.sealedBytes(of: doomed, in: archive) + [try #require(payload)]
            let row = try await archive.catalogue.read { [doomed] in try $0.recording(doomed) }
            let tag = try #require(row?.source)
            let tokens = try archive.indexTokens(of: doomed)
            try #require(!tokens.isEmpty)
            // A page of a database may hold a part of a value.
            secrets = whole.flatMap { [Data($0.prefix(48)), Data($0.suffix(48))] } + tokens + [tag]
        }

        /// What the databases hold of a recording under seal, read beside the archive.
        static func sealedBytes(of recording: RecordingID, in archive: ArchiveFixture) throws -> [Data] {
            let vault = try DatabaseQueue(path: archive.layout.vaultDatabase)
            let rows = try vault.read { database in
                try Data.fetchAll(
                    database,
                    sql: "SELECT sealed FROM sealed_row WHERE id = ? OR id LIKE ?",
                    arguments: [recording.description, "\(recording)/%"]
                )
            }
            let catalogue = try DatabaseQueue(path: archive.layout.archiveDatabase)
            let fields = try catalogue.read { database in
                try Row.fetchAll(
                    database,
                    sql: "SELECT sealed, time_index FROM recording WHERE id = ?",
                    arguments: [recording.description]
                ).flatMap { row in [row["sealed"] as Data?, row["time_index"] as Data?].compactMap { $0 } }
            }
            // Recording row and minted header; describing fields and time index.
            try #require(rows.count == 2 && fields.count == 2)
            return rows + fields
        }
    }

    static func destroyed(_ archive: ArchiveFixture, _ id: RecordingID) async throws -> [String] {
        try await archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.object = id.description
            filter.action = "destruction"
            return try reader.entries(filter, limit: 100).map(\.columns.action)
        }
    }

    /// The tombstone's rule, and the action of the entry that it names as the intent.
    static func tombstone(of recording: RecordingID, in archive: ArchiveFixture) throws -> Row? {
        try DatabaseQueue(path: archive.layout.archiveDatabase).read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT rule, action FROM tombstone JOIN entry ON seq = intent WHERE recording = ?",
                arguments: [recording.description]
            )
        }
    }

    /// Nothing of the recording is left but its tombstone, nothing else is touched, and the log says all of it.
    func expectGone(
        _ scene: Scene,
        in archive: ArchiveFixture,
        _ comment: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for (number, secret) in scene.secrets.enumerated() {
            let found = try files(below: archive.layout.storage, containing: secret)
            #expect(found.isEmpty, "secret \(number), \(comment)", sourceLocation: sourceLocation)
        }
        #expect(try !archive.vault.holdsKeys(of: scene.doomed), "\(comment)", sourceLocation: sourceLocation)
        let payloads = try everyFile(below: archive.layout.recordings).keys
        #expect(Array(payloads) == [archive.layout.payload(scene.kept)], "\(comment)", sourceLocation: sourceLocation)
        let (row, access, unfinished, needsScrub) = try await archive.catalogue.read { reader in
            (
                try reader.recording(scene.doomed), try reader.access(scene.access),
                try reader.unfinishedItems().count, try reader.needsScrub()
            )
        }
        #expect(row?.state == .destroyed && row?.sealed == nil, "\(comment)", sourceLocation: sourceLocation)
        #expect(row?.meeting == nil && row?.source == nil, sourceLocation: sourceLocation)
        #expect(try !archive.isIndexed(scene.doomed), "\(comment)", sourceLocation: sourceLocation)
        #expect(access.map { $0.state != .open } == true, "\(comment)", sourceLocation: sourceLocation)
        #expect(unfinished == 0 && !needsScrub, "\(comment)", sourceLocation: sourceLocation)
        let shown = await archiveError {
            _ = try await archive.retrieval.show(scene.doomed, by: scene.reader.caller)
        }
        let opened = await archiveError {
            _ = try await archive.retrieval.open(scene.doomed, purpose: "x", hybrid: false, by: scene.reader.caller)
        }
        #expect(shown?.description == ArchiveError.notFound.description, sourceLocation: sourceLocation)
        #expect(opened?.description == ArchiveError.notFound.description, sourceLocation: sourceLocation)
        let delivered = await archiveError {
            _ = try await archive.retrieval.deliver(scene.access, as: .sealed, by: scene.reader.caller)
        }
        #expect(delivered?.code == .gone, sourceLocation: sourceLocation)
        let page = try await archive.retrieval.find(.init(), cursor: nil, by: scene.reader.caller)
        #expect(page.views.map(\.row.id) == [scene.kept], "\(comment)", sourceLocation: sourceLocation)
        #expect(page.views.first?.fields.title == "Yang tinggal", sourceLocation: sourceLocation)
        #expect(
            try await Self.destroyed(archive, scene.doomed) == ["destruction.intent", "destruction.done"],
            "\(comment)",
            sourceLocation: sourceLocation
        )
        let tombstone = try Self.tombstone(of: scene.doomed, in: archive)
        #expect(tombstone?["action"] == "destruction.intent", "\(comment)", sourceLocation: sourceLocation)
        #expect(tombstone?["rule"] == "sementara: P30D + P0D, then destroy", sourceLocation: sourceLocation)
        let fault = try await archive.log.verify().fault
        #expect(fault == nil, "\(comment): \(String(describing: fault))", sourceLocation: sourceLocation)
    }

    @Test func waitsForItsTimeAndForTheCooling() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let recording = try await archive.store(MadeRecording.opus(), by: sender).recording
        archive.clock.advance(by: 30 * Self.day - 1)
        #expect(try await archive.retention.propose(by: Self.administrator).isEmpty)
        archive.clock.advance(by: 1)
        let proposed = try await archive.retention.propose(by: Self.administrator)
        #expect(proposed.map(\.item.recording) == [recording])
        #expect(proposed.first?.item.executable == archive.clock.now.addingTimeInterval(14 * Self.day))
        // It stands on one list only.
        #expect(try await archive.retention.propose(by: Self.administrator).isEmpty)
        archive.clock.advance(by: 14 * Self.day - 1)
        #expect(try await archive.retention.run(by: Self.administrator).isEmpty)
        #expect(try archive.vault.holdsKeys(of: recording))
        archive.clock.advance(by: 1)
        let outcomes = try await archive.retention.run(by: Self.administrator)
        #expect(outcomes.map(\.item.recording) == [recording])
        #expect(outcomes.map(\.kind) == [.destroyed])
        #expect(try await archive.retention.run(by: Self.administrator).isEmpty)
        #expect(try !archive.vault.holdsKeys(of: recording))
    }

    @Test func nothingIsLeft() async throws {
        let scene = try await Scene()
        for (number, secret) in scene.secrets.enumerated() {
            // Without this the search afterwards would prove nothing.
            #expect(try !files(below: scene.archive.layout.storage, containing: secret).isEmpty, "secret \(number)")
        }
        let outcomes = try await scene.archive.retention.run(by: Self.administrator)
        #expect(outcomes.map(\.kind) == [.destroyed])
        try await expectGone(scene, in: scene.archive, "after the run")
        try await expectGone(scene, in: scene.archive.reopened(), "after a restart")
    }

    @Test func seriesThatAskForApprovalAreNeverTouched() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        for (number, series) in ["rapat", "kerja"].enumerated() {
            _ = try await archive.store(
                MadeRecording.opus(seed: UInt32(100 + number * 2)),
                submission: archive.submission(series: series),
                by: sender
            )
        }
        archive.clock.advance(by: 40 * 366 * Self.day)
        #expect(try await archive.retention.propose(by: Self.administrator).isEmpty)
        #expect(try await archive.retention.run(by: Self.administrator).isEmpty)
        #expect(try everyFile(below: archive.layout.recordings).count == 2)
    }

    /// The schedule is read again just before: what needs approval by now is skipped.
    @Test func aListIsSkippedWhereTheScheduleHasChanged() async throws {
        let scene = try await Scene()
        let stricter = Schedule.shipped.replacing(
            "approval: none\n    cooling: P14D\n    nonrecord: true",
            with: "approval: required\n    cooling: P14D\n    nonrecord: true"
        ).replacing("    senders: [recorder, archivist, records-manager]\n", with: "")
        try #require(stricter != Schedule.shipped)
        let archive = try await ArchiveFixture(
            in: scene.archive.photograph(),
            schedule: stricter,
            clock: scene.archive.clock
        )
        let outcomes = try await archive.retention.run(by: Self.administrator)
        #expect(outcomes.map(\.kind) == [.skipped])
        #expect(outcomes.map(\.reason) == ["approval-required"])
        #expect(try archive.vault.holdsKeys(of: scene.doomed))
        #expect(try await Self.destroyed(archive, scene.doomed) == ["destruction.skip"])
    }

    /// Skipped on one list, it comes onto the next when the schedule allows it again.
    @Test func whatWasSkippedCanBeProposedAgain() async throws {
        let scene = try await Scene()
        let database = try DatabaseQueue(path: scene.archive.layout.archiveDatabase)
        let due = try await database.read { try String.fetchOne($0, sql: "SELECT due FROM recording ORDER BY due") }
        try await database.write { database in
            let later = Timestamp.text(scene.archive.clock.now.addingTimeInterval(Self.day))
            try database.execute(sql: "UPDATE recording SET due = ? WHERE due = ?", arguments: [later, due])
        }
        let first = try await scene.archive.retention.run(by: Self.administrator)
        #expect(first.map(\.kind) == [.skipped] && first.map(\.reason) == ["not-due"])
        #expect(try await scene.archive.retention.propose(by: Self.administrator).isEmpty)
        scene.archive.clock.advance(by: Self.day)
        let proposed = try await scene.archive.retention.propose(by: Self.administrator)
        #expect(proposed.map(\.item.recording) == [scene.doomed])
        scene.archive.clock.advance(by: 14 * Self.day)
        let second = try await scene.archive.retention.run(by: Self.administrator)
        #expect(second.map(\.kind) == [.destroyed])
        #expect(try !scene.archive.vault.holdsKeys(of: scene.doomed))
    }

    /// What is executed is what was frozen: an item that was slipped onto a list stops the whole list.
    @Test func aListThatWasChangedIsNotExecuted() async throws {
        let scene = try await Scene()
        try await DatabaseQueue(path: scene.archive.layout.archiveDatabase).write { database in
            try database.execute(
                sql: """
                    DROP TRIGGER destruction_item_joins_a_proposal;
                    INSERT INTO destruction_item (list, recording, series, due, outcome)
                    SELECT destruction_list.id, ?, 'sementara', '2020-01-01T00:00:00.000Z', 'frozen'
                    FROM destruction_list
                    """,
                arguments: [scene.kept.description]
            )
        }
        let error = await archiveError { _ = try await scene.archive.retention.run(by: Self.administrator) }
        #expect(error?.code == .storage)
        for id in [scene.doomed, scene.kept] { #expect(try scene.archive.vault.holdsKeys(of: id)) }
    }

    /// One list that was changed, and one file that cannot be removed, keep nothing else from its end.
    @Test func oneFailureStopsNothingElse() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        var ids: [RecordingID] = []
        for round in 0..<3 {
            ids.append(try await archive.store(MadeRecording.opus(seed: UInt32(300 + round)), by: sender).recording)
            archive.clock.advance(by: 31 * Self.day)
            _ = try await archive.retention.propose(by: Self.administrator)
        }
        archive.clock.advance(by: 14 * Self.day)
        try await DatabaseQueue(path: archive.layout.archiveDatabase).write { [ids] database in
            try database.execute(sql: "DROP TRIGGER destruction_item_keeps_what_it_is")
            try database.execute(
                sql: "UPDATE destruction_item SET series = 'rapat' WHERE recording = ?",
                arguments: [ids[0].description]
            )
        }
        archive.files.failOnce("payload.remove")
        let error = await archiveError { _ = try await archive.retention.run(by: Self.administrator) }
        archive.files.heal()
        #expect(error?.code == .storage, "\(String(describing: error))")
        #expect(try archive.vault.holdsKeys(of: ids[0]))
        for id in ids[1...] { #expect(try !archive.vault.holdsKeys(of: id)) }
        let (states, needsScrub) = try await archive.catalogue.read { [ids] reader in
            (try ids.map { try reader.recording($0)?.state }, try reader.needsScrub())
        }
        #expect(states == [.stored, .destroying, .destroyed])
        #expect(!needsScrub)
        #expect(try await archive.retention.recover().isEmpty)
        let last = try await archive.catalogue.read { [ids] in try $0.recording(ids[1])?.state }
        #expect(last == .destroyed)
    }

    /// What cannot be finished stays being destroyed, run after run, until it can.
    @Test func whatFailsAgainAndAgainIsNeverForgotten() async throws {
        let scene = try await Scene()
        scene.archive.files.fail { label, _ in
            label == "payload.remove" ? ArchiveError(.inputOutput, "the test fails \(label)") : nil
        }
        for run in 1...3 {
            let error = await archiveError { _ = try await scene.archive.retention.run(by: Self.administrator) }
            #expect(error?.code == .inputOutput, "run \(run)")
            let state = try await scene.archive.catalogue.read { try $0.recording(scene.doomed)?.state }
            #expect(state == .destroying, "run \(run)")
            #expect(try await Self.destroyed(scene.archive, scene.doomed) == ["destruction.intent"])
        }
        scene.archive.files.heal()
        let outcomes = try await scene.archive.retention.run(by: Self.administrator)
        #expect(outcomes.map(\.kind) == [.destroyed])
        try await expectGone(scene, in: scene.archive, "after the fourth run")
    }
}
