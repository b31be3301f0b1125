internal import FoundationEssentials

/// Opens what is left of a damaged payload as it streams by (C2SP age.md, "Payload"): each chunk that authenticates in its
/// place is handed out, and each that does not is named.
///
/// Every chunk is what was sealed there. That all of them are there nobody vouches for: use ``PayloadDecryptor`` for what is
/// to be taken for whole.
public struct PayloadSalvager: Sendable {
    /// What comes next in the plaintext.
    public enum Piece {
        /// A chunk as it was sealed.
        case chunk(UnsafeRawBufferPointer)
        /// Nothing of chunk `index` can be told: up to 64 KiB of plaintext are missing here.
        case lost(index: Int)
    }

    /// Chunks that came, good or bad.
    public private(set) var chunkCount = 0
    /// Whether the final chunk was among them and good.
    public private(set) var hasEnd = false

    private let fileKey: FileKey
    private let knownNonce: PayloadNonce?
    private var cipher: ChunkCipher?
    private var frame = [UInt8](repeating: 0, count: ChunkCipher.nonceLength + ChunkCipher.sealedLength)
    private var pending = 0

    /// A stream sealed under `fileKey`.
    ///
    /// - Parameter nonce: the nonce, where it is known from elsewhere: the one at the front may be damaged too.
    public init(fileKey: FileKey, nonce: PayloadNonce? = nil) {
        self.fileKey = fileKey
        knownNonce = nonce
    }

    /// Takes the next bytes of the payload and hands what they complete to `body`.
    ///
    /// - Throws: what `body` throws.
    public mutating func update(_ bytes: UnsafeRawBufferPointer, _ body: (Piece) throws -> Void) throws {
        var rest = bytes
        while true {
            guard let cipher else {
                guard fill(PayloadNonce.length, from: &rest) else { return }
                let read = try PayloadNonce(bytes: frame[ChunkCipher.nonceLength...].prefix(pending))
                cipher = ChunkCipher(fileKey: fileKey, nonce: knownNonce ?? read)
                pending = 0
                continue
            }
            guard fill(ChunkCipher.sealedLength, from: &rest) else { return }
            try handOut(open(cipher, last: false) ?? open(cipher, last: true), body)
        }
    }

    /// Says that the payload has ended, and hands its final chunk to `body` unless that was done already.
    ///
    /// - Throws: what `body` throws.
    public mutating func finish(_ body: (Piece) throws -> Void) throws {
        guard let cipher, pending > 0 else { return }
        try handOut(pending >= ChunkCipher.tagLength ? open(cipher, last: true) : nil, body)
    }

    private mutating func handOut(_ plaintext: Data?, _ body: (Piece) throws -> Void) throws {
        defer {
            chunkCount += 1
            pending = 0
        }
        guard let plaintext else { return try body(.lost(index: chunkCount)) }
        try plaintext.withUnsafeBytes { try body(.chunk($0)) }
    }

    private mutating func open(_ cipher: ChunkCipher, last: Bool) -> Data? {
        let length = ChunkCipher.nonceLength + pending
        let index = UInt64(chunkCount)
        let plaintext = frame.withUnsafeMutableBytes { bytes in
            cipher.open(frame: UnsafeMutableRawBufferPointer(rebasing: bytes[..<length]), index: index, last: last)
        }
        if last, plaintext != nil { hasEnd = true }
        return plaintext
    }

    /// Moves bytes from `rest` to the frame until `length` lie there; false where `rest` has too few.
    private mutating func fill(_ length: Int, from rest: inout UnsafeRawBufferPointer) -> Bool {
        let count = min(length - pending, rest.count)
        let start = ChunkCipher.nonceLength + pending
        frame.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[start..<(start + count)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        pending += count
        return pending == length
    }
}
