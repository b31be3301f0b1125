extension Header {
    /// What age itself uses: about a second and 256 MiB.
    public static let defaultWorkFactor = 18
    /// What age itself accepts: 4 GiB and many seconds, so a service must choose less.
    public static let maximumWorkFactor = 22

    /// Wraps `fileKey` under `passphrase`, and for nobody else.
    ///
    /// - Parameter workFactor: the binary logarithm of scrypt's cost, 1 to ``maximumWorkFactor``; memory is 1 KiB times
    ///   the cost.
    /// - Throws: ``AgeError`` `work-factor-too-high`, or `cryptography` where the library fails.
    public init(
        fileKey: FileKey,
        passphrase: Passphrase,
        workFactor: Int = Header.defaultWorkFactor
    ) throws(AgeError) {
        guard (1...Self.maximumWorkFactor).contains(workFactor) else {
            throw AgeError(code: .workFactorTooHigh, message: "a work factor is 1 to \(Self.maximumWorkFactor)")
        }
        try self.init(
            fileKey: fileKey,
            stanzas: [ScryptStanza.wrap(fileKey, with: passphrase, workFactor: workFactor)]
        )
    }

    /// Whether it takes a passphrase to open the header.
    public var needsPassphrase: Bool { stanzas.contains { $0.type == ScryptStanza.type } }

    /// The file key, unwrapped with `passphrase`.
    ///
    /// - Parameter maximumWorkFactor: the most work that is done for whoever wrote the header.
    /// - Throws: ``AgeError`` `malformed-stanza`, `work-factor-too-high`, `no-match` or `bad-mac`.
    public func open(
        with passphrase: Passphrase,
        maximumWorkFactor: Int = Header.maximumWorkFactor
    ) throws(AgeError) -> FileKey {
        let stanza = try ScryptStanza(self, maximumWorkFactor: maximumWorkFactor)
        guard let fileKey = try stanza.unwrap(with: passphrase) else {
            throw AgeError(code: .noMatch, message: "the passphrase does not open the header")
        }
        try authenticate(with: fileKey)
        return fileKey
    }
}
