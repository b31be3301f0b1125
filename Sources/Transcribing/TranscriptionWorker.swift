public import ArchiveCore
import Foundation
import OggOpus
public import Transcription

/// Hears recordings: takes one job after the other, cuts the speech out of each, and has an engine make text of it.
///
/// Memory depends on the length of a piece, not on that of a recording. Nothing of what is heard touches a disk.
public struct TranscriptionWorker: Sendable {
    private let source: any JobSource
    private let engine: any TranscriptionEngine
    private let languages: SpokenLanguages
    private let hearing = HearingGuard()
    private let sleep: @Sendable (_ seconds: Double) async throws -> Void

    /// A worker that brings what `engine` hears.
    ///
    /// - Parameter sleep: waits for so many seconds.
    public init(
        _ source: any JobSource,
        engine: any TranscriptionEngine,
        languages: SpokenLanguages = .init(),
        sleep: @escaping @Sendable (_ seconds: Double) async throws -> Void = {
            try await Task.sleep(for: .seconds($0))
        }
    ) {
        self.source = source
        self.engine = engine
        self.languages = languages
        self.sleep = sleep
    }

    /// What became of a job.
    public enum Outcome: Sendable {
        /// Its transcript is with the archive; so many segments.
        case done(TranscriptionID, segments: Int)
        /// It was given back.
        case failed(TranscriptionID, ArchiveError)
        /// Somebody else has it now, or nobody wants it any more.
        case lost(TranscriptionID)
    }

    /// Does the next job; nil where there is none.
    ///
    /// - Throws: where the source cannot be asked, the engine can hear nothing at all (its configuration has to be changed), or the
    ///   task was cancelled; the job is given back before.
    public func workOnce() async throws -> Outcome? {
        guard let task = try await source.next() else { return nil }
        do {
            return .done(task.id, segments: try await hear(task))
        } catch let error as ArchiveError where error.isOfLostJob {
            return .lost(task.id)
        } catch {
            let problem = Problem(error)
            do {
                // Also where this task was cancelled: others can have the job at once.
                try await Task {
                    try await source.fail(
                        task,
                        because: problem.code,
                        isFinal: problem.isFinal,
                        counts: !problem.isOurs
                    )
                }.value
            } catch let lost as ArchiveError where lost.isOfLostJob {
                return .lost(task.id)
            } catch {
                // Nobody hears of it: the job is given to the next when its time is over.
            }
            if problem.isOurs { throw error }
            return .failed(task.id, problem.error)
        }
    }

    /// Hears a recording and brings what is said in it; the source hears of it as long as that lasts.
    ///
    /// - Returns: how many segments there are.
    private func hear(_ task: TranscriptionTask) async throws -> Int {
        let heard = Progress()
        return try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask {
                let transcript = try await transcribe(task, heard)
                try await bring(transcript, of: task)
                return transcript.segments.count
            }
            group.addTask {
                try await keepAlive(task, heard)
                return nil
            }
            defer { group.cancelAll() }
            while let count = try await group.next() {
                if let count { return count }
            }
            throw CancellationError()
        }
    }

    /// Says again and again that the job is worked on. What interrupts that for less than the source's patience does not end it.
    private func keepAlive(_ task: TranscriptionTask, _ heard: Progress) async throws {
        var failures = 0
        while true {
            try await sleep(task.patience / Double(Self.signs))
            do {
                try await source.progress(task, heard: heard.seconds)
                failures = 0
            } catch let error as ArchiveError where !error.isOfLostJob {
                failures += 1
                guard failures < Self.signs else { throw error }
            }
        }
    }

    /// Brings what was heard, after whatever keeps it from arriving: hours may have gone into it.
    private func bring(_ transcript: Transcript, of task: TranscriptionTask) async throws {
        var pause = 1.0
        while true {
            do {
                return try await source.finish(task, with: transcript)
            } catch let error as ArchiveError where Self.passing.contains(error.code) && pause < Self.longestPause {
                try await sleep(pause)
                pause *= 2
            }
        }
    }

    /// What ends by itself: the line, a full disk.
    private static let passing: Set<ArchiveError.Code> = [.unreachable, .exhausted, .inputOutput]
    private static let longestPause = 300.0
    /// So often within its patience the source hears that a job is worked on.
    private static let signs = 4

    private func transcribe(_ task: TranscriptionTask, _ heard: Progress) async throws -> Transcript {
        let speech = try SpeechReader()
        var text = HeardTranscript(language: languages.language(of: task))
        let stream = try await source.stream(task)
        while let bytes = try await stream.next() {
            for piece in try speech.take(bytes) { try await hear(piece, into: &text, heard) }
        }
        for piece in try speech.finish() { try await hear(piece, into: &text, heard) }
        return try text.transcript(engine: engine.name, model: engine.model)
    }

    private func hear(_ piece: SpeechPiece, into text: inout HeardTranscript, _ heard: Progress) async throws {
        try Task.checkCancellation()
        let answer = try await engine.transcribe(piece, language: text.spoken)
        text.append(hearing.flagged(answer.segments, in: piece), of: piece, language: answer.language)
        heard.advance(to: piece.start + piece.duration)
    }
}

/// Which language is spoken where nobody asked for one.
public struct SpokenLanguages: Sendable, Equatable {
    /// By unit.
    public var units: [String: String]
    /// In all others; nil where the engine is to find out.
    public var other: String?

    /// These.
    public init(units: [String: String] = [:], other: String? = nil) {
        self.units = units
        self.other = other
    }

    func language(of task: TranscriptionTask) -> String? { task.language ?? units[task.unit] ?? other }
}

/// Why a job was given back, in words that may be written down: nothing of what was heard is in them.
private struct Problem {
    let code: String
    let error: ArchiveError
    /// Whether trying again is of no use.
    var isFinal = false
    /// Whether it is this transcriber that has to be mended.
    var isOurs = false

    init(_ error: any Error) {
        switch error {
        case let failure as EngineFailure:
            self.error = failure.discreet
            switch failure {
            case .missing: (code, isOurs) = ("engine-missing", true)
            case .notConfined: (code, isOurs) = ("engine-not-confined", true)
            case .unknownLanguage: (code, isFinal) = ("language-unknown", true)
            case .failed: code = "engine-failed"
            case .timedOut: code = "engine-timed-out"
            case .tooMuchMemory: code = "engine-out-of-memory"
            case .tooMuchOutput, .notUnderstood: code = "engine-not-understood"
            }
        case let failure as OggOpusError:
            self.error = ArchiveError(.badRecording, "the recording cannot be heard: \(failure.message)")
            (code, isFinal) = ("recording-damaged", true)
        case let failure as ArchiveError:
            self.error = failure
            switch failure.code {
            case .storage, .badEncryption, .truncated, .badRecording: (code, isFinal) = ("recording-damaged", true)
            case .tooLarge, .badMetadata, .quotaSpent: (code, isFinal) = (failure.code.rawValue, true)
            default: code = failure.code.rawValue
            }
        case is CancellationError:
            self.error = ArchiveError(.unexpected, "the transcriber was stopped")
            (code, isOurs) = ("stopped", true)
        default:
            self.error = ArchiveError(.unexpected, "the transcriber failed")
            code = "unexpected"
        }
    }
}

extension ArchiveError {
    /// Whether a transcriber has a job no longer: it was taken back, or another has it.
    fileprivate var isOfLostJob: Bool { code == .gone || code == .notFound }
}
