/// Points at a place in a line that somebody typed.
public enum Caret {
    /// Two lines: the text, and a caret under the place. Line breaks and other controls of the text are blanks in it.
    ///
    /// - Parameter offset: of the place, in bytes of UTF-8.
    public static func under(_ text: String, at offset: Int) -> String {
        let line = text.map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? " " : $0 }
        let place = text.utf8.index(text.startIndex, offsetBy: max(0, min(offset, text.utf8.count)))
        return String(line) + "\n" + String(repeating: " ", count: text[..<place].count) + "^"
    }
}
