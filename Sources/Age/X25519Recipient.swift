internal import Crypto
internal import FoundationEssentials

/// A public X25519 key, `age1…` (C2SP age.md, "The X25519 recipient type").
public struct X25519Recipient: Sendable, Hashable, CustomStringConvertible {
    static let prefix = "age"
    /// HKDF's info for the wrap key.
    static let info = Array("age-encryption.org/v1/X25519".utf8)

    /// The 32 bytes of the key.
    public let bytes: [UInt8]
    private let key: Curve25519.KeyAgreement.PublicKey

    /// The recipient with these 32 bytes.
    ///
    /// - Throws: ``AgeError`` `malformed-recipient`, also for bytes that no identity can have.
    public init(bytes: [UInt8]) throws(AgeError) {
        guard bytes.count == 32, let key = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes) else {
            throw AgeError(code: .malformedRecipient, message: "an X25519 key has 32 bytes, not \(bytes.count)")
        }
        // RFC 7748 §5 reads a coordinate of 2^255 - 19 or more as another number. An identity never publishes one, and
        // since the salt holds the bytes as they are, what is sealed to it could not be opened by anyone.
        guard bytes[31] < 0x7F || (bytes[31] == 0x7F && (bytes[0] < 0xED || bytes[1..<31].contains { $0 != 0xFF }))
        else {
            throw AgeError(code: .malformedRecipient, message: "the X25519 key is not in its canonical form")
        }
        // Found out here, at enrolment, rather than at the first header minted for it.
        guard Self.sharedSecret(Curve25519.KeyAgreement.PrivateKey(), key) != nil else {
            throw AgeError(code: .malformedRecipient, message: "the X25519 key is a point of low order")
        }
        self.init(checked: key)
    }

    /// For the public half of a private key.
    init(checked key: Curve25519.KeyAgreement.PublicKey) {
        bytes = Array(key.rawRepresentation)
        self.key = key
    }

    /// Reads `age1…`.
    ///
    /// - Throws: ``AgeError`` `malformed-recipient`.
    public init(parsing text: String) throws(AgeError) {
        guard let bytes = Bech32.decode(text, prefix: Self.prefix) else {
            throw AgeError(code: .malformedRecipient, message: "not a recipient: expected age1… or age1pq1…")
        }
        try self.init(bytes: bytes)
    }

    /// `age1…`
    public var description: String { Bech32.encode(bytes, prefix: Self.prefix) }

    /// Equal when the bytes are.
    public static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    func wrap(_ fileKey: FileKey) throws(AgeError) -> Stanza {
        let ephemeral = Curve25519.KeyAgreement.PrivateKey()
        let share = Array(ephemeral.publicKey.rawRepresentation)
        guard let secret = Self.sharedSecret(ephemeral, key),
            let body = FileKeyWrapping.seal(fileKey, under: Self.wrapKey(secret, share: share, recipient: bytes))
        else {
            throw AgeError(code: .cryptography, message: "the file key could not be wrapped")
        }
        return Stanza(
            checkedType: Recipient.Kind.x25519.stanzaType,
            arguments: [Base64.encode(share)],
            body: body
        )
    }

    /// The shared secret, or nil where it is all zero.
    ///
    /// C2SP age.md: such a secret must be refused, and the library leaves that to us. Every byte is looked at.
    static func sharedSecret(
        _ privateKey: Curve25519.KeyAgreement.PrivateKey,
        _ publicKey: Curve25519.KeyAgreement.PublicKey
    ) -> SharedSecret? {
        guard let secret = try? privateKey.sharedSecretFromKeyAgreement(with: publicKey) else { return nil }
        let bits = secret.withUnsafeBytes { $0.reduce(0, |) }
        return bits == 0 ? nil : secret
    }

    static func wrapKey(_ secret: SharedSecret, share: [UInt8], recipient: [UInt8]) -> SymmetricKey {
        secret.hkdfDerivedSymmetricKey(
            using: SHA256.self,
            salt: share + recipient,
            sharedInfo: info,
            outputByteCount: 32
        )
    }
}
