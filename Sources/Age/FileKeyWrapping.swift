internal import Crypto
internal import FoundationEssentials

/// ChaCha20-Poly1305 under a wrap key and the nonce zero (C2SP age.md, "X25519 recipient stanza").
///
/// The nonce may be fixed because a wrap key is made for one stanza and seals one file key.
enum FileKeyWrapping {
    private static let nonceLength = 12
    private static let tagLength = 16

    /// 16 bytes and their tag; nil only if the library fails.
    static func seal(_ fileKey: FileKey, under wrapKey: SymmetricKey) -> [UInt8]? {
        guard let nonce = try? ChaChaPoly.Nonce(data: [UInt8](repeating: 0, count: nonceLength)),
            let box = try? fileKey.withUnsafeBytes({ try ChaChaPoly.seal($0, using: wrapKey, nonce: nonce) })
        else { return nil }
        return Array(box.combined.dropFirst(nonceLength))
    }

    /// The file key, or nil where `body` was not sealed under `wrapKey`.
    static func open(_ body: [UInt8], under wrapKey: SymmetricKey) -> FileKey? {
        let frame = [UInt8](repeating: 0, count: nonceLength) + body
        guard body.count == FileKey.length + tagLength,
            let box = try? ChaChaPoly.SealedBox(combined: frame),
            let bytes = try? ChaChaPoly.open(box, using: wrapKey)
        else { return nil }
        return try? FileKey(bytes: bytes)
    }
}
