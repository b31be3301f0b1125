public import ArchiveCore

/// A file that a root key is read from, when another key takes its place.
///
/// Order: the new key is durable beside it (``lay(_:)``), then the vault opens with either, then it takes its place
/// (``switchOver()``).
public struct RootKeyPlace: Sendable {
    private let kind: RootKeyKind
    private let path: String
    private let files: any FileSystem

    /// The file of `kind`; nil where somebody else keeps the key.
    public init?(of kind: RootKeyKind, _ layout: StorageLayout, files: any FileSystem) {
        switch kind {
        case .file: path = layout.rootKey
        case .passphrase: path = layout.sealedRootKey
        case .credential: return nil
        }
        self.kind = kind
        self.files = files
    }

    private var next: String { "\(path).next" }

    /// Throws `bad-request` where a file with these contents would not be read as `key`, as far as that can be known: under a
    /// passphrase, that it is a file under one, and one that asks for no more work than this program does.
    public func check(_ contents: [UInt8], holding key: SecretBytes) throws(ArchiveError) {
        let isOne =
            switch kind {
            case .passphrase: PassphraseRootKey.canBeOne(contents)
            case .file, .credential: RootKeyText.parse(contents) == key
            }
        guard isOne, key.count == RootKeyText.keyLength else {
            throw ArchiveError(.badRequest, "what the file of the new root key is to hold is not that key")
        }
    }

    /// Whether there is a key in this place.
    public func isTaken() throws(ArchiveError) -> Bool { try files.length(path) != nil }

    /// Puts a key where it waits, durably.
    public func lay(_ contents: [UInt8]) throws(ArchiveError) {
        try files.makeFolder(path.parentFolder, label: "root-key.next")
        try files.replace(next, with: contents, label: "root-key.next")
    }

    /// Has the key that waits take its place, durably; the one that was there is gone.
    public func switchOver() throws(ArchiveError) {
        try files.rename(next, to: path, label: "root-key.switch")
        try files.syncFolder(path.parentFolder, label: "root-key.switch")
    }

    /// Removes the key, which opens nothing any more.
    public func clear() throws(ArchiveError) {
        try files.remove(path, label: "root-key.remove")
        try files.syncFolder(path.parentFolder, label: "root-key.remove")
    }
}
