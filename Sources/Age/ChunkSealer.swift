/// Seals chunks of one payload in any order (C2SP age.md, "Payload"), for a plaintext that can be made again at any place.
///
/// A file key and nonce must never seal two different plaintexts. ``PayloadEncryptor`` sees to that by running once;
/// here it is up to the caller, who has to be certain, from the first chunk on, what all of the plaintext is: of the
/// same bytes a chunk sealed again is the same chunk, and tells nobody anything.
public struct ChunkSealer: Sendable {
    /// Where the chunks lie.
    public let layout: PayloadLayout
    /// The nonce at the front of the payload.
    public let nonce: PayloadNonce
    private let cipher: ChunkCipher

    /// A sealer of the one plaintext for which `fileKey` and `nonce` were made.
    public init(fileKey: FileKey, nonce: PayloadNonce, layout: PayloadLayout) {
        self.layout = layout
        self.nonce = nonce
        cipher = ChunkCipher(fileKey: fileKey, nonce: nonce)
    }

    /// Seals the plaintext of chunk `index`, appending it to `output` as it lies in the payload.
    ///
    /// - Throws: ``AgeError`` `out-of-range` for a wrong index or length.
    public func seal(
        chunk index: Int,
        plaintext: UnsafeRawBufferPointer,
        into output: inout [UInt8]
    ) throws(AgeError) {
        let range = try layout.plaintextRange(ofChunk: index)
        guard plaintext.count == range.count else {
            throw AgeError(
                code: .outOfRange,
                message: "chunk \(index) holds \(range.count) bytes, not \(plaintext.count)",
                offset: range.lowerBound
            )
        }
        try cipher.seal(plaintext, index: UInt64(index), last: index == layout.lastChunk) {
            output.append(contentsOf: $0)
        }
    }
}
