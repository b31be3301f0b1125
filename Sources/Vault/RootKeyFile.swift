public import ArchiveCore

/// The root key as a file that only its owner may read: the embedded default.
public struct RootKeyFile: RootKeyProvider {
    private let path: String
    private let files: any FileSystem

    /// The key in the file at `path`.
    public init(path: String, files: any FileSystem = LocalFileSystem()) {
        self.path = path
        self.files = files
    }

    /// Makes a new key, durably; refuses to replace one.
    @discardableResult
    public func create() throws(ArchiveError) -> SecretBytes {
        try files.refuseToReplaceSecret(path)
        let key = RootKeyText.make()
        try files.makeSecret(path, RootKeyText.text(of: key))
        return key
    }

    /// A new root key, and what a file of it holds.
    public static func make() -> (key: SecretBytes, contents: [UInt8]) {
        let key = RootKeyText.make()
        return (key, RootKeyText.text(of: key))
    }

    /// Reads the key; refuses a file that others may read.
    public func rootKey() throws(ArchiveError) -> SecretBytes {
        guard let key = RootKeyText.parse(try files.ownedSecret(path, limit: 1024)) else {
            throw ArchiveError(.configuration, "\(path) is not a root key of Risalah")
        }
        return key
    }
}
