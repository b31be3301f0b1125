public import ArchiveCore

/// Why an engine did not hear a piece. `program` is its path, or its name where it was not found.
public enum EngineFailure: ArchiveErrorConvertible, Equatable, CustomStringConvertible {
    /// It, or a file that it needs, is not there; `hint` says what to install or configure.
    case missing(program: String, hint: String)
    /// It does not hear this language.
    case unknownLanguage(program: String, language: String)
    /// It could not be started as it has to be, for the reason that the kernel gives.
    case notConfined(program: String, reason: String)
    /// It ended with this status, 128 and more for a signal.
    case failed(program: String, status: Int32, complaint: String)
    /// It took longer than so many seconds.
    case timedOut(program: String, seconds: Double)
    /// It wanted more memory than so many bytes.
    case tooMuchMemory(program: String, bytes: Int)
    /// It printed more than so many bytes.
    case tooMuchOutput(program: String, bytes: Int)
    /// What it printed is not what it should print.
    case notUnderstood(program: String, reason: String, complaint: String)

    /// The same as commands have it. It ends with what the program last said on stderr, and a program may repeat there what
    /// it heard: what is to be written to a disk takes ``discreet`` instead.
    public var error: ArchiveError { error(isDiscreet: false) }

    /// The same without a word of the program's own.
    public var discreet: ArchiveError { error(isDiscreet: true) }

    /// As ``error``.
    public var description: String { error.description }

    private func error(isDiscreet: Bool) -> ArchiveError {
        func words(_ complaint: String) -> String { isDiscreet || complaint.isEmpty ? "" : ": \(complaint)" }
        switch self {
        case .missing(let program, let hint): return .init(.configuration, "\(program) is not there", hint: hint)
        case .unknownLanguage(let program, let language):
            return .init(.configuration, "\(program) does not hear the language \(language)")
        case .notConfined(let program, let reason):
            return .init(.configuration, "\(program) cannot be confined: \(reason)")
        case .failed(let program, let status, let complaint):
            let end = status > 128 ? "was ended by signal \(status - 128)" : "failed with status \(status)"
            return .init(.inputOutput, "\(program) \(end)\(words(complaint))")
        case .timedOut(let program, let seconds):
            return .init(.inputOutput, "\(program) was stopped after \(seconds) s", hint: "a smaller model is faster")
        case .tooMuchMemory(let program, let bytes):
            return .init(
                .inputOutput,
                "\(program) needs more memory than the \(bytes / 1_048_576) MiB that it may have",
                hint: "allow more, or take a smaller model"
            )
        case .tooMuchOutput(let program, let bytes):
            return .init(.inputOutput, "\(program) was stopped when it had printed \(bytes) bytes")
        case .notUnderstood(let program, let reason, let complaint):
            return .init(.inputOutput, "what \(program) printed is not understood (\(reason))\(words(complaint))")
        }
    }
}
