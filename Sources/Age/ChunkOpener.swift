internal import FoundationEssentials

/// Opens chunks of a complete payload in any order.
///
/// C2SP age.md: who does not read from front to back must first verify that the last chunk is a valid final chunk, or
/// a payload that was cut off passes for whole. An opener does not exist before that was done.
public struct ChunkOpener: Sendable {
    /// Where the chunks lie.
    public let layout: PayloadLayout
    private let cipher: ChunkCipher

    /// An opener for the payload that begins with `nonce`, has the length that `layout` says, and ends with `lastChunk`,
    /// the bytes at ``PayloadLayout/payloadRange(ofChunk:)`` of ``PayloadLayout/lastChunk``.
    ///
    /// - Throws: ``AgeError`` `payload-authentication` unless that is a final chunk in its place; `out-of-range`
    ///   where it has another length.
    public init(
        fileKey: FileKey,
        nonce: PayloadNonce,
        layout: PayloadLayout,
        lastChunk: UnsafeRawBufferPointer
    ) throws(AgeError) {
        self.layout = layout
        cipher = ChunkCipher(fileKey: fileKey, nonce: nonce)
        _ = try plaintext(ofChunk: layout.lastChunk, lastChunk)
    }

    /// Hands the plaintext of chunk `index` to `body` and returns what that returns.
    ///
    /// - Parameter bytes: the chunk as it lies in the payload, its tag included.
    /// - Throws: ``AgeError`` `out-of-range` for a wrong index or length, `payload-authentication` for wrong bytes;
    ///   what `body` throws.
    public func open<Result, Failure: Error>(
        chunk index: Int,
        bytes: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws -> Result {
        try plaintext(ofChunk: index, bytes).withUnsafeBytes { try body($0) }
    }

    /// Appends the plaintext of chunk `index` to `output`.
    ///
    /// - Parameter bytes: the chunk as it lies in the payload, its tag included.
    /// - Throws: ``AgeError`` `out-of-range` for a wrong index or length, `payload-authentication` for wrong bytes.
    public func open(
        chunk index: Int,
        bytes: UnsafeRawBufferPointer,
        into output: inout [UInt8]
    ) throws(AgeError) {
        try plaintext(ofChunk: index, bytes).withUnsafeBytes { output.append(contentsOf: $0) }
    }

    private func plaintext(ofChunk index: Int, _ bytes: UnsafeRawBufferPointer) throws(AgeError) -> Data {
        let range = try layout.payloadRange(ofChunk: index)
        guard bytes.count == range.count else {
            throw AgeError(
                code: .outOfRange,
                message: "chunk \(index) has \(range.count) bytes, not \(bytes.count)",
                offset: range.lowerBound
            )
        }
        let last = index == layout.lastChunk
        guard let plaintext = cipher.open(bytes, index: UInt64(index), last: last) else {
            throw AgeError(
                code: .payloadAuthentication,
                message: "chunk \(index) does not authenticate",
                offset: range.lowerBound
            )
        }
        return plaintext
    }
}
