import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
import Crypto
import Foundation
import Transcription
import Vault

/// What becomes of transcripts between one look and the next.
extension Preservation {
    // MARK: Files and rows

    /// Compares revisions of transcripts with the files that were found before these rows were read.
    func transcriptFaults(
        _ rows: [TranscriptRow],
        _ files: [RecordingID: [Int: Int]],
        by actor: Actor
    ) async throws -> [StorageFault] {
        var faults: [StorageFault] = []
        var unknown = files
        for row in rows {
            let found = unknown[row.recording]?.removeValue(forKey: row.revision)
            if let fault = transcriptFault(row, found), try await isKept(row.recording) { faults.append(fault) }
        }
        for (recording, revisions) in unknown where !revisions.isEmpty {
            faults += try await unknownRevisions(of: recording, by: actor)
        }
        return faults
    }

    private func transcriptFault(_ row: TranscriptRow, _ listed: Int?) -> StorageFault? {
        let name = "revision \(row.revision) of its transcript"
        do throws(ArchiveError) {
            let key = BlobKey.transcript(row.recording, revision: row.revision)
            let found: Int? = if let listed { listed } else { try blobs.length(of: key) }
            guard let length = found else {
                return StorageFault(.transcriptMissing, row.recording, "\(name) of \(row.size) bytes is not there")
            }
            guard length == row.size else {
                return StorageFault(.transcriptLength, row.recording, "\(name) has \(length) bytes, not \(row.size)")
            }
            return nil
        } catch {
            return StorageFault(.transcriptDamaged, row.recording, "\(name): \(error.message)")
        }
    }

    /// Files of transcripts of a recording that have no row.
    ///
    /// The file comes before the row, and who made it is told after both: a crash in between leaves what nobody was told of.
    /// That is removed where it is what the catalogue says was begun, and nobody is keeping it just now, for which its turn is
    /// taken. Anything else may be the only copy of what a newer catalogue than this one knew.
    private func unknownRevisions(of id: RecordingID, by actor: Actor) async throws -> [StorageFault] {
        try await transcriptTurns.holding([id]) {
            let lying = try blobs.transcripts(of: id)
            let (isKept, known, begun) = try await catalogue.read { reader in
                (
                    try (reader.recording(id)?.state).isKept, try reader.transcripts(of: [id]).map(\.revision),
                    try reader.begunTranscript(of: id)
                )
            }
            // What is of no recording, or of one that is gone, is looked at with it.
            guard isKept else { return [] }
            var faults: [StorageFault] = []
            for revision in Set(lying).subtracting(known).sorted() {
                let name = "revision \(revision) of its transcript"
                guard let begun, begun.revision == revision, try isThere(begun, of: id) else {
                    let message = "\(name) is not in the catalogue, which may be older"
                    faults.append(StorageFault(.transcriptUnexpected, id, message))
                    continue
                }
                try blobs.remove(.transcript(id, revision: revision))
                try await note("revision", of: id, by: actor)
                let message = "\(name) was left by a write that did not end"
                faults.append(StorageFault(.transcriptUnexpected, id, message, isRepaired: true))
            }
            return faults
        }
    }

    private func isThere(_ begun: BegunTranscript, of id: RecordingID) throws -> Bool {
        guard let reader = try blobs.read(.transcript(id, revision: begun.revision)), reader.length == begun.size else {
            return false
        }
        return try Data(SHA256.hash(data: reader.contents())) == begun.digest
    }

    // MARK: Contents

    /// What reading one revision found.
    struct RevisionVerdict {
        var revision: Int
        /// nil where it is whole.
        var fault: StorageFault?
    }

    /// Reads every revision of the transcript of a recording, digests it anew and opens it.
    func revisionVerdicts(of id: RecordingID, under seal: RecordingSeal, _ pace: Pace?) async throws
        -> [RevisionVerdict]
    {
        var verdicts: [RevisionVerdict] = []
        for row in try await catalogue.read({ try $0.transcripts(of: [id]) }) {
            var verdict = RevisionVerdict(revision: row.revision)
            // Destruction may have begun while it was read.
            if let fault = damage(of: row, under: seal), try await isKept(id) { verdict.fault = fault }
            verdicts.append(verdict)
            // Others want the processor too.
            if let pace { try await pace.spend(row.size) } else { await Task.yield() }
        }
        return verdicts
    }

