/// Comma-separated values as RFC 4180 has them, for spreadsheets.
package enum CSV {
    /// One record. A value that a spreadsheet would take for a formula is preceded by an apostrophe, which it hides.
    package static func line(_ fields: [String]) -> String { fields.map(field).joined(separator: ",") }

    private static func field(_ text: String) -> String {
        var text = text
        if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) { text = "'\(text)" }
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}
