public import ArchiveCore
import Crypto
import Foundation

/// The keys under which words stand in the search index, one for each visibility class: none says anything of another.
public struct IndexKeys: Sendable {
    private let secret: SecretBytes

    fileprivate init(secret: SecretBytes) { self.secret = secret }

    /// The key of one class.
    public func key(of visibility: VisibilityClass) -> SecretBytes {
        // The length of the unit parts it from the label, whatever either is called.
        let purpose = "search index of \(visibility.unit.utf8.count) \(visibility.unit) \(visibility.label)"
        return Sealing.subkey(of: secret, for: purpose).withUnsafeBytes { SecretBytes(Data($0)) }
    }
}

extension Vault {
    /// What the keys of the search index come from, made on first use.
    public func indexKeys() throws -> IndexKeys { IndexKeys(secret: try secret("search index")) }
}
