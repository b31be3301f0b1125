public import Foundation
import Yams

/// A configuration file: one YAML document of mappings, lists and scalars, each with its place.
///
/// What YAML has beyond that is refused rather than interpreted: anchors and aliases, tags, several documents,
/// tabs, invisible characters, keys that are not text, keys that stand twice.
public struct ConfigurationDocument: Sendable {
    /// The largest file, in bytes.
    public static let maximumByteCount = 1 << 20
    /// How deep mappings and lists may be nested.
    public static let maximumDepth = 32

    /// The outermost value.
    public let root: ConfigurationValue

    /// Reads the text of a file.
    ///
    /// - Parameter file: the name that errors give.
    public init(yaml: String, file: String) throws(ConfigurationError) {
        // Windows editors begin UTF-8 files with a byte order mark; it is not part of the text.
        let text = yaml.unicodeScalars.first == "\u{FEFF}" ? String(yaml.unicodeScalars.dropFirst()) : yaml
        try SourceCheck(file: file).check(text)
        root = try YAMLReader(file: file).read(text)
    }

    /// Reads the bytes of a file.
    ///
    /// - Parameter file: the name that errors give.
    public init(data: Data, file: String) throws(ConfigurationError) {
        guard data.count <= Self.maximumByteCount else { throw SourceCheck(file: file).tooLarge(data.count) }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw SourceCheck(file: file).notUTF8(data)
        }
        try self.init(yaml: text, file: file)
    }
}
