public import Age
internal import ArchiveCore

/// Opens an age file for its person as it streams by, and hands out what is authenticated.
///
/// What is handed out before ``finish(_:)`` returns is a true beginning, not known to be all: keep it out of sight.
public struct RecordingOpener: Sendable {
    private let identities: [Identity]
    private var cutter = HeaderCutter()
    private var decryptor: PayloadDecryptor?

    /// An opener with the person's `identities`.
    public init(identities: [Identity]) { self.identities = identities }

    /// Takes the next bytes of the file and hands the plaintext that they complete to `sink`.
    ///
    /// - Throws: `wrong-recipient` where no identity opens the header, `bad-encryption` for what does not
    ///   authenticate, and what `sink` throws.
    public mutating func update(
        _ bytes: UnsafeRawBufferPointer,
        into sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        do {
            var rest = bytes
            if decryptor == nil {
                rest = UnsafeRawBufferPointer(rebasing: rest[(try cutter.consume(rest))...])
                guard let header = cutter.header else { return }
                decryptor = PayloadDecryptor(fileKey: try header.open(with: identities))
            }
            try decryptor?.update(rest, sink)
        } catch let error as AgeError {
            throw Self.archiveError(error)
        }
    }

    /// Says that the file has ended, and hands out its last plaintext.
    ///
    /// - Throws: `truncated` where it ends too early; as ``update(_:into:)`` else.
    public mutating func finish(into sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        do {
            try cutter.finish()
            try decryptor?.finish(sink)
        } catch let error as AgeError {
            throw Self.archiveError(error)
        }
    }

    static func archiveError(_ error: AgeError) -> ArchiveError {
        let offset = error.offset.map { Int64($0) }
        switch error.code {
        case .noMatch:
            return ArchiveError(
                .wrongRecipient,
                "none of your identities opens this file",
                hint: "it was made for another enrolment; choose that one with --home"
            )
        case .nonceMissing, .payloadTruncated:
            return ArchiveError(.truncated, "the file ends too early: \(error.message)", offset: offset)
        default:
            return ArchiveError(
                .badEncryption,
                "the file cannot be opened: \(error.message)",
                hint: "risalah get --salvage takes what is left of it",
                offset: offset
            )
        }
    }
}
