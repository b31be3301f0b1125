import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import HTTPTypes
import Hummingbird
import Retrieval
import Transcripts

/// Jobs of making transcripts, `/v1/transcriptions`: people ask and look, transcribers take them and bring what they heard.
struct TranscriptionRoutes: Sendable {
    /// The longest body that names ``TranscriptDesk/jobsAtOnce`` recordings.
    private static let longestBody = 64 << 10

    let archive: Archive
    private var desk: TranscriptDesk { archive.transcripts }

    /// Adds the routes.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .post) { request, context in
            let body = try await request.json(TranscriptionBody.self, limit: Self.longestBody)
            let jobs = try await desk.ask(body.recordings, language: body.language, by: context.authenticated())
            return try await Response.json(
                TranscriptionPage(transcriptions: reports(jobs), next: nil),
                status: .created
            )
        }
        group.on("", method: .get) { request, context in try await list(request, context) }
        group.on("next", method: .post) { _, context in
            guard let job = try await desk.take(by: .machine(context.authenticated())) else {
                return Response(status: .noContent)
            }
            return try Response.json(TakenTranscription(job))
        }
        group.on(":id", method: .get) { _, context in
            let job = try await desk.job(context.identifier("id"), by: context.authenticated())
            return try await Response.json(reports([job])[0])
        }
        group.on(":id", method: .delete) { _, context in
            let job = try await desk.cancel(context.identifier("id"), by: context.authenticated())
            return try await Response.json(reports([job])[0])
        }
        group.on(":id/recording.opus.age", method: .get) { request, context in
            try await desk.audio(
                of: context.identifier("id"),
                lease(of: request),
                by: .machine(context.authenticated())
            ).response("application/age", to: request, context)
        }
        group.on(":id/heartbeat", method: .post) { request, context in
            let body = try await request.json(HeartbeatBody.self)
            let due = try await desk.renew(
                context.identifier("id"),
                lease(of: request),
                heard: body.heard,
                by: .machine(context.authenticated())
            )
            return try Response.json(HeartbeatReport(due: due))
        }
        group.on(":id/transcript", method: .put) { request, context in
            let caller = try context.authenticated()
            let lease = try lease(of: request)
            let id: TranscriptionID = try context.identifier("id")
            let revision = try await desk.finish(id, lease, by: .machine(caller)) {
                try await request.transcript(context)
            }
            return try Response.json(["revision": revision], status: .created)
        }
        group.on(":id/failure", method: .post) { request, context in
            let body = try await request.json(TranscriptionFailureBody.self)
            try await desk.fail(
                context.identifier("id"),
                lease(of: request),
                because: body.problem,
                isFinal: body.final,
                counts: body.counts ?? true,
                by: .machine(context.authenticated())
            )
            return Response(status: .noContent)
        }
    }

    /// A request about a job without its lease is one about a job that is somebody else's.
    private func lease(of request: Request) throws(ArchiveError) -> Data {
        guard let name = HTTPField.Name(JobLease.header), let text = request.headers[name], let lease = JobLease(text)
        else {
            throw ArchiveError(.badRequest, "the header \(JobLease.header) is not there, or no lease")
        }
        return lease.bytes
    }

    private func list(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        var (states, limit, cursor): ([TranscriptionRow.State], Int, String?) = ([], 100, nil)
        for (name, value) in try request.queryItems() {
            switch name {
            case "state":
                guard
                    let state = TranscriptionState(rawValue: value).flatMap({ .init(rawValue: $0.rawValue) })
                        as TranscriptionRow.State?
                else { throw ArchiveError(.badRequest, "state is waiting, running, done, failed or cancelled") }
                states.append(state)
            case "limit": limit = try RecordingRoutes.number(name, value)
            case "cursor": cursor = value
            default: throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
        }
        let page = try await desk.jobs(
            in: states.isEmpty ? TranscriptionRow.State.allCases : states,
            limit: limit,
            cursor: cursor,
            by: context.authenticated()
        )
        return try await Response.json(TranscriptionPage(transcriptions: reports(page.jobs), next: page.next))
    }

    private func reports(_ jobs: [TranscriptDesk.Job]) async throws -> [TranscriptionReport] {
        let names = try await archive.names(of: jobs.compactMap(\.row.principal))
        return jobs.map { TranscriptionReport($0, names) }
    }
}

extension TranscriptionReport {
    fileprivate init(_ job: TranscriptDesk.Job, _ names: [PrincipalID: String]) {
        let row = job.row
        self.init(
            id: row.id,
            recording: row.recording,
            state: TranscriptionState(row.state),
            asked: row.asked,
            principal: row.principal,
            name: row.principal.flatMap { names[$0] },
            language: job.language,
            duration: job.duration,
            heard: row.heard,
            attempts: row.attempts,
            problem: row.problem,
            due: row.state == .waiting ? row.due : nil,
            ended: row.ended
        )
    }
}

extension TranscriptionState {
    init(_ state: TranscriptionRow.State) {
        switch state {
        case .waiting: self = .waiting
        case .running: self = .running
        case .done: self = .done
        case .failed: self = .failed
        case .cancelled: self = .cancelled
        }
    }
}

extension TakenTranscription {
    fileprivate init(_ job: TakenJob) throws(ArchiveError) {
        guard let lease = JobLease(job.lease) else { throw ArchiveError(.unexpected, "a lease is not 16 bytes") }
        self.init(
            id: job.id,
            lease: lease,
            unit: job.unit,
            language: job.language,
            duration: job.duration,
            due: job.due,
            patience: job.patience
        )
    }
}
