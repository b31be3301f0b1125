/// Exit codes of `risalah` and `risalahd`: those of sysexits(3), and 67 for a log that does not verify (DESIGN.md
/// section 8). Scripts match these.
public enum ExitStatus: Int32, Sendable, CaseIterable {
    /// Done.
    case done = 0
    /// A mistake of ours.
    case unexpected = 1
    /// The command line is wrong.
    case usage = 64
    /// What was given to work on is wrong.
    case badInput = 65
    /// Absent, or not the caller's to know.
    case notFound = 66
    /// The log is not what it was.
    case logMismatch = 67
    /// The other side cannot be reached.
    case unreachable = 69
    /// The disk, or the kernel, refused.
    case inputOutput = 74
    /// Something has to happen first; the same may succeed later.
    case waiting = 75
    /// The archive refused.
    case refused = 77
    /// Configuration, enrolment included, is missing or does not hold together.
    case configuration = 78
}

extension ArchiveError.Code {
    /// What a command that fails with this exits with.
    public var exitStatus: ExitStatus {
        switch self {
        case .unsupportedVersion, .badRequest: .usage
        case .unknownName, .badMetadata, .badEncryption, .wrongRecipient, .badRecording, .truncated, .tooLarge,
            .quarantined, .badInvite, .badRange, .unsupportedMedia:
            .badInput
        case .wrongOffset, .checksumMismatch, .conflict, .stale: .waiting
        case .unauthenticated, .refused: .refused
        case .notFound, .gone: .notFound
        case .logMismatch: .logMismatch
        case .configuration: .configuration
        case .storage, .inputOutput, .exhausted: .inputOutput
        case .quotaSpent, .awaitingWitness: .waiting
        case .unreachable: .unreachable
        case .unexpected: .unexpected
        }
    }
}
