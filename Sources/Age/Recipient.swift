/// Someone a file key can be wrapped for.
public enum Recipient: Sendable, Hashable, CustomStringConvertible {
    /// `age1…`
    case x25519(X25519Recipient)
    /// `age1pq1…`, safe against a later quantum computer.
    case hybrid(HybridRecipient)

    /// The native asymmetric kinds of recipients (C2SP age.md, "Native recipient types").
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// X25519.
        case x25519
        /// ML-KEM-768 with X25519.
        case hybrid
    }

    /// Reads `age1…` or `age1pq1…`.
    ///
    /// - Throws: ``AgeError`` `malformed-recipient`.
    public init(parsing text: String) throws(AgeError) {
        if text.utf8.starts(with: "\(HybridRecipient.prefix)1".utf8) {
            self = .hybrid(try HybridRecipient(parsing: text))
        } else {
            self = .x25519(try X25519Recipient(parsing: text))
        }
    }

    /// Which kind this is.
    public var kind: Kind {
        switch self {
        case .x25519: .x25519
        case .hybrid: .hybrid
        }
    }

    /// The Bech32 string that ``init(parsing:)`` reads.
    public var description: String {
        switch self {
        case .x25519(let recipient): recipient.description
        case .hybrid(let recipient): recipient.description
        }
    }

    func wrap(_ fileKey: FileKey) throws(AgeError) -> Stanza {
        switch self {
        case .x25519(let recipient): try recipient.wrap(fileKey)
        case .hybrid(let recipient): try recipient.wrap(fileKey)
        }
    }
}

extension Recipient.Kind {
    /// The kind whose stanzas have the type `stanzaType`; upper and lower case differ.
    init?(stanzaType: String) {
        guard let kind = Self.allCases.first(where: { $0.stanzaType == stanzaType }) else { return nil }
        self = kind
    }

    /// The first argument of its stanzas.
    var stanzaType: String {
        switch self {
        case .x25519: "X25519"
        case .hybrid: "mlkem768x25519"
        }
    }

    /// The length of what the second argument spells, in bytes.
    var shareLength: Int {
        switch self {
        case .x25519: 32
        case .hybrid: 1120
        }
    }
}
