import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
import Foundation
import Retention
import Vault

/// People ask for transcripts, and look how far they are.
extension TranscriptDesk {
    /// A job as people see it.
    public struct Job: Sendable {
        /// As the catalogue has it.
        public let row: TranscriptionRow
        /// The language that was asked for.
        public let language: String?
        /// Seconds that there are to hear.
        public let duration: Double
    }

    /// Jobs that one request asks for (DESIGN.md invariant 14).
    public static let jobsAtOnce = 1000

    /// Asks for transcripts of recordings: all of them or none, one transaction. What is under way already is not asked for twice.
    ///
    /// - Parameter language: a tag of BCP 47, of what is spoken; nil to leave it to the settings and the engine.
    /// - Throws: `not-found` where a recording is not the caller's to know; `refused` where they may not describe it, or it stands
    ///   on a frozen list.
    public func ask(
        _ recordings: [RecordingID],
        language: String?,
        by caller: Caller
    ) async throws -> [Job] {
        guard (1...Self.jobsAtOnce).contains(recordings.count), Set(recordings).count == recordings.count else {
            throw ArchiveError(.badRequest, "one request has 1 to \(Self.jobsAtOnce) recordings, each once")
        }
        let language = try Self.checked(language: language)
        let object = recordings.count == 1 ? recordings[0].description : nil
        return try await attempt("transcription.ask", on: object, by: caller) { [self] writer, caller in
            try recordings.map { id in
                guard let row = try writer.reader.recording(id), sees(row, caller), row.state != .destroying else {
                    throw ArchiveError.notFound
                }
                guard may(.describe, row.visibility, caller) else { throw Self.refusal(caller, to: "ask for it") }
                guard try !writer.reader.isDoomed(id) else {
                    throw ArchiveError(.refused, "\(id) stands on a frozen list")
                }
                guard let seal = try vault.seals(of: [id])[id] else { throw ArchiveError.notFound }
                if let known = try writer.reader.transcriptionUnderWay(of: id) {
                    return try job(known, row, seal)
                }
                let job = TranscriptionID()
                let wish = try CanonicalJSON.encode(TranscriptionWish(language: language))
                let asked = TranscriptionRow(
                    id: job,
                    recording: id,
                    asked: clock.now,
                    principal: caller.principal.id,
                    sealed: try seal.seal(wish, field: Self.jobField(job))
                )
                try writer.insert(asked)
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: "transcription.ask",
                    object: id.description,
                    label: row.visibility.label,
                    details: ["job": job.description]
                )
                return Job(row: asked, language: language, duration: row.duration)
            }
        }
    }

    private static func checked(language: String?) throws(ArchiveError) -> String? {
        guard let language else { return nil }
        guard language.utf8.count <= 35, language.wholeMatch(of: /[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*/) != nil else {
            throw ArchiveError(
                .badRequest,
                "\(language.prefix(40).debugDescription) is no language",
                hint: "like id or en"
            )
        }
        return language
    }

    private func job(_ row: TranscriptionRow, _ recording: RecordingRow, _ seal: RecordingSeal) throws -> Job {
        Job(row: row, language: try wish(of: row, seal).language, duration: recording.duration)
    }

    func wish(of job: TranscriptionRow, _ seal: RecordingSeal) throws -> TranscriptionWish {
        guard let sealed = job.sealed else { return TranscriptionWish() }
        return try CanonicalJSON.decode(TranscriptionWish.self, from: seal.open(sealed, field: Self.jobField(job.id)))
    }

    /// Takes back a job that is under way; a worker that has it hears of it when it is heard of next.
    ///
    /// - Throws: `not-found` where its recording is not the caller's to know; `refused`; `conflict` where it has ended.
    public func cancel(_ id: TranscriptionID, by caller: Caller) async throws -> Job {
        let (ended, before) = try await attempt("transcription.cancel", on: nil, by: caller) { [self] writer, caller in
            guard let job = try writer.reader.transcription(id), let row = try writer.reader.recording(job.recording),
                sees(row, caller)
            else { throw ArchiveError.notFound }
            guard may(.describe, row.visibility, caller) else { throw Self.refusal(caller, to: "take it back") }
            guard [.waiting, .running].contains(job.state) else {
                throw ArchiveError(.conflict, "this job is \(job.state.rawValue)")
            }
            try cancel(job, row, by: caller, because: nil, writer)
            guard let seal = try vault.seals(of: [row.id])[row.id], let ended = try writer.reader.transcription(id)
            else {
                throw ArchiveError.notFound
            }
            return (try self.job(ended, row, seal), job)
        }
        try forgetHeader(of: before)
        return ended
    }

    /// Ends a job that is under way, and says so. Whoever commits that calls ``forgetHeader(of:)`` then.
    func cancel(
        _ job: TranscriptionRow,
        _ row: RecordingRow,
        by caller: Caller,
        because problem: String?,
        _ writer: CatalogueWriter
    ) throws {
        try writer.end(job.id, as: .cancelled, at: clock.now, because: problem)
        var details = ["job": job.id.description]
        details["problem"] = problem
        try log.append(
            to: writer,
            actor: caller.actor,
            action: "transcription.cancel",
            object: row.id.description,
            label: row.visibility.label,
            details: details
        )
    }

    /// One job.
    public func job(_ id: TranscriptionID, by caller: Caller) async throws -> Job {
        let found = try await catalogue.read { [self] reader -> (TranscriptionRow, RecordingRow)? in
            guard let job = try reader.transcription(id), let row = try reader.recording(job.recording),
                sees(row, caller)
            else { return nil }
            return (job, row)
        }
        guard let (row, recording) = found, let seal = try vault.seals(of: [recording.id])[recording.id] else {
            throw ArchiveError.notFound
        }
        return try job(row, recording, seal)
    }

    /// Jobs in one of `states` of recordings that the caller sees, the newest first, behind `cursor`; one entry for each call.
    public func jobs(
        in states: [TranscriptionRow.State],
        limit: Int,
        cursor: String?,
        by caller: Caller
    ) async throws -> (jobs: [Job], next: String?) {
        let page = try PageRequest<[String], TranscriptionID>(
            "transcriptions",
            states.map(\.rawValue).sorted(),
            limit: limit,
            cursor: cursor,
            by: caller,
            under: cursors
        )
        let rows = try await attempt("transcription.list", on: nil, by: caller) {
            [self] writer, caller -> [(TranscriptionRow, RecordingRow)] in
            guard hasAction(caller, [.show]) else { throw Self.refusal(caller, to: "list jobs") }
            let rows = try writer.reader.transcriptions(
                in: states,
                classes: classes(.show, caller, writer.reader),
                after: page.after.map { ($0.position, $0.id) },
                limit: page.count
            )
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "transcription.list",
                details: ["count": String(min(rows.count, limit))]
            )
            return try rows.compactMap { job in try writer.reader.recording(job.recording).map { (job, $0) } }
        }
        let (shown, next) = try page.cut(rows) { .init(position: Timestamp.text($0.0.asked), id: $0.0.id) }
        let seals = try vault.seals(of: shown.map(\.1.id))
        return (
            try shown.compactMap { row, recording in
                try seals[recording.id].map { try job(row, recording, $0) }
            }, next
        )
    }
}
