/// A mistake in a configuration file, with its place and what was expected there.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of mistake it is; stable across releases.
    public enum Code: String, Sendable, CaseIterable {
        /// The file is larger than ``ConfigurationDocument/maximumByteCount``.
        case tooLarge = "too-large"
        /// The file is not UTF-8, or has a character that does not belong in it.
        case encoding
        /// The file is not YAML.
        case syntax
        /// YAML, but of a kind that is not read: anchors, tags, several documents, deep nesting.
        case unsupported
        /// A key that stands twice in one mapping.
        case duplicateKey = "duplicate-key"
        /// A key that nothing reads.
        case unknownKey = "unknown-key"
        /// A key that must be there and is not.
        case missingKey = "missing-key"
        /// A mapping, a list, a text or nothing where another of these was expected.
        case wrongKind = "wrong-kind"
        /// A value that is not one of those accepted.
        case wrongValue = "wrong-value"
    }

    /// What kind of mistake it is.
    public let code: Code
    /// The file's name as it was given.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1, in Unicode scalars.
    public let column: Int
    /// `expected …, found …`, for a person.
    public let message: String

    /// A mistake at a place.
    public init(_ code: Code, file: String, line: Int, column: Int, message: String) {
        self.code = code
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    /// `policy.yaml:12:5: expected …, found …`.
    public var description: String { "\(file):\(line):\(column): \(message)" }
}
