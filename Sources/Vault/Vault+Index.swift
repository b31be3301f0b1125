public import ArchiveCore
import Crypto
import Foundation

extension Vault {
    private static let indexName = "search index"

    /// The key under which words of one visibility class stand in the search index: no class's key says anything of another's.
    public func indexKey(of visibility: VisibilityClass) throws -> SecretBytes {
        // The length of the unit parts it from the label, whatever either is called.
        let purpose = "\(Self.indexName) of \(visibility.unit.utf8.count) \(visibility.unit) \(visibility.label)"
        return Sealing.subkey(of: try secret(Self.indexName), for: purpose).withUnsafeBytes { SecretBytes(Data($0)) }
    }
}
