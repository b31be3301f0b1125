/// `whisper-cli` of whisper.cpp, with a model that the operator installed: Indonesian, English and 97 more.
public struct WhisperCLI: TranscriptionEngine {
    /// `whisper-cli`.
    public let name = "whisper-cli"
    /// The name of the model's file, like `ggml-small.bin`.
    public let model: String?
    private let modelFile: String
    private let threads: Int
    private let process: EngineProcess

    /// Finds the program.
    ///
    /// - Parameters:
    ///   - program: its name, to be found on PATH, or its path.
    ///   - modelFile: the path of a model in the format ggml.
    ///   - threads: how many it computes with.
    /// - Throws: ``EngineFailure/missing(program:hint:)``.
    public init(
        program: String = "whisper-cli",
        modelFile: String,
        threads: Int = 4,
        confinement: EngineConfinement,
        limits: EngineLimits = .init()
    ) throws(EngineFailure) {
        process = EngineProcess(
            program: try EngineProgram.find(program, hint: "build whisper.cpp, and name its whisper-cli"),
            confinement: confinement,
            limits: limits
        )
        try EngineProgram.require([modelFile], hint: "download a model of whisper.cpp, and name its file")
        self.modelFile = EngineProgram.absolute(modelFile)
        self.threads = threads
        model = modelFile.split(separator: "/").last.map(String.init)
    }

    /// Has it hear `piece`; without a language it finds out which one it is.
    ///
    /// - Throws: as the protocol says.
    public func transcribe(_ piece: SpeechPiece, language: String?) async throws -> EngineAnswer {
        // `-f -` reads stdin to its end, `-of -` writes what `-oj` would to stdout and keeps the segments that are
        // otherwise printed there from it, `-ojf` has tokens with times, `-np` is silent on stderr but for errors.
        let output = try await process.run(
            [
                "-m", modelFile, "-l", language ?? "auto", "-t", "\(threads)", "-np", "-ojf", "-of", "-", "-f", "-",
            ],
            input: piece.wav
        )
        // It exits with 0 when it could not read its input, and prints nothing.
        do {
            return try WhisperJSON.answer(output.bytes)
        } catch {
            throw EngineFailure.notUnderstood(
                program: process.program,
                reason: output.bytes.isEmpty ? "it printed nothing" : "no JSON of whisper.cpp",
                complaint: output.complaint
            )
        }
    }
}
