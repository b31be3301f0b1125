import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Retrieval
import Transcription
import Transcripts

/// Transcripts: their revisions below `/v1/recordings`, and what an access opens of them below `/v1/accesses`.
struct TranscriptRoutes: Sendable {
    let archive: Archive
    private var desk: TranscriptDesk { archive.transcripts }

    /// Adds the routes below `/v1/recordings`.
    func add(toRecordings group: RouterGroup<ArchiveContext>) {
        group.on(":id/transcripts", method: .get) { request, context in try await list(request, context) }
        group.on(":id/transcript", method: .put) { request, context in try await put(request, context) }
    }

    /// Adds the routes below `/v1/accesses`.
    func add(toAccesses group: RouterGroup<ArchiveContext>) {
        for format in TranscriptFormat.writable {
            group.on(":id/transcript.\(format.rawValue)", method: .get) { request, context in
                try await deliver(.opened, format, request, context)
                    .response(format.mediaType ?? "application/octet-stream", to: request, context)
            }
            group.on(":id/transcript.\(format.rawValue).age", method: .get) { request, context in
                try await deliver(.sealed, format, request, context).response("application/age", to: request, context)
            }
        }
    }

    private func list(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        let (before, limit) = try request.revisionPage()
        let id: RecordingID = try context.identifier("id")
        let revisions = try await desk.revisions(of: id, below: before, limit: limit, by: context.authenticated())
        // Revisions begin at 0, and none is missing.
        let last = revisions.last?.row.revision ?? 0
        return try await Response.json(
            TranscriptPage(transcripts: reports(revisions), next: last > 0 ? last : nil)
        )
    }

    private func put(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        var after: Int?
        for (name, value) in try request.queryItems() {
            guard name == "after" else {
                throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
            after = try RecordingRoutes.number(name, value)
        }
        let caller = try context.authenticated()
        let author = try await archive.names(of: [caller.principal.id])[caller.principal.id]
        let id: RecordingID = try context.identifier("id")
        let made = try await desk.put(id, after: after, author: author, by: caller) {
            try await request.transcript(context)
        }
        return try await Response.json(reports([made])[0], status: .created)
    }

    private func deliver(
        _ form: AccessRow.Form,
        _ format: TranscriptFormat,
        _ request: Request,
        _ context: ArchiveContext
    ) async throws -> Delivery {
        var revision: Int?
        for (name, value) in try request.queryItems() {
            guard name == "revision" else {
                throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
            revision = try RecordingRoutes.number(name, value)
        }
        let (access, caller): (AccessID, Caller) = (try context.identifier("id"), try context.authenticated())
        let (shown, transcript) = try await desk.read(access, revision: revision, as: form, by: caller)
        return try await archive.retrieval.deliver(
            Array(format.write(transcript)),
            named: "\(format.rawValue)-\(shown.row.revision)",
            within: access,
            as: form,
            by: caller
        )
    }

    private func reports(_ revisions: [TranscriptDesk.Revision]) async throws -> [TranscriptReport] {
        let names = try await archive.names(of: revisions.compactMap(\.row.principal))
        return revisions.map { TranscriptReport($0, names) }
    }
}

extension TranscriptReport {
    fileprivate init(_ revision: TranscriptDesk.Revision, _ names: [PrincipalID: String]) {
        let (row, facts) = (revision.row, revision.facts)
        self.init(
            recording: row.recording,
            revision: row.revision,
            made: row.made,
            principal: row.principal,
            name: row.principal.flatMap { names[$0] },
            transcription: row.job,
            after: facts.after,
            language: facts.language,
            engine: facts.engine,
            model: facts.model,
            segments: facts.segments
        )
    }
}

extension Request {
    /// The body as the JSON of a transcript; all of it, and nothing of one whose sender went away before its end.
    ///
    /// - Throws: `unsupported-media`; `too-large`; `truncated`; `bad-metadata` with the segment and what is wrong with it.
    func transcript(_ context: ArchiveContext) async throws -> Transcript {
        if let type = headers[.contentType]?.prefix(while: { $0 != ";" }), type.lowercased() != "application/json" {
            throw ArchiveError(
                .unsupportedMedia,
                "\(String(type.prefix(80)).debugDescription) is not taken here",
                hint: "send application/json; risalah transcript put reads other formats"
            )
        }
        let limit = Transcript.Limits.document
        let tooLarge = ArchiveError(.tooLarge, "a transcript has at most \(limit) bytes")
        guard headers[.contentLength].flatMap(Int.init) ?? 0 <= limit else { throw tooLarge }
        var document = Data()
        do {
            for try await part in ReceivedBody(self, context) {
                guard document.count + part.count <= limit else { throw tooLarge }
                document.append(contentsOf: part)
            }
        } catch is BrokenConnection {
            throw ArchiveError(.truncated, "the transcript ended after \(document.count) bytes, in the middle")
        }
        do {
            return try TranscriptFormat.json.parse(document)
        } catch {
            throw error.error
        }
    }
}
