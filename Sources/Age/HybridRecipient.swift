internal import Crypto
internal import FoundationEssentials

/// A public ML-KEM-768 and X25519 key, `age1pq1…` (C2SP age.md, "The MLKEM768-X25519 hybrid recipient type").
public struct HybridRecipient: Sendable, Hashable, CustomStringConvertible {
    static let prefix = "age1pq"
    static let info = Data("age-encryption.org/mlkem768x25519".utf8)
    static let ciphersuite = HPKE.Ciphersuite(kem: .XWingMLKEM768X25519, kdf: .HKDF_SHA256, aead: .chaChaPoly)
    private static let length = 1216

    /// The 1216 bytes of the key.
    public let bytes: [UInt8]
    private let key: XWingMLKEM768X25519.PublicKey

    /// The recipient with these 1216 bytes.
    ///
    /// - Throws: ``AgeError`` `malformed-recipient`, also for bytes that nothing can be sealed to.
    public init(bytes: [UInt8]) throws(AgeError) {
        guard bytes.count == Self.length, let key = try? XWingMLKEM768X25519.PublicKey(rawRepresentation: bytes) else {
            throw AgeError(
                code: .malformedRecipient,
                message: "a hybrid key has \(Self.length) bytes, not \(bytes.count)"
            )
        }
        // The library looks into the key only when it is used; so it is used once, at enrolment.
        guard (try? key.encapsulate()) != nil else {
            throw AgeError(code: .malformedRecipient, message: "nothing can be sealed to the hybrid key")
        }
        self.init(checked: key)
    }

    /// For the public half of a private key.
    init(checked key: XWingMLKEM768X25519.PublicKey) {
        bytes = Array(key.rawRepresentation)
        self.key = key
    }

    /// Reads `age1pq1…`.
    ///
    /// - Throws: ``AgeError`` `malformed-recipient`.
    public init(parsing text: String) throws(AgeError) {
        guard let bytes = Bech32.decode(text, prefix: Self.prefix) else {
            throw AgeError(code: .malformedRecipient, message: "not a hybrid recipient: expected age1pq1…")
        }
        try self.init(bytes: bytes)
    }

    /// `age1pq1…`, about 2,000 characters.
    public var description: String { Bech32.encode(bytes, prefix: Self.prefix) }

    /// Equal when the bytes are.
    public static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    /// HPKE's SealBase (RFC 9180 §6.1) with empty associated data.
    func wrap(_ fileKey: FileKey) throws(AgeError) -> Stanza {
        do {
            var sender = try HPKE.Sender(recipientKey: key, ciphersuite: Self.ciphersuite, info: Self.info)
            let body = try fileKey.withUnsafeBytes { try sender.seal($0) }
            return Stanza(
                checkedType: Recipient.Kind.hybrid.stanzaType,
                arguments: [Base64.encode(sender.encapsulatedKey)],
                body: Array(body)
            )
        } catch {
            throw AgeError(code: .cryptography, message: "the file key could not be wrapped")
        }
    }
}
