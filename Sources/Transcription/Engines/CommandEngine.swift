public import Foundation

/// Any program: a WAV file at 16 kHz in, text with times out.
public struct CommandEngine: TranscriptionEngine {
    /// `command`.
    public let name = "command"
    /// As configured; nil where it was not said.
    public let model: String?
    private let arguments: [String]
    private let process: EngineProcess
    private let parse: @Sendable (Data) throws -> [HeardSegment]

    /// Finds the program.
    ///
    /// - Parameters:
    ///   - command: the program, by name or path, and its arguments. `{audio}` in an argument becomes a path at which it
    ///     can open its input, as often as it likes and at any place; a program that is not given it reads stdin. `{language}` becomes the
    ///     language, or `auto`.
    ///   - model: what transcripts say that it hears with.
    ///   - parse: makes segments of what it printed.
    /// - Throws: ``EngineFailure/missing(program:hint:)``.
    public init(
        _ command: [String],
        model: String? = nil,
        confinement: EngineConfinement,
        limits: EngineLimits = .init(),
        parse: @escaping @Sendable (Data) throws -> [HeardSegment]
    ) throws(EngineFailure) {
        let hint = "name the program of the transcription engine"
        guard let program = command.first else { throw EngineFailure.missing(program: "a program", hint: hint) }
        process = EngineProcess(
            program: try EngineProgram.find(program, hint: hint),
            confinement: confinement,
            limits: limits
        )
        arguments = Array(command.dropFirst())
        self.model = model
        self.parse = parse
    }

    /// Has it hear `piece`.
    ///
    /// - Throws: as the protocol says.
    public func transcribe(_ piece: SpeechPiece, language: String?) async throws -> EngineAnswer {
        let said = arguments.map {
            $0.replacing("{audio}", with: "/proc/self/fd/0").replacing("{language}", with: language ?? "auto")
        }
        let output = try await process.run(said, input: piece.wav)
        do {
            return EngineAnswer(language: language, segments: try parse(Data(output.bytes)))
        } catch {
            throw EngineFailure.notUnderstood(
                program: process.program,
                reason: "no transcript",
                complaint: "\(error)"
            )
        }
    }
}
