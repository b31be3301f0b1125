import Crypto
public import Foundation

/// The SHA-256 of a leaf, of a subtree or of a whole tree (RFC 6962 §2.1): 32 bytes.
///
/// The hashes of a log are public, so comparing them need not take constant time.
public struct TreeHash: Sendable, Hashable {
    /// The length of every hash, in bytes.
    public static let byteCount = 32

    /// The bytes in memory order. A vector is four machine words by value: a tree of hashes allocates nothing.
    private let words: SIMD4<UInt64>

    private init(words: SIMD4<UInt64>) {
        self.words = words
    }

    private init(_ digest: SHA256.Digest) {
        words = digest.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    /// A hash that was computed before.
    ///
    /// - Throws: ``LogError/Code/hashLength`` where `bytes` is not 32 bytes long.
    public init(bytes: some Collection<UInt8>) throws(LogError) {
        guard bytes.count == Self.byteCount else {
            throw LogError(.hashLength, "a hash has \(Self.byteCount) bytes, this has \(bytes.count)")
        }
        var words = SIMD4<UInt64>()
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
        self.words = words
    }

    /// The same from bytes that somebody else keeps, which takes no time to speak of.
    public init(bytes: UnsafeRawBufferPointer) throws(LogError) {
        guard bytes.count == Self.byteCount else {
            throw LogError(.hashLength, "a hash has \(Self.byteCount) bytes, this has \(bytes.count)")
        }
        words = bytes.loadUnaligned(as: SIMD4<UInt64>.self)
    }

    /// MTH({}): the root of the tree without leaves (RFC 6962 §2.1).
    public static let empty = TreeHash(SHA256().finalize())

    /// The hash of the leaf whose content is `bytes`: SHA-256(0x00 || bytes) (RFC 6962 §2.1).
    public static func leaf(_ bytes: some DataProtocol) -> TreeHash {
        var hasher = SHA256()
        Swift.withUnsafeBytes(of: UInt8(0x00)) { hasher.update(bufferPointer: $0) }
        hasher.update(data: bytes)
        return TreeHash(hasher.finalize())
    }

    /// The same for bytes that lie in one piece, which costs less for each.
    public static func leaf(_ bytes: Data) -> TreeHash { bytes.withUnsafeBytes { leaf($0) } }

    /// The same for bytes that somebody else keeps.
    public static func leaf(_ bytes: UnsafeRawBufferPointer) -> TreeHash {
        var hasher = SHA256()
        Swift.withUnsafeBytes(of: UInt8(0x00)) { hasher.update(bufferPointer: $0) }
        hasher.update(bufferPointer: bytes)
        return TreeHash(hasher.finalize())
    }

    /// The hash of the node above `left` and `right`: SHA-256(0x01 || left || right) (RFC 6962 §2.1).
    public static func node(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
        // One update of 65 bytes: each call into the hash costs more than copying what it is given.
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * byteCount, alignment: 1) { buffer in
            buffer[0] = 0x01
            buffer.storeBytes(of: left.words, toByteOffset: 1, as: SIMD4<UInt64>.self)
            buffer.storeBytes(of: right.words, toByteOffset: 1 + byteCount, as: SIMD4<UInt64>.self)
            var hasher = SHA256()
            hasher.update(bufferPointer: UnsafeRawBufferPointer(buffer))
            return TreeHash(hasher.finalize())
        }
    }

    /// Gives `body` the 32 bytes without copying them; they must not be used after it returns.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Swift.withUnsafeBytes(of: words, body)
    }

    /// The 32 bytes.
    public var data: Data { withUnsafeBytes { Data($0) } }
}

extension TreeHash: CustomStringConvertible {
    /// The hash in base64, as checkpoints write it.
    public var description: String { data.base64EncodedString() }
}
