public import ArchiveCore
public import Foundation
public import Transcription

/// A job as its transcriber needs to know it.
public struct TranscriptionTask: Sendable {
    /// The job.
    public let id: TranscriptionID
    /// Whoever has this has the job.
    public let lease: Data
    /// The unit of the recording, by which the language is configured.
    public let unit: String
    /// The language that was asked for.
    public let language: String?
    /// Seconds that there are to hear.
    public let duration: Double
    /// Seconds within which the transcriber has to be heard of.
    public let patience: Double

    /// A job with these facts.
    public init(
        id: TranscriptionID,
        lease: Data,
        unit: String,
        language: String?,
        duration: Double,
        patience: Double
    ) {
        self.id = id
        self.lease = lease
        self.unit = unit
        self.language = language
        self.duration = duration
        self.patience = patience
    }
}

/// The Ogg Opus stream of a job, read from its beginning to its end by one reader.
public protocol JobStream {
    /// The next bytes, as many as there are at once; nil at the end.
    func next() async throws -> [UInt8]?
}

/// Where a transcriber gets its jobs, and brings what it heard: the archive in this process, or one elsewhere.
///
/// All but ``next()`` throw `gone` where the transcriber has the job no longer, and `not-found` where another has it.
public protocol JobSource: Sendable {
    /// The next job; nil where there is none.
    func next() async throws -> TranscriptionTask?
    /// The Ogg Opus stream of a job.
    func stream(_ task: TranscriptionTask) async throws -> any JobStream
    /// Says that so many seconds were heard.
    func progress(_ task: TranscriptionTask, heard: Double) async throws
    /// Brings what was heard.
    func finish(_ task: TranscriptionTask, with transcript: Transcript) async throws
    /// Gives a job back.
    ///
    /// - Parameter counts: whether it was an attempt.
    func fail(_ task: TranscriptionTask, because problem: String, isFinal: Bool, counts: Bool) async throws
}
