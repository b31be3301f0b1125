import ArchiveConfiguration
import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import Hummingbird
import Retention

/// When recordings go and why, and what records managers decide of one: `/v1/retention`, and below `/v1/recordings`.
struct RetentionRoutes: Sendable {
    let archive: Archive

    /// Adds the routes below `/v1/retention`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("due", method: .get) { request, context in try await self.due(request, context) }
    }

    /// Adds the routes below `/v1/recordings`.
    func add(toRecordings group: RouterGroup<ArchiveContext>) {
        group.on(":id/retention", method: .get) { _, context in
            let id: RecordingID = try context.identifier("id")
            return try await Response.json(
                RetentionExplanation(archive.desk.explain(id, by: context.authenticated()))
            )
        }
        group.on(":id/retention", method: .post) { request, context in
            let id: RecordingID = try context.identifier("id")
            let body = try await request.json(ReviewBody.self)
            let caller = try context.authenticated()
            _ = try await archive.desk.decide(id, Self.decision(body), because: body.reason, by: caller)
            return try await Response.json(RetentionExplanation(archive.desk.explain(id, by: caller)))
        }
    }

    private static func decision(_ body: ReviewBody) throws(ArchiveError) -> RecordsDesk.ReviewDecision {
        switch (body.decision, body.until, body.from) {
        case ("extend", let until?, nil): return .extend(until: until)
        case ("permanent", nil, nil): return .permanent
        case ("back-date", nil, let from?): return .count(from: from)
        default:
            throw ArchiveError(
                .badRequest,
                "decision is extend with until, permanent alone, or back-date with from"
            )
        }
    }

    private func due(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        var (limit, cursor, series): (Int, String?, String?) = (100, nil, nil)
        var until = archive.clock.now
        for (name, value) in try request.queryItems() {
            switch name {
            case "within":
                guard let within = CalendarDuration(value) else {
                    throw ArchiveError(.badRequest, "within is no ISO 8601 duration", hint: "like P1Y or P90D")
                }
                until = within.date(after: archive.clock.now, in: archive.settings.timeZone)
            case "until": until = try RecordingRoutes.time(name, value)
            case "series": series = value
            case "limit": limit = try RecordingRoutes.number(name, value)
            case "cursor": cursor = value
            default: throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
        }
        // As the answer says it, so that it comes back the same.
        until = Timestamp.date(Timestamp.text(until)) ?? until
        let page = try await archive.desk.due(
            until: until,
            series: series,
            limit: limit,
            cursor: cursor,
            by: context.authenticated()
        )
        return try Response.json(
            DuePage(recordings: page.items.map(DueReport.init), until: until, next: page.next)
        )
    }
}

extension DueReport {
    fileprivate init(_ item: RecordsDesk.DueItem) {
        let row = item.row
        self.init(
            recording: row.id,
            title: item.title,
            label: row.visibility.label,
            unit: row.visibility.unit,
            series: row.series,
            received: row.received,
            due: row.due,
            rule: item.rule,
            plan: item.verdict.name,
            reason: item.verdict.obstacle?.rawValue,
            list: item.list,
            needsApproval: row.needsApproval
        )
    }
}

extension RetentionExplanation {
    init(_ explanation: RecordsDesk.Explanation) {
        let row = explanation.row
        self.init(
            recording: row.id,
            state: RecordingState(row.state),
            series: row.series,
            received: row.received,
            counted: explanation.counted,
            due: row.due,
            permanent: row.isPermanent,
            needsApproval: row.needsApproval,
            plan: explanation.verdict.name
        )
        rule = explanation.series?.rule
        activeUntil = explanation.activeUntil
        reckoned = explanation.reckoned
        extendedUntil = row.extendedUntil
        reason = explanation.verdict.obstacle?.rawValue
        holds = explanation.holds
        list = explanation.item?.list
        executable = explanation.item?.executable
    }
}
