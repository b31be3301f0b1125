/// Texts in the one form in which a transcript holds them, so that every format can carry them.
enum SpokenText {
    /// The lines of `text` without white space around them, and without those that are empty.
    ///
    /// - Throws: `value` for control characters, `tooLarge` beyond `limit` bytes.
    static func lines(_ text: String, limit: Int = Transcript.Limits.text) throws(TranscriptError) -> String {
        try check(text, "text", limit)
        let scalars = text.unicodeScalars
        return scalars.split { $0 == "\n" || $0 == "\r" }.map(trimmed).filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// `text` as one line, with single spaces between words; nil where nothing is left.
    ///
    /// - Throws: `value` for control characters, `tooLarge` beyond `limit` bytes.
    static func line(
        _ text: String?,
        _ what: String,
        limit: Int = Transcript.Limits.name
    ) throws(TranscriptError) -> String? {
        guard let text else { return nil }
        try check(text, what, limit)
        let words = text.unicodeScalars.split { $0.properties.isWhitespace }.map { String($0) }
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// `text` without the white space around it.
    static func trimmed(_ text: Substring.UnicodeScalarView) -> String {
        let start = text.drop { $0.properties.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
        return String(start[...last])
    }

    /// `text` without the white space around it.
    static func trimmed(_ text: some StringProtocol) -> String { trimmed(Substring(text).unicodeScalars) }

    private static func check(_ text: String, _ what: String, _ limit: Int) throws(TranscriptError) {
        guard text.utf8.count <= limit else {
            throw TranscriptError(
                .tooLarge,
                "a \(what) of \(text.utf8.count) bytes; \(limit) are the limit",
                hint: "divide it"
            )
        }
        guard let control = text.unicodeScalars.first(where: isForbidden) else { return }
        let number = String(control.value, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: max(4 - number.count, 0)) + number
        throw TranscriptError(.value, "the \(what) has the control character U+\(padded)", hint: "remove it")
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        let isBreak = scalar == "\n" || scalar == "\r" || scalar == "\t"
        return !isBreak && (scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value))
    }
}
