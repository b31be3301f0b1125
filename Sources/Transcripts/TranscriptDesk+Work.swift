import AccessPolicy
public import ArchiveCore
import AuditLog
import Catalogue
public import Foundation
import Retention
public import Transcription
import Vault

/// Who hears recordings.
public enum Transcriber: Sendable {
    /// The archive's own, up to a level.
    case service(upTo: Level)
    /// A machine elsewhere, up to its clearance.
    case machine(Caller)

    var actor: Actor {
        switch self {
        case .service: .service
        case .machine(let caller): caller.actor
        }
    }

    var principal: PrincipalID? {
        switch self {
        case .service: nil
        case .machine(let caller): caller.principal.id
        }
    }
}

/// A job that a transcriber has, for as long as it is heard of.
public struct TakenJob: Sendable {
    /// The job.
    public let id: TranscriptionID
    /// Whoever has this has the job.
    public let lease: Data
    /// What is to be heard.
    public let recording: RecordingID
    /// Its unit, by which the language is configured.
    public let unit: String
    /// The language that was asked for.
    public let language: String?
    /// Seconds of it.
    public let duration: Double
    /// Until when the transcriber has to be heard of, by the clock of the archive.
    public let due: Date
    /// The same in seconds from when it was given out.
    public let patience: TimeInterval
}

/// Jobs are given out, one to one transcriber, and come back as a revision or as a problem.
///
/// A job makes one revision at most: whoever brings one has to have the lease still, and lease and revision end in one
/// transaction. A transcriber that is not heard of loses its job to the next.
extension TranscriptDesk {
    /// Gives out the job that has waited longest; nil where there is none that this transcriber may have.
    ///
    /// - Throws: `refused` for a machine of another role.
    public func take(by transcriber: Transcriber) async throws -> TakenJob? {
        if case .machine(let caller) = transcriber, !hasAction(caller, [.transcribe]) {
            throw Self.refusal(caller, to: "transcribe")
        }
        // Most often there is nothing to do, and nothing to write down.
        let now = clock.now
        guard
            try await catalogue.read({ [self] reader in
                try reader.nextTranscription(classes: classes(for: transcriber, reader), at: now)
            }) != nil
        else { return nil }
        let lease = Data(Random.bytes(16))
        let due = now.addingTimeInterval(settings.lease)
        let (taken, before) = try await write(by: transcriber) { [self] writer -> (TakenJob?, [TranscriptionRow]) in
            var before: [TranscriptionRow] = []
            while let job = try writer.reader.nextTranscription(
                classes: classes(for: transcriber, writer.reader),
                at: now
            ) {
                before.append(job)
                guard let row = try writer.reader.recording(job.recording),
                    let seal = try vault.seals(of: [job.recording])[job.recording]
                else {
                    try writer.end(job.id, as: .cancelled, at: now)
                    continue
                }
                guard job.attempts < settings.attempts else {
                    // Whoever had it last was never heard of again.
                    try giveUp(job, row, because: job.problem ?? "worker-lost", writer)
                    continue
                }
                try writer.lease(job.id, as: lease, to: transcriber.principal, until: due)
                try log.append(
                    to: writer,
                    actor: transcriber.actor,
                    action: "transcription.take",
                    object: row.id.description,
                    label: row.visibility.label,
                    details: ["job": job.id.description, "attempt": String(job.attempts + 1)]
                )
                let taken = TakenJob(
                    id: job.id,
                    lease: lease,
                    recording: row.id,
                    unit: row.visibility.unit,
                    language: try wish(of: job, seal).language,
                    duration: row.duration,
                    due: due,
                    patience: settings.lease
                )
                return (taken, before)
            }
            return (nil, before)
        }
        for job in before { try forgetHeader(of: job) }
        return taken
    }

    private func classes(for transcriber: Transcriber, _ reader: CatalogueReader) throws -> [Int64] {
        guard let transcriber = try current(transcriber, reader) else { return [] }
        return try reader.classes().filter { isFor(transcriber, $0.visibility) }.map(\.id)
    }

    /// A transcriber as it is now; nil where it counts no longer.
    private func current(_ transcriber: Transcriber, _ reader: CatalogueReader) throws -> Transcriber? {
        guard case .machine(let caller) = transcriber else { return transcriber }
        do {
            return .machine(try reader.current(caller, at: clock.now))
        } catch is LostStanding {
            return nil
        }
    }

    /// Whether it may hear recordings of this class.
    private func isFor(_ transcriber: Transcriber, _ visibility: VisibilityClass) -> Bool {
        switch transcriber {
        case .machine(let caller): may(.transcribe, visibility, caller)
        case .service(let highest): policy.dominates(Label(highest), Label(visibility.label.level))
        }
    }

    /// Runs `body` for a machine as it is in this transaction.
    private func write<Value: Sendable>(
        by transcriber: Transcriber,
        _ body: @escaping @Sendable (CatalogueWriter) throws -> Value
    ) async throws -> Value {
        switch transcriber {
        case .service: return try await catalogue.write { try body($0) }
        case .machine(let caller): return try await log.write(by: caller) { writer, _ in try body(writer) }
        }
    }

    /// The job that `transcriber` has by `lease`, and its recording.
    ///
    /// - Throws: `gone` where it has it no longer; `not-found` where it never had, or another has it now.
    func held(
        _ id: TranscriptionID,
        _ lease: Data,
        by transcriber: Transcriber,
        _ reader: CatalogueReader
    ) throws -> (TranscriptionRow, RecordingRow) {
        guard let job = try reader.transcription(id), job.attempts > 0, job.worker == transcriber.principal else {
            throw ArchiveError.notFound
        }
        guard job.state == .running, job.lease == lease, let row = try reader.recording(job.recording),
            [.stored, .incomplete].contains(row.state), let transcriber = try current(transcriber, reader),
            isFor(transcriber, row.visibility)
        else { throw Self.lost }
        return (job, row)
    }

