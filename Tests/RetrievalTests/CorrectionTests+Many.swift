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

/// Many at once, and those who may not.
extension CorrectionTests {
    @Test func manyAreDoneTogetherOrNotAtAll() async throws {
        let scene = try await Scene()
        let second = try await scene.store("kerja", seed: 73)
        let hidden = try await scene.store("kerja", level: "rahasia", seed: 74)
        func run(
            _ lines: [(RecordingID?, Correction)],
            dryRun: Bool = false
        ) async throws -> [Result<CorrectionOutcome, CorrectionFailure>] {
            try await scene.archive.retrieval.correct(lines, dryRun: dryRun, by: scene.manager.caller)
        }
        func codes(_ results: [Result<CorrectionOutcome, CorrectionFailure>]) -> [String] {
            results.map { result in
                switch result {
                case .success: "-"
                case .failure(let failure): "\(failure.field ?? "id") \(failure.error.code.rawValue)"
                }
            }
        }
        let good: [(RecordingID?, Correction)] = [
            (scene.recording, Correction(unit: "biro", reason: "Pindah")),
            (second, Correction(series: "rapat", reason: "Pindah")),
        ]
        let future = Date(timeIntervalSinceNow: 40 * 366 * Self.day)
        let bad: [(RecordingID?, Correction)] = [
            (hidden, Correction(series: "rapat", reason: "x")),
            (RecordingID(), Correction(series: "rapat", reason: "x")),
            (nil, Correction(series: "rapat", reason: "x")), (hidden, Correction(series: "gaib", reason: "")),
            (second, Correction(series: "gaib", reason: "x")), (second, Correction(unit: "gaib", reason: "x")),
            (second, Correction(series: "rapat", reason: " ")), (second, Correction(reason: "x")),
            (second, Correction(start: .set(future), reason: "x")),
            (second, Correction(meeting: .set("a\u{7}"), reason: "x")),
        ]
        let refusals = [
            "id not-found", "id not-found", "id not-found", "id not-found", "series unknown-name", "unit unknown-name",
            "reason bad-request", "id bad-request", "start bad-metadata", "meeting bad-metadata",
        ]
        // What is hidden is answered as what is absent, to the letter.
        let answers = try await run(Array(bad.prefix(3)), dryRun: true)
        let texts = Set(
            answers.map { result -> String in
                guard case .failure(let failure) = result else { return "" }
                return failure.error.description
            }
        )
        #expect(texts == [ArchiveError.notFound.description])
        for (line, refusal) in zip(bad, refusals) { #expect(try await codes(run([line], dryRun: true)) == [refusal]) }
        // One that comes again is not even looked up, hidden or not.
        #expect(try await codes(run([good[0], good[0]], dryRun: true)) == ["-", "id bad-request"])
        #expect(try await codes(run([bad[0], bad[0]], dryRun: true)) == ["id not-found", "id bad-request"])
        #expect(try await codes(run(good, dryRun: true)) == ["-", "-"])
        let dry = try await scene.entries()
        #expect(
            dry.map(\.details) == [
                ["count": "3", "dry-run": "true", "refused": "3"]
            ] + bad.map { _ in ["count": "1", "dry-run": "true", "refused": "1"] }
                + ["1", "2", "0"].map { ["count": "2", "dry-run": "true", "refused": $0] }
        )
        #expect(try await codes(run(good + bad)).prefix(2) == ["-", "-"])
        #expect(try await scene.row().visibility.unit == "umum")
        #expect(try await scene.row(second).series == "kerja")
        let refused = try await scene.entries().dropFirst(dry.count)
        #expect(refused.count == bad.count && refused.allSatisfy { $0.decision == .refuse && $0.label == nil })
        #expect(try await codes(run(good)) == ["-", "-"])
        #expect(try await scene.row().visibility.unit == "biro")
        #expect(try await scene.row(second).series == "rapat")
        await expectError(.badRequest) { _ = try await run([]) }
        await expectError(.badRequest) {
            _ = try await run(Array(repeating: good[0], count: Retrieval.correctionsAtOnce + 1))
        }
        #expect(try await scene.archive.log.verify().fault == nil)
    }

    @Test func whoMayNotCorrect() async throws {
        let own = Self.twoUnits.replacing(
            "propose, approve]\n    units: all",
            with: "propose, approve]\n    units: own"
        )
        #expect(own != Self.twoUnits)
        let scene = try await Scene(policy: own)
        let correction = Correction(series: "kerja", reason: "x")
        await expectError(.refused) { try await scene.correct(correction, by: scene.reader) }
        await expectError(.notFound) { try await scene.correct(correction, by: scene.sender) }
        let blind = try await scene.archive.member(.recordsManager)
        let foreign = try await scene.archive.member(.recordsManager, clearance: Self.restricted, unit: "biro")
        for stranger in [blind, foreign] {
            await expectError(.notFound) { try await scene.correct(correction, by: stranger) }
        }
        for role in [scene.reader, scene.sender] {
            await expectError(.refused) {
                _ = try await scene.archive.retrieval.correct(
                    [(scene.recording, correction)],
                    dryRun: true,
                    by: role.caller
                )
            }
        }
        // Out of one's own unit is out of one's own reach.
        await expectError(.refused) { try await scene.correct(Correction(unit: "biro", reason: "x")) }
        #expect(try await scene.row().series == "rapat")
        #expect(try await scene.row().visibility.unit == "umum")
    }

    /// The largest request is one transaction, and one line too many is none.
    @Test func aFullRequest() async throws {
        let scene = try await Scene(series: "kerja")
        let model = try await scene.row()
        let rows = (0..<Retrieval.correctionsAtOnce).map { _ in
            RecordingRow(
                id: RecordingID(),
                visibility: model.visibility,
                labelVersion: 1,
                series: model.series,
                state: .stored,
                sender: model.sender,
                meeting: nil,
                started: nil,
                received: model.received,
                due: model.due,
                duration: 1,
                loss: 0,
                size: 1,
                digest: Data(Random.bytes(32)),
                nonce: Data(Random.bytes(16)),
                sealed: model.sealed
            )
        }
        try await scene.archive.catalogue.write { writer in
            for row in rows { try writer.insert(row, timeIndex: Data()) }
        }
        let lines = rows.map {
            (id: $0.id as RecordingID?, correction: Correction(series: "rapat", unit: "biro", reason: "x"))
        }
        func run(
            _ lines: [(id: RecordingID?, correction: Correction)],
            dryRun: Bool
        ) async throws -> Int {
            try await scene.archive.retrieval.correct(lines, dryRun: dryRun, by: scene.manager.caller)
                .count { (try? $0.get()) != nil }
        }
        await expectError(.badRequest) { _ = try await run(lines + lines.prefix(1), dryRun: true) }
        #expect(try await run(lines.dropLast() + [(nil, lines[0].correction)], dryRun: false) == lines.count - 1)
        #expect(try await scene.row(rows[0].id).series == "kerja")
        #expect(try await run(lines, dryRun: true) == lines.count)
        #expect(try await run(lines, dryRun: false) == lines.count)
        for row in [rows[0], rows[999]] {
            let found = try await scene.row(row.id)
            #expect(found.series == "rapat" && found.visibility.unit == "biro" && found.labelVersion == 2)
        }
        #expect(try await scene.archive.log.verify().fault == nil)
    }
}
