public import Age
public import ArchiveCore

/// Opens received headers: the narrow way by which ingest reaches the vault (DESIGN.md invariant 6). Message-shaped, so
/// that it can be a process of its own.
public protocol HeaderOpening: Sendable {
    /// Makes the keys of a new stream, durably.
    func begin(_ upload: UploadID, recording: RecordingID) throws
    /// Keeps the bytes of a header that has not come whole, durably, so that an acknowledged offset may count them.
    func keep(headerPart: [UInt8], of upload: UploadID) throws
    /// The bytes kept so far.
    func headerPart(of upload: UploadID) throws -> [UInt8]
    /// Opens a whole header once, keeps the file key durably, forgets the header.
    ///
    /// - Throws: `wrong-recipient` where no level's identity opens it, `bad-encryption` where it is damaged.
    func open(_ header: Header, length: Int, of upload: UploadID) throws -> OpenedStream
    /// What ``open(_:length:of:)`` gave before, nil where the header has not come whole.
    func opened(_ upload: UploadID) throws -> OpenedStream?
    /// Makes the key, durably, under which what came of a stream without an end is sealed again; a new one each time, for
    /// an encryptor that was interrupted is never resumed (DESIGN.md section 5, STREAM discipline).
    func reseal(_ upload: UploadID) throws -> FileKey
    /// Seals for the recording that the upload will become.
    func seal(of upload: UploadID, recording: RecordingID) throws -> RecordingSeal
}
