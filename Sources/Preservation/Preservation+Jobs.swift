import ArchiveCore
import AuditLog
import Catalogue
import Foundation

/// What becomes of jobs of transcription whose worker is gone.
extension Preservation {
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
