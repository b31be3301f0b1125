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
                let text = try await read(.opened, format, request, context)
                return Self.delivery(of: text, format.mediaType ?? "application/octet-stream")
            }
            group.on(":id/transcript.\(format.rawValue).age", method: .get) { request, context in
                let text = try await read(.sealed, format, request, context)
                let sealed = try await archive.retrieval.seal(
                    text,
                    within: context.identifier("id"),
                    by: context.authenticated()
                )
                return Self.delivery(of: sealed, "application/age")
            }
        }
    }

    private static func delivery(of bytes: [UInt8], _ mediaType: String) -> Response {
        Response(
            status: .ok,
            // For the owner of the access, and for nobody else.
            headers: [.contentType: mediaType, .cacheControl: "private, no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes))
        )
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
        let made = try await desk.put(id, after: after, author: author, by: caller) { try await request.transcript() }
        return try await Response.json(reports([made])[0], status: .created)
    }

    private func read(
        _ form: AccessRow.Form,
        _ format: TranscriptFormat,
        _ request: Request,
        _ context: ArchiveContext
    ) async throws -> [UInt8] {
        var revision: Int?
        for (name, value) in try request.queryItems() {
            guard name == "revision" else {
                throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
            revision = try RecordingRoutes.number(name, value)
        }
        let transcript = try await desk.read(
            context.identifier("id"),
            revision: revision,
            as: form,
            by: context.authenticated()
        ).1
        return try Array(format.write(transcript))
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
    /// The body as the JSON of a transcript.
    ///
    /// - Throws: `too-large`; `bad-metadata` with the segment and what is wrong with it.
    func transcript() async throws -> Transcript {
        let buffer: ByteBuffer
        do {
            buffer = try await body.collect(upTo: Transcript.Limits.document)
        } catch is NIOTooManyBytesError {
            throw ArchiveError(.tooLarge, "a transcript has at most \(Transcript.Limits.document) bytes")
        }
        do {
            return try TranscriptFormat.json.parse(Data(buffer.readableBytesView))
        } catch {
            throw error.error
        }
    }
}
