import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import HTTPTypes
import Hummingbird
import Ingest
import NIOCore
import NIOFoundationCompat
import Retrieval

/// `/v1/recordings`: send in one shot, find, show, ask to open.
struct RecordingRoutes: Sendable {
    let archive: Archive

    /// Adds the routes below `/v1/recordings`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .put) { request, context in try await self.store(request, context) }
        group.on("", method: .get) { request, context in try await self.find(request, context) }
        group.on(":id", method: .get) { _, context in
            let id: RecordingID = try context.identifier("id")
            var report = try await archive.report(archive.retrieval.show(id, by: context.authenticated()))
            report.attachments = try await AttachmentRoutes(archive: archive).reports(of: id)
            return try Response.json(report)
        }
        group.on(":id/accesses", method: .post) { request, context in try await self.open(request, context) }
    }

    private func store(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        var submission = Submission()
        for (name, value) in try request.queryItems() { try submission.set(name, value) }
        let isSealed: Bool
        switch request.headers[.contentType]?.prefix(while: { $0 != ";" }) {
        case nil, "application/age", "application/octet-stream": isSealed = true
        case "audio/ogg": isSealed = false
        case let type?:
            throw ArchiveError(
                .unsupportedMedia,
                "\(String(type.prefix(80)).debugDescription) is not taken here",
                hint: "send application/age, or audio/ogg where the level allows it"
            )
        }
        let receipt = try await archive.ingest.receive(
            ReceivedBody(request, context),
            submission: submission,
            isSealed: isSealed,
            by: context.authenticated()
        )
        var response = try Response.json(StoredRecording(receipt), status: .created)
        response.headers[.location] = "/v1/recordings/\(receipt.recording)"
        return response
    }

    private func find(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        var query = Retrieval.Query()
        var cursor: String?
        for (name, value) in try request.queryItems() {
            switch name {
            case "level": query.level = value
            case "unit": query.unit = value
            case "meeting": query.meeting = value
            case "source":
                guard let digest = SourceDigest(value) else {
                    throw ArchiveError(.badRequest, "source is not a SHA-256: 64 hexadecimal digits in lower case")
                }
                query.source = digest
            case "state":
                switch RecordingState(rawValue: value) {
                case .stored: query.state = .stored
                case .incomplete: query.state = .incomplete
                default: throw ArchiveError(.badRequest, "state is stored or incomplete")
                }
            case "since": query.since = try Self.time(name, value)
            case "until": query.until = try Self.time(name, value)
            case "limit": query.limit = try Self.number(name, value)
            case "cursor": cursor = value
            default: throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
        }
        let page = try await archive.retrieval.find(query, cursor: cursor, by: context.authenticated())
        return try Response.json(RecordingPage(recordings: page.views.map(archive.report), next: page.next))
    }

    static func time(_ name: String, _ value: String) throws(ArchiveError) -> Date {
        guard let date = Timestamp.date(value) else {
            throw ArchiveError(
                .badRequest,
                "\(name) is not an RFC 3339 time",
                hint: "like 2026-11-21T10:00:00%2B07:00: in a query + is a space"
            )
        }
        return date
    }

    static func number(_ name: String, _ value: String) throws(ArchiveError) -> Int {
        guard let number = Int(value) else { throw ArchiveError(.badRequest, "\(name) is no number") }
        return number
    }

    private func open(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        let id: RecordingID = try context.identifier("id")
        let body = try await request.json(AccessBody.self)
        let access = try await archive.retrieval.open(
            id,
            purpose: body.purpose,
            hybrid: body.recipient == .hybrid,
            from: body.from,
            to: body.to,
            by: context.authenticated()
        )
        switch access {
        case .open(let access):
            let path = "/v1/accesses/\(access.id)/recording.opus"
            let links = AccessReport.Links(sealed: "\(path).age", opus: access.sealedOnly ? nil : path)
            return try await Response.json(
                AccessReport(
                    id: access.id,
                    expires: access.expires,
                    links: links,
                    receipt: archive.receipt(for: access.entry),
                    from: access.span?.fromSeconds,
                    to: access.span?.toSeconds
                ),
                status: .created
            )
        case .pending(let access):
            if access.isNew { archive.notice.requested(access) }
            let awaited = AccessReport.Awaited(persons: access.missing, role: access.role)
            return try Response.json(
                AccessReport(
                    id: access.id,
                    expires: access.expires,
                    awaited: awaited,
                    from: access.span?.fromSeconds,
                    to: access.span?.toSeconds
                ),
                status: .accepted
            )
        }
    }
}

extension Request {
    /// What a list of revisions is asked for: those below a number, and how many.
    func revisionPage() throws(ArchiveError) -> (before: Int?, limit: Int) {
        var (before, limit): (Int?, Int) = (nil, 20)
        for (name, value) in try queryItems() {
            switch name {
            case "before": before = try RecordingRoutes.number(name, value)
            case "limit": limit = try RecordingRoutes.number(name, value)
            default: throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
        }
        return (before, limit)
    }

    /// The query's names and values in their order, decoded; `bad-metadata` where they are not UTF-8.
    ///
    /// A `+` is a space, as forms and `curl --data-urlencode` write it (WHATWG URL, application/x-www-form-urlencoded).
    func queryItems() throws(ArchiveError) -> [(name: String, value: String)] {
        var items: [(String, String)] = []
        for pair in (uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { $0.replacing("+", with: " ") }
            guard let name = parts[0].removingPercentEncoding,
                let value = (parts.count == 2 ? parts[1] : "").removingPercentEncoding
            else { throw ArchiveError(.badMetadata, "the query is not UTF-8 in percent-encoding") }
            items.append((name, value))
        }
        return items
    }
}
