internal import Age
internal import ArchiveCore

/// The file key of an age file that streams by, for one of its recipients.
struct ReceivedFileKey: Sendable {
    private let identities: [Identity]
    private var cutter = HeaderCutter()

    /// For a person with `identities`.
    init(identities: [Identity]) { self.identities = identities }

    /// What stood before the payload; nil until all of it was there.
    var header: Header? { cutter.header }

    /// Takes the header off the front of the next `bytes`; the key once all of it was there.
    ///
    /// - Throws: `AgeError` where it is no header, or none of the identities opens it.
    mutating func open(_ bytes: inout UnsafeRawBufferPointer) throws -> FileKey? {
        bytes = UnsafeRawBufferPointer(rebasing: bytes[(try cutter.consume(bytes))...])
        return try cutter.header?.open(with: identities)
    }

    /// Says that the file has ended.
    ///
    /// - Throws: `AgeError` where that is within the header.
    func finish() throws { try cutter.finish() }
}

extension AgeError {
    /// As a person is told of it who received the file.
    var ofReceivedFile: ArchiveError {
        let offset = offset.map { Int64($0) }
        switch code {
        case .noMatch:
            return ArchiveError(
                .wrongRecipient,
                "none of your identities opens this file",
                hint: "it was made for another enrolment; choose that one with --home"
            )
        case .nonceMissing, .payloadTruncated:
            return ArchiveError(.truncated, "the file ends too early: \(message)", offset: offset)
        default:
            return ArchiveError(
                .badEncryption,
                "the file cannot be opened: \(message)",
                hint: "risalah get --salvage takes what is left of it",
                offset: offset
            )
        }
    }
}
