public import ArchiveCore

/// Which provider an archive's root key comes from; `keys: root:` of risalah.yaml.
public enum RootKeyKind: Sendable, Hashable, CustomStringConvertible {
    /// A file in Config/secrets.
    case file
    /// An age file in Config/secrets, under a passphrase.
    case passphrase
    /// A credential of the service manager.
    case credential(String)

    private static let credentialWord = "credential"

    /// Reads `file`, `passphrase`, or `credential` and its name after `separator`; nil for anything else.
    public init?(parsing text: String, separator: Character) {
        switch text {
        case "file": self = .file
        case "passphrase": self = .passphrase
        default:
            let parts = text.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false)
            // systemd.exec(5): a credential's name is a file name; these characters need no quoting in a unit.
            guard parts.count == 2, parts[0] == Self.credentialWord,
                parts[1].wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_.\-]{0,199}/) != nil
            else { return nil }
            self = .credential(String(parts[1]))
        }
    }

    /// As risalah.yaml spells it.
    public var description: String {
        switch self {
        case .file: "file"
        case .passphrase: "passphrase"
        case .credential(let name): "\(Self.credentialWord) \(name)"
        }
    }

    /// The provider, for the archive at `layout`.
    public func provider(
        _ layout: StorageLayout,
        _ sources: RootKeySources,
        files: any FileSystem = LocalFileSystem()
    ) -> any RootKeyProvider {
        switch self {
        case .file: RootKeyFile(path: layout.rootKey, files: files)
        case .passphrase: PassphraseRootKey(path: layout.sealedRootKey, passphrase: sources.passphrase, files: files)
        case .credential(let name): RootKeyCredential(name: name, folder: sources.credentials, files: files)
        }
    }
}

/// What a process was given to get at a root key with.
public struct RootKeySources: Sendable {
    /// Where a passphrase comes from.
    public var passphrase: any PassphraseSource
    /// The folder of the service manager's credentials.
    public var credentials: String?

    /// Sources; nothing, if nothing is said.
    public init(passphrase: any PassphraseSource = NoPassphrase.ofRootKey, credentials: String? = nil) {
        self.passphrase = passphrase
        self.credentials = credentials
    }
}
