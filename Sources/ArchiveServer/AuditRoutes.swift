import AccessPolicy
import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `/v1/audit`: the log, for auditors. The path is also the prefix of a C2SP tlog-tiles log.
struct AuditRoutes: Sendable {
    private static let maximumLimit = 1000

    let archive: Archive
    let tileReaders = TileReaders()

    /// Adds the routes below `/v1/audit`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("entries", method: .get) { request, context in try await self.entries(request, context) }
        group.on("checkpoint", method: .get) { _, context in
            try await self.authorize(context, "audit.checkpoint")
            return Self.text(try await archive.catalogue.read { try $0.headCheckpoint() } ?? "")
        }
        addDirectory(to: group)
        group.on("verification", method: .get) { _, context in
            try await self.authorize(context, "audit.verify")
            return try Response.json(await archive.verification())
        }
        addTiles(to: group)
    }

    static func text(_ text: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "private, no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// Lets auditors through, and makes an entry of it.
    ///
    /// - Parameter once: who has had an entry of the same lately, and needs no other.
    func authorize(
        _ context: ArchiveContext,
        _ action: String,
        details: [String: String] = [:],
        once: TileReaders? = nil
    ) async throws {
        let caller = try context.authenticated()
        let question = AccessQuestion(principal: caller.principal, action: .readLog)
        guard case .allow = archive.policy.decide(question) else {
            try await archive.log.record(actor: caller.actor, action: action, decision: .refuse)
            throw ArchiveError(.refused, "role \(caller.principal.role.rawValue) may not read the log")
        }
        guard once?.knows(caller.principal.id, at: archive.clock.now) != true else { return }
        do {
            try await archive.log.record(actor: caller.actor, action: action, details: details)
        } catch {
            once?.forget(caller.principal.id)
            throw error
        }
    }

    private func entries(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        var filter = EntryFilter()
        var limit = 200
        var actor: String?
        let items = try request.queryItems()
        for (name, value) in items {
            switch name {
            case "actor": actor = value
            case "object": filter.object = value
            case "action": filter.action = value
            case "decision":
                guard let decision = LogEntry.Decision(rawValue: value) else {
                    throw ArchiveError(.badRequest, "decision is allow or refuse")
                }
                filter.decision = decision
            case "since": filter.since = try RecordingRoutes.time(name, value)
            case "until": filter.until = try RecordingRoutes.time(name, value)
            case "after": filter.after = try RecordingRoutes.number(name, value)
            case "before":
                filter.before = try RecordingRoutes.number(name, value)
                filter.isNewestFirst = true
            case "limit": limit = try RecordingRoutes.number(name, value)
            default: throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
        }
        guard (1...Self.maximumLimit).contains(limit) else {
            throw ArchiveError(.badRequest, "limit must be 1 to \(Self.maximumLimit)")
        }
        try await authorize(
            context,
            "audit.read",
            details: ["filters": items.map(\.name).filter { $0 != "limit" }.joined(separator: ",")]
        )
        let names = try await archive.names()
        if let actor {
            // People know names; one name may have several principals, each of which acted.
            filter.actors = [actor] + names.filter { $0.value == actor }.keys.sorted()
        }
        let (wanted, count) = (filter, limit)
        let rows = try await archive.catalogue.read { try $0.entries(wanted, limit: count) }
        return try Response.json(
            EntryPage(
                entries: rows.map { try archive.report($0, names: names) },
                next: rows.count == limit ? rows.last?.seq : nil
            )
        )
    }
}
