import ArchiveCore
import ArchiveInterface
import AuditLog
import Search

/// Making the search index anew.
extension Archive {
    /// Has everything indexed anew, beside the searches that go on; how many recordings wait for that.
    func reindex(by actor: Actor) async throws -> IndexingReport {
        let waiting = try await index.rebuild()
        try await log.record(actor: actor, action: "index.rebuild", details: ["recordings": String(waiting)])
        return IndexingReport(waiting: waiting, troubles: [])
    }

    /// A step of what the service does by itself: where none runs, whoever waits does it.
    func indexSome() async throws -> IndexingReport {
        let step = try await index.step()
        return IndexingReport(waiting: try await index.waiting(), troubles: step.troubles.map(\.message))
    }
}
