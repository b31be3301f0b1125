/// Seals a stream of plaintext as the payload of an age file (C2SP age.md, "Payload"): nonce, then chunks of 64 KiB.
///
/// It cannot be copied: two continuations of one stream would seal different bytes under one nonce. For the same reason
/// a file key seals one payload, and ``finish(into:)`` works once.
public struct PayloadEncryptor: ~Copyable, Sendable {
    /// The nonce at the front of the payload.
    public let nonce: PayloadNonce
    private let cipher: ChunkCipher
    /// Plaintext that is not sealed yet; a whole chunk waits too, since it may be the final one.
    private var pending: [UInt8] = []
    private var index: UInt64 = 0
    private var nonceWritten = false
    private var finished = false

    /// A stream that seals under `fileKey`, which nothing else may use.
    ///
    /// - Parameter nonce: fresh, as it must be for every new file, unless a known payload is to be made again.
    public init(fileKey: FileKey, nonce: PayloadNonce = PayloadNonce()) {
        self.nonce = nonce
        cipher = ChunkCipher(fileKey: fileKey, nonce: nonce)
        pending.reserveCapacity(ChunkCipher.plaintextLength)
    }

    /// Seals `bytes`, appending to `output` every chunk that is complete and certainly not the final one.
    ///
    /// - Throws: ``AgeError`` `stream-finished` after ``finish(into:)``.
    public mutating func update(
        _ bytes: UnsafeRawBufferPointer,
        into output: inout [UInt8]
    ) throws(AgeError) {
        try begin(&output)
        var rest = bytes
        if !pending.isEmpty {
            let missing = min(ChunkCipher.plaintextLength - pending.count, rest.count)
            pending.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest[..<missing]))
            rest = UnsafeRawBufferPointer(rebasing: rest[missing...])
            // With nothing left it may be the final chunk, and that is for ``finish(into:)`` to say.
            if rest.isEmpty { return }
            try sealPending(last: false, into: &output)
        }
        while rest.count > ChunkCipher.plaintextLength {
            try seal(UnsafeRawBufferPointer(rebasing: rest[..<ChunkCipher.plaintextLength]), last: false, into: &output)
            rest = UnsafeRawBufferPointer(rebasing: rest[ChunkCipher.plaintextLength...])
        }
        pending.append(contentsOf: rest)
    }

    /// Seals `bytes`, as ``update(_:into:)-(UnsafeRawBufferPointer,_)`` does.
    public mutating func update(_ bytes: [UInt8], into output: inout [UInt8]) throws(AgeError) {
        try bytes.withUnsafeBufferPointer { (buffer) throws(AgeError) in
            try update(UnsafeRawBufferPointer(buffer), into: &output)
        }
    }

    /// Ends the stream, appending its final chunk to `output`.
    ///
    /// - Throws: ``AgeError`` `stream-finished` when called again.
    public mutating func finish(into output: inout [UInt8]) throws(AgeError) {
        try begin(&output)
        finished = true
        try sealPending(last: true, into: &output)
    }

    private mutating func begin(_ output: inout [UInt8]) throws(AgeError) {
        guard !finished else {
            throw AgeError(code: .streamFinished, message: "the payload is sealed to its end already")
        }
        if !nonceWritten {
            output.append(contentsOf: nonce.bytes)
            nonceWritten = true
        }
    }

    private mutating func sealPending(last: Bool, into output: inout [UInt8]) throws(AgeError) {
        // Swapped out, so that it can be read while the stream changes, and back, so that its memory is used again.
        var chunk: [UInt8] = []
        swap(&chunk, &pending)
        try chunk.withUnsafeBufferPointer { (buffer) throws(AgeError) in
            try seal(UnsafeRawBufferPointer(buffer), last: last, into: &output)
        }
        chunk.removeAll(keepingCapacity: true)
        swap(&chunk, &pending)
    }

    private mutating func seal(
        _ bytes: UnsafeRawBufferPointer,
        last: Bool,
        into output: inout [UInt8]
    ) throws(AgeError) {
        let (next, overflow) = index.addingReportingOverflow(1)
        guard !overflow else { throw AgeError(code: .outOfRange, message: "the payload has too many chunks") }
        do throws(AgeError) {
            try cipher.seal(bytes, index: index, last: last) { output.append(contentsOf: $0) }
        } catch {
            finished = true
            throw error
        }
        index = next
    }
}
