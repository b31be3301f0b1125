import Age
import ArchiveCore
import Crypto
import Foundation
import OggOpus

/// Validates a payload in flight: digest over the ciphertext, authenticated plaintext into the Ogg Opus validator.
/// Memory is flat: one chunk, and what the validator keeps.
final class StreamCheck {
    private var decryptor: PayloadDecryptor?
    private var sealer: ClearSealer?
    private let validator = StreamValidator()
    private var digest = SHA256()

    /// Bytes before the payload, in the file as the sender has it.
    private let headerLength: Int

    /// Checks a payload that the sender sealed, behind a header of `headerLength` bytes.
    init(sealedUnder fileKey: FileKey, headerLength: Int) {
        decryptor = PayloadDecryptor(fileKey: fileKey)
        self.headerLength = headerLength
    }

    /// Checks a stream that comes in clear and seals it.
    init(sealingUnder fileKey: FileKey) {
        sealer = ClearSealer(fileKey: fileKey)
        headerLength = 0
    }

    /// Takes bytes as they arrive and hands the ciphertext to `keep` before it is looked into, so that what is kept is
    /// what was received.
    ///
    /// - Throws: `bad-encryption` or `bad-recording`, with the offset in the age file or in the Ogg stream.
    func consume(_ bytes: UnsafeRawBufferPointer, keep: (UnsafeRawBufferPointer) throws -> Void) throws {
        if let sealer {
            try sealer.update(bytes) { try store($0, keep) }
            try translating { try validator.consume(bytes) }
        } else if bytes.count < Self.worthTwoThreads {
            try store(bytes, keep)
            try open(bytes)
        } else {
            // Writing waits for the kernel's copy about as long as opening takes; neither touches what the other does.
            try twoAtOnce({ try store(bytes, keep) }, { try open(bytes) })
        }
    }

    /// Pieces shorter than this are done before a second thread has begun.
    private static let worthTwoThreads = 128 << 10

    private func open(_ sealed: UnsafeRawBufferPointer) throws {
        try translating { try decryptor?.update(sealed) { try validator.consume($0) } }
    }

    /// What a whole stream turned out to be.
    struct Outcome {
        let validated: ValidatedStream
        let nonce: PayloadNonce
        let digest: Data
    }

    /// Ends the stream; `keep` gets what sealing it here still has to write.
    ///
    /// - Throws: as ``consume(_:keep:)``, and `truncated` where the end is missing.
    func finish(keep: (UnsafeRawBufferPointer) throws -> Void) throws -> Outcome {
        if sealer != nil {
            try closeSeal(keep: keep)
        } else {
            try translating(atEnd: true) { try decryptor?.finish { try validator.consume($0) } }
        }
        guard let nonce = sealer?.nonce ?? decryptor?.nonce else {
            throw ArchiveError(.truncated, "the payload has no nonce")
        }
        let validated = try translating { try validator.finish() }
        return Outcome(validated: validated, nonce: nonce, digest: Data(digest.finalize()))
    }

    /// Ends what is being sealed here, so that it opens as far as it came; `keep` gets the rest. Does nothing to a payload
    /// that the sender sealed, nor a second time.
    func closeSeal(keep: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let sealer, !sealer.isClosed else { return }
        try sealer.finish { try store($0, keep) }
    }

    private func store(_ sealed: UnsafeRawBufferPointer, _ keep: (UnsafeRawBufferPointer) throws -> Void) throws {
        digest.update(bufferPointer: sealed)
        try keep(sealed)
    }

    private func translating<Value>(atEnd: Bool = false, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as AgeError {
            // At the end a chunk that does not authenticate is one that was cut, far more often than one that was forged.
            let code: ArchiveError.Code = atEnd ? .truncated : .badEncryption
            throw ArchiveError(code, error.message, offset: error.offset.map { Int64($0 + headerLength) })
        } catch let error as OggOpusError {
            throw ArchiveError(.badRecording, error.message, hint: "send Ogg Opus (RFC 7845)", offset: error.offset)
        }
    }
}

/// Holds the noncopyable encryptor of a stream that is sealed on arrival.
private final class ClearSealer {
    private var encryptor: PayloadEncryptor
    private var sealed: [UInt8] = []
    private(set) var isClosed = false
    let nonce: PayloadNonce

    init(fileKey: FileKey) {
        encryptor = PayloadEncryptor(fileKey: fileKey)
        nonce = encryptor.nonce
    }

    func update(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try encryptor.update(bytes, into: &sealed)
        try hand(body)
    }

    func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        isClosed = true
        try encryptor.finish(into: &sealed)
        try hand(body)
    }

    private func hand(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try sealed.withUnsafeBytes(body)
        sealed.removeAll(keepingCapacity: true)
    }
}
