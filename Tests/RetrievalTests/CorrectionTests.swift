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

/// What a recording is filed under is corrected, with all that follows from it.
@Suite struct CorrectionTests {
    static let day: TimeInterval = 86_400
    static let twoUnits = Policy.shipped.replacing("units: [umum]", with: "units: [umum, biro]")
    static let restricted = Label(Level("terbatas"))

    struct Scene {
        let archive: ArchiveFixture
        let manager: ArchiveFixture.Member
        let reader: ArchiveFixture.Member
        let sender: ArchiveFixture.Member
        let recording: RecordingID

        init(policy: String = twoUnits, series: String = "rapat", managerUnit: String = "umum") async throws {
            archive = try await ArchiveFixture(policy: policy)
            manager = try await archive.member(.recordsManager, clearance: restricted, unit: managerUnit)
            reader = try await archive.member(.archivist, clearance: restricted)
            sender = try await archive.member(.recorder)
            let said = try archive.submission(title: "Rapat", series: series, [("meeting", "Pleno")])
            recording = try await archive.store(
                MadeRecording.opus(seed: .random(in: 0..<1 << 20)),
                level: "terbatas",
                submission: said,
                by: sender
            ).recording
        }

        func store(_ series: String, level: String = "terbatas", seed: UInt32) async throws -> RecordingID {
            let said = try archive.submission(series: series)
            return try await archive.store(MadeRecording.opus(seed: seed), level: level, submission: said, by: sender)
                .recording
        }

        @discardableResult
        func correct(
            _ correction: Correction,
            by member: ArchiveFixture.Member? = nil
        ) async throws -> CorrectionOutcome {
            try await archive.retrieval.correct(recording, correction, by: (member ?? manager).caller)
        }

        func row(_ id: RecordingID? = nil) async throws -> RecordingRow {
            let found = try await archive.catalogue.read { [recording] in try $0.recording(id ?? recording) }
            return try #require(found)
        }

        /// The entries of corrections, the newest last.
        func entries() async throws -> [LogEntry] {
            var filter = EntryFilter()
            filter.action = "recording.correct"
            return try await archive.catalogue.read { [filter] in try $0.entries(filter, limit: 1000) }
                .compactMap { LogEntry(leaf: $0.leaf) }
        }

        func proposed() async throws -> [RecordingID] {
            try await archive.retention.propose(by: .hostUser(0)).map(\.item.recording)
        }
    }

