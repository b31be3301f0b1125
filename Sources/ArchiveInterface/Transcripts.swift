public import ArchiveCore
public import Foundation

/// One revision of a transcript, as lists show it.
public struct TranscriptReport: Codable, Sendable {
    /// Whose transcript it is.
    public var recording: RecordingID
    /// From 0.
    public var revision: Int
    /// When it was made.
    public var made: Date
    /// Who made it; null for the archive's own transcriber.
    @ExplicitNull public var principal: PrincipalID?
    /// What they are called.
    @ExplicitNull public var name: String?
    /// The job that made it; null where a person did.
    @ExplicitNull public var transcription: TranscriptionID?
    /// The revision that its author began with.
    @ExplicitNull public var after: Int?
    /// The language of most of it.
    @ExplicitNull public var language: String?
    /// The program that heard it.
    @ExplicitNull public var engine: String?
    /// What that heard it with.
    @ExplicitNull public var model: String?
    /// Segments.
    public var segments: Int

    /// A report with these fields.
    public init(
        recording: RecordingID,
        revision: Int,
        made: Date,
        principal: PrincipalID?,
        name: String?,
        transcription: TranscriptionID?,
        after: Int?,
        language: String?,
        engine: String?,
        model: String?,
        segments: Int
    ) {
        self.recording = recording
        self.revision = revision
        self.made = made
        self.principal = principal
        self.name = name
        self.transcription = transcription
        self.after = after
        self.language = language
        self.engine = engine
        self.model = model
        self.segments = segments
    }
}

/// `GET /v1/recordings/{id}/transcripts`: the newest first.
public struct TranscriptPage: Codable, Sendable {
    /// The revisions.
    public var transcripts: [TranscriptReport]
    /// Below which revision the rest is; null at the end.
    @ExplicitNull public var next: Int?

    /// A page with these.
    public init(transcripts: [TranscriptReport], next: Int?) {
        self.transcripts = transcripts
        self.next = next
    }
}
