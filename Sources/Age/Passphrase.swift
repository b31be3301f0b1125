/// A secret that a person remembers (C2SP age.md, "The scrypt recipient type").
public struct Passphrase: Sendable {
    let bytes: [UInt8]

    /// The passphrase with these bytes, as they are: neither trimmed nor normalized.
    ///
    /// - Throws: ``AgeError`` `malformed-identity` where there are none.
    public init(_ bytes: some Sequence<UInt8>) throws(AgeError) {
        self.bytes = Array(bytes)
        guard !self.bytes.isEmpty else {
            throw AgeError(code: .malformedIdentity, message: "the passphrase is empty")
        }
    }
}

extension Passphrase: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the bytes.
    public var description: String { "Passphrase(redacted)" }
    /// Never the bytes.
    public var debugDescription: String { description }
    /// Without children, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
