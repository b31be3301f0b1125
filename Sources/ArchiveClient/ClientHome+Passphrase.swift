public import ArchiveCore

/// Keys under a passphrase: `keys.age` in place of `key.pem`, `identity.txt` and `identity-pq.txt`.
///
/// While `keys.age` is there it alone counts, and copies in clear are removed by whoever comes next; a crash at any moment
/// leaves one whole set of keys.
extension ClientHome {
    static let sealedKeysName = "keys.age"
    private static let inClear: [File] = [.key, .identity, .hybridIdentity]
    private static let longestFile = 64 << 10

    /// The keys under a passphrase.
    var sealedKeys: String { "\(path)/\(Self.sealedKeysName)" }

    /// Whether the keys rest under a passphrase.
    public func isProtected(in files: some FileSystem = LocalFileSystem()) throws(ArchiveError) -> Bool {
        try files.length(sealedKeys) != nil
    }

    /// The keys where they rest under a passphrase; nil where they do not.
    func openedKeys(in files: some FileSystem) throws(ArchiveError) -> KeyTexts? {
        guard let sealed = try files.contents(sealedKeys, limit: Self.longestFile) else { return nil }
        return try opened.open(sealed, sealedKeys)
    }

    /// Writes `keys` under the passphrase that this home's source chooses.
    func writeSealed(_ keys: KeyTexts, in files: some FileSystem) throws(ArchiveError) {
        try files.makeFolder(path, label: "home.folder")
        try files.replace(sealedKeys, with: opened.seal(keys, choosing: opened.source), label: "home.write")
    }

    /// Puts the keys under a passphrase that `source` chooses, in place of the one they rest under, if any.
    ///
    /// - Throws: `conflict` where a renewal is under way; `refused` where the passphrase so far is another.
    public func setPassphrase(
        _ source: any PassphraseSource,
        in files: some FileSystem = LocalFileSystem()
    ) throws(ArchiveError) {
        try withLock(files) { () throws(ArchiveError) in
            let sealed = try opened.seal(keys(in: files), choosing: source)
            try discardNextKey(in: files)
            try files.replace(sealedKeys, with: sealed, label: "home.passphrase")
            try removeCopies(in: files)
        }
    }

    /// Puts the keys in clear, each into a 0600 file of its own.
    ///
    /// - Throws: as ``setPassphrase(_:in:)``.
    public func removePassphrase(in files: some FileSystem = LocalFileSystem()) throws(ArchiveError) {
        try withLock(files) { () throws(ArchiveError) in
            guard try isProtected(in: files) else { return }
            let keys = try keys(in: files)
            try discardNextKey(in: files)
            for file in Self.inClear {
                try files.replace(path(of: file), with: keys.text(of: file).utf8, label: "home.passphrase")
            }
            try files.remove(sealedKeys, label: "home.passphrase")
            try files.syncFolder(path, label: "home.passphrase")
        }
    }

    private func keys(in files: some FileSystem) throws(ArchiveError) -> KeyTexts {
        KeyTexts(
            key: try text(of: .key, in: files),
            identity: try text(of: .identity, in: files),
            hybridIdentity: try text(of: .hybridIdentity, in: files)
        )
    }

    private func withLock(
        _ files: some FileSystem,
        _ body: () throws(ArchiveError) -> Void
    ) throws(ArchiveError) {
        // Says where there is no enrolment.
        _ = try text(of: .certificate, in: files)
        guard let lock = lockRenewal() else {
            throw ArchiveError(.conflict, "another process is renewing this enrolment", hint: "try again")
        }
        defer { lock.release() }
        try finishRenewal(in: files)
        try body()
    }

    /// Whether keys lie in clear beside those under a passphrase, as a crash leaves them.
    func hasCopies(in files: some FileSystem) throws(ArchiveError) -> Bool {
        guard try isProtected(in: files) else { return false }
        for file in Self.inClear {
            guard try files.length(path(of: file)) == nil else { return true }
        }
        return false
    }

    /// Removes them. The caller has the lock: nobody is putting keys in clear meanwhile.
    func removeCopies(in files: some FileSystem) throws(ArchiveError) {
        guard try hasCopies(in: files) else { return }
        for file in Self.inClear { try files.remove(path(of: file), label: "home.passphrase") }
        try files.syncFolder(path, label: "home.passphrase")
    }
}
