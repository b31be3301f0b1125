import ArchiveCore
import ArchiveInterface
import Attachments
import AuditLog
import Catalogue
import Foundation
import HTTPTypes
import Hummingbird
import NIOFoundationCompat
import Retrieval

/// Attachments: those of a recording below `/v1/recordings`, and what an access opens of them below `/v1/accesses`.
struct AttachmentRoutes: Sendable {
    let archive: Archive
    private var desk: AttachmentDesk { archive.attachments }

    /// Adds the routes below `/v1/recordings`.
    func add(toRecordings group: RouterGroup<ArchiveContext>) {
        group.on(":id/attachments", method: .post) { request, context in try await attach(request, context) }
    }

    /// Adds the routes below `/v1/accesses`.
    func add(toAccesses group: RouterGroup<ArchiveContext>) {
        group.on(":id/attachments/:number", method: .get) { request, context in
            // As a recording is: with .age it is sealed.
            let name = try context.parameters.require("number")
            let isSealed = name.hasSuffix(Self.sealedSuffix)
            let digits = isSealed ? String(name.dropLast(Self.sealedSuffix.count)) : name
            guard let number = Int(digits), number >= 0, String(number) == digits else { throw ArchiveError.notFound }
            let delivery = try await desk.deliver(
                number,
                within: context.identifier("id"),
                as: isSealed ? .sealed : .opened,
                by: context.authenticated()
            )
            // Whatever it is said to be, nothing that reads this is to run it.
            var response = try await delivery.response(
                isSealed ? "application/age" : "application/octet-stream",
                to: request,
                context
            )
            response.headers[.contentDisposition] = "attachment"
            response.headers[.xContentTypeOptions] = "nosniff"
            return response
        }
    }

    private static let sealedSuffix = ".age"

    private func attach(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        var name: String?
        for (parameter, value) in try request.queryItems() {
            guard parameter == "name" else {
                throw ArchiveError(.badRequest, "there is no parameter \(parameter.prefix(40).debugDescription)")
            }
            name = value
        }
        guard let name else {
            throw ArchiveError(.badRequest, "what is it called?", hint: "say ?name=chat.txt")
        }
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces)
        do {
            let (attachment, isNew) = try await desk.attach(
                to: context.identifier("id"),
                named: name,
                mediaType: type ?? "application/octet-stream",
                length: request.headers[.contentLength].flatMap(Int.init),
                by: context.authenticated(),
                ReceivedBody(request, context)
            )
            return try await Response.json(reports([attachment])[0], status: isNew ? .created : .ok)
        } catch is BrokenConnection {
            throw ArchiveError(.truncated, "the attachment ended in the middle, and nothing of it was kept")
        }
    }

    /// What belongs to a recording that the caller was just shown.
    func reports(of recording: RecordingID) async throws -> [AttachmentReport] {
        try await reports(desk.attachments(of: recording))
    }

    private func reports(_ attachments: [AttachmentDesk.Attachment]) async throws -> [AttachmentReport] {
        let names = try await archive.names(of: attachments.map(\.row.principal))
        return attachments.map { attachment in
            AttachmentReport(
                recording: attachment.row.recording,
                number: attachment.row.number,
                name: attachment.facts.name,
                mediaType: attachment.facts.mediaType,
                bytes: attachment.facts.length,
                sha256: attachment.facts.sha256.hexadecimal,
                made: attachment.row.made,
                principal: attachment.row.principal,
                by: names[attachment.row.principal]
            )
        }
    }
}
