internal import Crypto

extension Header {
    /// Wraps `fileKey` for everyone in `recipients`.
    ///
    /// C2SP age.md: a file for hybrid recipients should have no others, since the weakest stanza guards the file key;
    /// here it never has.
    ///
    /// - Throws: ``AgeError`` `no-recipients`, `mixed-recipients`, or `too-many-stanzas` beyond ``defaultLimits``.
    public init(fileKey: FileKey, recipients: [Recipient]) throws(AgeError) {
        guard Set(recipients.map(\.kind)).count <= 1 else {
            throw AgeError(code: .mixedRecipients, message: "X25519 and hybrid recipients in one header")
        }
        // Before the key agreements, whose cost grows with the list.
        try Self.checkCount(recipients.count)
        var stanzas: [Stanza] = []
        for recipient in recipients { stanzas.append(try recipient.wrap(fileKey)) }
        try self.init(fileKey: fileKey, stanzas: stanzas)
    }

    /// A header of stanzas that wrap `fileKey` already, under a new MAC.
    ///
    /// - Throws: ``AgeError`` `no-recipients`, or `too-many-stanzas` beyond ``defaultLimits``.
    public init(fileKey: FileKey, stanzas: [Stanza]) throws(AgeError) {
        try Self.checkCount(stanzas.count)
        let code = HMAC<SHA256>.authenticationCode(
            for: Self.serializedWithoutMAC(stanzas),
            using: Self.macKey(fileKey)
        )
        self.init(checkedStanzas: stanzas, mac: Array(code))
    }

    private static func checkCount(_ count: Int) throws(AgeError) {
        guard count > 0 else {
            throw AgeError(code: .noRecipients, message: "a header needs at least one recipient")
        }
        guard count <= defaultLimits.maximumStanzas else {
            throw AgeError(
                code: .tooManyStanzas,
                message: "\(count) recipients, and at most \(defaultLimits.maximumStanzas) fit"
            )
        }
    }

    /// C2SP age.md, "Header MAC": HKDF-SHA-256(file key, empty salt, "header").
    static func macKey(_ fileKey: FileKey) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: fileKey.key,
            salt: [UInt8](),
            info: Array("header".utf8),
            outputByteCount: 32
        )
    }
}