    private static let lost = ArchiveError(
        .gone,
        "this job is not yours, or no longer",
        hint: "it was taken back, or given to another; ask for the next one"
    )

    /// A transcriber is heard of.
    ///
    /// - Parameter heard: seconds of the recording that it has heard so far.
    /// - Returns: until when it has to be heard of next.
    /// - Throws: `gone` where the job is not its own any more.
    public func renew(
        _ id: TranscriptionID,
        _ lease: Data,
        heard: Double,
        by transcriber: Transcriber
    ) async throws -> Date {
        guard heard.isFinite, heard >= 0 else { throw ArchiveError(.badRequest, "heard is a number of seconds") }
        let due = clock.now.addingTimeInterval(settings.lease)
        return try await write(by: transcriber) { [self] writer in
            let (_, row) = try held(id, lease, by: transcriber, writer.reader)
            guard try writer.renewLease(id, lease, heard: min(heard, row.duration), until: due) else { throw Self.lost }
            return due
        }
    }

    /// What a transcriber has heard becomes the next revision, and the job is done; one transaction.
    ///
    /// - Parameter transcript: asked for when it is known that the job is its own: it can be long.
    /// - Returns: the number of the revision.
    /// - Throws: `gone` where the job is not its own any more: what it heard is dropped; what `transcript` throws.
    public func finish(
        _ id: TranscriptionID,
        _ lease: Data,
        by transcriber: Transcriber,
        _ transcript: () async throws -> Transcript
    ) async throws -> Int {
        let (job, row) = try await catalogue.read { [self] in try held(id, lease, by: transcriber, $0) }
        let spoken = try await transcript().heard(from: speaker(of: row))
        let kept = try await keep(spoken, of: row.id, as: Maker(job: job.id, principal: transcriber.principal)) {
            [self] kept in
            try await write(by: transcriber) { [self] writer in
                let (_, row) = try held(id, lease, by: transcriber, writer.reader)
                try writer.insert(kept)
                try writer.end(id, as: .done, at: kept.made)
                try log.append(
                    to: writer,
                    actor: transcriber.actor,
                    action: "transcript.store",
                    object: row.id.description,
                    label: row.visibility.label,
                    details: [
                        "revision": String(kept.revision), "job": id.description, "bytes": String(kept.size),
                        "digest": kept.digest.hexadecimal,
                    ]
                )
            }
        }
        try forgetHeader(of: job)
        return kept.revision
    }

    /// Who speaks in all of a recording, where it is one person's track.
    private func speaker(of row: RecordingRow) throws -> String? {
        guard let seal = try vault.seals(of: [row.id])[row.id], let sealed = row.sealed else { return nil }
        let opened = try seal.open(sealed, field: DescribingFields.field)
        return try CanonicalJSON.decode(DescribingFields.self, from: opened).speaker
    }

    /// A transcriber could not do it.
    ///
    /// - Parameters:
    ///   - problem: a short code, like `engine-failed`; it is in the catalogue and in the log, so it says nothing of what was heard.
    ///   - isFinal: whether trying again is of no use.
    ///   - counts: whether it is an attempt: not where nothing was tried, since the transcriber was stopped or has no engine.
    public func fail(
        _ id: TranscriptionID,
        _ lease: Data,
        because problem: String,
        isFinal: Bool,
        counts: Bool = true,
        by transcriber: Transcriber
    ) async throws {
        guard problem.wholeMatch(of: /[a-z][a-z0-9\-]{0,62}/) != nil else {
            throw ArchiveError(.badRequest, "a problem is a code of small letters, digits and hyphens")
        }
        let failed = try await write(by: transcriber) { [self] writer -> TranscriptionRow in
            let (job, row) = try held(id, lease, by: transcriber, writer.reader)
            guard !isFinal, !counts || job.attempts < settings.attempts else {
                try giveUp(job, row, because: problem, writer)
                return job
            }
            let pause = counts ? min(settings.pause * pow(4, Double(job.attempts - 1)), Self.longestPause) : 0
            try writer.postpone(id, until: clock.now.addingTimeInterval(pause), because: problem, counts: counts)
            try log.append(
                to: writer,
                actor: transcriber.actor,
                action: "transcription.postpone",
                object: row.id.description,
                label: row.visibility.label,
                details: ["job": id.description, "problem": problem, "attempt": String(job.attempts)]
            )
            return job
        }
        try forgetHeader(of: failed)
    }

    private static let longestPause: TimeInterval = 6 * 3600

    private func giveUp(
        _ job: TranscriptionRow,
        _ row: RecordingRow,
        because problem: String,
        _ writer: CatalogueWriter
    ) throws {
        try writer.end(job.id, as: .failed, at: clock.now, because: problem)
        try log.append(
            to: writer,
            actor: .service,
            action: "transcription.fail",
            object: row.id.description,
            label: row.visibility.label,
            details: ["job": job.id.description, "problem": problem, "attempts": String(job.attempts)]
        )
    }

    /// Jobs that the archive's own transcriber had when the service ended can be taken at once.
    public func recover() async throws {
        let now = clock.now
        guard try await catalogue.read({ try $0.hasOrphanedTranscriptions() }) else { return }
        try await catalogue.write { try $0.releaseOrphanedTranscriptions(at: now) }
    }
}
