/// One value of a configuration file, with its place.
///
/// Nothing has a type before it is read: what a program wants as text is the text as it was written, whatever
/// YAML 1.1 makes of `no`, `0777` or `2020-01-01`, and what it wants as a number must be written as one.
/// Every reader throws a ``ConfigurationError`` with the place of this value.
public struct ConfigurationValue: Sendable {
    enum Content: Sendable {
        /// `isQuoted`: in quotes or as a block, so certainly meant as text.
        case scalar(String, isQuoted: Bool)
        case list([ConfigurationValue])
        case mapping([(key: ConfigurationValue, value: ConfigurationValue)])
    }

    let content: Content
    /// The name of the file.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1, in Unicode scalars.
    public let column: Int

    /// Whether it is a mapping, for what can also be written shorter.
    public var isMapping: Bool {
        guard case .mapping = content else { return false }
        return true
    }

    /// Nothing after the colon, or one of YAML's words for nothing.
    var isNothing: Bool {
        guard case .scalar(let text, isQuoted: false) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The value as its author wrote it, short enough for a message.
    var found: String {
        switch content {
        case .scalar where isNothing: "nothing"
        case .scalar(let text, _): Self.quoted(text)
        case .list(let items): items.isEmpty ? "an empty list" : "a list"
        case .mapping(let entries): entries.isEmpty ? "an empty mapping" : "a mapping"
        }
    }

    /// The error that says what was expected here instead of what was found.
    ///
    /// - Parameter expected: completes “expected …”.
    public func fail(_ expected: String) -> ConfigurationError {
        error(.wrongValue, expected)
    }

    func error(_ code: ConfigurationError.Code, _ expected: String) -> ConfigurationError {
        ConfigurationError(
            code,
            file: file,
            line: line,
            column: column,
            message: "expected \(expected), found \(found)"
        )
    }

    static func quoted(_ text: String) -> String {
        let limit = 60
        let short = text.count > limit ? text.prefix(limit) + "…" : text[...]
        let line = short.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }.joined()
        return "“\(line)”"
    }
}
