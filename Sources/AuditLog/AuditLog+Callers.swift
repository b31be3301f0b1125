public import ArchiveCore
public import Catalogue

extension AuditLog {
    /// Runs `body` in a write transaction for the caller as they are in it.
    ///
    /// - Throws: `unauthenticated`, with an entry, where the caller no longer counts; what `body` throws.
    public func write<Value: Sendable>(
        by caller: Caller,
        _ body: @escaping @Sendable (CatalogueWriter, Caller) throws -> Value
    ) async throws -> Value {
        do {
            return try await catalogue.write { [clock] writer in
                try body(writer, writer.reader.current(caller, at: clock.now))
            }
        } catch let loss as LostStanding {
            try await record(
                actor: caller.actor,
                action: "connection.refuse",
                object: caller.principal.id.description,
                decision: .refuse,
                details: ["reason": loss.reason]
            )
            throw loss.error
        }
    }
}
