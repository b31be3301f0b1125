internal import Age
internal import ArchiveCore

/// Seals a stream into a spool file under a fresh file key: one key, one stream, finished once (DESIGN.md section 5,
/// STREAM discipline). Plaintext never reaches the disk.
struct Sealer: ~Copyable {
    /// Sealed bytes gathered before they are written.
    private static let batch = 1 << 20

    private let file: any OpenFile
    private var encryptor: PayloadEncryptor
    private var output: [UInt8]
    private var written = 0

    /// A stream sealed to `recipient`, into `file`, which is empty.
    init(to recipient: Recipient, into file: any OpenFile) throws(ArchiveError) {
        self.file = file
        let fileKey = FileKey()
        encryptor = PayloadEncryptor(fileKey: fileKey)
        do throws(AgeError) {
            output = try Header(fileKey: fileKey, recipients: [recipient]).serialized
        } catch {
            throw ArchiveError(.unexpected, "cannot seal to the level's recipient: \(error.message)")
        }
        output.reserveCapacity(Self.batch + (1 << 17))
    }

    /// Seals the next bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        do throws(AgeError) {
            try encryptor.update(bytes, into: &output)
        } catch {
            throw ArchiveError(.unexpected, error.message)
        }
        if output.count >= Self.batch { try flush() }
    }

    /// Ends the stream.
    consuming func finish() throws(ArchiveError) -> SealedRecording {
        do throws(AgeError) {
            try encryptor.finish(into: &output)
        } catch {
            throw ArchiveError(.unexpected, error.message)
        }
        try flush()
        return SealedRecording(file: file, length: Int64(written))
    }

    private mutating func flush() throws(ArchiveError) {
        let (file, offset) = (file, written)
        try output.withUnsafeBytes { bytes in
            Result { () throws(ArchiveError) in try file.write(bytes, at: offset, label: "spool.write") }
        }.get()
        written += output.count
        output.removeAll(keepingCapacity: true)
    }
}
