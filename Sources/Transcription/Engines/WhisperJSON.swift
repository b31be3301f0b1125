internal import Foundation

/// The JSON of whisper.cpp (`output_json` in its examples/cli/cli.cpp), with tokens where it was asked for by `-ojf`.
///
/// It is nearly JSON: only `"` and `\` are escaped, so control characters stand in its strings as they are; and a token is
/// some bytes, which need not end where a character ends.
enum WhisperJSON {
    private struct Document: Decodable {
        var result: Result
        var transcription: [Segment]
    }

    private struct Result: Decodable {
        var language: String?
    }

    private struct Segment: Decodable {
        var offsets: Offsets
        var text: String
        var tokens: [Token]?
    }

    /// Milliseconds.
    private struct Offsets: Decodable {
        var from: Double
        var to: Double
    }

    private struct Token: Decodable {
        var text: String
        /// Left out where the times are not known.
        var offsets: Offsets?
        var p: Double?

        /// Whether it marks something rather than being said: `[_BEG_]`, `[_TT_150]`, `<|endoftext|>`.
        var isMark: Bool { text.hasPrefix("[_") && text.hasSuffix("]") || text.hasPrefix("<|") && text.hasSuffix("|>") }
    }

    /// Reads it.
    ///
    /// - Throws: `DecodingError`.
    static func answer(_ bytes: [UInt8]) throws -> EngineAnswer {
        let document = try JSONDecoder().decode(Document.self, from: Data(repaired(bytes)))
        return EngineAnswer(
            language: document.result.language,
            segments: document.transcription.map(heard).filter { !$0.text.isEmpty }
        )
    }

    private static func heard(_ segment: Segment) -> HeardSegment {
        let said = (segment.tokens ?? []).filter { !$0.isMark }
        return HeardSegment(
            start: segment.offsets.from / 1_000,
            end: segment.offsets.to / 1_000,
            text: plain(segment.text),
            confidence: said.compactMap(\.p).mean,
            words: words(of: said, from: segment.offsets.from)
        )
    }

    /// Puts tokens together: one that begins with a blank begins a word.
    private static func words(of tokens: [Token], from start: Double) -> [HeardWord] {
        var groups: [[Token]] = []
        for token in tokens {
            if groups.isEmpty || token.text.hasPrefix(" ") {
                groups.append([token])
            } else {
                groups[groups.count - 1].append(token)
            }
        }
        var end = start
        return groups.compactMap { group in
            let text = plain(group.map(\.text).joined())
            guard !text.isEmpty else { return nil }
            let begin = group.lazy.compactMap(\.offsets?.from).first ?? end
            end = max(group.lazy.compactMap(\.offsets?.to).last ?? begin, begin)
            return HeardWord(
                start: begin / 1_000,
                end: end / 1_000,
                text: text,
                confidence: group.compactMap(\.p).mean
            )
        }
    }

    /// Where bytes that are no UTF-8 are while they go through JSON: private characters, one for each byte.
    private static let refuge: UInt32 = 0x10_FE00

    /// JSON as JSONDecoder takes it: control characters in strings escaped, and bytes that are no UTF-8 put into
    /// ``refuge``.
    static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        var repaired: [UInt8] = []
        repaired.reserveCapacity(bytes.count + bytes.count / 16)
        var (isString, isEscaped) = (false, false)
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            if byte < 0x80 {
                if isString, byte < 0x20 {
                    repaired += Array("\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8)
                } else {
                    repaired.append(byte)
                }
                if byte == UInt8(ascii: "\""), !isEscaped { isString.toggle() }
                isEscaped = isString && byte == UInt8(ascii: "\\") && !isEscaped
                place += 1
                continue
            }
            isEscaped = false
            var parser = UTF8.ForwardParser()
            var rest = bytes[place...].prefix(4).makeIterator()
            switch parser.parseScalar(from: &rest) {
            case .valid(let encoded):
                repaired += encoded
                place += encoded.count
            case .error(let length):
                for stray in bytes[place..<place + length] { repaired += Array(String(harboured(stray)).utf8) }
                place += length
            case .emptyInput: place = bytes.count
            }
        }
        return repaired
    }

    private static func harboured(_ byte: UInt8) -> Character {
        Unicode.Scalar(refuge + UInt32(byte)).map(Character.init) ?? "\u{FFFD}"
    }

    /// Text without blanks around it, its bytes as they were; what is no UTF-8 even now becomes U+FFFD, and control
    /// characters blanks.
    private static func plain(_ text: String) -> String {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if (refuge..<refuge + 0x100).contains(scalar.value) {
                bytes.append(UInt8(scalar.value - refuge))
            } else if scalar.value < 0x20 {
                bytes.append(UInt8(ascii: " "))
            } else {
                bytes += Array(String(scalar).utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespaces)
    }
}
