/// A program of somebody else that makes text of speech.
public protocol TranscriptionEngine: Sendable {
    /// Its name, as configuration and transcripts have it.
    var name: String { get }
    /// What it hears with: the name of its model; nil where it does not say.
    var model: String? { get }

    /// Has it hear one piece.
    ///
    /// - Parameter language: ISO 639-1; nil where the engine is to find out.
    /// - Throws: ``EngineFailure``, or `CancellationError` when the task was cancelled; the program is gone by then.
    func transcribe(_ piece: SpeechPiece, language: String?) async throws -> EngineAnswer
}
