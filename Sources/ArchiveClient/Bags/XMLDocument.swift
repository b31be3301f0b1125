/// Writes an XML 1.0 document, in UTF-8: elements in each other, with attributes and text that come from anybody.
///
/// Names are of this program; everything else is escaped. What XML 1.0 cannot carry at all, not even escaped (section 2.2,
/// Char), becomes U+FFFD.
struct XMLDocument {
    /// The document so far.
    private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    private var depth = 0

    /// A document whose outermost element is made by `body`.
    init(_ body: (inout Self) throws -> Void) rethrows { try body(&self) }

    /// An element with others in it.
    mutating func element(
        _ name: StaticString,
        _ attributes: KeyValuePairs<StaticString, String> = [:],
        _ body: (inout Self) throws -> Void
    ) rethrows {
        text += "\(indentation)<\(name)\(Self.spelled(attributes))>\n"
        depth += 1
        try body(&self)
        depth -= 1
        text += "\(indentation)</\(name)>\n"
    }

    /// An element with text in it; none where there is no text.
    mutating func element(_ name: StaticString, _ content: String?) {
        guard let content else { return }
        text += "\(indentation)<\(name)>\(Self.escaped(content))</\(name)>\n"
    }

    private var indentation: String { String(repeating: "  ", count: depth) }

    private static func spelled(_ attributes: KeyValuePairs<StaticString, String>) -> String {
        attributes.map { " \($0.key)=\"\(escaped($0.value, inAttribute: true))\"" }.joined()
    }

    static func escaped(_ content: String, inAttribute: Bool = false) -> String {
        var escaped = ""
        for scalar in content.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            // XML 1.0 section 2.4: must not stand behind "]]".
            case ">": escaped += "&gt;"
            case "\"" where inAttribute: escaped += "&quot;"
            // Section 2.11 and 3.3.3: these would come back as others.
            case "\r": escaped += "&#13;"
            case "\n" where inAttribute: escaped += "&#10;"
            case "\t" where inAttribute: escaped += "&#9;"
            case "\t", "\n", "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
                escaped.unicodeScalars.append(scalar)
            default: escaped.unicodeScalars.append("\u{FFFD}")
            }
        }
        return escaped
    }
}
