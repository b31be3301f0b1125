/// What is wrong with an age file, a key or a call, and where.
public struct AgeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of mistake; raw values are stable and may be stored or sent.
    public enum Code: String, Sendable, CaseIterable {
        /// The header breaks the grammar of C2SP age.md, "Header".
        case malformedHeader = "malformed-header"
        /// The header is longer than the limit.
        case headerTooLarge = "header-too-large"
        /// The header has more stanzas than the limit.
        case tooManyStanzas = "too-many-stanzas"
        /// An age file of another version than v1.
        case unsupportedVersion = "unsupported-version"
        /// The header was changed: its MAC does not belong to the file key.
        case badMAC = "bad-mac"
        /// No identity opens any stanza.
        case noMatch = "no-match"
        /// A stanza breaks the grammar, or a native one breaks the rules of its type.
        case malformedStanza = "malformed-stanza"
        /// X25519 and hybrid recipients were asked for in one header.
        case mixedRecipients = "mixed-recipients"
        /// A header for nobody was asked for.
        case noRecipients = "no-recipients"
        /// The header has a passphrase stanza, and identities were to open it.
        case passphraseNeeded = "passphrase-needed"
        /// More scrypt work than one will do.
        case workFactorTooHigh = "work-factor-too-high"
        /// The file is ASCII armored where the bytes themselves are wanted.
        case armored = "armored"
        /// The ASCII armor breaks its rules.
        case malformedArmor = "malformed-armor"
        /// Not a recipient, or one that nothing can be sealed to.
        case malformedRecipient = "malformed-recipient"
        /// Not an identity.
        case malformedIdentity = "malformed-identity"
        /// An identity file without identities.
        case noIdentities = "no-identities"
        /// A file key that is not 16 bytes.
        case malformedFileKey = "malformed-file-key"
        /// A payload nonce that is not 16 bytes.
        case malformedNonce = "malformed-nonce"
        /// The payload ends within its 16-byte nonce.
        case nonceMissing = "nonce-missing"
        /// The payload ends before its final chunk.
        case payloadTruncated = "payload-truncated"
        /// A chunk is not what was sealed in its place under this file key.
        case payloadAuthentication = "payload-authentication"
        /// The final chunk is empty though others precede it.
        case payloadEmptyLastChunk = "payload-empty-last-chunk"
        /// Bytes follow the final chunk.
        case payloadTrailingData = "payload-trailing-data"
        /// A length or position outside the payload or beyond what can be counted.
        case outOfRange = "out-of-range"
        /// A stream was used after its end or after its failure.
        case streamFinished = "stream-finished"
        /// The cryptographic library refused an operation that cannot fail on valid input.
        case cryptography = "cryptography"
    }

    /// The kind of mistake.
    public let code: Code
    /// What is wrong, for a person; never holds secrets.
    public let message: String
    /// Where in the header, payload or text, in bytes from its start, if that is known.
    public let offset: Int?
    /// The line of an identity file, counted from 1, if that is what was read.
    public let line: Int?

    /// An error with its place.
    public init(code: Code, message: String, offset: Int? = nil, line: Int? = nil) {
        self.code = code
        self.message = message
        self.offset = offset
        self.line = line
    }

    /// `code: message`, with the place where it is known.
    public var description: String {
        var text = "\(code.rawValue): \(message)"
        if let line {
            text += " (line \(line))"
        } else if let offset {
            text += " (at byte \(offset))"
        }
        return text
    }
}
