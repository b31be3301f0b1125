import AccessPolicy
public import ArchiveCore
import AuditLog
import BlobStore
public import Catalogue
import Crypto
import Foundation
import Retention
import Retrieval
public import Transcription
import Vault

/// Every revision of what was written down: kept, corrected by people, read within an access.
extension TranscriptDesk {
    /// Who makes a revision.
    struct Maker {
        var job: TranscriptionID?
        var principal: PrincipalID?
        /// The revision that it began with.
        var after: Int?
    }

    /// A revision as lists show it.
    public struct Revision: Sendable {
        /// As the catalogue has it.
        public let row: TranscriptRow
        /// What is said of it.
        public let facts: TranscriptFacts
    }

    /// Revisions of one transcript (DESIGN.md invariant 14).
    public static let longestHistory = 1000

    // MARK: Keeping

    /// Seals the next revision, makes it durable, and has `commit` put it into the catalogue.
    ///
    /// Order (DESIGN.md invariant 3): the catalogue knows what is begun → payload durable under its name → catalogue transaction
    /// with its entry. A crash in between leaves a payload that nobody was told of: the next revision replaces it, or `check`
    /// removes it, which knows it by what was begun.
    ///
    /// - Throws: `exhausted` where the disk has no room left beside what is kept for live streams.
    func keep(
        _ transcript: Transcript,
        of recording: RecordingID,
        as maker: Maker,
        author: String? = nil,
        commit: (TranscriptRow) async throws -> Void
    ) async throws -> TranscriptRow {
        try await turns.holding([recording]) {
            let newest = try await catalogue.read { try $0.transcript(of: recording)?.revision }
            let number = newest.map { $0 + 1 } ?? 0
            guard number < Self.longestHistory else {
                throw ArchiveError(.quotaSpent, "this transcript has \(number) revisions, and that is all")
            }
            guard let seal = try vault.seals(of: [recording])[recording] else { throw ArchiveError.notFound }
            let numbered = try transcript.revised(number, author: author)
            let sealed = try seal.seal(numbered.compressed(), field: DescribingFields.transcript(number))
            let facts = TranscriptFacts(
                language: numbered.language,
                engine: numbered.engine,
                model: numbered.model,
                segments: numbered.segments.count,
                after: maker.after
            )
            let row = TranscriptRow(
                recording: recording,
                revision: number,
                job: maker.job,
                principal: maker.principal,
                made: clock.now,
                size: sealed.count,
                digest: Data(SHA256.hash(data: sealed)),
                sealed: try seal.seal(CanonicalJSON.encode(facts), field: Self.factsField(number))
            )
            guard try blobs.available() >= settings.reserve + sealed.count else {
                throw ArchiveError(.exhausted, "the disk of the archive is nearly full", hint: "try again later")
            }
            try await catalogue.write { try $0.begin(row.file) }
            try blobs.keep(Array(sealed), of: recording, as: .transcript(revision: number))
            do {
                try await commit(row)
            } catch {
                // Unless it is in the catalogue all the same, and only telling it failed.
                if try await catalogue.read({ try $0.transcript(of: recording, revision: number) }) == nil {
                    try? blobs.remove(.transcript(recording, revision: number))
                }
                throw error
            }
            return row
        }
    }

