public import Age
public import ArchiveCore

/// The root key as an age file under a passphrase: whoever has the disk without the passphrase has nothing.
///
/// The file is one that the stock `age -d` opens, and that `age -p` may have made of the file provider's text.
public struct PassphraseRootKey: RootKeyProvider {
    /// The most scrypt work that is done for whoever wrote the file: 1 GiB of memory and some seconds, four times what
    /// age itself chooses.
    public static let maximumWorkFactor = 20

    private static let fileLimit = 64 << 10

    private let path: String
    private let source: any PassphraseSource
    private let workFactor: Int
    private let files: any FileSystem

    /// The key in the age file at `path`.
    ///
    /// - Parameter workFactor: the binary logarithm of scrypt's cost in a file that is made.
    public init(
        path: String,
        passphrase source: any PassphraseSource,
        workFactor: Int = Header.defaultWorkFactor,
        files: any FileSystem = LocalFileSystem()
    ) {
        self.path = path
        self.source = source
        self.workFactor = workFactor
        self.files = files
    }

    /// Makes a new key and seals it, durably; refuses to replace one.
    @discardableResult
    public func create() throws(ArchiveError) -> SecretBytes {
        try files.refuseToReplaceSecret(path)
        let key = RootKeyText.make()
        try files.makeSecret(path, Self.contents(holding: key, under: source.chosenPassphrase(), workFactor))
        return key
    }

    /// What a file holds that has `key` under `passphrase`.
    public static func contents(
        holding key: SecretBytes,
        under passphrase: SecretBytes,
        _ workFactor: Int = Header.defaultWorkFactor
    ) throws(ArchiveError) -> [UInt8] {
        do {
            return try PassphraseFile.seal(
                RootKeyText.text(of: key),
                under: Passphrase(passphrase.exposedBytes),
                workFactor: workFactor
            )
        } catch {
            throw ArchiveError(.unexpected, "the root key could not be sealed: \(error.message)")
        }
    }

    /// Whether `contents` can be those of a file under a passphrase that is opened here; which key it has, nobody can say
    /// without the passphrase.
    static func canBeOne(_ contents: [UInt8]) -> Bool {
        guard contents.count <= fileLimit, let file = try? PassphraseFile(contents) else { return false }
        return (try? file.check(maximumWorkFactor: maximumWorkFactor)) != nil
    }

    /// Opens the key; the passphrase is asked for when everything else is there.
    public func rootKey() throws(ArchiveError) -> SecretBytes {
        let sealed = try files.ownedSecret(path, limit: Self.fileLimit)
        let text: [UInt8]
        do {
            let file = try PassphraseFile(sealed)
            text = try file.open(
                with: Passphrase(source.passphrase(isNew: false).exposedBytes),
                maximumWorkFactor: Self.maximumWorkFactor
            )
        } catch let error as AgeError {
            throw refusal(error)
        } catch let error as ArchiveError {
            throw error
        } catch {
            throw notOurs("\(error)")
        }
        guard let key = RootKeyText.parse(text) else { throw notOurs("it holds something else") }
        return key
    }

    private func refusal(_ error: AgeError) -> ArchiveError {
        switch error.code {
        case .noMatch: ArchiveError(.configuration, "the passphrase does not open \(path)")
        case .workFactorTooHigh:
            ArchiveError(
                .configuration,
                "\(path) asks for more work than this program does: \(error.message)",
                hint: "seal the root key anew with a work factor of at most \(Self.maximumWorkFactor)"
            )
        default: notOurs(error.message)
        }
    }

    private func notOurs(_ reason: String) -> ArchiveError {
        ArchiveError(.configuration, "\(path) is not a root key under a passphrase: \(reason)")
    }
}
