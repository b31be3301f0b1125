public import ArchiveCore

/// Where the root key comes from: it lies outside Storage and outside every backup (DESIGN.md section 5, Keys).
public protocol RootKeyProvider: Sendable {
    /// The 32 bytes that seal the generation keys.
    func rootKey() throws(ArchiveError) -> SecretBytes
}

/// The root key as a file that only its owner may read: the embedded default.
public struct RootKeyFile: RootKeyProvider {
    private static let heading = "risalah-root-key 1"
    private let path: String
    private let files: any FileSystem

    /// The key in the file at `path`.
    public init(path: String, files: any FileSystem = LocalFileSystem()) {
        self.path = path
        self.files = files
    }

    /// Makes a new key, durably; refuses to replace one.
    public func create() throws(ArchiveError) {
        guard try files.length(path) == nil else {
            throw ArchiveError(.configuration, "there is a root key at \(path) already")
        }
        try files.makeFolder(path.parentFolder, label: "root-key.make-folder")
        let text = "\(Self.heading)\n\(Base32.encode(Random.bytes(32)))\n"
        try files.replace(path, with: text.utf8, label: "root-key.write")
    }

    /// Reads the key; refuses a file that others may read.
    public func rootKey() throws(ArchiveError) -> SecretBytes {
        guard let contents = try files.contents(path, limit: 1024) else {
            throw ArchiveError(
                .configuration,
                "there is no root key at \(path)",
                hint: "without it nothing can be opened; bring it back from where it is kept"
            )
        }
        guard try files.mode(path) & 0o077 == 0 else {
            throw ArchiveError(
                .configuration,
                "others than the owner may read \(path)",
                hint: "chmod 600 \(path)"
            )
        }
        let lines = String(decoding: contents, as: UTF8.self).split(separator: "\n")
        guard lines.count == 2, lines[0] == Self.heading, let key = Base32.decode(lines[1]), key.count == 32 else {
            throw ArchiveError(.configuration, "\(path) is not a root key of Risalah")
        }
        return SecretBytes(key)
    }
}
