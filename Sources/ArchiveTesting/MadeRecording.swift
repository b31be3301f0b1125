public import Age
import OggOpus

/// Recordings that tests make: real Ogg Opus, really sealed.
public enum MadeRecording {
    /// An Ogg Opus stream of noise, which does not compress, so that its length follows from the bit rate.
    public static func opus(
        seconds: Double = 0.5,
        bitrate: Int = 24_000,
        tags: [(String, String)] = [],
        seed: UInt32 = 1
    ) throws -> [UInt8] {
        let comments = tags.map { Tags.Comment(name: $0.0, value: $0.1) }
        let encoder = try Encoder(configuration: .init(bitrate: bitrate, tags: Tags(comments: comments)))
        var state = seed | 1
        let samples = (0..<Int(seconds * 48_000)).map { _ -> Float in
            // xorshift: the same noise for the same seed.
            state ^= state << 13
            state ^= state >> 17
            state ^= state << 5
            return Float(state >> 8) / Float(1 << 24) - 0.5
        }
        return try samples.withUnsafeBufferPointer { try encoder.encode($0) } + encoder.finish()
    }

    /// An age file cut in two.
    public struct Sealed: Sendable {
        /// The header.
        public let header: [UInt8]
        /// Nonce and chunks.
        public let payload: [UInt8]
        /// The whole file.
        public var bytes: [UInt8] { header + payload }
    }

    /// `plaintext` sealed to `recipients`.
    public static func seal(
        _ plaintext: [UInt8],
        to recipients: [Recipient],
        fileKey: FileKey = FileKey(),
        nonce: PayloadNonce = PayloadNonce()
    ) throws -> Sealed {
        var encryptor = PayloadEncryptor(fileKey: fileKey, nonce: nonce)
        var payload: [UInt8] = []
        try encryptor.update(plaintext, into: &payload)
        try encryptor.finish(into: &payload)
        return Sealed(
            header: try Header(fileKey: fileKey, recipients: recipients).serialized,
            payload: payload
        )
    }

    /// The plaintext of an age file.
    public static func open(_ file: [UInt8], with identity: Identity) throws -> [UInt8] {
        var cutter = HeaderCutter()
        let length = try cutter.consume(file)
        try cutter.finish()
        guard let header = cutter.header else { return [] }
        var decryptor = PayloadDecryptor(fileKey: try header.open(with: [identity]))
        var plaintext: [UInt8] = []
        try file[length...].withUnsafeBytes { try decryptor.update($0, into: &plaintext) }
        try decryptor.finish(into: &plaintext)
        return plaintext
    }
}
