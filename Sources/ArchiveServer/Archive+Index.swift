import ArchiveCore
import AuditLog
import Search

/// Making the search index anew.
extension Archive {
    /// Has everything indexed anew, beside the searches that go on; how many recordings wait for that.
    func reindex(by actor: Actor) async throws -> Int {
        let waiting = try await index.rebuild()
        try await log.record(actor: actor, action: "index.rebuild", details: ["recordings": String(waiting)])
        return waiting
    }

    /// A step of what the service does by itself: where none runs, whoever waits does it. How many recordings wait then.
    func indexSome() async throws -> Int {
        _ = try await index.step()
        return try await index.waiting()
    }
}
