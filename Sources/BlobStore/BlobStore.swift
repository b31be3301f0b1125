public import ArchiveCore

/// Names a payload.
public enum BlobKey: Hashable, Sendable {
    /// On its way in; grows by appending.
    case incoming(UploadID)
    /// Bytes of one request to an upload that await their checksum.
    case awaiting(UploadID, request: Int)
    /// What came of an upload that has no end, being sealed again.
    case resealed(UploadID)
    /// Committed; never changes again.
    case recording(RecordingID)
    /// What is to follow a recording, while it is being written.
    case unfinished(UploadID)
    /// What follows a recording; never changes.
    case companion(RecordingID, Companion)
    /// Could not become a recording.
    case quarantined(UploadID)
}

extension BlobKey {
    /// One revision of the transcript of a recording.
    public static func transcript(_ recording: RecordingID, revision: Int) -> BlobKey {
        .companion(recording, .transcript(revision: revision))
    }

    /// One attachment of a recording.
    public static func attachment(_ recording: RecordingID, number: Int) -> BlobKey {
        .companion(recording, .attachment(number: number))
    }
}

/// Keeps payloads by key. What is in them it does not know: they are ciphertext.
///
/// Durable means on stable storage, folders included (DESIGN.md invariant 1). Every error is an `ArchiveError`
/// `input-output` or `exhausted` that names the path.
public protocol BlobStore: Sendable {
    /// Opens a payload on its way in, or bytes that await their checksum, for appending at its present end; makes an empty
    /// one, durably, where there is none.
    func append(to key: BlobKey) throws(ArchiveError) -> any BlobWriter
    /// Opens a payload for reading; nil where there is none.
    func read(_ key: BlobKey) throws(ArchiveError) -> (any BlobReader)?
    /// Bytes of a payload; nil where there is none.
    func length(of key: BlobKey) throws(ArchiveError) -> Int?
    /// Makes a synced payload the recording's, read-only, durably. Repeating it after a crash is no error.
    func commit(_ key: BlobKey, as recording: RecordingID) throws(ArchiveError)
    /// Makes what was written and synced under `key` follow a recording, read-only, durably. What a crash has left under its
    /// name, and nobody was ever told of, gives way.
    func keep(_ key: BlobKey, of recording: RecordingID, as companion: Companion) throws(ArchiveError)
    /// Puts the payload of an upload aside, durably, from wherever it has come to: still incoming, or already under the
    /// name of the recording that it will not become. Repeating it after a crash is no error.
    func quarantine(_ upload: UploadID, named recording: RecordingID) throws(ArchiveError)
    /// Removes payloads, durably; absent ones are no error.
    func remove(_ keys: [BlobKey]) throws(ArchiveError)
    /// The uploads that have a payload here.
    func incoming() throws(ArchiveError) -> [UploadID]
    /// The uploads that have a payload in quarantine.
    func quarantined() throws(ArchiveError) -> [UploadID]
    /// Puts the payload of an upload in quarantine back among those on their way in, durably.
    func release(_ upload: UploadID) throws(ArchiveError)
    /// Removes all bytes that await a checksum, payloads that were being sealed again and what was being written:
    /// after a restart nobody goes on with them.
    func removeUnfinished() throws(ArchiveError)
    /// The lengths of the payloads of recordings whose ids begin with `prefix`, one of ``RecordingID/prefixes``.
    func recordings(beginningWith prefix: String) throws(ArchiveError) -> [RecordingID: Int]
    /// What follows a recording and lies here, in order.
    func companions(of recording: RecordingID) throws(ArchiveError) -> [Companion]
    /// The same with their lengths, of all recordings whose ids begin with `prefix`, one of ``RecordingID/prefixes``.
    func companions(beginningWith prefix: String) throws(ArchiveError) -> [RecordingID: [Companion: Int]]
    /// What lies among the payloads and is none, by name.
    func strays() throws(ArchiveError) -> [String]
    /// Bytes that can still be written.
    func available() throws(ArchiveError) -> Int
}

extension BlobStore {
    /// Removes a payload, durably; an absent one is no error.
    public func remove(_ key: BlobKey) throws(ArchiveError) { try remove([key]) }

    /// Keeps what follows a recording, read-only, durably: all of it or nothing.
    public func keep(_ bytes: [UInt8], of recording: RecordingID, as companion: Companion) throws(ArchiveError) {
        let key = BlobKey.unfinished(UploadID())
        do {
            let writer = try append(to: key)
            // Closures lose the typed error, so the result carries it out.
            let written = bytes.withUnsafeBytes { bytes in
                Result { () throws(ArchiveError) in try writer.append(bytes) }
            }
            try written.get()
            try writer.sync()
            try keep(key, of: recording, as: companion)
        } catch {
            try? remove(key)
            throw error
        }
    }
}

/// Appends to one incoming payload. Used by one caller at a time.
public protocol BlobWriter: Sendable {
    /// Bytes written so far, durable or not.
    var length: Int { get }
    /// Appends `bytes`; not durable before ``sync()``.
    func append(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError)
    /// Makes everything appended durable.
    func sync() throws(ArchiveError)
    /// Writes what stands from `offset` on once more, so that the next ``sync()`` brings it to the disk even if an earlier
    /// one failed: the kernel then takes pages for written that were not.
    func rewrite(from offset: Int) throws(ArchiveError)
    /// Cuts back to `length`.
    func truncate(to length: Int) throws(ArchiveError)
}

/// Reads one payload at any offset.
public protocol BlobReader: Sendable {
    /// Bytes of the payload.
    var length: Int { get }
    /// Fills as much of `buffer` as the payload has from `offset`; returns how much.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArchiveError) -> Int
}

extension BlobReader {
    /// All of a payload that is small enough for memory; less of it where the file ends early.
    public func contents() throws(ArchiveError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: length)
        var count = 0
        while count < bytes.count {
            // Closures lose the typed error, so the result carries it out.
            let outcome = bytes.withUnsafeMutableBytes { buffer in
                Result { () throws(ArchiveError) in
                    try self.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]), at: count)
                }
            }
            let more = try outcome.get()
            guard more > 0 else { break }
            count += more
        }
        return Array(bytes.prefix(count))
    }
}
