internal import Crypto
internal import FoundationEssentials

/// The seed of an ML-KEM-768 and X25519 key pair, `AGE-SECRET-KEY-PQ-1…`
/// (C2SP age.md, "The MLKEM768-X25519 hybrid recipient type").
public struct HybridIdentity: Sendable {
    static let prefix = "AGE-SECRET-KEY-PQ-"

    private let key: XWingMLKEM768X25519.PrivateKey
    /// Whom to seal to.
    public let recipient: HybridRecipient

    /// A fresh identity.
    ///
    /// - Throws: ``AgeError`` `cryptography` if the library fails.
    public init() throws(AgeError) {
        guard let key = try? XWingMLKEM768X25519.PrivateKey.generate() else {
            throw AgeError(code: .cryptography, message: "no hybrid key could be made")
        }
        self.init(key: key)
    }

    /// Reads `AGE-SECRET-KEY-PQ-1…`.
    ///
    /// - Throws: ``AgeError`` `malformed-identity`; the text is not repeated in it.
    public init(parsing text: String) throws(AgeError) {
        guard let seed = Bech32.decode(text, prefix: Self.prefix),
            let key = try? XWingMLKEM768X25519.PrivateKey(seedRepresentation: seed, publicKey: nil)
        else {
            throw AgeError(
                code: .malformedIdentity,
                message: "not a hybrid identity: expected AGE-SECRET-KEY-PQ-1…"
            )
        }
        self.init(key: key)
    }

    private init(key: XWingMLKEM768X25519.PrivateKey) {
        self.key = key
        recipient = HybridRecipient(checked: key.publicKey)
    }

    /// The secret itself, for storage only.
    public var secretString: String { Bech32.encode(key.seedRepresentation, prefix: Self.prefix) }

    /// HPKE's OpenBase (RFC 9180 §6.1). A wrong ML-KEM part gives a wrong key, not an error; a share of low order is one.
    func unwrap(_ stanza: NativeStanza) throws(AgeError) -> FileKey? {
        guard
            var opener = try? HPKE.Recipient(
                privateKey: key,
                ciphersuite: HybridRecipient.ciphersuite,
                info: HybridRecipient.info,
                encapsulatedKey: Data(stanza.share)
            )
        else { throw stanza.lowOrder }
        guard let bytes = try? opener.open(stanza.body) else { return nil }
        return try? FileKey(bytes: bytes)
    }
}

extension HybridIdentity: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the secret.
    public var description: String { "HybridIdentity(redacted)" }
    /// Never the secret.
    public var debugDescription: String { description }
    /// Without children, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
