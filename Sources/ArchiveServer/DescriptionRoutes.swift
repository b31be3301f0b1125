import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import Hummingbird
import Retrieval

/// What describes one recording, below `/v1/recordings`: changing it, and what it was before.
struct DescriptionRoutes: Sendable {
    let archive: Archive

    /// Adds the routes.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on(":id", method: .patch) { request, context in try await self.describe(request, context) }
        group.on(":id/revisions", method: .get) { request, context in try await self.history(request, context) }
    }

    private func describe(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        let id: RecordingID = try context.identifier("id")
        let body = try await request.json(DescriptionBody.self)
        let view = try await archive.retrieval.describe(
            id,
            Self.change(body),
            expecting: body.revision,
            because: body.reason,
            by: context.authenticated()
        )
        return try Response.json(archive.report(view))
    }

    private static func change(_ body: DescriptionBody) throws(ArchiveError) -> Retrieval.DescriptionChange {
        if let number = body.revert {
            guard !body.hasFields else {
                throw ArchiveError(.badRequest, "revert comes without title, participants and description")
            }
            return .revert(to: number)
        }
        guard body.hasFields else {
            throw ArchiveError(
                .badRequest,
                "nothing is to be changed",
                hint: "give title, participants, description or revert"
            )
        }
        return .fields(title: body.title, participants: body.participants, description: body.description)
    }

    private func history(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        let (before, limit) = try request.revisionPage()
        let (revisions, next) = try await archive.retrieval.revisions(
            of: context.identifier("id"),
            below: before,
            limit: limit,
            by: context.authenticated()
        )
        let names = try await archive.names(of: revisions.map(\.principal))
        return try Response.json(
            RevisionPage(revisions: revisions.map { RevisionReport($0, name: names[$0.principal]) }, next: next)
        )
    }
}

extension RevisionReport {
    fileprivate init(_ revision: Revision, name: String?) {
        self.init(
            number: revision.number,
            made: revision.made,
            principal: revision.principal,
            name: name,
            changed: revision.changed.map(\.rawValue),
            reason: revision.reason,
            reverts: revision.reverts,
            title: revision.title,
            meeting: revision.meeting,
            participants: revision.participants,
            description: revision.description
        )
    }
}
