internal import Foundation

/// JSON of whisper.cpp's `whisper-cli`: `-oj`, and `-ojf` with tokens.
enum WhisperCpp {
    private struct Document: Decodable {
        struct Model: Decodable { let type: String? }
        struct Result: Decodable { let language: String? }
        let model: Model?
        let result: Result?
        let transcription: [Segment]
    }

    private struct Offsets: Decodable {
        let from: Int
        let to: Int
    }

    private struct Segment: Decodable {
        let offsets: Offsets
        let text: String
        let speaker: String?
        let tokens: [Token]?
    }

    private struct Token: Decodable {
        let text: String
        let offsets: Offsets?
        let p: Double?
    }

    /// Reads a document.
    static func parse(_ data: Data) throws(TranscriptError) -> Transcript {
        let document = try JSONDocument(Lines.repaired(data)).decode(Document.self)
        return try Transcript(
            language: EngineTimes.language(document.result?.language),
            engine: "whisper.cpp",
            model: document.model?.type,
            segments: EngineTimes.segments(document.transcription, segment)
        )
    }

    /// The name of a speaker whom whisper.cpp numbers; nil where it did not know.
    static func speaker(_ number: String?) -> String? {
        guard let number, number != "?", !number.isEmpty else { return nil }
        return "Speaker\(number)"
    }

    private static func segment(_ segment: Segment) throws(TranscriptError) -> TranscriptSegment? {
        let text = SpokenText.trimmed(segment.text)
        guard !text.isEmpty else { return nil }
        let tokens = (segment.tokens ?? []).filter { !$0.text.hasPrefix("[_") }
        return try TranscriptSegment(
            start: EngineTimes.time(milliseconds: segment.offsets.from),
            end: EngineTimes.time(milliseconds: segment.offsets.to),
            speaker: speaker(segment.speaker),
            text: text,
            confidence: EngineTimes.confidence(EngineTimes.mean(tokens.map(\.p))),
            words: words(tokens),
            flags: text == "[BLANK_AUDIO]" ? [.noVoice] : []
        )
    }

    /// Tokens that begin with a space begin a word. Nil where one has no times, or ends within a character.
    private static func words(_ tokens: [Token]) throws(TranscriptError) -> [TranscriptWord]? {
        var (words, group) = ([TranscriptWord](), [Token]())
        func finish() throws(TranscriptError) {
            guard let first = group.first?.offsets, let last = group.last?.offsets else { return }
            let word = try EngineTimes.word(
                group.map(\.text).joined(),
                from: EngineTimes.time(milliseconds: first.from),
                to: EngineTimes.time(milliseconds: last.to),
                confidence: EngineTimes.mean(group.map(\.p)),
                after: words.last
            )
            if let word { words.append(word) }
            group = []
        }
        for token in tokens {
            guard token.offsets != nil, !token.text.unicodeScalars.contains("\u{FFFD}") else { return nil }
            if token.text.unicodeScalars.first == " " { try finish() }
            group.append(token)
        }
        try finish()
        return words
    }
}
