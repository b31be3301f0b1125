/// A secret that opens headers.
public enum Identity: Sendable {
    /// `AGE-SECRET-KEY-1…`
    case x25519(X25519Identity)
    /// `AGE-SECRET-KEY-PQ-1…`
    case hybrid(HybridIdentity)

    /// Reads `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`.
    ///
    /// - Throws: ``AgeError`` `malformed-identity`; the text is not repeated in it.
    public init(parsing text: String) throws(AgeError) {
        if text.utf8.starts(with: "\(HybridIdentity.prefix)1".utf8) {
            self = .hybrid(try HybridIdentity(parsing: text))
        } else {
            self = .x25519(try X25519Identity(parsing: text))
        }
    }

    /// A fresh X25519 identity.
    public static func generateX25519() -> Identity {
        .x25519(X25519Identity())
    }

    /// A fresh hybrid identity.
    ///
    /// - Throws: ``AgeError`` `cryptography` if the library fails.
    public static func generateHybrid() throws(AgeError) -> Identity {
        .hybrid(try HybridIdentity())
    }

    /// Whom to seal to.
    public var recipient: Recipient {
        switch self {
        case .x25519(let identity): .x25519(identity.recipient)
        case .hybrid(let identity): .hybrid(identity.recipient)
        }
    }

    /// The Bech32 string that ``init(parsing:)`` reads: the secret itself, for storage only.
    public var secretString: String {
        switch self {
        case .x25519(let identity): identity.secretString
        case .hybrid(let identity): identity.secretString
        }
    }

    /// The file key, or nil where the stanza is not for this identity.
    ///
    /// - Throws: ``AgeError`` `malformed-stanza` where the share is of low order.
    func unwrap(_ stanza: NativeStanza) throws(AgeError) -> FileKey? {
        switch (self, stanza.kind) {
        case (.x25519(let identity), .x25519): try identity.unwrap(stanza)
        case (.hybrid(let identity), .hybrid): try identity.unwrap(stanza)
        case (.x25519, .hybrid), (.hybrid, .x25519): nil
        }
    }
}

extension Identity: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The kind, never the secret.
    public var description: String { "Identity(\(recipient.kind), redacted)" }
    /// The kind, never the secret.
    public var debugDescription: String { description }
    /// Without children, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
