/// Where the chunks of a payload lie, and which plaintext each holds (C2SP age.md, "Payload").
///
/// All positions are bytes from the start of the payload, whose first 16 are the nonce, or of the plaintext.
public struct PayloadLayout: Sendable, Hashable {
    /// The plaintext of every chunk but the final one, in bytes.
    public static let chunkLength = ChunkCipher.plaintextLength

    /// The whole payload, nonce included.
    public let payloadLength: Int
    /// All of the plaintext.
    public let plaintextLength: Int
    /// How many chunks there are; at least one.
    public let chunkCount: Int

    /// The layout of a payload of that length, nonce included.
    ///
    /// - Throws: ``AgeError`` `nonce-missing`, `payload-truncated` or `payload-empty-last-chunk` where no complete payload
    ///   has that length.
    public init(payloadLength: Int) throws(AgeError) {
        guard payloadLength >= PayloadNonce.length else {
            throw AgeError(code: .nonceMissing, message: "a payload of \(payloadLength) bytes has no nonce")
        }
        let sealed = payloadLength - PayloadNonce.length
        let (wholeChunks, remainder) = sealed.quotientAndRemainder(dividingBy: ChunkCipher.sealedLength)
        guard remainder == 0 ? wholeChunks > 0 : remainder >= ChunkCipher.tagLength else {
            throw AgeError(
                code: .payloadTruncated,
                message: "a payload of \(payloadLength) bytes ends within a tag"
            )
        }
        guard wholeChunks == 0 || remainder != ChunkCipher.tagLength else {
            throw AgeError(
                code: .payloadEmptyLastChunk,
                message: "a payload of \(payloadLength) bytes ends with an empty chunk"
            )
        }
        chunkCount = remainder == 0 ? wholeChunks : wholeChunks + 1
        plaintextLength = sealed - chunkCount * ChunkCipher.tagLength
        self.payloadLength = payloadLength
    }

    /// The layout of the payload that seals that much plaintext.
    ///
    /// - Throws: ``AgeError`` `out-of-range` for less than none and more than can be counted.
    public init(plaintextLength: Int) throws(AgeError) {
        guard plaintextLength >= 0 else {
            throw AgeError(code: .outOfRange, message: "a plaintext of \(plaintextLength) bytes cannot be")
        }
        let (wholeChunks, remainder) = plaintextLength.quotientAndRemainder(dividingBy: Self.chunkLength)
        chunkCount = remainder == 0 && wholeChunks > 0 ? wholeChunks : wholeChunks + 1
        // There are fewer than 2^48 chunks, so this cannot overflow.
        let overhead = chunkCount * ChunkCipher.tagLength + PayloadNonce.length
        let (payloadLength, overflow) = plaintextLength.addingReportingOverflow(overhead)
        guard !overflow else {
            throw AgeError(code: .outOfRange, message: "a plaintext of \(plaintextLength) bytes is too long to seal")
        }
        self.payloadLength = payloadLength
        self.plaintextLength = plaintextLength
    }

    /// The length of the payload, nonce included, that seals `plaintextLength` bytes.
    ///
    /// - Throws: ``AgeError`` `out-of-range`, as ``init(plaintextLength:)`` does.
    public static func payloadLength(plaintextLength: Int) throws(AgeError) -> Int {
        try PayloadLayout(plaintextLength: plaintextLength).payloadLength
    }

    /// The index of the final chunk, which is to be authenticated first.
    public var lastChunk: Int { chunkCount - 1 }

    /// Where chunk `index` lies in the payload, its tag included.
    ///
    /// - Throws: ``AgeError`` `out-of-range`.
    public func payloadRange(ofChunk index: Int) throws(AgeError) -> Range<Int> {
        try check(index)
        let start = PayloadNonce.length + index * ChunkCipher.sealedLength
        return start..<(index == lastChunk ? payloadLength : start + ChunkCipher.sealedLength)
    }

    /// Which plaintext chunk `index` holds.
    ///
    /// - Throws: ``AgeError`` `out-of-range`.
    public func plaintextRange(ofChunk index: Int) throws(AgeError) -> Range<Int> {
        try check(index)
        let start = index * Self.chunkLength
        return start..<(index == lastChunk ? plaintextLength : start + Self.chunkLength)
    }

    /// The chunk that byte `offset` of the payload belongs to: of the nonce the first, of what is beyond the end the last.
    public func chunk(atPayloadOffset offset: Int) -> Int {
        max(0, min((offset - PayloadNonce.length) / ChunkCipher.sealedLength, lastChunk))
    }

    /// The chunks that hold `range` of the plaintext; none for an empty range.
    ///
    /// - Throws: ``AgeError`` `out-of-range` where the range is not within the plaintext.
    public func chunks(covering range: Range<Int>) throws(AgeError) -> Range<Int> {
        guard range.lowerBound >= 0, range.upperBound <= plaintextLength else {
            throw AgeError(
                code: .outOfRange,
                message: "bytes \(range) of a plaintext of \(plaintextLength)",
                offset: range.lowerBound
            )
        }
        let first = range.lowerBound / Self.chunkLength
        guard !range.isEmpty else { return first..<first }
        return first..<((range.upperBound - 1) / Self.chunkLength + 1)
    }

    private func check(_ index: Int) throws(AgeError) {
        guard (0..<chunkCount).contains(index) else {
            throw AgeError(code: .outOfRange, message: "chunk \(index) of a payload of \(chunkCount)")
        }
    }
}
