import ArchiveCore
import ArchiveInterface
import Foundation
import Hummingbird
import Retrieval

/// What records managers correct: one recording, or many at once.
struct CorrectionRoutes: Sendable {
    /// The longest body of ``Retrieval/correctionsAtOnce`` lines.
    private static let longestBody = 4 << 20

    let archive: Archive

    /// Adds the route below `/v1/recordings`.
    func add(toRecordings group: RouterGroup<ArchiveContext>) {
        group.on(":id/record", method: .patch) { request, context in
            let id: RecordingID = try context.identifier("id")
            let correction = try await request.json(Correction.self)
            let outcome = try await archive.retrieval.correct(id, correction, by: context.authenticated())
            return try Response.json(CorrectionReport(outcome))
        }
    }

    /// Adds `/v1/corrections`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("corrections", method: .post) { request, context in
            let body = try await request.json(CorrectionsBody.self, limit: Self.longestBody)
            let dryRun = body.dryRun ?? false
            let results = try await archive.retrieval.correct(
                body.corrections.map { (RecordingID($0.recording), $0.correction) },
                dryRun: dryRun,
                by: context.authenticated()
            )
            let reports = zip(body.corrections, results).map { CorrectionReport($0.recording, $1) }
            let isSound = reports.allSatisfy { $0.mistake == nil }
            return try Response.json(CorrectionsAnswer(done: isSound && !dryRun, corrections: reports))
        }
    }
}

extension CorrectionReport {
    fileprivate init(_ outcome: CorrectionOutcome) {
        self.init(
            recording: outcome.recording.description,
            changes: outcome.differences.map { .init(field: $0.field, before: $0.before, after: $0.after) },
            needsApproval: outcome.needsApproval,
            mistake: nil
        )
    }

    fileprivate init(_ recording: String, _ result: Result<CorrectionOutcome, CorrectionFailure>) {
        switch result {
        case .success(let outcome): self.init(outcome)
        case .failure(let failure):
            let error = failure.error
            let mistake = Mistake(field: failure.field, code: error.code, detail: error.message, hint: error.hint)
            self.init(recording: recording, changes: [], needsApproval: nil, mistake: mistake)
        }
    }
}
