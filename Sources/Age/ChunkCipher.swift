internal import Crypto
internal import FoundationEssentials

/// Seals and opens the chunks of one payload (C2SP age.md, "Payload").
struct ChunkCipher: Sendable {
    /// The plaintext of every chunk but the final one, in bytes.
    static let plaintextLength = 65_536
    /// The tag of each chunk, in bytes.
    static let tagLength = 16
    /// A whole chunk as it lies in the payload, in bytes.
    static let sealedLength = plaintextLength + tagLength
    /// The nonce of each chunk, which is not in the payload, in bytes.
    static let nonceLength = 12

    private let key: SymmetricKey

    init(fileKey: FileKey, nonce: PayloadNonce) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: fileKey.key,
            salt: nonce.bytes,
            info: Array("payload".utf8),
            outputByteCount: 32
        )
    }

    /// The plaintext, or nil where `bytes` are not chunk `index` with that flag.
    func open(_ bytes: UnsafeRawBufferPointer, index: UInt64, last: Bool) -> Data? {
        withUnsafeTemporaryAllocation(byteCount: Self.nonceLength + bytes.count, alignment: 16) { frame in
            UnsafeMutableRawBufferPointer(rebasing: frame[Self.nonceLength...]).copyMemory(from: bytes)
            return open(frame: frame, index: index, last: last)
        }
    }

    /// The plaintext, or nil where what lies in `frame` behind ``nonceLength`` bytes is not chunk `index` with that flag.
    ///
    /// The library wants nonce, ciphertext and tag in one piece and copies them from there. A frame that keeps the place
    /// of the nonce free makes that its only copy; its initializer for separate parts costs three and 70 % more time.
    func open(frame: UnsafeMutableRawBufferPointer, index: UInt64, last: Bool) -> Data? {
        Self.writeNonce(index: index, last: last, to: frame)
        guard let box = try? ChaChaPoly.SealedBox(combined: UnsafeRawBufferPointer(frame)) else { return nil }
        return try? ChaChaPoly.open(box, using: key)
    }

    /// Hands the sealed chunk to `body`.
    ///
    /// - Throws: ``AgeError`` `cryptography` if the library fails.
    func seal(
        _ bytes: UnsafeRawBufferPointer,
        index: UInt64,
        last: Bool,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(AgeError) {
        let box = withUnsafeTemporaryAllocation(byteCount: Self.nonceLength, alignment: 16) { nonceBytes in
            Self.writeNonce(index: index, last: last, to: nonceBytes)
            return try? ChaChaPoly.seal(
                bytes,
                using: key,
                nonce: ChaChaPoly.Nonce(data: UnsafeRawBufferPointer(nonceBytes))
            )
        }
        guard let box else { throw AgeError(code: .cryptography, message: "a chunk could not be sealed") }
        box.combined.withUnsafeBytes { combined in
            body(UnsafeRawBufferPointer(rebasing: combined[Self.nonceLength...]))
        }
    }

    /// Eleven bytes of counter, big-endian, and the flag of the final chunk.
    private static func writeNonce(index: UInt64, last: Bool, to buffer: UnsafeMutableRawBufferPointer) {
        buffer.storeBytes(of: 0, as: UInt32.self)
        buffer.storeBytes(of: index.bigEndian, toByteOffset: 3, as: UInt64.self)
        buffer[nonceLength - 1] = last ? 1 : 0
    }
}
