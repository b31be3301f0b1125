internal import Crypto

extension Header {
    /// What opened a header, and what was inside.
    public struct Opening: Sendable {
        /// The key of the file.
        public let fileKey: FileKey
        /// The index of the identity that opened it, in the list given.
        public let identity: Int
        /// The index of the stanza that it opened.
        public let stanza: Int
    }

    /// The kinds of native recipients that the header has stanzas for; other stanzas are not counted.
    public var kinds: Set<Recipient.Kind> {
        Set(stanzas.compactMap { Recipient.Kind(stanzaType: $0.type) })
    }

    /// The file key, unwrapped by the first identity that can.
    ///
    /// - Throws: what ``opening(with:)`` throws.
    public func open(with identities: [Identity]) throws(AgeError) -> FileKey {
        try opening(with: identities).fileKey
    }

    /// The file key, and which identity unwrapped it.
    ///
    /// Identities are tried in their order, each on every stanza, so the order decides where several would do.
    /// Stanzas of unknown types are passed over, as C2SP age.md demands.
    ///
    /// - Throws: ``AgeError`` `passphrase-needed`, `malformed-stanza`, `no-match` or `bad-mac`.
    public func opening(with identities: [Identity]) throws(AgeError) -> Opening {
        // A passphrase stanza lets whoever sent it choose our work, and says nothing about for whom the file is.
        guard !needsPassphrase else {
            throw AgeError(code: .passphraseNeeded, message: "the file is sealed under a passphrase")
        }
        // All are checked before any is tried, so that the verdict does not depend on the order of stanzas.
        var candidates: [(index: Int, stanza: NativeStanza)] = []
        for (index, stanza) in stanzas.enumerated() {
            if let native = try NativeStanza(stanza, number: index + 1) {
                candidates.append((index, native))
            }
        }
        for (identityIndex, identity) in identities.enumerated() {
            for (stanzaIndex, stanza) in candidates {
                guard let fileKey = try identity.unwrap(stanza) else { continue }
                try authenticate(with: fileKey)
                return Opening(fileKey: fileKey, identity: identityIndex, stanza: stanzaIndex)
            }
        }
        throw AgeError(code: .noMatch, message: "none of \(identities.count) identities opens the header")
    }

    /// Checks the MAC, in constant time.
    ///
    /// - Throws: ``AgeError`` `bad-mac`.
    public func authenticate(with fileKey: FileKey) throws(AgeError) {
        let valid = HMAC<SHA256>.isValidAuthenticationCode(
            mac,
            authenticating: Self.serializedWithoutMAC(stanzas),
            using: Self.macKey(fileKey)
        )
        guard valid else {
            throw AgeError(code: .badMAC, message: "the header was changed after it was sealed")
        }
    }
}
