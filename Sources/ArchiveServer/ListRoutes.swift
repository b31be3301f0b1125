import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import Hummingbird
import NIOCore
import Retention

/// `/v1/destructions` and `/v1/transfers`: propose, say something of, decide and look at lists.
struct ListRoutes: Sendable {
    /// The longest body that names as many recordings as a list takes.
    private static let longestList = 1 << 20
    /// The longest body with a scan, in base64.
    private static let longestScan = 6 << 20

    let archive: Archive
    let family: RecordsDesk.Family

    /// Adds the routes below the path of the family.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .post) { request, context in try await self.propose(request, context) }
        group.on("", method: .get) { request, context in try await self.list(request, context) }
        group.on(":id", method: .get) { _, context in
            let id: ListID = try context.identifier("id")
            return try await answer(archive.desk.show(id, of: family, by: context.authenticated()))
        }
        group.on(":id/certificate", method: .get) { _, context in
            let id: ListID = try context.identifier("id")
            return try await Response.json(archive.certificate(of: id, family, by: context.authenticated()))
        }
        group.on(":id/items", method: .get) { request, context in try await self.items(request, context) }
        group.on(":id/statements", method: .post) { request, context in try await self.state(request, context) }
        group.on(":id/statements/:number/scan", method: .get) { _, context in
            let id: ListID = try context.identifier("id")
            guard let number = context.parameters.get("number").flatMap({ Int($0) }) else {
                throw ArchiveError.notFound
            }
            let scan = try await archive.desk.scan(number, on: id, of: family, by: context.authenticated())
            return Response(
                status: .ok,
                headers: [.contentType: scan.type, .cacheControl: "private, no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: scan.bytes))
            )
        }
        group.on(":id/strikes", method: .post) { request, context in
            let id: ListID = try context.identifier("id")
            let body = try await request.json(StrikeBody.self)
            return try await answer(
                archive.desk.strike(
                    body.recordings,
                    off: id,
                    of: family,
                    because: body.reason,
                    by: context.authenticated()
                )
            )
        }
        addDecisions(to: group)
    }

    private func addDecisions(to group: RouterGroup<ArchiveContext>) {
        group.on(":id/approval", method: .post) { request, context in
            let id: ListID = try context.identifier("id")
            let body = try await request.json(ListApprovalBody.self)
            return try await answer(
                archive.desk.approve(
                    id,
                    of: family,
                    seen: body.digest,
                    because: body.reason,
                    by: context.authenticated()
                )
            )
        }
        group.on(":id/refusal", method: .post) { request, context in
            let id: ListID = try context.identifier("id")
            let body = try await request.json(RefusalBody.self)
            return try await answer(
                archive.desk.refuse(id, of: family, because: body.reason, by: context.authenticated())
            )
        }
        group.on(":id/cancellation", method: .post) { request, context in
            let id: ListID = try context.identifier("id")
            let body = try await request.json(RefusalBody.self)
            return try await answer(
                archive.desk.cancel(id, of: family, because: body.reason, by: context.authenticated())
            )
        }
        guard family == .transfers else { return }
        group.on(":id/record", method: .post) { request, context in
            let id: ListID = try context.identifier("id")
            let body = try await request.json(TransferRecordBody.self)
            let content = StatementContent(number: body.number, date: body.date, archive: body.archive)
            return try await answer(archive.desk.recordTransfer(id, content, by: context.authenticated()))
        }
    }

    private func propose(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        let body = try await request.json(ListBody.self, limit: Self.longestList)
        let isWithdrawal = body.withdraw ?? false
        guard family == .destructions || !isWithdrawal else {
            throw ArchiveError(.badRequest, "what is withdrawn is destroyed: POST /v1/destructions")
        }
        let caller = try context.authenticated()
        let row = try await archive.desk.propose(
            .init(
                kind: family == .transfers ? .transfer : isWithdrawal ? .withdraw : .destroy,
                series: body.series,
                recordings: body.recordings ?? [],
                reason: body.reason
            ),
            by: caller
        )
        return try await answer(archive.desk.show(row.id, of: family, by: caller), status: .created)
    }

    private func state(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        let id: ListID = try context.identifier("id")
        let body = try await request.json(StatementBody.self, limit: Self.longestScan)
        guard let kind = StatementRow.Kind(rawValue: body.kind) else {
            throw ArchiveError(.badRequest, "kind is opinion, letter or witness")
        }
        let number = try await archive.desk.state(
            kind,
            StatementContent(text: body.text, by: body.by, number: body.number, date: body.date),
            scan: body.scan.map { ($0.type, $0.data) },
            on: id,
            of: family,
            seen: body.digest,
            by: context.authenticated()
        )
        return try Response.json(StatementAnswer(number: number), status: .created)
    }

