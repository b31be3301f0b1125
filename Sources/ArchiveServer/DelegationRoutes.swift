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

extension Archive {
    /// What a caller reads of requests: of their own, and of those that they may decide, where they also learn who asks.
    func reports(_ requests: [Retrieval.Request], to caller: Caller) async throws -> [RequestReport] {
        let asking = Set(requests.map(\.row.principal))
        let directory = try Directory(vault: vault)
        let names = try await catalogue.read { reader in
            try asking.reduce(into: [PrincipalID: String]()) { names, id in
                names[id] = try reader.principal(id).map { try directory.entry(of: $0).name }
            }
        }
        return requests.map { request in
            let (row, view) = (request.row, request.recording)
            return RequestReport(
                id: row.id,
                state: AccessState(request.state),
                recording: row.recording,
                title: view?.fields.title,
                label: view?.row.visibility.label,
                unit: view?.row.visibility.unit,
                principal: row.principal,
                name: names[row.principal],
                purpose: request.purpose,
                recipient: row.binding.recipient == "hybrid" ? .hybrid : .x25519,
                asked: row.asked,
                opened: row.opened,
                expires: row.expires,
                refusal: request.refusal,
                needed: request.needed,
                given: request.given,
                role: request.role
            )
        }
    }
}

extension AccessState {
    fileprivate init(_ state: AccessRow.State) {
        switch state {
        case .pending: self = .pending
        case .open: self = .open
        case .closed: self = .closed
        case .refused: self = .refused
        }
    }
}
