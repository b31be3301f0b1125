import Crypto
public import Foundation

/// What a sender says that the bytes of one request hash to (tus 1.0, checksum extension).
public struct Checksum: Sendable, Equatable {
    /// How they are hashed.
    public enum Algorithm: String, Sendable, CaseIterable {
        /// SHA-1: what tus demands that everybody speaks; good against accidents only, as is all that it is for here.
        case sha1
        /// SHA-256.
        case sha256

        fileprivate var length: Int {
            switch self {
            case .sha1: Insecure.SHA1.byteCount
            case .sha256: SHA256.byteCount
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

/// Hashes the bytes of one request.
struct ChecksumFunction {
    private var sha1: Insecure.SHA1?
    private var sha256: SHA256?

    init(_ algorithm: Checksum.Algorithm) {
        switch algorithm {
        case .sha1: sha1 = Insecure.SHA1()
        case .sha256: sha256 = SHA256()
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sha1?.update(bufferPointer: bytes)
        sha256?.update(bufferPointer: bytes)
    }

    var digest: Data { sha1.map { Data($0.finalize()) } ?? sha256.map { Data($0.finalize()) } ?? Data() }
}
