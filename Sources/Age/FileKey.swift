internal import Crypto
internal import FoundationEssentials

/// The 16 bytes that open one age file (C2SP age.md, "File key").
///
/// Comparison takes constant time; the bytes are erased when the last copy goes, and no description shows them.
public struct FileKey: Sendable, Equatable {
    /// The length of every file key, in bytes.
    public static let length = 16

    let key: SymmetricKey

    /// A fresh key from the system's generator. It must seal one file only.
    public init() {
        key = SymmetricKey(size: .bits128)
    }

    /// The key with these bytes; erasing the bytes given stays with the caller.
    ///
    /// - Throws: ``AgeError/Code/malformedFileKey`` unless they are 16.
    public init(bytes: some Collection<UInt8>) throws(AgeError) {
        guard bytes.count == Self.length else {
            throw AgeError(code: .malformedFileKey, message: "a file key is 16 bytes, not \(bytes.count)")
        }
        // Without an array between, where that can be: it would not be erased.
        key =
            bytes.withContiguousStorageIfAvailable { SymmetricKey(data: UnsafeRawBufferPointer($0)) }
            ?? SymmetricKey(data: Array(bytes))
    }

    /// Gives `body` the 16 bytes, which must not outlive the call.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try key.withUnsafeBytes(body)
    }
}

extension FileKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the bytes.
    public var description: String { "FileKey(redacted)" }
    /// Never the bytes.
    public var debugDescription: String { description }
    /// Without children, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
