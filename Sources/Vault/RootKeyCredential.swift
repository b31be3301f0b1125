public import ArchiveCore

/// The root key as a credential that the service manager hands over for one run (systemd.exec(5), LoadCredential= and
/// LoadCredentialEncrypted=): 32 bytes, or the text of the file provider.
public struct RootKeyCredential: RootKeyProvider {
    /// systemd's own limit of a credential is 1 MiB; a key is never near it.
    private static let fileLimit = 1024

    private let name: String
    private let folder: String?
    private let files: any FileSystem

    /// The credential called `name`.
    ///
    /// - Parameter folder: what `CREDENTIALS_DIRECTORY` says; nil where it says nothing.
    public init(name: String, folder: String?, files: any FileSystem = LocalFileSystem()) {
        self.name = name
        self.folder = folder
        self.files = files
    }

    /// The key that is handed over; whoever set up the service made it.
    @discardableResult
    public func create() throws(ArchiveError) -> SecretBytes { try rootKey() }

    /// Reads the key.
    public func rootKey() throws(ArchiveError) -> SecretBytes {
        guard let folder, !folder.isEmpty else {
            throw ArchiveError(
                .configuration,
                "the root key is credential \(name), and CREDENTIALS_DIRECTORY is not set",
                hint: "start it by systemd with LoadCredential=\(name):PATH, or by systemd-run -p LoadCredential=…"
            )
        }
        let path = "\(folder)/\(name)"
        // Its mode says nothing: where the service has a user of its own, systemd lets that user in by an ACL, and the
        // mask of an ACL shows as the bits of the group.
        let contents: [UInt8]?
        do {
            contents = try files.contents(path, limit: Self.fileLimit)
        } catch  where error.code == .inputOutput {
            throw ArchiveError(.configuration, "credential \(name) cannot be read: \(error.message)")
        } catch  where error.code == .storage {
            throw ArchiveError(.configuration, "credential \(name) is not a root key: \(error.message)")
        }
        guard let contents else {
            throw ArchiveError(
                .configuration,
                "there is no credential \(name) in \(folder)",
                hint: "LoadCredential=\(name):PATH in the service's unit"
            )
        }
        return try Self.key(in: contents, called: "credential \(name)")
    }

    /// The key that `contents` are.
    ///
    /// - Throws: `configuration` where they are none, naming what is `called` so.
    public static func key(in contents: [UInt8], called name: String) throws(ArchiveError) -> SecretBytes {
        if let key = RootKeyText.parse(contents) { return key }
        guard contents.count == RootKeyText.keyLength else {
            throw ArchiveError(
                .configuration,
                "\(name) has \(contents.count) bytes and is not a root key of Risalah",
                hint: "a root key is \(RootKeyText.keyLength) random bytes, or the text of Config/secrets/root.key"
            )
        }
        return SecretBytes(contents)
    }
}
