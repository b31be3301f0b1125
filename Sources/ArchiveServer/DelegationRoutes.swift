import ArchiveCore
import ArchiveInterface
import Catalogue
import Hummingbird
import Retrieval

/// `/v1/delegations`: who decides in whose stead.
struct DelegationRoutes: Sendable {
    let archive: Archive

    /// Adds the routes below `/v1/delegations`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .post) { request, context in
            let body = try await request.json(DelegationBody.self)
            let row = try await archive.retrieval.delegate(
                to: body.delegate,
                starts: body.starts,
                ends: body.ends,
                by: context.authenticated()
            )
            return try Response.json(DelegationReport(row), status: .created)
        }
        group.on("", method: .get) { _, context in
            let rows = try await archive.retrieval.delegations(of: context.authenticated())
            return try Response.json(DelegationList(delegations: rows.map(DelegationReport.init)))
        }
        group.on(":id", method: .delete) { _, context in
            try await archive.retrieval.endDelegation(context.identifier("id"), by: context.authenticated())
            return Response(status: .noContent)
        }
    }
}

extension DelegationReport {
    fileprivate init(_ row: DelegationRow) {
        self.init(id: row.id, principal: row.principal, delegate: row.delegate, starts: row.starts, ends: row.ends)
    }
}
