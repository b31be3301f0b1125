import ArchiveCore

/// The text form of a root key (Docs/format.md, Keys): a heading, and 32 bytes in base32.
enum RootKeyText {
    private static let heading = "risalah-root-key 1"
    /// Bytes of a key.
    static let keyLength = 32

    /// A new key.
    static func make() -> SecretBytes { SecretBytes(randomCount: keyLength) }

    /// The text of `key`.
    static func text(of key: SecretBytes) -> [UInt8] {
        Array("\(heading)\n\(Base32.encode(key.exposedBytes))\n".utf8)
    }

    /// The key that `text` holds; nil where it holds something else.
    static func parse(_ text: [UInt8]) -> SecretBytes? {
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        guard lines.count == 2, lines[0] == heading, let key = Base32.decode(lines[1]), key.count == keyLength else {
            return nil
        }
        return SecretBytes(key)
    }
}

extension FileSystem {
    /// The bytes of the file at `path` that holds a root key, sealed or not.
    ///
    /// - Throws: `configuration` where there is none, or others than its owner may read it.
    func ownedSecret(_ path: String, limit: Int) throws(ArchiveError) -> [UInt8] {
        guard let contents = try contents(path, limit: limit) else {
            throw ArchiveError(
                .configuration,
                "there is no root key at \(path)",
                hint: "without it nothing can be opened; bring it back from where it is kept"
            )
        }
        guard try mode(path) & 0o077 == 0 else {
            throw ArchiveError(
                .configuration,
                "others than the owner may read \(path)",
                hint: "chmod 600 \(path)"
            )
        }
        return contents
    }

    /// Writes a secret durably where no file is yet.
    func makeSecret(_ path: String, _ bytes: [UInt8]) throws(ArchiveError) {
        try makeFolder(path.parentFolder, label: "root-key.make-folder")
        try replace(path, with: bytes, label: "root-key.write")
    }

    /// Throws `configuration` where something is at `path`.
    func refuseToReplaceSecret(_ path: String) throws(ArchiveError) {
        guard try length(path) == nil else {
            throw ArchiveError(.configuration, "there is a root key at \(path) already")
        }
    }
}
