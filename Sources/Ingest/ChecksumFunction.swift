import ArchiveCore
import Crypto
import Foundation

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
