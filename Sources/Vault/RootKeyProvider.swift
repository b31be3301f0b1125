public import ArchiveCore

/// Where the root key comes from: it lies outside Storage and outside every backup (DESIGN.md section 5, Keys).
public protocol RootKeyProvider: Sendable {
    /// Makes a new key, durably, and gives it back; never replaces one. Where somebody else keeps the key, nothing is
    /// made, and what is there is given back.
    ///
    /// - Throws: `configuration` where there is one already that would be replaced, or none where one should be.
    @discardableResult func create() throws(ArchiveError) -> SecretBytes
    /// The 32 bytes that seal the generation keys; the same at every call.
    ///
    /// - Throws: `configuration`, naming the place and never what is in it.
    func rootKey() throws(ArchiveError) -> SecretBytes
}

/// A root key that somebody has already.
struct KnownRootKey: RootKeyProvider {
    let key: SecretBytes
    func create() -> SecretBytes { key }
    func rootKey() -> SecretBytes { key }
}
