/// Bytes that never print: keys, invites, decrypted fields.
///
/// Redaction is by type, not by care: `description`, `debugDescription` and the mirror show the count only.
public struct SecretBytes: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The bytes themselves; the name is long so that a use stands out in review.
    public let exposedBytes: [UInt8]

    /// Keeps `bytes`.
    public init(_ bytes: some Sequence<UInt8>) {
        exposedBytes = Array(bytes)
    }

    /// `count` fresh random bytes.
    public init(randomCount count: Int) {
        exposedBytes = Random.bytes(count)
    }

    /// How many bytes there are.
    public var count: Int { exposedBytes.count }
    /// The count, never the bytes.
    public var description: String { "SecretBytes(\(count), redacted)" }
    /// The count, never the bytes.
    public var debugDescription: String { description }
    /// Empty.
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Compares every byte whatever the first difference.
    public static func == (left: Self, right: Self) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left.exposedBytes, right.exposedBytes).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
