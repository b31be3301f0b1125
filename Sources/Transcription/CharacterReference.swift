/// References such as `&amp;` and `&#38;` in cues (WebVTT section 6.4 takes them from HTML).
///
/// Of the two thousand names of HTML only those are known that the syntax of WebVTT asks authors to use, and the two
/// quotation marks; others stay as they are written.
enum CharacterReference {
    private static let names: [String: Unicode.Scalar] = [
        "amp": "&", "AMP": "&", "lt": "<", "LT": "<", "gt": ">", "GT": ">", "quot": "\"", "QUOT": "\"", "apos": "'",
        "nbsp": "\u{A0}", "lrm": "\u{200E}", "rlm": "\u{200F}",
    ]
    /// Those that HTML knows without a semicolon.
    private static let bare = ["amp", "AMP", "lt", "LT", "gt", "GT", "quot", "QUOT", "nbsp"]

    /// The character that is meant by the reference at the beginning of `text`, and how many scalars it takes; nil where
    /// there is none.
    ///
    /// - Parameter needsSemicolon: whether references without one are text.
    static func decode(
        _ text: ArraySlice<Unicode.Scalar>,
        needsSemicolon: Bool
    ) -> (scalar: Unicode.Scalar, count: Int)? {
        guard text.first == "&" else { return nil }
        let rest = text.dropFirst()
        return rest.first == "#"
            ? number(rest.dropFirst(), needsSemicolon: needsSemicolon)
            : name(rest, needsSemicolon: needsSemicolon)
    }

    private static func name(
        _ text: ArraySlice<Unicode.Scalar>,
        needsSemicolon: Bool
    ) -> (scalar: Unicode.Scalar, count: Int)? {
        let letters = text.prefix(5).prefix { $0.properties.isAlphabetic }
        let whole = String(String.UnicodeScalarView(letters))
        if text.dropFirst(letters.count).first == ";", let scalar = names[whole] { return (scalar, letters.count + 2) }
        guard !needsSemicolon, let name = bare.first(where: { text.starts(with: $0.unicodeScalars) }) else {
            return nil
        }
        return names[name].map { ($0, name.unicodeScalars.count + 1) }
    }

    private static func number(
        _ text: ArraySlice<Unicode.Scalar>,
        needsSemicolon: Bool
    ) -> (scalar: Unicode.Scalar, count: Int)? {
        let isHexadecimal = text.first == "x" || text.first == "X"
        let digits = text.dropFirst(isHexadecimal ? 1 : 0)
            .prefix { isHexadecimal ? $0.properties.isASCIIHexDigit : ("0"..."9").contains($0) }
        let hasSemicolon = text[digits.endIndex...].first == ";"
        guard !digits.isEmpty, hasSemicolon || !needsSemicolon else { return nil }
        let value = UInt32(String(String.UnicodeScalarView(digits)), radix: isHexadecimal ? 16 : 10)
        // HTML has other characters for C1, which are of WINDOWS-1252; nobody writes them so.
        let scalar = value.flatMap { $0 == 0 || (0x80...0x9F).contains($0) ? nil : Unicode.Scalar($0) }
        return (scalar ?? "\u{FFFD}", digits.endIndex - text.startIndex + (hasSemicolon ? 3 : 2))
    }
}
