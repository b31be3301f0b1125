internal import ArchiveCore
internal import Crypto

/// A renewal in the folder of an enrolment. At every moment, and after a crash at any of them, there is one pair of key
/// and certificate that works:
///
/// 1. `key.next.pem` is written: nothing else has changed.
/// 2. The archive certifies it. A crash here costs an answer; the next attempt asks for the same key again.
/// 3. `certificate.next.pem` is written: from now on the new pair is whole, and whoever comes next goes on below.
/// 4. `key.next.pem` becomes `key.pem`.
/// 5. `certificate.next.pem` becomes `certificate.pem`.
///
/// Each step is durable before the next. Between 4 and 5 the new key stands beside the old certificate:
/// ``finishRenewal(in:)`` does 5, and readers call it.
///
/// Where the keys rest under a passphrase, `keys.next.age`, which has all of them, stands for `key.next.pem` and becomes
/// `keys.age`: the new key is never on disk in clear.
extension ClientHome {
    private var nextKey: String { "\(path)/key.next.pem" }
    private var nextSealedKeys: String { "\(path)/keys.next.age" }
    private var nextCertificate: String { "\(path)/certificate.next.pem" }
    private var renewalLock: String { "\(path)/renewal.lock" }

    /// Takes the right to renew; nil where another process has it, or nobody may write here.
    func lockRenewal() -> FileLock? { (try? FileLock(file: renewalLock)) ?? nil }

    /// The key to have certified: that of an attempt which was cut off, or a new one, which is durable when it returns.
    func nextKey(in files: some FileSystem) throws(ArchiveError) -> P256.Signing.PrivateKey {
        if let keys = try openedKeys(in: files) { return try nextKey(beside: keys, in: files) }
        if let bytes = try files.contents(nextKey),
            let key = try? P256.Signing.PrivateKey(pemRepresentation: String(decoding: bytes, as: UTF8.self))
        {
            return key
        }
        let key = P256.Signing.PrivateKey()
        try files.replace(nextKey, with: "\(key.pemRepresentation)\n".utf8, label: "home.renew")
        return key
    }

    private func nextKey(
        beside keys: KeyTexts,
        in files: some FileSystem
    ) throws(ArchiveError) -> P256.Signing.PrivateKey {
        if let bytes = try files.contents(nextSealedKeys), let begun = try? opened.open(bytes, nextSealedKeys),
            let key = try? P256.Signing.PrivateKey(pemRepresentation: begun.key)
        {
            return key
        }
        let key = P256.Signing.PrivateKey()
        var next = keys
        next.key = "\(key.pemRepresentation)\n"
        try files.replace(nextSealedKeys, with: opened.seal(next), label: "home.renew")
        return key
    }

    /// Forgets an attempt that the archive has not answered; the next one begins with another key.
    func discardNextKey(in files: some FileSystem) throws(ArchiveError) {
        for path in [nextKey, nextSealedKeys] { try files.remove(path, label: "home.passphrase") }
    }

    /// Trusts these CAs from now on. The caller has the lock.
    func keep(_ authorities: AuthorityBundle, in files: some FileSystem) throws {
        let text = try authorities.pem
        guard try self.text(of: .authority, in: files) != text else { return }
        try files.replace(path(of: .authority), with: text.utf8, label: "home.authority")
    }

    /// Takes `certificate` as that of ``nextKey(in:)``, and switches to the two.
    func complete(with certificate: String, in files: some FileSystem) throws(ArchiveError) {
        try files.replace(nextCertificate, with: certificate.utf8, label: "home.renew")
        try finishRenewal(in: files)
    }

    /// Switches to a new pair that is whole; nothing where there is none. The caller has the lock.
    func finishRenewal(in files: some FileSystem) throws(ArchiveError) {
        try removeCopies(in: files)
        guard try files.length(nextCertificate) != nil else { return }
        for (next, key) in [(nextKey, path(of: .key)), (nextSealedKeys, sealedKeys)] {
            guard try files.length(next) != nil else { continue }
            try files.rename(next, to: key, label: "home.renew")
            try files.syncFolder(path, label: "home.renew")
        }
        try files.rename(nextCertificate, to: path(of: .certificate), label: "home.renew")
        try files.syncFolder(path, label: "home.renew")
    }

    /// Like ``finishRenewal(in:)``, where no other process is at it.
    func finishRenewalIfFree(in files: some FileSystem) throws(ArchiveError) {
        let mustFinish = try files.length(nextCertificate) != nil
        let mustClear = try hasCopies(in: files)
        guard mustFinish || mustClear, let lock = lockRenewal() else { return }
        defer { lock.release() }
        try finishRenewal(in: files)
    }
}
