/// Where a passphrase comes from: a person at a terminal, or a file.
public protocol PassphraseSource: Sendable {
    /// The passphrase, as it was given.
    ///
    /// - Parameter isNew: whether it is being chosen now; a person is then asked twice.
    /// - Throws: `configuration` where there is none to be had.
    func passphrase(isNew: Bool) throws(ArchiveError) -> SecretBytes
}

/// No passphrase: of a program that nobody gave one.
public struct NoPassphrase: PassphraseSource {
    /// Gives none.
    public init() {}

    /// Always throws `configuration`.
    public func passphrase(isNew: Bool) throws(ArchiveError) -> SecretBytes {
        throw ArchiveError(
            .configuration,
            "the root key rests under a passphrase, and none was given",
            hint: "--passphrase-file PATH, RISALAH_PASSPHRASE_FILE, or a terminal to ask at"
        )
    }
}
