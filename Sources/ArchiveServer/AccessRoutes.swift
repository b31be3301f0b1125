import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import HTTPTypes
import Hummingbird
import Retrieval

/// `/v1/accesses`: list and decide requests, deliver what an access has opened, and close it.
struct AccessRoutes: Sendable {
    let archive: Archive

    /// Adds the routes below `/v1/accesses`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on(":id/recording.opus.age", method: .get) { request, context in
            try await self.deliver(.sealed, request, context).response("application/age", to: request, context)
        }
        group.on(":id/recording.opus", method: .get) { request, context in
            try await self.deliver(.opened, request, context).response("audio/ogg", to: request, context)
        }
        group.on("", method: .get) { request, context in try await self.list(request, context) }
        group.on(":id", method: .get) { _, context in
            let caller = try context.authenticated()
            let request = try await archive.retrieval.request(context.identifier("id"), by: caller)
            var report = try await archive.reports([request], to: caller)[0]
            if request.state == .open, report.principal == caller.principal.id {
                report.receipt = try await archive.receipt(for: request.row.entry)
            }
            return try Response.json(report)
        }
        group.on(":id/approval", method: .post) { _, context in
            let id: AccessID = try context.identifier("id")
            let missing = try await archive.retrieval.approve(id, by: context.authenticated())
            return try Response.json(RequestDecision(id: id, state: missing == 0 ? .open : .pending, missing: missing))
        }
        group.on(":id/refusal", method: .post) { request, context in
            let id: AccessID = try context.identifier("id")
            let body = try await request.json(RefusalBody.self)
            try await archive.retrieval.refuse(id, because: body.reason, by: context.authenticated())
            return try Response.json(RequestDecision(id: id, state: .refused, missing: 0))
        }
        group.on(":id", method: .delete) { _, context in
            try await archive.retrieval.close(context.identifier("id"), by: context.authenticated())
            return Response(status: .noContent)
        }
    }

    private func list(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        let query = try RequestQuery(request)
        let caller = try context.authenticated()
        let page = try await archive.retrieval.requests(
            query.list,
            limit: query.limit,
            cursor: query.cursor,
            by: caller
        )
        return try await Response.json(
            RequestPage(requests: archive.reports(page.requests, to: caller), next: page.next)
        )
    }

    private func deliver(_ form: AccessRow.Form, _ request: Request, _ context: ArchiveContext) async throws -> Delivery
    {
        try await archive.retrieval.deliver(context.identifier("id"), as: form, by: context.authenticated())
    }
}
