import AccessPolicy
import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import Hummingbird
import Ingest
import Retrieval

/// `/v1/expectations`: announce meetings, and find those that were not recorded.
struct ExpectationRoutes: Sendable {
    let archive: Archive

    /// Adds the routes below `/v1/expectations`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .post) { request, context in try await self.announce(request, context) }
        group.on("", method: .get) { request, context in try await self.find(request, context) }
    }

    private func announce(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        let caller = try context.authenticated()
        let body = try await request.json(ExpectationBody.self)
        let announcement = try await archive.retrieval.announce(
            body.meeting,
            label: Label(body.level ?? archive.policy.lowest, compartments: body.compartments ?? []),
            unit: body.unit ?? caller.principal.unit,
            starts: body.starts,
            duration: body.duration,
            by: caller
        )
        return try Response.json(ExpectationReport(announcement), status: .created)
    }

    private func find(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        var query = Retrieval.AnnouncementQuery()
        var cursor: String?
        for (name, value) in try request.queryItems() {
            switch name {
            case "missing":
                guard let flag = Bool(value) else { throw ArchiveError(.badRequest, "missing is true or false") }
                query.missing = flag
            case "since": query.since = try RecordingRoutes.time(name, value)
            case "until": query.until = try RecordingRoutes.time(name, value)
            case "limit": query.limit = try RecordingRoutes.number(name, value)
            case "cursor": cursor = value
            default: throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
        }
        let page = try await archive.retrieval.announcements(
            query,
            cursor: cursor,
            underWay: archive.ingest.meetingsUnderWay,
            by: context.authenticated()
        )
        return try Response.json(
            ExpectationPage(expectations: page.announcements.map(ExpectationReport.init), next: page.next)
        )
    }
}

extension Archive {
    /// Makes an entry for each announced meeting whose time is over without a recording; once.
    func noteMissingMeetings() async throws { try await retrieval.noteMissing(underWay: ingest.meetingsUnderWay) }
}

extension ExpectationReport {
    fileprivate init(_ announcement: Retrieval.Announcement) {
        let row = announcement.row
        self.init(
            id: row.id,
            meeting: announcement.meeting,
            label: row.visibility.label,
            unit: row.visibility.unit,
            starts: row.starts,
            duration: row.ends.timeIntervalSince(row.starts),
            announced: row.announced,
            missing: announcement.isMissing
        )
    }
}
