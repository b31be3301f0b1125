internal import Age
internal import ArchiveCore
internal import Crypto
internal import Foundation

/// Takes the age file of a recording as it streams by, checks all of it, and hands out what a bag keeps of it: the stream
/// inside, or the same payload behind a header for others. Plaintext that is not kept reaches no disk.
struct BagAudio {
    /// Bytes, by their number and SHA-256 in hex.
    struct Content: Equatable {
        let digest: String
        let length: Int64

        init(digest: String, length: Int64) {
            self.digest = digest
            self.length = length
        }

        init(_ bytes: Data) {
            self.init(digest: SHA256.hash(data: bytes).hexadecimal, length: Int64(bytes.count))
        }
    }

    /// What went by.
    struct Facts: Equatable {
        /// The stream inside.
        let opened: Content
        /// The payload as the archive keeps it.
        let payload: Content
        /// What was handed out.
        let written: Content
        /// Whether that is sealed.
        let isSealed: Bool
    }

    private struct Counter {
        private var digest = SHA256()
        private var length: Int64 = 0

        mutating func count(_ bytes: UnsafeRawBufferPointer) {
            digest.update(bufferPointer: bytes)
            length += Int64(bytes.count)
        }

        var content: Content { Content(digest: digest.finalize().hexadecimal, length: length) }
    }

    private let recipients: [Recipient]
    private let isSealed: Bool
    private var received: ReceivedFileKey
    private var decryptor: PayloadDecryptor?
    private var (opened, payload, written) = (Counter(), Counter(), Counter())

    /// - Parameters:
    ///   - identities: the person's own.
    ///   - isSealed: whether it is kept sealed.
    ///   - recipients: for whom, then; the header as it came where there are none.
    init(_ identities: [Identity], isSealed: Bool, to recipients: [Recipient]) {
        received = ReceivedFileKey(identities: identities)
        self.isSealed = isSealed
        self.recipients = recipients
    }

    /// Takes the next bytes of the file, and hands what is kept of them to `sink`.
    ///
    /// - Throws: as ``RecordingOpener/update(_:into:)``.
    mutating func update(_ bytes: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        do {
            var rest = bytes
            if decryptor == nil {
                guard let fileKey = try received.open(&rest), let header = received.header else { return }
                decryptor = PayloadDecryptor(fileKey: fileKey)
                if isSealed {
                    // One file key, one payload: only who can open it changes.
                    let minted =
                        recipients.isEmpty ? header : try Header(fileKey: fileKey, recipients: recipients)
                    try minted.serialized.withUnsafeBytes { try keep($0, sink) }
                }
            }
            payload.count(rest)
            if isSealed { try keep(rest, sink) }
            guard var decryptor = decryptor.take() else { return }
            defer { self.decryptor = decryptor }
            try decryptor.update(rest) { try take($0, sink) }
        } catch let error as AgeError {
            throw error.ofReceivedFile
        }
    }

    /// Says that the file has ended.
    ///
    /// - Throws: as ``RecordingOpener/finish(into:)``.
    mutating func finish(into sink: (UnsafeRawBufferPointer) throws -> Void) throws -> Facts {
        do {
            try received.finish()
            var decryptor = decryptor.take()
            try decryptor?.finish { try take($0, sink) }
        } catch let error as AgeError {
            throw error.ofReceivedFile
        }
        return Facts(
            opened: opened.content,
            payload: payload.content,
            written: written.content,
            isSealed: isSealed
        )
    }

    private mutating func take(
        _ plaintext: UnsafeRawBufferPointer,
        _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        opened.count(plaintext)
        if !isSealed { try keep(plaintext, sink) }
    }

    private mutating func keep(
        _ bytes: UnsafeRawBufferPointer,
        _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        written.count(bytes)
        try sink(bytes)
    }
}