    @Test func aSeriesMovesTheDueDate() async throws {
        let scene = try await Scene(series: "kerja")
        let before = try await scene.row()
        let outcome = try await scene.correct(Correction(series: "rapat", reason: " Rapat pimpinan "))
        let after = try await scene.row()
        let due = try #require(Calendar(identifier: .gregorian).date(byAdding: .year, value: 9, to: before.due))
        #expect(after.series == "rapat" && abs(after.due.timeIntervalSince(due)) < 2 * Self.day)
        #expect(!outcome.needsApproval && !after.needsApproval && after.labelVersion == 1)
        #expect(
            outcome.differences == [
                .init(field: "series", before: "kerja", after: "rapat"),
                .init(field: "due", before: Timestamp.text(before.due), after: Timestamp.text(after.due)),
            ]
        )
        let entry = try #require(try await scene.entries().first)
        #expect(entry.object == scene.recording.description && entry.label == "terbatas")
        #expect(
            entry.details == [
                "series-from": "kerja", "series-to": "rapat", "due-from": Timestamp.text(before.due),
                "due-to": Timestamp.text(after.due),
            ]
        )
        #expect(Array(entry.commitments.keys) == ["reason"])
        #expect(try await scene.correct(Correction(series: "rapat", reason: "Lagi")).differences.isEmpty)
        #expect(try await scene.archive.log.verify().fault == nil)
    }

    /// A records manager alone makes nothing be destroyed by filing it where nobody is asked.
    @Test func nobodyDestroysByCorrecting() async throws {
        let scene = try await Scene()
        let plain = try await scene.store("sementara", seed: 71)
        let outcome = try await scene.correct(Correction(series: "sementara", reason: "Salah jenis"))
        #expect(outcome.needsApproval)
        let row = try await scene.row()
        #expect(row.series == "sementara" && row.needsApproval)
        #expect(try await scene.entries().first?.details["needs-approval"] == "true")
        // There and back again is no way round it.
        _ = try await scene.correct(Correction(series: "rapat", reason: "Kembali"))
        _ = try await scene.correct(Correction(series: "sementara", reason: "Lagi"))
        scene.archive.clock.advance(by: 31 * Self.day)
        #expect(try await scene.proposed() == [plain])
        scene.archive.clock.advance(by: 365 * Self.day)
        #expect(try await scene.proposed().isEmpty)
        _ = try await scene.archive.retention.run(by: .hostUser(0))
        #expect(try scene.archive.vault.holdsKeys(of: scene.recording))
        #expect(try !scene.archive.vault.holdsKeys(of: plain))
    }

    /// What is on a frozen list is taken off it by a correction, also by one that files it where it was.
    @Test func aCorrectionTakesOffTheList() async throws {
        let scene = try await Scene(series: "sementara")
        let other = try await scene.store("sementara", seed: 72)
        scene.archive.clock.advance(by: 31 * Self.day)
        #expect(try await Set(scene.proposed()) == [scene.recording, other])
        _ = try await scene.correct(Correction(series: "kerja", reason: "Ternyata arsip"))
        _ = try await scene.archive.retrieval.correct(
            other,
            Correction(series: "kerja", reason: "Ternyata arsip"),
            by: scene.manager.caller
        )
        _ = try await scene.archive.retrieval.correct(
            other,
            Correction(series: "sementara", reason: "Bukan"),
            by: scene.manager.caller
        )
        scene.archive.clock.advance(by: 15 * Self.day)
        let outcomes = try await scene.archive.retention.run(by: .hostUser(0))
        #expect(outcomes.allSatisfy { $0.kind == .skipped })
        let reasons = Dictionary(uniqueKeysWithValues: outcomes.map { ($0.item.recording, $0.reason) })
        #expect(reasons[scene.recording] == "not-due" && reasons[other] == "approval-required")
    }

    @Test func whatIsWeaker() throws {
        let schedule = try Schedule(
            yaml: """
                series:
                  - {code: tetap, name: {en: a, id: a}, active: P1Y, inactive: P0D, then: permanent, approval: required}
                  - {code: tinjau, name: {en: b, id: b}, active: P1Y, inactive: P0D, then: review, approval: required}
                  - {code: musnah, name: {en: c, id: c}, active: P1Y, inactive: P0D, then: destroy, approval: required}
                  - code: bebas
                    name: {en: d, id: d}
                    active: P1Y
                    inactive: P0D
                    then: destroy
                    approval: none
                    nonrecord: true
                  - code: lekas
                    name: {en: e, id: e}
                    active: P1Y
                    inactive: P0D
                    then: destroy
                    approval: none
                    cooling: P0D
                    nonrecord: true

                """,
            file: "retention.yaml"
        )
        let (now, all) = (Date(timeIntervalSince1970: 0), schedule.series)
        func weakens(_ old: Int, _ new: Int, _ seconds: TimeInterval = 0) -> Bool {
            Schedule.weakens(
                all[old],
                due: now,
                to: all[new],
                due: now.addingTimeInterval(seconds),
                timeZone: .gmt
            )
        }
        for old in all.indices {
            for new in all.indices { #expect(weakens(old, new) == (new > old), "\(old) to \(new)") }
            #expect(weakens(old, old, -1) && !weakens(old, old, 1))
            let later = now.addingTimeInterval(1)
            #expect(Schedule.weakens(nil, due: now, to: all[old], due: later, timeZone: .gmt))
        }
    }

    @Test func aUnitMovesWithAllThatRestsOnIt() async throws {
        let scene = try await Scene()
        let other = try await scene.archive.member(.archivist, clearance: Self.restricted, unit: "biro")
        let access = try await scene.archive.retrieval.open(
            scene.recording,
            purpose: nil,
            hybrid: false,
            by: scene.reader.caller
        )
        let delivery = try await scene.archive.retrieval.deliver(access.id, as: .sealed, by: scene.reader.caller)
        #expect(try scene.archive.vault.headers().count == 1)
        await expectError(.notFound) {
            _ = try await scene.archive.retrieval.show(scene.recording, by: other.caller)
        }
        let outcome = try await scene.correct(Correction(unit: "biro", reason: "Rapat biro"))
        #expect(outcome.differences == [.init(field: "unit", before: "umum", after: "biro")])
        let row = try await scene.row()
        #expect(row.visibility == VisibilityClass(label: Self.restricted, unit: "biro") && row.labelVersion == 2)
        await expectError(.gone) { _ = try await delivery.bytes() }
        #expect(try scene.archive.vault.headers().isEmpty)
        #expect(try await scene.archive.catalogue.read { try $0.access(access.id) }?.state == .closed)
        await expectError(.notFound) {
            _ = try await scene.archive.retrieval.show(scene.recording, by: scene.reader.caller)
        }
        let page = try await scene.archive.retrieval.find(.init(), cursor: nil, by: other.caller)
        #expect(page.views.map(\.row.id) == [scene.recording])
        let details = try #require(try await scene.entries().first).details
        #expect(details == ["unit-from": "umum", "unit-to": "biro", "label-version": "2"])
    }

    @Test func startAndMeeting() async throws {
        let scene = try await Scene()
        let start = scene.archive.clock.now.addingTimeInterval(-3600)
        let name = "Rapat anggaran yang rahasia"
        let outcome = try await scene.correct(
            Correction(start: .set(start), meeting: .set(name), reason: "Salah rapat")
        )
        #expect(
            outcome.differences == [
                .init(field: "start", before: nil, after: Timestamp.text(start)),
                .init(field: "meeting", before: "Pleno", after: name),
            ]
        )
        var query = Retrieval.Query()
        query.meeting = name
        let found = try await scene.archive.retrieval.find(query, cursor: nil, by: scene.reader.caller)
        #expect(found.views.map(\.fields.meeting) == [name] && found.views[0].row.started == start)
        #expect(found.views[0].row.revision == 2)
        query.meeting = "Pleno"
        #expect(try await scene.archive.retrieval.find(query, cursor: nil, by: scene.reader.caller).views.isEmpty)
        let history = try await scene.archive.retrieval.revisions(
            of: scene.recording,
            below: nil,
            limit: 10,
            by: scene.reader.caller
        ).revisions
        #expect(history.map(\.changed) == [[.meeting], []] && history.map(\.meeting) == [name, "Pleno"])
        // Going back in the description keeps the meeting.
        _ = try await scene.archive.retrieval.describe(
            scene.recording,
            .revert(to: 1),
            expecting: nil,
            because: nil,
            by: scene.reader.caller
        )
        #expect(try await scene.archive.retrieval.show(scene.recording, by: scene.reader.caller).fields.meeting == name)
        let details = try #require(try await scene.entries().first).details
        #expect(details["meeting-to"]?.count == 64 && !details.values.contains(name) && details["revision"] == "2")
        #expect(try files(below: scene.archive.layout.storage, containing: Data(name.utf8)).isEmpty)
        let gone = try await scene.correct(Correction(start: .remove, meeting: .remove, reason: "Tidak diketahui"))
        #expect(gone.differences.map(\.after) == [nil, nil])
        let row = try await scene.row()
        #expect(row.started == nil && row.meeting == nil)
    }

    @Test func aMeetingByItsAnnouncement() async throws {
        let scene = try await Scene()
        func announce(_ name: String, _ unit: String, by member: ArchiveFixture.Member) async throws -> String {
            try await scene.archive.retrieval.announce(
                name,
                label: Self.restricted,
                unit: unit,
                starts: scene.archive.clock.now,
                duration: 3600,
                by: member.caller
            ).row.id.description
        }
        let low = try await scene.archive.member(.recordsManager, clearance: Self.restricted, unit: "biro")
        let known = try await announce("Rapat kerja", "biro", by: low)
        try await scene.correct(Correction(meeting: .set(known), reason: "x"))
        let shown = try await scene.archive.retrieval.show(scene.recording, by: scene.reader.caller)
        #expect(shown.fields.meeting == "Rapat kerja")
        // Announced above the caller's clearance, and not at all: one answer.
        let high = try await scene.archive.member(.recordsManager, clearance: Label(Level("rahasia")))
        let hidden = try await scene.archive.retrieval.announce(
            "Rapat rahasia",
            label: Label(Level("rahasia")),
            unit: "umum",
            starts: scene.archive.clock.now,
            duration: 3600,
            by: high.caller
        ).row.id.description
        for id in [hidden, ExpectationID().description] {
            await expectError(.notFound) { try await scene.correct(Correction(meeting: .set(id), reason: "x")) }
        }
        #expect(try await scene.row().revision == 2)
    }

    /// A correction while the label rises, and while somebody describes: whichever comes first, all of them stand.
    @Test func aCorrectionAgainstARisingLabel() async throws {
        for _ in 0..<20 {
            let scene = try await Scene()
            let cleared = try await scene.archive.member(.recordsManager, clearance: Label(Level("rahasia")))
            async let corrected = scene.archive.retrieval.correct(
                scene.recording,
                Correction(series: "kerja", unit: "biro", meeting: .set("Lain"), reason: "x"),
                by: cleared.caller
            )
            async let raised = scene.archive.retrieval.relabel(
                scene.recording,
                to: Label(Level("rahasia")),
                because: "Ditinjau",
                by: cleared.caller
            )
            async let described = try? scene.archive.retrieval.describe(
                scene.recording,
                .fields(title: "Judul", participants: nil, description: .keep),
                expecting: nil,
                because: nil,
                by: scene.reader.caller
            )
            let (_, _, view) = try await (corrected, raised, described)
            let row = try await scene.row()
            #expect(row.visibility == VisibilityClass(label: Label(Level("rahasia")), unit: "biro"))
            #expect(row.labelVersion == 3 && row.series == "kerja")
            #expect(row.revision == (view == nil ? 2 : 3))
            let shown = try await scene.archive.retrieval.show(scene.recording, by: cleared.caller)
            #expect(shown.fields.meeting == "Lain" && shown.fields.title == (view == nil ? "Rapat" : "Judul"))
        }
    }
}
