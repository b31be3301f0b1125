internal import Age
internal import ArchiveCore
internal import Foundation
internal import OggOpus
internal import Synchronization

/// Takes what was captured and makes tracks of it: the thread between the source and the spool.
///
/// Not `Sendable`: it is made and used by one thread.
final class RecordingWorker {
    /// What it hands back.
    struct Result: Sendable {
        var captured = 0.0
        var gaps: [RecordingGap] = []
        var unannounced = 0.0
        var failure: ArchiveError?
    }

    /// Audio that is held while it is unclear whether something is missing before it, at most so many samples.
    private static let mostHeld = 8 << 20
    /// How often what was spooled is made durable, in seconds.
    private static let syncEvery = 1.0

    private let plan: RecordingPlan
    private let recipient: Recipient
    private let source: CaptureSource
    private let home: ClientHome
    private let files: any FileSystem
    private let progress: Mutex<RecordingProgress>.Shared
    private let started: Date
    private let report: (RecordingEvent) -> Void
    private let begun: (_ entry: SpoolEntry) -> Void

    private let room: SpoolRoom
    private var reader: SampleReader
    private var meter: LossMeter
    private var format: PCMFormat?
    private var tracks: [RecordingTrack] = []
    private var held: [[Float]] = []
    private var samples: [Float] = []
    private var channel: [Float] = []
    private var frames = 0
    private var lastSync = 0.0
    private var result = Result()

    init(
        _ plan: RecordingPlan,
        sealedTo recipient: Recipient,
        source: CaptureSource,
        home: ClientHome,
        files: any FileSystem,
        started: Date,
        progress: Mutex<RecordingProgress>.Shared,
        report: @escaping (RecordingEvent) -> Void,
        begun: @escaping (_ entry: SpoolEntry) -> Void
    ) throws(ArchiveError) {
        self.plan = plan
        self.recipient = recipient
        self.source = source
        self.home = home
        self.files = files
        self.started = started
        self.progress = progress
        self.report = report
        self.begun = begun
        room = SpoolRoom(limit: plan.spoolLimit, used: try home.spoolUsage())
        reader = SampleReader(name: source.name, format: plan.format)
        meter = LossMeter(isLive: source.isTimeless ? plan.isLive ?? false : plan.isLive)
    }

    /// Records until the source ends.
    func run() -> Result {
        do throws(ArchiveError) {
            try record()
        } catch {
            result.failure = error
            if !tracks.isEmpty { report(.failed(error)) }
        }
        // After a failure nothing more is wanted; after the end there is nothing more.
        source.abandon()
        for track in tracks {
            do throws(ArchiveError) {
                try track.finish()
            } catch {
                result.failure = result.failure ?? error
                // As far as it went: it counts as cut off.
                try? track.entry.end(whole: false)
            }
        }
        show()
        return result
    }

    private func record() throws(ArchiveError) {
        while true {
            switch source.queue.next(patience: 0.25) {
            case .bytes(let bytes, let time):
                samples.removeAll(keepingCapacity: true)
                try reader.read(bytes, into: &samples)
                try takeSamples(at: time)
            case .idle(let time):
                if let verdict = meter.wait(until: time) { try follow(verdict) }
            case .end(let time, let failure):
                try end(at: time)
                if let error = failure?.error as? ArchiveError { throw error }
                return
            }
            try syncInTime()
            show()
        }
    }

    private func takeSamples(at time: Double) throws(ArchiveError) {
        guard !samples.isEmpty else { return }
        let format = try begin()
        let count = samples.count / format.channels
        frames += count
        switch meter.take(Double(count) / Double(format.sampleRate), at: time) {
        case .hold:
            held.append(samples)
            guard held.reduce(0, { $0 + $1.count }) > Self.mostHeld else { return }
            if let verdict = meter.wait(until: .infinity) { try follow(verdict) }
        case let verdict:
            try follow(verdict)
            try encode(samples)
        }
    }

