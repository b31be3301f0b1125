public import ArchiveCore
public import Foundation

/// Where the job of making a transcript stands.
public enum TranscriptionState: String, Codable, Sendable, CaseIterable {
    /// Nobody has it yet.
    case waiting
    /// A transcriber has it.
    case running
    /// It has made a revision.
    case done
    /// It was given up.
    case failed
    /// It was taken back.
    case cancelled
}

/// `POST /v1/transcriptions`: asks for transcripts.
public struct TranscriptionBody: Codable, Sendable {
    /// Of these.
    public var recordings: [RecordingID]
    /// What is spoken there, a tag of BCP 47; absent to leave it to the settings and the engine.
    public var language: String?

    /// A body with these fields.
    public init(recordings: [RecordingID], language: String? = nil) {
        self.recordings = recordings
        self.language = language
    }
}

/// A job, as people see it.
public struct TranscriptionReport: Codable, Sendable {
    /// The job.
    public var id: TranscriptionID
    /// What is to be heard.
    public var recording: RecordingID
    /// Where it stands.
    public var state: TranscriptionState
    /// When it was asked for.
    public var asked: Date
    /// Who asked; null for the archive itself.
    @ExplicitNull public var principal: PrincipalID?
    /// What they are called.
    @ExplicitNull public var name: String?
    /// The language that was asked for.
    @ExplicitNull public var language: String?
    /// Seconds that there are to hear.
    public var duration: Double
    /// Seconds that were heard.
    public var heard: Double
    /// How often a transcriber took it.
    public var attempts: Int
    /// Why the last attempt ended, by its code.
    @ExplicitNull public var problem: String?
    /// From when a waiting one can be taken; null else.
    @ExplicitNull public var due: Date?
    /// When it was done, given up or taken back.
    @ExplicitNull public var ended: Date?

    /// A report with these fields.
    public init(
        id: TranscriptionID,
        recording: RecordingID,
        state: TranscriptionState,
        asked: Date,
        principal: PrincipalID?,
        name: String?,
        language: String?,
        duration: Double,
        heard: Double,
        attempts: Int,
        problem: String?,
        due: Date?,
        ended: Date?
    ) {
        self.id = id
        self.recording = recording
        self.state = state
        self.asked = asked
        self.principal = principal
        self.name = name
        self.language = language
        self.duration = duration
        self.heard = heard
        self.attempts = attempts
        self.problem = problem
        self.due = due
        self.ended = ended
    }
}

/// A page of jobs, the newest first.
public struct TranscriptionPage: Codable, Sendable {
    /// The jobs.
    public var transcriptions: [TranscriptionReport]
    /// What to ask for the page behind it with.
    @ExplicitNull public var next: String?

    /// A page with these.
    public init(transcriptions: [TranscriptionReport], next: String?) {
        self.transcriptions = transcriptions
        self.next = next
    }
}

/// `POST /v1/transcriptions/next`: a job that the caller, a transcriber, has from now on.
public struct TakenTranscription: Codable, Sendable {
    /// The job.
    public var id: TranscriptionID
    /// Whoever has this has the job.
    public var lease: JobLease
    /// The unit of the recording, by which the language is configured.
    public var unit: String
    /// The language that was asked for.
    @ExplicitNull public var language: String?
    /// Seconds that there are to hear.
    public var duration: Double
    /// Until when the transcriber has to be heard of, by the clock of the archive.
    public var due: Date
    /// Seconds within which it has to be heard of, again and again: for who has another clock.
    public var patience: Double

    /// A job with these fields.
    public init(
        id: TranscriptionID,
        lease: JobLease,
        unit: String,
        language: String?,
        duration: Double,
        due: Date,
        patience: Double
    ) {
        self.id = id
        self.lease = lease
        self.unit = unit
        self.language = language
        self.duration = duration
        self.due = due
        self.patience = patience
    }
}

/// 16 random bytes, in base32: whoever has them has a job.
public struct JobLease: Codable, Sendable, Hashable, LosslessStringConvertible {
    /// The bytes.
    public let bytes: Data

    /// The header of requests about a job.
    public static let header = "Risalah-Lease"

    /// A lease of 16 bytes; nil for another number.
    public init?(_ bytes: Data) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// The lease that 26 characters spell; nil for anything else.
    public init?(_ description: String) {
        guard description.utf8.count == 26, let bytes = Base32.decode(description) else { return nil }
        self.init(Data(bytes))
    }

    /// 26 characters of ``Base32``.
    public var description: String { Base32.encode(bytes) }

    /// Reads the characters.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let lease = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a lease of 26 characters")
        }
        self = lease
    }

    /// Writes the characters.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// `POST /v1/transcriptions/{id}/heartbeat`: a transcriber is heard of.
public struct HeartbeatBody: Codable, Sendable {
    /// Seconds of the recording that it has heard.
    public var heard: Double

    /// A body with this field.
    public init(heard: Double) { self.heard = heard }
}

/// The answer to a heartbeat.
public struct HeartbeatReport: Codable, Sendable {
    /// Until when the transcriber has to be heard of next.
    public var due: Date

    /// A report with this field.
    public init(due: Date) { self.due = due }
}

/// `POST /v1/transcriptions/{id}/failure`: a transcriber could not do it.
public struct TranscriptionFailureBody: Codable, Sendable {
    /// Why: small letters, digits and hyphens, and nothing of what was heard.
    public var problem: String
    /// Whether trying again is of no use.
    public var final: Bool
    /// Whether it was an attempt, as it is where this is absent: not where the transcriber was stopped, or has no engine.
    public var counts: Bool?

    /// A body with these fields.
    public init(problem: String, final: Bool, counts: Bool? = nil) {
        self.problem = problem
        self.final = final
        self.counts = counts
    }
}
