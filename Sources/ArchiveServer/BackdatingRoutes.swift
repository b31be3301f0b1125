import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import Hummingbird
import Retention
import Retrieval

/// `/v1/backdatings`: counting the time of recordings from when they began.
struct BackdatingRoutes: Sendable {
    /// The longest body that names ``RecordsDesk/backdatedAtOnce`` recordings.
    private static let longestBody = 1 << 18

    let archive: Archive

    /// Adds the routes below `/v1/backdatings`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .post) { request, context in
            let body = try await request.json(BackdatingBody.self, limit: Self.longestBody)
            let (asked, passedOver) = try await archive.desk.askBackdating(
                of: body.recordings,
                in: body.import,
                because: body.reason,
                by: context.authenticated()
            )
            let answer = AskedBackdating(
                request: try await report(asked),
                passedOver: passedOver.map { .init(recording: $0.recording, code: $0.code.rawValue) }
            )
            return try Response.json(answer, status: .created)
        }
        group.on("", method: .get) { request, context in
            let query = try RequestQuery(request)
            let (requests, next) = try await archive.desk.backdatings(
                awaiting: query.list == .awaiting,
                limit: query.limit,
                cursor: query.cursor,
                by: context.authenticated()
            )
            let names = try await archive.names(of: requests.map(\.row.principal))
            let reports = requests.map { BackdatingReport($0, name: names[$0.row.principal]) }
            return try Response.json(BackdatingPage(backdatings: reports, next: next))
        }
        group.on(":id/approval", method: .post) { _, context in
            let id: BackdatingID = try context.identifier("id")
            let granted = try await archive.desk.grantBackdating(id, by: context.authenticated())
            return try await Response.json(report(granted))
        }
        group.on(":id/refusal", method: .post) { request, context in
            let id: BackdatingID = try context.identifier("id")
            let body = try await request.json(RefusalBody.self)
            let caller = try context.authenticated()
            let refused = try await archive.desk.refuseBackdating(id, because: body.reason, by: caller)
            return try await Response.json(report(refused))
        }
    }

    private func report(_ request: RecordsDesk.Backdating) async throws -> BackdatingReport {
        let principal = request.row.principal
        return BackdatingReport(request, name: try await archive.names(of: [principal])[principal])
    }
}

extension BackdatingReport {
    fileprivate init(_ request: RecordsDesk.Backdating, name: String?) {
        let (row, outcomes) = (request.row, request.outcomes)
        self.init(
            id: row.id,
            principal: row.principal,
            name: name,
            reason: request.reason,
            asked: row.asked,
            waiting: outcomes[.waiting] ?? 0,
            granted: outcomes[.granted] ?? 0,
            refused: outcomes[.refused] ?? 0,
            void: outcomes[.void] ?? 0,
            refusal: request.refusal
        )
    }
}
