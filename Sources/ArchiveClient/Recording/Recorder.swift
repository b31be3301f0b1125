public import Age
public import ArchiveCore
internal import Foundation
internal import Synchronization

/// Records a meeting: captured from the moment this is made, encoded, sealed, spooled, and sent as it is spooled.
///
/// What is spooled outlives everything that can happen to this process, to the network and to the archive.
public final class Recorder: Sendable {
    /// Bytes that are captured ahead of what is encoded: minutes, while the recipients are asked for.
    private static let capacity = 64 << 20

    private let plan: RecordingPlan
    private let home: ClientHome
    private let files: any FileSystem
    private let source: CaptureSource
    private let started: Date
    private let shared = Mutex<RecordingProgress>.Shared(RecordingProgress())
    private let report: @Sendable (RecordingEvent) -> Void

    private struct Sending {
        var tasks: [Task<UploadReceipt, any Error>] = []
        var entries: [SpoolEntry] = []
        var isOver = false
    }
    private let sending = Mutex(Sending())

    /// Begins to capture.
    ///
    /// - Throws: `bad-metadata` where `plan` lacks a title, a unit or a series; `not-found` or `input-output` where the
    ///   source cannot be opened.
    public convenience init(
        _ plan: RecordingPlan,
        home: ClientHome,
        report: @escaping @Sendable (RecordingEvent) -> Void
    ) throws(ArchiveError) {
        try self.init(plan, home: home, files: LocalFileSystem(), report: report)
    }

    init(
        _ plan: RecordingPlan,
        home: ClientHome,
        files: any FileSystem,
        report: @escaping @Sendable (RecordingEvent) -> Void
    ) throws(ArchiveError) {
        try plan.metadata.requireComplete(inside: nil)
        guard plan.metadata.source == nil else {
            throw ArchiveError(.badMetadata, "what is recorded here was made of no file: leave out source")
        }
        // What the archive would refuse at the end is refused now.
        _ = try plan.metadata.uploadMetadata()
        self.plan = plan
        self.home = home
        self.files = files
        self.report = report
        started = plan.metadata.started ?? Date()
        try home.prepareSpool(in: LocalFileSystem())
        source = try CaptureSource(plan.source, capacity: Self.capacity)
    }

    /// How far it is; the peak begins anew.
    public func progress() -> RecordingProgress {
        let acknowledged = sending.withLock { $0.entries.reduce(Int64(0)) { $0 + $1.state.acknowledged } }
        return shared.value.withLock { progress in
            defer { progress.peak = 0 }
            progress.acknowledged = acknowledged
            return progress
        }
    }

    /// Ends the capture; what came is still encoded, sealed, spooled and sent.
    public func stop() { source.stop() }

    /// Ends the capture, without a recording.
    public func abandon() { source.abandon() }

    /// Stops sending; what is spooled stays.
    public func stopSending() {
        let tasks = sending.withLock { sending in
            sending.isOver = true
            return sending.tasks
        }
        for task in tasks { task.cancel() }
    }

    /// Records and sends until both are done.
    ///
    /// - Parameters:
    ///   - recipient: of the level.
    ///   - retries: how often sending is tried again once the recording has ended.
    ///   - connect: a client of the archive; asked again after a certificate was not taken.
    public func run(
        sealedTo recipient: Recipient,
        retries: RetryPolicy,
        connect: @escaping @Sendable () async throws -> ArchiveClient
    ) async -> RecordingOutcome {
        let (entries, continuation) = AsyncStream.makeStream(of: SpoolEntry.self)
        async let recorded = record(sealedTo: recipient) {
            continuation.yield($0)
        } ended: {
            continuation.finish()
        }
        for await entry in entries { send(entry, retries, connect) }
        let result = await recorded
        let (tasks, spooled) = sending.withLock { ($0.tasks, $0.entries) }
        var tracks: [RecordingOutcome.Track] = []
        for (index, (task, entry)) in zip(tasks, spooled).enumerated() {
            let name = plan.tracks.indices.contains(index) ? plan.tracks[index] : nil
            tracks.append(
                RecordingOutcome.Track(
                    channel: name == nil ? nil : index + 1,
                    performer: name,
                    entry: entry,
                    receipt: await task.result
                )
            )
        }
        return RecordingOutcome(
            captured: result.captured,
            gaps: result.gaps,
            unannounced: result.unannounced,
            commandStatus: source.commandStatus,
            failure: result.failure,
            tracks: tracks
        )
    }

    /// Forgets all of it, here and, where it can be reached, at the archive.
    public func forget(_ outcome: RecordingOutcome, connect: @Sendable () async throws -> ArchiveClient) async throws {
        let client = try? await connect()
        for track in outcome.tracks {
            if let url = track.entry.state.url { try? await client?.endUpload(url) }
            try track.entry.remove()
        }
        await client?.close()
    }

    private func send(
        _ entry: SpoolEntry,
        _ retries: RetryPolicy,
        _ connect: @escaping @Sendable () async throws -> ArchiveClient
    ) {
        let report = report
        let sender = SpoolSender(entry, retries: retries, connect: connect) { event in
            switch event {
            case .interrupted(let error): report(.interrupted(error))
            case .resumed: report(.resumed)
            }
        }
        let task = Task {
            do {
                return try await sender.run()
            } catch let error as ArchiveError {
                // Until the end nobody else would hear of it.
                if !entry.hasEnded { report(.refused(error)) }
                throw error
            }
        }
        let isOver = sending.withLock { sending in
            sending.tasks.append(task)
            sending.entries.append(entry)
            return sending.isOver
        }
        if isOver { task.cancel() }
    }

    private func record(
        sealedTo recipient: Recipient,
        begun: @escaping @Sendable (SpoolEntry) -> Void,
        ended: @escaping @Sendable () -> Void
    ) async -> RecordingWorker.Result {
        await withCheckedContinuation { continuation in
            let thread = Thread { [self] in
                let result: RecordingWorker.Result
                do throws(ArchiveError) {
                    let worker = try RecordingWorker(
                        plan,
                        sealedTo: recipient,
                        source: source,
                        home: home,
                        files: files,
                        started: started,
                        progress: shared,
                        report: report,
                        begun: begun
                    )
                    result = worker.run()
                } catch {
                    source.abandon()
                    result = RecordingWorker.Result(failure: error)
                }
                ended()
                continuation.resume(returning: result)
            }
            thread.name = "recording"
            thread.start()
        }
    }
}

extension Mutex where Value: Sendable {
    /// A mutex that several owners share.
    final class Shared: Sendable {
        let value: Mutex<Value>
        init(_ initial: Value) { value = Mutex(initial) }
    }
}