    private func damage(of row: TranscriptRow, under seal: RecordingSeal) -> StorageFault? {
        if let fault = transcriptFault(row, nil) { return fault }
        func damaged(_ what: String) -> StorageFault {
            StorageFault(.transcriptDamaged, row.recording, "revision \(row.revision) of its transcript \(what)")
        }
        let key = BlobKey.transcript(row.recording, revision: row.revision)
        guard let bytes = try? blobs.read(key)?.contents() else { return damaged("cannot be read") }
        guard Data(SHA256.hash(data: bytes)) == row.digest else { return damaged("is not what was kept") }
        guard let opened = try? seal.open(Data(bytes), field: DescribingFields.transcript(row.revision)) else {
            return damaged("does not open")
        }
        return (try? Transcript(compressed: opened)) == nil ? damaged("opens, and is none") : nil
    }

    /// Damage is an entry when it is found, and when it is gone; what was found before stands in the log.
    func remember(_ verdicts: [RevisionVerdict], of id: RecordingID, _ writer: CatalogueWriter, by actor: Actor) throws
    {
        for verdict in verdicts {
            let wasDamaged = try Self.wasDamaged(verdict.revision, of: id, writer.reader)
            guard wasDamaged != (verdict.fault != nil) else { continue }
            var details = [Self.revision: String(verdict.revision)]
            details["fault"] = verdict.fault?.kind.rawValue
            try log.append(
                to: writer,
                actor: actor,
                action: verdict.fault == nil ? Self.mended : Self.damaged,
                object: id.description,
                details: details
            )
        }
    }

    private static func wasDamaged(_ revision: Int, of id: RecordingID, _ reader: CatalogueReader) throws -> Bool {
        guard try reader.lastEntry(on: id, action: damaged) != nil else { return false }
        func newest(_ action: String) throws -> Int? {
            var filter = EntryFilter()
            filter.object = id.description
            filter.action = action
            filter.isNewestFirst = true
            return try reader.entries(filter, limit: 10_000).first { entry in
                LogEntry(leaf: entry.leaf)?.details[Self.revision] == String(revision)
            }?.seq
        }
        guard let found = try newest(damaged) else { return false }
        return try newest(mended).map { $0 < found } ?? true
    }

    /// The action of the entry of damage.
    static let damaged = "storage.damage"
    /// The action of the entry that says that it is gone.
    static let mended = "storage.mended"
    private static let revision = "revision"

    // MARK: Jobs

    private static let jobsAtOnce = 1000

    /// Puts back jobs whose worker was not heard of in time, and ends those whose recording is gone.
    func jobs(by actor: Actor) async throws -> [StorageFault] {
        let now = clock.now
        var faults: [StorageFault] = []
        var jobs: [TranscriptionRow]
        repeat {
            // Most often there is none, and nothing to write down.
            guard
                try await !catalogue.read({ try $0.abandonedTranscriptions(at: now, limit: 1) }).isEmpty
            else { break }
            jobs = try await catalogue.write { [log] writer in
                let jobs = try writer.reader.abandonedTranscriptions(at: now, limit: Self.jobsAtOnce)
                for job in jobs {
                    let isLost = try (writer.reader.recording(job.recording)?.state).isKept
                    if isLost {
                        try writer.postpone(job.id, until: now, because: "worker-lost", counts: true)
                    } else {
                        try writer.end(job.id, as: .cancelled, at: now)
                    }
                    try log.append(
                        to: writer,
                        actor: actor,
                        action: Self.repaired,
                        object: job.recording.description,
                        details: ["job": job.id.description, "state": isLost ? "waiting" : "cancelled"]
                    )
                }
                return jobs
            }
            for job in jobs {
                let message = "a job of transcription that nobody ended: it waits again, or ended with its recording"
                faults.append(StorageFault(.jobLeft, "\(job.id)", message, isRepaired: true))
            }
        } while jobs.count == Self.jobsAtOnce
        return faults
    }
}
