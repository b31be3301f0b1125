public import Age
internal import ArchiveCore

/// Opens an age file for its person as it streams by, and hands out what is authenticated.
///
/// What is handed out before ``finish(_:)`` returns is a true beginning, not known to be all: keep it out of sight.
public struct RecordingOpener: Sendable {
    private var key: ReceivedFileKey
    private var decryptor: PayloadDecryptor?

    /// An opener with the person's `identities`.
    public init(identities: [Identity]) { key = ReceivedFileKey(identities: identities) }

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
                guard let fileKey = try key.open(&rest) else { return }
                decryptor = PayloadDecryptor(fileKey: fileKey)
            }
            try decryptor?.update(rest, sink)
        } catch let error as AgeError {
            throw error.ofReceivedFile
        }
    }

    /// Says that the file has ended, and hands out its last plaintext.
    ///
    /// - Throws: `truncated` where it ends too early; as ``update(_:into:)`` else.
    public mutating func finish(into sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        do {
            try key.finish()
            try decryptor?.finish(sink)
        } catch let error as AgeError {
            throw error.ofReceivedFile
        }
    }
}