    private func end(at time: Double) throws(ArchiveError) {
        samples.removeAll(keepingCapacity: true)
        try reader.finish(into: &samples)
        result.unannounced = reader.missing
        try takeSamples(at: time)
        guard format != nil else { throw ArchiveError(.badRecording, "\(source.name) gave no audio") }
        let (verdict, missing) = meter.end(at: time)
        try follow(verdict)
        if missing > 0 { try follow(.gap(missing)) }
    }

    /// Does what the meter says of what is held.
    private func follow(_ verdict: LossMeter.Verdict) throws(ArchiveError) {
        if case .gap(let seconds) = verdict { try skip(seconds) }
        guard !held.isEmpty else { return }
        let blocks = held
        held = []
        for block in blocks { try encode(block) }
    }

    private func skip(_ seconds: Double) throws(ArchiveError) {
        guard let format else { return }
        var first: Encoder.Gap?
        for track in tracks {
            let gap = try track.skip(frames: Int(seconds * Double(format.sampleRate)))
            first = first ?? gap
        }
        guard let first else { return }
        let gap = RecordingGap(at: Double(first.start) / 48_000, seconds: Double(first.length) / 48_000)
        result.gaps.append(gap)
        report(.gap(gap))
    }

    private func encode(_ samples: [Float]) throws(ArchiveError) {
        guard tracks.count > 1 else { return try tracks[0].take(samples) }
        for (index, track) in tracks.enumerated() {
            channel.removeAll(keepingCapacity: true)
            for place in stride(from: index, to: samples.count, by: tracks.count) { channel.append(samples[place]) }
            try track.take(channel)
        }
    }

    /// Begins the tracks where that has not been done.
    private func begin() throws(ArchiveError) -> PCMFormat {
        if let format { return format }
        guard let found = reader.format else { throw ArchiveError(.unexpected, "samples without a format") }
        if plan.tracks.isEmpty {
            guard found.channels <= 2 else {
                throw ArchiveError(
                    .badRequest,
                    "\(source.name) has \(found.channels) channels, and a recording has one or two",
                    hint: "name the speaker of each channel with --tracks"
                )
            }
        } else if plan.tracks.count != found.channels {
            throw ArchiveError(
                .badRequest,
                "--tracks names \(plan.tracks.count) speakers, and \(source.name) has \(found.channels) channels"
            )
        }
        for performer in plan.tracks.isEmpty ? [nil] : plan.tracks.map(Optional.some) {
            var metadata = plan.metadata
            metadata.started = started
            metadata.performer = performer ?? metadata.performer
            if performer != nil { metadata.meeting = metadata.meeting ?? metadata.title }
            let configuration = Encoder.Configuration(
                sampleRate: found.sampleRate,
                channels: performer == nil ? found.channels : 1,
                bitrate: plan.bitrate,
                tags: metadata.tags
            )
            let entry = try SpoolEntry(in: home, started: started, filing: metadata.filing, files: files)
            room.add(entry)
            tracks.append(try RecordingTrack(configuration, sealedTo: recipient, in: entry, room: room))
        }
        format = found
        report(.started(found, tracks.map(\.entry.id)))
        for track in tracks { begun(track.entry) }
        return found
    }

    private func syncInTime() throws(ArchiveError) {
        let now = source.queue.now
        guard now - lastSync >= Self.syncEvery else { return }
        lastSync = now
        for track in tracks { try track.entry.sync() }
    }

    private func show() {
        guard let format else { return }
        result.captured = Double(frames) / Double(format.sampleRate)
        var peak: Float = 0
        for sample in samples { peak = max(peak, abs(sample)) }
        let (captured, missing) = (result.captured, result.gaps.reduce(0) { $0 + $1.seconds })
        let (now, spooled) = (source.queue.now, tracks.reduce(Int64(0)) { $0 + $1.entry.written })
        samples.removeAll(keepingCapacity: true)
        progress.value.withLock { progress in
            progress.elapsed = now
            progress.captured = captured
            progress.missing = missing
            progress.peak = max(progress.peak, peak)
            progress.spooled = spooled
        }
    }
}
