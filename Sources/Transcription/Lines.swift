internal import Foundation

/// A line of a document.
struct Line {
    /// Counted from 1.
    let number: Int
    /// Without its end.
    let bytes: ArraySlice<UInt8>

    var text: String { String(decoding: bytes, as: UTF8.self) }
    /// Whether there is nothing in it; white space is something.
    var isEmpty: Bool { bytes.isEmpty }
    /// Whether there is nothing but spaces and tabs in it.
    var isBlank: Bool { bytes.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }

    /// Whether `text` occurs in it.
    func contains(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { needle in
            guard bytes.count >= needle.count else { return false }
            return (bytes.startIndex...bytes.endIndex - needle.count).contains { bytes[$0...].starts(with: needle) }
        }
    }

    /// Whether it begins with `text`.
    func hasPrefix(_ text: StaticString) -> Bool { text.withUTF8Buffer { bytes.starts(with: $0) } }

    /// An error at this line.
    func error(_ code: TranscriptError.Code, _ reason: String, hint: String) -> TranscriptError {
        TranscriptError(code, reason, hint: hint, at: .line(number))
    }
}

/// The text of a document and its lines.
enum Lines {
    /// `data` without a byte order mark.
    ///
    /// - Throws: `tooLarge` beyond ``Transcript/Limits/document``, `encoding` where it is not UTF-8.
    static func text(_ data: Data) throws(TranscriptError) -> Data {
        try checkSize(data)
        if data.starts(with: [0xFE, 0xFF]) || data.starts(with: [0xFF, 0xFE]) {
            throw TranscriptError(
                .encoding,
                "the document is UTF-16",
                hint: "convert it: iconv -f UTF-16 -t UTF-8",
                at: .line(1)
            )
        }
        let text = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
        guard String(validating: text, as: UTF8.self) == nil else { return text }
        let broken = split([UInt8](text)).first { String(validating: $0.bytes, as: UTF8.self) == nil }
        throw TranscriptError(
            .encoding,
            "the line is not UTF-8",
            hint: "convert it from what it was written in, such as: iconv -f WINDOWS-1252 -t UTF-8",
            at: .line(broken?.number ?? 1)
        )
    }

    /// `data` with U+FFFD for whatever is not UTF-8: whisper.cpp has tokens that end within a character.
    static func repaired(_ data: Data) throws(TranscriptError) -> Data {
        try checkSize(data)
        return Data(String(decoding: data, as: UTF8.self).utf8)
    }

    private static func checkSize(_ data: Data) throws(TranscriptError) {
        guard data.count <= Transcript.Limits.document else { throw .tooLargeDocument(data.count) }
    }

    /// The lines of `data`, ended by LF, CRLF or CR.
    static func of(_ data: Data) throws(TranscriptError) -> [Line] { split([UInt8](try text(data))) }

    private static func split(_ bytes: [UInt8]) -> [Line] {
        var (lines, start) = ([Line](), 0)
        while start < bytes.count {
            let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? bytes.count
            lines.append(Line(number: lines.count + 1, bytes: bytes[start..<end]))
            let isPair =
                end + 1 < bytes.count && bytes[end] == UInt8(ascii: "\r") && bytes[end + 1] == UInt8(ascii: "\n")
            start = end + (isPair ? 2 : 1)
        }
        return lines
    }
}
