import AccessPolicy
import ArchiveCore
import Foundation
import Logging
import Retrieval
import ServiceLifecycle
import Transcribing
import Transcription
import Transcripts

/// The archive's own transcriber: hears in this process's stead, by an engine that is a process of its own, what no machine
/// elsewhere was asked to hear.
struct ArchiveTranscriber: Service {
    let archive: Archive
    let settings: TranscriptionSettings
    let logger: Logger
    /// How long it waits where there is nothing to hear.
    var interval = Duration.seconds(5)
    /// How long it waits where its engine cannot work.
    var patience = Duration.seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var isTold = false
            while !Task.isCancelled {
                do {
                    let confinement = try await EngineConfinement()
                    if let reason = confinement.reason, !isTold {
                        logger.warning("the engine of transcription runs with a network: \(reason)")
                    }
                    isTold = true
                    try await work(settings.make(in: confinement))
                } catch {
                    guard !Task.isCancelled else { return }
                    let failure = (error as? EngineFailure)?.discreet ?? error as? ArchiveError
                    logger.error("transcription: \(failure?.description ?? "it failed")")
                    try? await Task.sleep(for: patience)
                }
            }
        }
    }

    /// Works until its engine cannot, or it is cancelled.
    private func work(_ engine: any TranscriptionEngine) async throws {
        let worker = TranscriptionWorker(
            OwnJobs(archive: archive),
            engine: engine,
            languages: settings.languages
        )
        while true {
            switch try await worker.workOnce() {
            case nil: try await Task.sleep(for: interval)
            case .failed(let job, let error):
                logger.error("transcription \(job): \(error)")
                // Where the engine is at fault it does not run through all that waits.
                try await Task.sleep(for: interval)
            case .done, .lost: break
            }
        }
    }
}

/// The jobs of the archive that this process serves.
private struct OwnJobs: JobSource {
    let archive: Archive
    private var desk: TranscriptDesk { archive.transcripts }
    private var own: Transcriber {
        .service(upTo: archive.settings.transcription?.highest.map { Level($0) } ?? archive.policy.lowest)
    }

    func next() async throws -> TranscriptionTask? {
        guard let job = try await desk.take(by: own) else { return nil }
        return TranscriptionTask(
            id: job.id,
            lease: job.lease,
            unit: job.unit,
            language: job.language,
            duration: job.duration,
            patience: job.patience
        )
    }

    func stream(_ task: TranscriptionTask) async throws -> any JobStream {
        OwnStream(try await desk.audio(of: task.id, task.lease, by: own))
    }

    func progress(_ task: TranscriptionTask, heard: Double) async throws {
        _ = try await desk.renew(task.id, task.lease, heard: heard, by: own)
    }

    func finish(_ task: TranscriptionTask, with transcript: Transcript) async throws {
        _ = try await desk.finish(task.id, task.lease, by: own) { transcript }
    }

    func fail(_ task: TranscriptionTask, because problem: String, isFinal: Bool, counts: Bool) async throws {
        try await desk.fail(
            task.id,
            task.lease,
            because: problem,
            isFinal: isFinal,
            counts: counts,
            by: own
        )
    }
}

/// What the archive's own transcriber reads.
private final class OwnStream: JobStream {
    /// Bytes read at a time.
    private static let step = 256 << 10

    private let delivery: Delivery
    private var offset = 0

    init(_ delivery: Delivery) { self.delivery = delivery }

    func next() async throws -> [UInt8]? {
        guard offset < delivery.length else { return nil }
        try await delivery.assertAllowed()
        let wanted = min(Self.step, delivery.length - offset)
        let bytes = try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            count = try delivery.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
        guard !bytes.isEmpty else { throw ArchiveError(.storage, "the payload ended early") }
        offset += bytes.count
        return bytes
    }
}
