internal import FoundationEssentials

/// Opens the payload of an age file as it streams by (C2SP age.md, "Payload").
///
/// It hands out a chunk as soon as it is authenticated, and nothing else; it holds at most one chunk. What is handed out
/// is a true beginning of what was sealed, but only ``finish(_:)`` says that it is all.
public struct PayloadDecryptor: Sendable {
    /// The nonce at the front of the payload, once it was read.
    public private(set) var nonce: PayloadNonce?
    /// The plaintext handed out so far, in bytes.
    public private(set) var plaintextLength = 0

    private let fileKey: FileKey
    private var cipher: ChunkCipher?
    /// The bytes of the nonce or chunk that is being completed, behind room for the cipher's own nonce.
    private var frame = [UInt8](repeating: 0, count: ChunkCipher.nonceLength + ChunkCipher.sealedLength)
    /// How many such bytes there are.
    private var pending = 0
    private var index: UInt64 = 0
    private var lastOpened = false
    /// Why nothing more is accepted.
    private var end: AgeError?

    /// A stream that begins with the nonce of a payload sealed under `fileKey`.
    public init(fileKey: FileKey) {
        self.fileKey = fileKey
    }

    /// Takes the next bytes of the payload and hands every chunk that they complete to `body`, once it is authenticated.
    ///
    /// - Throws: ``AgeError`` `payload-authentication` or `payload-trailing-data`, and the same again on later calls;
    ///   what `body` throws, after which the stream accepts no more.
    public mutating func update<Failure: Error>(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws {
        var rest = bytes
        while let plaintext = try nextChunk(&rest) {
            try hand(plaintext, to: body)
        }
    }

    /// Takes the next bytes of the payload and appends the authenticated plaintext to `output`.
    ///
    /// - Throws: ``AgeError``, as ``update(_:_:)`` does; `output` then ends with the last chunk before the mistake.
    public mutating func update(
        _ bytes: UnsafeRawBufferPointer,
        into output: inout [UInt8]
    ) throws(AgeError) {
        var rest = bytes
        while let plaintext = try nextChunk(&rest) {
            plaintext.withUnsafeBytes { output.append(contentsOf: $0) }
        }
    }

    /// Says that the payload has ended, and hands its final chunk to `body` unless that was done already.
    ///
    /// - Throws: ``AgeError`` `nonce-missing`, `payload-truncated`, `payload-empty-last-chunk`, or
    ///   `payload-authentication` where the final chunk is cut off or changed; what `body` throws.
    public mutating func finish<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws {
        if let plaintext = try finalChunk() { try hand(plaintext, to: body) }
    }

    /// Says that the payload has ended, and appends the plaintext of its final chunk to `output`.
    ///
    /// - Throws: ``AgeError``, as ``finish(_:)`` does.
    public mutating func finish(into output: inout [UInt8]) throws(AgeError) {
        if let plaintext = try finalChunk() {
            plaintext.withUnsafeBytes { output.append(contentsOf: $0) }
        }
    }

    private mutating func hand<Failure: Error>(
        _ plaintext: Data,
        to body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws {
        do {
            try plaintext.withUnsafeBytes { try body($0) }
        } catch {
            // How much of the bytes was taken is unknown to the caller, so there is no going on.
            end = end ?? AgeError(code: .streamFinished, message: "the receiver of the plaintext failed before")
            throw error
        }
    }

    /// The next whole chunk of `rest`, removed from it, or nil when all its bytes are taken.
    private mutating func nextChunk(_ rest: inout UnsafeRawBufferPointer) throws(AgeError) -> Data? {
        if let end { throw end }
        guard let cipher = try readNonce(&rest), !rest.isEmpty else { return nil }
        guard !lastOpened else {
            throw fail(.payloadTrailingData, "bytes follow the final chunk")
        }
        guard fill(ChunkCipher.sealedLength, from: &rest) else { return nil }
        // A chunk of full length may be the final one too, and only its flag tells.
        if let plaintext = open(cipher, last: false) { return try advance(plaintext) }
        guard let plaintext = open(cipher, last: true) else {
            throw fail(.payloadAuthentication, "chunk \(index) does not authenticate")
        }
        lastOpened = true
        return try advance(plaintext)
    }

    /// The cipher, once `rest` has completed the nonce.
    private mutating func readNonce(_ rest: inout UnsafeRawBufferPointer) throws(AgeError) -> ChunkCipher? {
        if let cipher { return cipher }
        guard fill(PayloadNonce.length, from: &rest) else { return nil }
        let nonce = try PayloadNonce(bytes: frame[ChunkCipher.nonceLength..<(ChunkCipher.nonceLength + pending)])
        pending = 0
        let cipher = ChunkCipher(fileKey: fileKey, nonce: nonce)
        self.nonce = nonce
        self.cipher = cipher
        return cipher
    }

    /// The plaintext of the chunk that lies in the frame, or nil.
    private mutating func open(_ cipher: ChunkCipher, last: Bool) -> Data? {
        let length = ChunkCipher.nonceLength + pending
        return frame.withUnsafeMutableBytes { bytes in
            cipher.open(frame: UnsafeMutableRawBufferPointer(rebasing: bytes[..<length]), index: index, last: last)
        }
    }

    private mutating func finalChunk() throws(AgeError) -> Data? {
        if let end { throw end }
        guard let cipher else {
            throw fail(.nonceMissing, "the payload ends within its nonce")
        }
        var plaintext: Data?
        if !lastOpened {
            guard pending > 0 else {
                throw fail(.payloadTruncated, "the payload ends before its final chunk")
            }
            guard pending >= ChunkCipher.tagLength else {
                throw fail(.payloadTruncated, "the payload ends within the tag of chunk \(index)")
            }
            // C2SP age.md: the final chunk must not be empty unless the whole payload is.
            guard index == 0 || pending > ChunkCipher.tagLength else {
                throw fail(.payloadEmptyLastChunk, "the final chunk is empty")
            }
            guard let final = open(cipher, last: true) else {
                throw fail(.payloadAuthentication, "the final chunk is cut off or changed")
            }
            lastOpened = true
            plaintext = final.isEmpty ? nil : try advance(final)
        }
        end = AgeError(code: .streamFinished, message: "the payload is opened to its end already")
        return plaintext
    }

    private mutating func advance(_ plaintext: Data) throws(AgeError) -> Data {
        let (nextIndex, indexOverflow) = index.addingReportingOverflow(1)
        let (length, lengthOverflow) = plaintextLength.addingReportingOverflow(plaintext.count)
        guard !indexOverflow, !lengthOverflow else {
            throw fail(.outOfRange, "the payload is too long to count")
        }
        index = nextIndex
        plaintextLength = length
        pending = 0
        return plaintext
    }

    private mutating func fail(_ code: AgeError.Code, _ message: String) -> AgeError {
        let chunks = UInt64(ChunkCipher.sealedLength).multipliedReportingOverflow(by: index).partialValue
        let start = cipher == nil ? 0 : Int(exactly: chunks)?.addingReportingOverflow(PayloadNonce.length).partialValue
        let error = AgeError(code: code, message: message, offset: start)
        end = error
        return error
    }

    /// Moves bytes from `rest` to the frame until `length` lie there; false where `rest` has too few.
    private mutating func fill(_ length: Int, from rest: inout UnsafeRawBufferPointer) -> Bool {
        let missing = min(length - pending, rest.count)
        let start = ChunkCipher.nonceLength + pending
        frame.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[start..<(start + missing)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<missing]))
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[missing...])
        pending += missing
        return pending == length
    }
}
