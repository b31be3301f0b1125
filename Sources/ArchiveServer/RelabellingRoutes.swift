import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import Hummingbird
import Retrieval

/// `/v1/relabellings`: changes of labels that wait for a second person.
struct RelabellingRoutes: Sendable {
    let archive: Archive

    /// Adds the routes below `/v1/relabellings`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .get) { request, context in try await self.list(request, context) }
        group.on(":id/approval", method: .post) { _, context in
            let id: RelabellingID = try context.identifier("id")
            try await archive.retrieval.decide(id, agreeing: true, by: context.authenticated())
            return try Response.json(RelabellingDecision(id: id, state: .done))
        }
        group.on(":id/refusal", method: .post) { request, context in
            let id: RelabellingID = try context.identifier("id")
            let body = try await request.json(RefusalBody.self)
            try await archive.retrieval.decide(
                id,
                agreeing: false,
                because: body.reason,
                by: context.authenticated()
            )
            return try Response.json(RelabellingDecision(id: id, state: .refused))
        }
        group.on(":id", method: .delete) { _, context in
            try await archive.retrieval.withdraw(context.identifier("id"), by: context.authenticated())
            return Response(status: .noContent)
        }
    }

    /// Adds what changes the label of one recording below `/v1/recordings`.
    func add(toRecordings group: RouterGroup<ArchiveContext>) {
        group.on(":id/label", method: .post) { request, context in
            let id: RecordingID = try context.identifier("id")
            let body = try await request.json(LabelBody.self)
            let change = try await archive.retrieval.relabel(
                id,
                to: Label(body.level, compartments: body.compartments ?? []),
                because: body.reason,
                by: context.authenticated()
            )
            switch change {
            case .done:
                return try Response.json(LabelAnswer(recording: id, state: .done, id: nil, expires: nil))
            case .pending(let row):
                return try Response.json(
                    LabelAnswer(recording: id, state: .pending, id: row.id, expires: row.expires),
                    status: .accepted
                )
            }
        }
    }

    private func list(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        let query = try RequestQuery(request)
        let page = try await archive.retrieval.labelRequests(
            query.list,
            limit: query.limit,
            cursor: query.cursor,
            by: context.authenticated()
        )
        let names = try await archive.names(of: page.requests.map(\.row.principal))
        let reports = page.requests.map { RelabellingReport($0, name: names[$0.row.principal]) }
        return try Response.json(RelabellingPage(relabellings: reports, next: page.next))
    }
}

/// What lists of requests take: `list`, `limit` and `cursor`.
struct RequestQuery {
    var list = Retrieval.RequestList.own
    var limit = 50
    var cursor: String?

    init(_ request: Request) throws(ArchiveError) {
        for (name, value) in try request.queryItems() {
            switch name {
            case "list":
                guard let named = Retrieval.RequestList(rawValue: value) else {
                    throw ArchiveError(.badRequest, "list is own or awaiting")
                }
                list = named
            case "limit": limit = try RecordingRoutes.number(name, value)
            case "cursor": cursor = value
            default: throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
        }
    }
}

extension RelabellingReport {
    fileprivate init(_ request: Retrieval.LabelRequest, name: String?) {
        let row = request.row
        self.init(
            id: row.id,
            state: RelabellingState(request.state),
            recording: row.recording,
            title: request.recording?.fields.title,
            from: request.recording?.row.visibility.label,
            to: row.label,
            principal: row.principal,
            name: name,
            reason: request.reason,
            asked: row.asked,
            expires: row.expires,
            refusal: request.refusal
        )
    }
}

extension RelabellingState {
    fileprivate init(_ state: RelabellingRow.State) {
        switch state {
        case .pending: self = .pending
        case .done: self = .done
        case .refused: self = .refused
        case .closed: self = .closed
        }
    }
}
