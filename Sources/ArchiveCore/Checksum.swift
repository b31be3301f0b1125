public import Foundation

/// What a sender says that the bytes of one request hash to (tus 1.0, checksum extension).
public struct Checksum: Sendable, Equatable {
    /// How they are hashed.
    public enum Algorithm: String, Sendable, CaseIterable {
        /// SHA-1: what tus demands that everybody speaks; good against accidents only, as is all that it is for here.
        case sha1
        /// SHA-256.
        case sha256

        /// Bytes of a digest.
        public var length: Int {
            switch self {
            case .sha1: 20
            case .sha256: 32
            }
        }
    }

    /// How they are hashed.
    public let algorithm: Algorithm
    /// What they hash to.
    public let digest: Data

    /// Nil where `digest` has not the length that `algorithm` gives.
    public init?(algorithm: Algorithm, digest: Data) {
        guard digest.count == algorithm.length else { return nil }
        self.algorithm = algorithm
        self.digest = digest
    }
}
