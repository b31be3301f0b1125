internal import Crypto
internal import FoundationEssentials

/// A private X25519 key, `AGE-SECRET-KEY-1…` (C2SP age.md, "The X25519 recipient type").
public struct X25519Identity: Sendable {
    static let prefix = "AGE-SECRET-KEY-"

    private let key: Curve25519.KeyAgreement.PrivateKey
    /// Whom to seal to.
    public let recipient: X25519Recipient

    /// A fresh identity.
    public init() {
        self.init(key: Curve25519.KeyAgreement.PrivateKey())
    }

    /// Reads `AGE-SECRET-KEY-1…`.
    ///
    /// - Throws: ``AgeError`` `malformed-identity`; the text is not repeated in it.
    public init(parsing text: String) throws(AgeError) {
        guard let bytes = Bech32.decode(text, prefix: Self.prefix),
            let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes)
        else {
            throw AgeError(
                code: .malformedIdentity,
                message: "not an identity: expected AGE-SECRET-KEY-1… or AGE-SECRET-KEY-PQ-1…"
            )
        }
        self.init(key: key)
    }

    private init(key: Curve25519.KeyAgreement.PrivateKey) {
        self.key = key
        recipient = X25519Recipient(checked: key.publicKey)
    }

    /// The secret itself, for storage only.
    public var secretString: String { Bech32.encode(key.rawRepresentation, prefix: Self.prefix) }

    func unwrap(_ stanza: NativeStanza) throws(AgeError) -> FileKey? {
        guard let share = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: stanza.share),
            let secret = X25519Recipient.sharedSecret(key, share)
        else { throw stanza.lowOrder }
        // The salt holds the share as it stands in the header.
        let wrapKey = X25519Recipient.wrapKey(secret, share: stanza.share, recipient: recipient.bytes)
        return FileKeyWrapping.open(stanza.body, under: wrapKey)
    }
}

extension X25519Identity: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the secret.
    public var description: String { "X25519Identity(redacted)" }
    /// Never the secret.
    public var debugDescription: String { description }
    /// Without children, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
