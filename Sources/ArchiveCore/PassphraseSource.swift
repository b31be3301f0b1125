/// Where a passphrase comes from: a person at a terminal, or a file.
public protocol PassphraseSource: Sendable {
    /// The passphrase, as it was given.
    ///
    /// - Parameter isNew: whether it is being chosen now; a person is then asked twice.
    /// - Throws: `configuration` where there is none to be had.
    func passphrase(isNew: Bool) throws(ArchiveError) -> SecretBytes
}

/// The fewest bytes of a passphrase that is chosen here.
private let shortestPassphrase = 12

extension PassphraseSource {
    /// A passphrase that is chosen now.
    ///
    /// - Throws: `configuration` where there is none to be had, or it is too short.
    public func chosenPassphrase() throws(ArchiveError) -> SecretBytes {
        let passphrase = try passphrase(isNew: true)
        guard passphrase.count >= shortestPassphrase else {
            throw ArchiveError(
                .configuration,
                "the passphrase has \(passphrase.count) bytes, fewer than \(shortestPassphrase)",
                hint: "take several words that do not belong together"
            )
        }
        return passphrase
    }
}

/// No passphrase: of a program that nobody gave one.
public struct NoPassphrase: PassphraseSource {
    private let secret: String
    private let variable: String

    /// None for the root key of an archive.
    public static let ofRootKey = NoPassphrase(secret: "the root key rests", variable: "RISALAH_PASSPHRASE_FILE")
    /// None for the keys of a person's machine.
    public static let ofClient = NoPassphrase(
        secret: "the keys of this enrolment rest",
        variable: "RISALAH_CLIENT_PASSPHRASE_FILE"
    )

    /// Always throws `configuration`.
    public func passphrase(isNew: Bool) throws(ArchiveError) -> SecretBytes {
        throw ArchiveError(
            .configuration,
            "\(secret) under a passphrase, and none was given",
            hint: "--passphrase-file PATH, \(variable), or a terminal to ask at"
        )
    }
}