    /// Keeps what a person has written down, or corrected, as the next revision.
    ///
    /// - Parameters:
    ///   - recording: of this.
    ///   - base: the newest revision that they looked at; nil where there was none.
    ///   - author: what the document calls them.
    ///   - transcript: asked for when it is known that they may: it can be long.
    /// - Throws: `not-found` where the recording is not theirs to know; `refused` where they may not describe it; `stale` where
    ///   somebody has made another revision since; what `transcript` throws.
    public func put(
        _ recording: RecordingID,
        after base: Int?,
        author: String?,
        by caller: Caller,
        _ transcript: () async throws -> Transcript
    ) async throws -> Revision {
        let action = "transcript.store"
        // Before anything is read or written: nothing is kept for who may not.
        try await attempt(action, on: recording.description, by: caller) { [self] writer, caller in
            _ = try correctable(recording, after: base, caller, writer.reader)
        }
        let maker = Maker(principal: caller.principal.id, after: base)
        let said = try await transcript()
        let row = try await keep(said, of: recording, as: maker, author: author) { [self] kept in
            let job = try await attempt(action, on: recording.description, by: caller) {
                [self] writer, caller -> TranscriptionRow? in
                let row = try correctable(recording, after: base, caller, writer.reader)
                try writer.insert(kept)
                // What a person has written is not to be covered by what a machine hears later unasked.
                let job = try writer.reader.transcriptionUnderWay(of: recording)
                if let job { try cancel(job, row, by: caller, because: "written-by-a-person", writer) }
                var details = [
                    "revision": String(kept.revision), "bytes": String(kept.size), "digest": kept.digest.hexadecimal,
                ]
                details["after"] = base.map(String.init)
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: action,
                    object: recording.description,
                    label: row.visibility.label,
                    details: details
                )
                return job
            }
            if let job { try forgetHeader(of: job) }
        }
        guard let shown = try revisions([row]).first else { throw ArchiveError.notFound }
        return shown
    }

    private func correctable(
        _ id: RecordingID,
        after base: Int?,
        _ caller: Caller,
        _ reader: CatalogueReader
    ) throws -> RecordingRow {
        guard let row = try reader.recording(id), sees(row, caller), row.state != .destroying else {
            throw ArchiveError.notFound
        }
        guard may(.describe, row.visibility, caller) else { throw Self.refusal(caller, to: "correct it") }
        let newest = try reader.transcript(of: id)?.revision
        guard newest == base else {
            let text = newest.map { "the newest revision is \($0)" } ?? "it has no transcript yet"
            throw ArchiveError(.stale, "somebody has changed the transcript: \(text)", hint: "look at it again")
        }
        return row
    }

    // MARK: Reading

    /// Up to `limit` revisions below `revision`, the newest first, for whoever sees the recording; one entry for each call.
    public func revisions(
        of id: RecordingID,
        below revision: Int?,
        limit: Int,
        by caller: Caller
    ) async throws -> [Revision] {
        guard (1...100).contains(limit) else { throw ArchiveError(.badRequest, "limit must be 1 to 100") }
        let rows = try await attempt("transcript.list", on: id.description, by: caller) { [self] writer, caller in
            guard let row = try writer.reader.recording(id), sees(row, caller), row.state != .destroying else {
                throw ArchiveError.notFound
            }
            let rows = try writer.reader.transcripts(of: id, below: revision, limit: limit)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "transcript.list",
                object: id.description,
                label: row.visibility.label,
                details: ["count": String(rows.count)]
            )
            return rows
        }
        return try revisions(rows)
    }

    private func revisions(_ rows: [TranscriptRow]) throws -> [Revision] {
        let seals = try vault.seals(of: Array(Set(rows.map(\.recording))))
        return try rows.compactMap { row in
            guard let seal = seals[row.recording] else { return nil }
            let facts = try seal.open(row.sealed, field: Self.factsField(row.revision))
            return Revision(row: row, facts: try CanonicalJSON.decode(TranscriptFacts.self, from: facts))
        }
    }

    /// A transcript within an open access: of the part that it opens, and in the log before it is returned.
    ///
    /// - Parameters:
    ///   - revision: which; nil for the newest.
    ///   - form: whether it leaves as text, or sealed for the caller.
    /// - Throws: as `Retrieval.deliver`; `not-found` where there is no such revision.
    public func read(
        _ access: AccessID,
        revision: Int?,
        as form: AccessRow.Form,
        by caller: Caller
    ) async throws -> (Revision, Transcript) {
        let (open, recording) = try await retrieval.use(access, as: form, by: caller)
        guard let row = try await catalogue.read({ try $0.transcript(of: recording.id, revision: revision) }) else {
            throw ArchiveError.notFound
        }
        try await catalogue.write { [self] writer in
            _ = try retrieval.check(access, in: writer.reader, by: caller)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "transcript.read",
                object: recording.id.description,
                label: recording.visibility.label,
                details: ["access": access.description, "revision": String(row.revision), "form": form.rawValue]
            )
        }
        let whole = try self.transcript(row)
        guard let shown = try revisions([row]).first else { throw ArchiveError.notFound }
        guard let span = open.span else { return (shown, whole) }
        return (shown, try whole.part(from: span.fromSeconds, to: span.toSeconds))
    }

    /// A revision, opened.
    ///
    /// - Throws: `storage` where what lies there is not what was kept.
    func transcript(_ row: TranscriptRow) throws -> Transcript {
        try opened(row) { data throws(TranscriptError) in try Transcript(compressed: data) }
    }

    /// What was said in a revision, for whoever has decided that it may be known.
    ///
    /// - Throws: `storage` where what lies there is not what was kept.
    package func texts(_ row: TranscriptRow) throws -> TranscriptTexts {
        try opened(row) { data throws(TranscriptError) in try TranscriptTexts(compressed: data) }
    }

    private func opened<Value>(
        _ row: TranscriptRow,
        _ read: (Data) throws(TranscriptError) -> Value
    ) throws -> Value {
        // Without its keys it is gone, and so is its file, or will be.
        guard let seal = try vault.seals(of: [row.recording])[row.recording] else { throw ArchiveError.notFound }
        guard let reader = try blobs.read(.transcript(row.recording, revision: row.revision)) else {
            throw ArchiveError(.storage, "transcript \(row.revision) of \(row.recording) is missing")
        }
        guard reader.length == row.size else {
            throw ArchiveError(
                .storage,
                "transcript \(row.revision) of \(row.recording) has \(reader.length) bytes, not \(row.size)"
            )
        }
        let opened = try seal.open(Data(reader.contents()), field: DescribingFields.transcript(row.revision))
        do {
            return try read(opened)
        } catch {
            throw ArchiveError(.storage, "transcript \(row.revision) of \(row.recording): \(error)")
        }
    }
}