    private func list(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        var (limit, cursor, state): (Int, String?, ListRow.State?) = (50, nil, nil)
        for (name, value) in try request.queryItems() {
            switch name {
            case "state":
                state = ListRow.State(rawValue: value)
                guard state != nil else {
                    let states = ListState.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ArchiveError(.badRequest, "state is one of \(states)")
                }
            case "limit": limit = try RecordingRoutes.number(name, value)
            case "cursor": cursor = value
            default: throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
        }
        let caller = try context.authenticated()
        let page = try await archive.desk.lists(of: family, state: state, limit: limit, cursor: cursor, by: caller)
        let names = try await archive.names(of: page.lists.flatMap(\.people))
        return try Response.json(ListPage(lists: page.lists.map { ListReport($0, names) }, next: page.next))
    }

    private func items(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        var (limit, cursor): (Int, String?) = (100, nil)
        for (name, value) in try request.queryItems() {
            switch name {
            case "limit": limit = try RecordingRoutes.number(name, value)
            case "cursor": cursor = value
            default: throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
        }
        let page = try await archive.desk.items(
            of: context.identifier("id"),
            family,
            limit: limit,
            cursor: cursor,
            by: context.authenticated()
        )
        return try Response.json(ListItemPage(items: page.items.map(ListItemReport.init), next: page.next))
    }

    private func answer(_ view: RecordsDesk.ListView, status: HTTPResponse.Status = .ok) async throws -> Response {
        try await Response.json(ListReport(view, archive.names(of: view.people)), status: status)
    }
}

extension RecordsDesk.ListView {
    /// Everybody who is named in it.
    var people: [PrincipalID] {
        [row.proposedBy, row.approvedBy].compactMap(\.self) + (statements ?? []).map(\.row.principal)
    }
}

extension ListReport {
    fileprivate init(_ view: RecordsDesk.ListView, _ names: [PrincipalID: String]) {
        let row = view.row
        self.init(
            id: row.id,
            kind: ListKind(row.kind),
            series: row.series,
            state: ListState(row.state),
            items: view.outcomes.reduce(into: [:]) { $0[$1.key.rawValue] = $1.value },
            proposed: row.proposed
        )
        proposedBy = row.proposedBy
        proposedByName = row.proposedBy.flatMap { names[$0] }
        approvedBy = row.approvedBy
        approvedByName = row.approvedBy.flatMap { names[$0] }
        frozen = row.frozen
        executable = row.executable
        recorded = row.recorded
        ended = row.ended
        digest = view.digest?.hexadecimal
        guard let said = view.statements else { return }
        witnesses = Witnesses(needed: view.witnessesNeeded, given: view.witnessesGiven)
        statements = said.map { StatementReport($0, names) }
    }
}

extension StatementReport {
    init(_ statement: RecordsDesk.Statement, _ names: [PrincipalID: String]) {
        let (row, content) = (statement.row, statement.content)
        self.init(
            number: row.number,
            kind: row.kind.rawValue,
            principal: row.principal,
            name: names[row.principal],
            made: row.made,
            digest: row.digest.hexadecimal
        )
        text = content.text
        by = content.by
        letter = content.number
        date = content.date
        archive = content.archive
        struck = content.struck
        scan = content.scan.map { Scan(type: $0.type, bytes: $0.bytes, sha256: $0.sha256) }
    }
}

extension ListItemReport {
    fileprivate init(_ view: RecordsDesk.ItemView) {
        let item = view.item
        self.init(
            recording: item.recording,
            title: view.title,
            series: item.series,
            due: item.due,
            digest: item.digest.hexadecimal,
            outcome: item.outcome.rawValue,
            reason: item.reason
        )
    }
}

extension ListKind {
    init(_ kind: ListRow.Kind) {
        switch kind {
        case .destroy: self = .destroy
        case .transfer: self = .transfer
        case .withdraw: self = .withdraw
        }
    }
}

extension ListState {
    init(_ state: ListRow.State) {
        switch state {
        case .proposed: self = .proposed
        case .frozen: self = .frozen
        case .done: self = .done
        case .refused: self = .refused
        case .cancelled: self = .cancelled
        }
    }
}
